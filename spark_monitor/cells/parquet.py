"""Parquet files counted where they lie: each row group's keys first, then its features, a few columns at a time."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spark_monitor.cells.kernel.plan import QUARANTINED, TIME, VERSION, WEIGHT
from spark_monitor.cells.render import text_of

# Values that are decoded at once: one column at a time, which stays in the caches, but for the smallest row groups.
VALUES = 1 << 17
# How Spark marks files whose old dates are counted in another calendar.
OTHER_CALENDAR = (b"org.apache.spark.legacyDateTime", b"org.apache.spark.legacyINT96")


class UnreadableError(Exception):
    """A file holds what only Spark reads rightly; the message says what."""


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
    """

    roles: object
    low: int
    high: int
    where: dict
    version_is: str | None
    columns: dict
    schema: pa.Schema


def count_part(part, reading, counter):
    """Add the rows of one part to a counter; yield after each row group, so that a full one can be emptied.

    Raises
    ------
    UnreadableError
        If the file was written with dates in another calendar.
    """
    for group in row_groups(part, reading):
        if group.may_hold(counter.plan.slice_bounds):
            count_group(group, reading, counter)
            yield


def row_groups(part, reading):
    """Yield the row groups of a part, each to be read before the next; raises as `count_part` does."""
    texts = [field.name for field in reading.schema if pa.types.is_string(field.type)]
    nested = [".".join(path) for path, _ in reading.columns.values() if len(path) > 1]
    footer = pq.read_metadata(part.path, memory_map=True)
    inside = {footer.schema.column(place).path for place in range(footer.num_columns)}
    with pq.ParquetFile(part.path, metadata=footer, memory_map=True, coerce_int96_timestamp_unit="us",
                        read_dictionary=[name for name in (*texts, *nested) if name in inside]) as file:
        if any(mark in (file.metadata.metadata or {}) for mark in OTHER_CALENDAR):
            raise UnreadableError(f"{part.path} holds dates in the Julian calendar")
        schema = file.schema_arrow
        for number in _own_groups(file.metadata, part):
            yield RowGroup(file, schema, number, part.partition, reading)


def _own_groups(metadata, part):
    """Return the row groups whose middle lies in the part, so that each is in exactly one."""
    sizes = np.array([metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)], float)
    middles = np.cumsum(sizes) - sizes / 2
    share = np.floor(middles / max(sizes.sum(), 1.0) * part.of)
    return np.flatnonzero(np.minimum(share, part.of - 1) == part.number).tolist()


def count_group(group, reading, counter):
    """Add the rows of one row group to a counter."""
    plan = counter.plan
    keys = sorted({name for segment in plan.segments for name in segment.columns})
    grouped = counter.group(pa.record_batch({**canonical(group, reading, plan), **group.values(keys)}))
    if grouped is None:
        return
    step = max(VALUES // max(group.rows, 1), 1)
    for low in range(0, len(plan.features), step):
        features = list(enumerate(plan.features))[low:low + step]
        values = group.values({name for _, feature in features for name in feature.columns if name != TIME})
        for number, feature in features:
            counter.add(number, grouped, [values.get(name) for name in feature.columns])


def canonical(group, reading, plan):
    """Return time, quarantine, version and weight of a row group's rows; those left alone lie after all slices."""
    roles, beyond = reading.roles, int(plan.slice_bounds[-1])
    read = group.read({*filter(None, (roles.time, roles.version, roles.weight)), *reading.where,
                       *(name for name in roles.identity if group.may_miss(name))})
    times = micros(read[roles.time]) if roles.time else pa.array(np.zeros(group.rows, np.int64))
    bad = times.is_null().to_numpy(zero_copy_only=False)
    times = times.fill_null(beyond).to_numpy(zero_copy_only=False)
    bad |= (times < roles.first) | (times > roles.last)
    for name in roles.identity:
        if name in read and read[name].null_count:
            bad |= read[name].is_null().to_numpy(zero_copy_only=False)
    batch = {}
    if plan.versioned:
        batch[VERSION] = read[roles.version]
    if plan.weighted:
        batch[WEIGHT] = read[roles.weight].cast(pa.float64())
        weight = batch[WEIGHT].to_numpy(zero_copy_only=False)
        bad |= ~((weight >= 0) & (weight < np.inf))
    mine = (times >= reading.low) & (times < reading.high) & wanted_rows(read, reading, group.rows)
    return {TIME: pa.array(times if mine.all() else np.where(mine, times, beyond)), QUARANTINED: pa.array(bad), **batch}


def wanted_rows(read, reading, rows):
    """Return which rows of a row group are the model's, and of the version asked for."""
    wanted = np.ones(rows, bool)
    asked = {name: (_plain(read[name]), value) for name, value in reading.where.items()}
    if reading.version_is is not None:
        asked["(version)"] = text_of(read[reading.roles.version]), reading.version_is
    for column, value in asked.values():
        wanted &= pc.equal(column, value).fill_null(False).to_numpy(zero_copy_only=False)
    return wanted


def micros(times):
    """Return times as microseconds since the epoch; plain dates and zone-less times are in UTC."""
    kind = times.type
    return times.cast(pa.timestamp("us", getattr(kind, "tz", None))).cast(pa.int64())


def _plain(array):
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


class RowGroup:
    """One row group of a file, whose columns are read when they are asked for."""

    def __init__(self, file, schema, number, partition, reading):
        self.file, self.schema, self.number, self.partition, self.reading = file, schema, number, partition, reading
        self.facts = file.metadata.row_group(number)
        self.rows = self.facts.num_rows
        self.inside = set(schema.names)
        # A column that the table has no more is null text, as it is to Spark's feed.
        self.kinds = dict(zip(reading.schema.names, reading.schema.types))

    def _statistics(self, name):
        for place in range(self.facts.num_columns):
            column = self.facts.column(place)
            if column.path_in_schema == name:
                return column.statistics
        return None

    def may_miss(self, name):
        """Say whether the column may be null somewhere in the row group."""
        if name in self.partition:
            return self.partition[name] is None
        found = self._statistics(name)
        return found is None or not found.has_null_count or found.null_count > 0

    def may_hold(self, bounds):
        """Say whether some row may lie in the slices, as far as the time's statistics tell."""
        time = self.reading.roles.time
        found = self._statistics(time) if time in self.inside else None
        if found is None or not found.has_min_max:
            return True
        low, high = (micros(pa.array([edge], self.schema.field(time).type))[0].as_py()
                     for edge in (found.min, found.max))
        return low < bounds[-1] and high >= bounds[0]

    def read(self, names, leaves=()):
        """Return columns of the table by name, each as one array; texts as dictionaries."""
        wanted = [name for name in names if name in self.inside and name not in self.partition]
        table = self.file.read_row_group(self.number, columns=[*wanted, *leaves], use_threads=False)
        found = {name: _whole(table.column(table.schema.get_field_index(name))) for name in table.schema.names}
        for name in names:
            kind = self.kinds.get(name, pa.string())
            if name not in found:
                found[name] = self._constant(name, kind)
            elif pa.types.is_timestamp(kind) and found[name].type != kind:
                # What is stored as INT96 comes without its zone, which is UTC.
                found[name] = found[name].cast(kind)
        return found

    def _constant(self, name, kind):
        value, codes = self.partition.get(name), pa.array(np.zeros(self.rows, np.int32))
        if value is None:
            return pa.nulls(self.rows, kind)
        values = pa.array([value], kind)
        return pa.DictionaryArray.from_arrays(codes, values) if pa.types.is_string(kind) else values.take(codes)

    def values(self, names):
        """Return columns of a batch by their names there."""
        paths = {name: self.reading.columns[name] for name in names}
        whole = {path[0] for path, _ in paths.values() if len(path) == 1}
        leaves = {".".join(path) for path, _ in paths.values() if len(path) > 1 and path[0] in self.inside}
        read = self.read(whole, sorted(leaves))
        return {name: self._value(read, *how) for name, how in paths.items()}

    def _value(self, read, path, is_length):
        array = read.get(path[0])
        for field in path[1:]:
            known = array is not None and array.type.get_field_index(field) >= 0
            array = pc.struct_field(array, field) if known else None
        if array is None:
            return pa.nulls(self.rows, pa.string() if not is_length else pa.int32())
        if not is_length:
            return array
        if pa.types.is_map(array.type):
            array = array.cast(pa.list_(pa.struct([("key", array.type.key_type), ("value", array.type.item_type)])))
        measure = pc.list_value_length if pa.types.is_list(array.type) else pc.utf8_length
        return measure(_plain(array))


def _whole(column):
    if column.num_chunks == 1:
        return column.chunk(0)
    if not column.num_chunks:
        return pa.array([], column.type)
    return column.unify_dictionaries().combine_chunks()
