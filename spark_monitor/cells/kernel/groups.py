"""Which slice, version and segment value each row belongs to: found once a batch, used by every feature."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from spark_monitor.cells.kernel.plan import TIME, VERSION
from spark_monitor.cells.kernel.sums import distinct
from spark_monitor.cells.render import CROSSING, NONE, OTHER, key_texts, pick_places
from spark_monitor.metrics.sorted_search import find_places


@dataclass(frozen=True)
class Groups:
    """The groups of one segment that a batch has rows of.

    Parameters
    ----------
    keys : list of tuple
        (slice start, version, segment value) of each group; the value is None for overall.
    of_row : ndarray of int64, shape (rows,)
    """

    keys: list
    of_row: np.ndarray


def rows_inside(batch, plan):
    """Return where the batch's rows lie in a slice that the plan counts, as a boolean mask."""
    times = batch.column(TIME).to_numpy(zero_copy_only=False)
    inside = (times >= plan.slice_bounds[0]) & (times < plan.slice_bounds[-1])
    if plan.wanted is not None:
        places = np.searchsorted(plan.slice_bounds, times[inside], side="right") - 1
        inside[inside] = plan.wanted[places]
    return inside


def only_inside(batch, plan):
    """Return the rows of a batch that lie in a slice that the plan counts, as a record batch."""
    inside = rows_inside(batch, plan)
    return batch if inside.all() else batch.filter(pa.array(inside))


def row_slices(batch, plan):
    """Return the place of each row's slice among those of the plan; their number for a row after the last."""
    times = batch.column(TIME).to_numpy(zero_copy_only=False)
    return find_places(plan.slice_bounds[1:], times + 1)


def group_rows(batch, plan):
    """Return the `Groups` of each segment of the plan, in its order.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        All rows lie in slices of the plan.
    plan : CountPlan
    """
    slices = row_slices(batch, plan)
    versions, version_of = [NONE], np.zeros(len(slices), np.int64)
    if plan.versioned:
        versions, version_of = key_texts(batch.column(VERSION))
    base = slices * len(versions) + version_of
    return [_segment_groups(batch, plan, segment, base, versions) for segment in plan.segments]


def _segment_groups(batch, plan, segment, base, versions):
    values, value_of = segment_values(batch, segment)
    present, of_row = distinct(base * len(values) + value_of)
    keys = []
    for code in present.tolist():
        code, value = divmod(code, len(values))
        place, version = divmod(code, len(versions))
        keys.append((int(plan.slice_bounds[place]), versions[version], values[value]))
    return Groups(keys, of_row)


def segment_values(batch, segment):
    """Return the segment's values that the batch holds, and each row's place among them.

    Values that the reference did not freeze are folded into "(other)".

    Parameters
    ----------
    batch : pyarrow.RecordBatch
    segment : SegmentPlan

    Returns
    -------
    values : list of str or None
    of_row : ndarray of int64, shape (rows,)
    """
    if segment.name is None:
        return [None], np.zeros(batch.num_rows, np.int64)
    texts, of_row = raw_segment_values(batch, segment.columns, segment.hidden)
    frozen = set(segment.values)
    place = {}
    place_of = [place.setdefault(text if text in frozen else OTHER, len(place)) for text in texts]
    return list(place), pick_places(place_of, of_row)


def raw_segment_values(batch, columns, hidden=frozenset()):
    """Return the distinct values of a column or crossing before any folding, and each row's place among them.

    Columns in `hidden` are sensitive: an alias stands for each of their values.
    """
    crossing = len(columns) > 1
    texts, of_row = key_texts(batch.column(columns[0]), crossing, columns[0] in hidden)
    for column in columns[1:]:
        more, of_more = key_texts(batch.column(column), crossing, column in hidden)
        present, of_row = distinct(of_row * len(more) + of_more)
        texts = [texts[code // len(more)] + CROSSING + more[code % len(more)] for code in present.tolist()]
    return texts, of_row
