"""Parquet files counted where they lie: each row group's keys first, then its features, a few columns at a time."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.kernel.plan import QUARANTINED, TIME, VERSION, WEIGHT
from spark_monitor.cells.opening import OpenFile
from spark_monitor.cells.render import text_of
from spark_monitor.cells.row_groups import RowGroups, micros, plain_texts

# Rows that are counted at once: each batch has a cost of its own.
ROWS = 1 << 20


@dataclass(frozen=True)
class Part:
    """A share of one file: the row groups that begin in it.

    Parameters
    ----------
    path : str
    number, of : int
        Which of how many equal shares of the file's bytes.
    partition : dict
        Values of the columns that are not in the file.
    """

    path: str
    number: int
    of: int
    partition: dict


@dataclass(frozen=True)
class Reading:
    """How the columns of a batch are made of those of the files.

    Parameters
    ----------
    roles : Roles
        Which columns place a row.
    low, high : int
        Microseconds; rows outside of [low, high) are left alone.
    where : dict
        Column to the value that a row of this model has.
    version_is : str or None
        The only version whose rows are counted.
    columns : dict of str to (tuple of str, bool)
        Name in a batch -> path of the column, and whether its length is meant.
    schema : pyarrow.Schema
        Of the table; a column that a file lacks is null.
    place : Place
        What opens the files.
    """

    roles: object
    low: int
    high: int
    where: dict
    version_is: str | None
    columns: dict
    schema: pa.Schema
    place: object


def count_part(part, reading, counter):
    """Add the rows of one part to a counter; yield after each batch of rows, so that a full one can be emptied.

    Raises
    ------
    UnreadableError
        If the file can't be read, or was written with dates in another calendar.
    """
    for group in row_groups(part, reading, counter.plan.slice_bounds, ROWS, counter.compiled):
        count_group(group, reading, counter)
        yield


def row_groups(part, reading, bounds=None, rows=0, compiled=False):
    """Yield the row groups of a part as `RowGroups`, each to be read before the next; raises as `count_part` does.

    Parameters
    ----------
    part : Part
    reading : Reading
    bounds : ndarray of int64, optional
        Leave out row groups none of whose rows lies between these bounds of slices.
    rows : int
        Take neighbours together as long as they have no more rows.
    compiled : bool
        Whether pages may be decoded by compiled loops.
    """
    texts = [field.name for field in reading.schema if pa.types.is_string(field.type)]
    nested = [".".join(path) for path, _ in reading.columns.values() if len(path) > 1]
    with OpenFile(part.path, reading.place, [*texts, *nested]) as file:
        lying = RowGroups(file, _own_groups(file.metadata, part), part.partition, reading, compiled)
        yield from (lying if bounds is None else lying.that_may_hold(bounds)).spans(rows)


def _own_groups(metadata, part):
    """Return the row groups whose middle lies in the part, so that each is in exactly one."""
    sizes = np.array([metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)], float)
    middles = np.cumsum(sizes) - sizes / 2
    share = np.floor(middles / max(sizes.sum(), 1.0) * part.of)
    return np.flatnonzero(np.minimum(share, part.of - 1) == part.number).tolist()


def count_group(group, reading, counter):
    """Add the rows of some row groups to a counter."""
    plan = counter.plan
    keys = sorted({name for segment in plan.segments for name in segment.columns})
    grouped = counter.group(pa.record_batch({**canonical(group, reading, plan), **group.values(keys)}))
    if grouped is None:
        return
    step = max(group.file.values_at_once // max(group.rows, 1), 1)
    for low in range(0, len(plan.features), step):
        features = list(enumerate(plan.features))[low:low + step]
        values = group.values({name for _, feature in features for name in feature.columns if name != TIME})
        for number, feature in features:
            counter.add(number, grouped, [values.get(name) for name in feature.columns])


def canonical(group, reading, plan):
    """Return time, quarantine, version and weight of a batch's rows; those left alone lie after all slices."""
    roles, beyond = reading.roles, int(plan.slice_bounds[-1])
    read = group.read({*filter(None, (roles.time, roles.version, roles.weight)), *reading.where,
                       *(name for name in roles.identity if group.may_miss(name))})
    times = micros(read[roles.time]) if roles.time else pa.array(np.zeros(group.rows, np.int64))
    bad = np.zeros(group.rows, bool)
    if times.null_count:
        bad = times.is_null().to_numpy(zero_copy_only=False)
        times = times.fill_null(beyond)
    times = times.to_numpy(zero_copy_only=False)
    least, greatest = (times.min(), times.max()) if len(times) else (reading.low, reading.low)
    if least < roles.first or greatest > roles.last:
        bad = bad | (times < roles.first) | (times > roles.last)
    for name in roles.identity:
        if name in read and read[name].null_count:
            bad = bad | read[name].is_null().to_numpy(zero_copy_only=False)
    batch = {}
    if plan.versioned:
        batch[VERSION] = read[roles.version]
    if plan.weighted:
        batch[WEIGHT] = read[roles.weight].cast(pa.float64())
        weight = batch[WEIGHT].to_numpy(zero_copy_only=False)
        bad = bad | ~((weight >= 0) & (weight < np.inf))
    mine = wanted_rows(read, reading, group.rows)
    if least < reading.low or greatest >= reading.high:
        mine &= (times >= reading.low) & (times < reading.high)
    return {TIME: pa.array(times if mine.all() else np.where(mine, times, beyond)), QUARANTINED: pa.array(bad), **batch}


def wanted_rows(read, reading, rows):
    """Return which rows of a batch are the model's, and of the version asked for."""
    wanted = np.ones(rows, bool)
    asked = {name: (plain_texts(read[name]), value) for name, value in reading.where.items()}
    if reading.version_is is not None:
        asked["(version)"] = text_of(read[reading.roles.version]), reading.version_is
    for column, value in asked.values():
        wanted &= pc.equal(column, value).fill_null(False).to_numpy(zero_copy_only=False)
    return wanted
