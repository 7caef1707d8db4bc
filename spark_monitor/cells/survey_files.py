"""What lies in data files, counted in this process: rows by quarter of an hour, and rows without a place by reason."""

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from spark_monitor.cells.parquet import Part, wanted_rows
from spark_monitor.cells.row_groups import micros
from spark_monitor.cells.split_groups import shares

# Every time zone's days and hours begin on a quarter of an hour, so that counts by quarters add up to any slices.
QUARTER_US = 900_000_000
# In this order the first that holds is the reason.
REASONS = ("no_time", "absurd_time", "no_id", "bad_weight")


@dataclass
class Seen:
    """Rows found so far.

    Parameters
    ----------
    rows, fresh : dict of int to int
        Beginning of a quarter of an hour -> rows with a time, and those of them in fresh files.
    reasons : dict of str to int
    edges : list of int
        First and newest times of placed rows.
    latest, beyond : list of int
        Greatest times that are not absurd, of any rows, and the least ones that are absurdly late.
    """

    rows: dict = field(default_factory=dict)
    fresh: dict = field(default_factory=dict)
    reasons: dict = field(default_factory=dict)
    edges: list = field(default_factory=list)
    latest: list = field(default_factory=list)
    beyond: list = field(default_factory=list)


def survey_files(files, readings, news):
    """Return what some files hold for each of several models, as `Seen`, in one pass.

    Parameters
    ----------
    files : sequence of DataFile
    readings : list of Reading
        Whose `low` and `high` do not matter.
    news : list of collection of str
        For each of them names of files whose rows are fresh.
    """
    seen = [Seen() for _ in readings]
    for file in files:
        name = file.path.rpartition("/")[2]
        for number, share in shares(Part(file.path, 0, 1, file.partition), readings):
            _add(seen[number], share, readings[number], name in news[number])
    return seen


def _add(seen, group, reading, is_fresh):
    roles = reading.roles
    read = group.read({*filter(None, (roles.time, roles.weight)), *reading.where,
                       *(name for name in roles.identity if group.may_miss(name))})
    mine = wanted_rows(read, replace(reading, version_is=None), group.rows)
    times = micros(read[roles.time]) if roles.time else pa.array(np.zeros(group.rows, np.int64))
    missing = times.is_null().to_numpy(zero_copy_only=False)
    times = times.fill_null(0).to_numpy(zero_copy_only=False)
    reason = np.full(group.rows, len(REASONS), np.int8)
    if roles.weight:
        weight = read[roles.weight].cast(pa.float64()).to_numpy(zero_copy_only=False)
        reason[~((weight >= 0) & (weight < np.inf))] = 3
    for name in roles.identity:
        if name in read and read[name].null_count:
            reason[read[name].is_null().to_numpy(zero_copy_only=False)] = 2
    reason[(times < roles.first) | (times > roles.last)] = 1
    reason[missing] = 0
    for place, rows in enumerate(np.bincount(reason[mine], minlength=len(REASONS))[:len(REASONS)].tolist()):
        if rows:
            seen.reasons[REASONS[place]] = seen.reasons.get(REASONS[place], 0) + rows
    placed, timed = times[mine & (reason == len(REASONS))], times[mine & (reason > 1)]
    if len(placed):
        seen.edges += [int(placed.min()), int(placed.max())]
    late = times[mine & ~missing & (times > roles.last)]
    seen.latest += [int(timed.max())] if len(timed) else []
    seen.beyond += [int(late.min())] if len(late) else []
    quarters, rows = np.unique(timed - timed % QUARTER_US, return_counts=True)
    for quarter, count in zip(quarters.tolist(), rows.tolist()):
        seen.rows[quarter] = seen.rows.get(quarter, 0) + count
        seen.fresh[quarter] = seen.fresh.get(quarter, 0) + count * is_fresh
