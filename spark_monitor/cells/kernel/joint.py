"""Rows grouped by slice, version and one or several segments at once; the groups of several are told apart later."""

from dataclasses import dataclass

import numpy as np

from spark_monitor.cells.kernel import plain
from spark_monitor.cells.kernel.groups import segment_values
from spark_monitor.cells.kernel.plan import TIME, VERSION
from spark_monitor.cells.kernel.sums import DENSE, distinct
from spark_monitor.cells.render import NONE, key_texts

# What several segments are counted by together is told apart at the end, so that each row is counted fewer times. Groups
# must stay few: beside the rows there are, since each has to be told apart, and for the caches and the memory.
ROWS_A_GROUP, FEWEST, MOST_BYTES = 1 << 12, 1 << 8, 1 << 26


@dataclass(frozen=True)
class Cut:
    """How the rows of one batch lie in slices, versions and segments.

    Parameters
    ----------
    base : ndarray of int64, shape (rows,)
        Place of each row's slice and version in `base_keys`.
    base_keys : list of (int, str)
    segments : list of (list of str or None, ndarray of int64)
        Of each segment of the plan the values that the batch holds, and each row's place among them.
    loops : module
    """

    base: np.ndarray
    base_keys: list
    segments: list
    loops: object = plain


def cut_rows(batch, plan, loops=plain):
    """Return the `Cut` of a batch, and which rows lie in slices of the plan; what is cut of the others means nothing.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
    plan : CountPlan
    loops : module
    """
    bounds = plan.slice_bounds
    wanted = np.ones(len(bounds) - 1, bool) if plan.wanted is None else plan.wanted
    slices, inside = loops.find_slices(batch.column(TIME).to_numpy(zero_copy_only=False), bounds, wanted)
    versions, version_of = [NONE], np.zeros(len(slices), np.int64)
    if plan.versioned:
        versions, version_of = key_texts(batch.column(VERSION))
    present, base = _numbered(slices, len(bounds) - 1, version_of, len(versions), loops)
    keys = [(int(bounds[code // len(versions)]), versions[code % len(versions)]) for code in present.tolist()]
    return Cut(base, keys, [segment_values(batch, segment) for segment in plan.segments], loops), inside


def _numbered(first, size, second, many, loops):
    """Return the codes first * many + second that are met, and the place of each row's among them."""
    if size * many <= DENSE * len(first):
        return loops.number_pairs(first, second, many, size * many)
    # Where few of many possible codes are met, it is cheaper to sort.
    return distinct(first * many + second)


class JointGroups:
    """Groups of rows that agree in slice, version and the values of some segments.

    Parameters
    ----------
    segments : tuple of int
        Places of the segments in the plan.
    numbers : iterator of int
        Where groups have their numbers from; others take theirs from it, too.
    """

    def __init__(self, segments, numbers):
        self.segments = segments
        self._numbers, self._rows = numbers, {}

    @property
    def numbers(self):
        """Numbers of the groups, in the order of `keys_of`."""
        return np.array(list(self._rows.values()), np.int64)

    def rows_of(self, cut):
        """Return the numbers of the groups that rows are in, the same in every batch, and each row's place among them."""
        parts, of_row = combine(cut, self.segments)
        values = [cut.segments[place][0] for place in self.segments]
        keys = [(*cut.base_keys[base], *(texts[code] for texts, code in zip(values, codes)))
                for base, *codes in zip(*(part.tolist() for part in parts))]
        for key in keys:
            if key not in self._rows:
                self._rows[key] = next(self._numbers)
        return [self._rows[key] for key in keys], of_row

    def keys_of(self, segment):
        """Return the keys (slice, version, value) of one of its segments, and which of them each group belongs to."""
        known, place = {}, 2 + self.segments.index(segment)
        of_group = [known.setdefault((key[0], key[1], key[place]), len(known)) for key in self._rows]
        return list(known), np.array(of_group, np.int64)


def combine(cut, segments):
    """Return the combinations of slice and version with values of segments that rows have, and each row's place.

    Returns
    -------
    parts : list of ndarray of int64, shape (combinations,)
        Place in `base_keys`, and in each segment's values.
    of_row : ndarray of int64, shape (rows,)
    """
    parts, of_row = [np.arange(len(cut.base_keys))], cut.base
    for place in segments:
        texts, value_of = cut.segments[place]
        if len(texts) == 1:
            parts.append(np.zeros(len(parts[0]), np.int64))
            continue
        present, of_row = _numbered(of_row, len(parts[0]), value_of, len(texts), cut.loops)
        before, value = np.divmod(present, len(texts))
        parts = [*(part[before] for part in parts), value]
    return parts, of_row


def join_segments(cut, group_bytes):
    """Return which segments are counted together, as lists of their places.

    Parameters
    ----------
    cut : Cut
        Of the first batch; the answer only decides what counting costs, never what is counted.
    group_bytes : int
        What the cells of all features take for one group.
    """
    limit = min(max(FEWEST, len(cut.base) // ROWS_A_GROUP), MOST_BYTES // max(group_bytes, 1))
    joined = []
    for place in range(len(cut.segments)):
        for together in joined:
            if len(combine(cut, [*together, place])[0][0]) <= limit:
                together.append(place)
                break
        else:
            joined.append([place])
    return joined
