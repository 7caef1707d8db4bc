"""Batches added up by a plan: the cells of each segment, and sums that are told apart by segment at the end."""

from dataclasses import dataclass, replace
from itertools import count

import numpy as np
import pyarrow as pa

from spark_monitor.cells.block import SPECIALS
from spark_monitor.cells.kernel import plain
from spark_monitor.cells.kernel.centred import typical
from spark_monitor.cells.kernel.codes import Coded, code_categories, code_numbers
from spark_monitor.cells.kernel.joint import JointGroups, cut_rows, join_segments
from spark_monitor.cells.kernel.loops import choose_loops
from spark_monitor.cells.kernel.plain import NULL
from spark_monitor.cells.kernel.plan import QUARANTINED, TIME, WEIGHT
from spark_monitor.cells.kernel.tally import Cells, Rows, tally, tally_pieces
from spark_monitor.cells.kernel.values import Column, numbers_of

# Cells that a counter holds before it should be emptied.
FULL_BYTES = 1 << 28
# Rows outside the plan are sorted out where there are many of them, and else counted to where nobody looks.
FEWEST_INSIDE = 0.75


@dataclass(frozen=True)
class Grouped:
    """Which rows of a batch count, and to which groups.

    Parameters
    ----------
    everyone, placed : Rows
        Every row of the plan's slices, and those that are not quarantined.
    times : Column
        Missing where a row is quarantined.
    weights : ndarray of float64 or None
    kept : pyarrow.Array or None
        Which rows of the batch these are; None for all.
    """

    everyone: Rows
    placed: Rows
    times: Column
    weights: np.ndarray | None
    kept: object = None


class Counter:
    """Counts batches by a plan; `blocks` hands out what was counted.

    Parameters
    ----------
    plan : CountPlan
    """

    def __init__(self, plan):
        self.plan = plan
        self.loops = choose_loops(plan.compiled)
        self._group_bytes = 8 * sum(feature.bins.size + SPECIALS for feature in plan.features) * (1 + plan.weighted)
        self._clear()

    def _clear(self):
        self._joints, self._cells = None, [None] * len(self.plan.features)

    @property
    def compiled(self):
        """Whether loops are compiled."""
        return self.loops is not plain

    @property
    def full(self):
        """Whether so much is held that it had better be handed out before more is counted."""
        return self._group_bytes * sum(len(one.numbers) for one in self._joints or ()) > FULL_BYTES

    def count(self, batch):
        """Add one record batch; rows outside the plan's slices are left alone."""
        grouped = self.group(batch)
        if grouped is None:
            return
        for number, feature in enumerate(self.plan.features):
            self.add(number, grouped, [batch.column(name) for name in feature.columns])

    def group(self, batch):
        """Return the `Grouped` rows of a batch that has the columns of time, version, weight and segments.

        None where no row of it lies in a slice of the plan.
        """
        cut, inside = cut_rows(batch, self.plan, self.loops)
        many, kept = np.count_nonzero(inside), None
        if not many:
            return None
        if many < FEWEST_INSIDE * len(inside):
            kept = pa.array(inside)
            batch = batch.filter(kept)
            cut, inside = cut_rows(batch, self.plan, self.loops)
        quarantined = batch.column(QUARANTINED).to_numpy(zero_copy_only=False)
        everyone = self._groups(cut)
        if many < len(inside):
            everyone = everyone.without(~inside)
        weights = None
        if self.plan.weighted:
            weights = batch.column(WEIGHT).cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)
        times = batch.column(TIME).to_numpy(zero_copy_only=False).astype(float)
        bits = np.packbits(~quarantined, bitorder="little") if quarantined.any() else np.empty(0, np.uint8)
        return Grouped(everyone, everyone.without(quarantined), Column(times, bits, 0), weights, kept)

    def _groups(self, cut):
        if self._joints is None:
            numbers = count(1)
            self._joints = [JointGroups(tuple(places), numbers) for places in join_segments(cut, self._group_bytes)]
        numbers, places = [0], []
        for one in self._joints:
            own, of_row = one.rows_of(cut)
            places.append((of_row + len(numbers)).astype(np.int32))
            numbers += own
        return Rows(np.stack(places), np.array(numbers, np.int64))

    def add(self, number, grouped, columns):
        """Add the rows of one feature.

        Parameters
        ----------
        number : int
            Its place in the plan.
        grouped : Grouped
        columns : list of pyarrow.Array, or of something that has its `pieces()`, `array()` and `filter(mask)`
            As the feature's plan names them.
        """
        feature = self.plan.features[number]
        of_time = feature.columns == (TIME,)
        rows = grouped.everyone if of_time else grouped.placed
        if of_time:
            columns = [grouped.times]
        elif grouped.kept is not None:
            columns = [column.filter(grouped.kept) for column in columns]
        search = self._search(feature)
        if search is not None:
            column = numbers_of(columns[0]) if isinstance(columns[0], pa.Array) else columns[0]
            first = next(column.pieces())
            tally_pieces(self._room(number, rows, lambda: _typical(first, feature.bins)), column, rows, feature.bins,
                         search, self.loops)
        else:
            arrays = [column if isinstance(column, (pa.Array, Column)) else column.array() for column in columns]
            coded = self._code(feature, arrays, rows.groups.shape[1])
            cells = self._room(number, rows, lambda: 0.0 if coded.numbers is None else typical(
                coded.numbers, coded.cells < feature.bins.size, feature.bins.pivot))
            tally(cells, coded, rows, feature.bins, self.loops, grouped.weights)

    def _search(self, feature):
        """Return how a feature's numbers are found in one compiled pass; None where they can't be."""
        is_made = feature.bins.feature == "confidence" or len(feature.columns) > 1
        if feature.failure or self.plan.weighted or feature.bins.kind == "categorical" or is_made:
            return None
        return self.loops.find_search(feature.bins.edges, feature.bins.size)

    def _room(self, number, rows, pivot):
        """Return the cells of a feature, with room for the groups of some rows."""
        if self._cells[number] is None:
            self._cells[number] = Cells.empty(self.plan.features[number].bins, self.plan.weighted, pivot())
        self._cells[number].grow(int(rows.numbers.max()) + 1)
        return self._cells[number]

    def _code(self, feature, columns, rows):
        """Return the coded rows of a feature; those of one that can't be counted are all null."""
        bins = feature.bins
        if feature.failure:
            return Coded(np.full(rows, bins.size + NULL, np.uint16))
        column = confidence(columns) if bins.feature == "confidence" else columns[0]
        return (code_categories if bins.kind == "categorical" else code_numbers)(column, bins, self.loops)

    def blocks(self):
        """Yield (segment plan, feature plan, keys, rows, block) for every feature of each segment, and forget them.

        A key is (slice start, version, segment value); `rows` are the places in `keys` of the groups that rows were
        counted in, in the order of the block. Features of one segment share the list of keys.
        """
        for joint in self._joints or ():
            numbers = joint.numbers
            for place in joint.segments:
                keys, of_group = joint.keys_of(place)
                for feature, cells in zip(self.plan.features, self._cells):
                    if cells is not None:
                        block = _block(cells, numbers, of_group, len(keys), self.loops)
                        filled = np.flatnonzero(block.mass.any(axis=1))
                        yield (self.plan.segments[place], feature, keys, filled,
                               block if len(filled) == len(block) else block.take(filled))
        self._clear()


def _typical(piece, bins):
    there = None if piece.dense else Column(piece.values, piece.bits, piece.offset).missing()
    return typical(piece.values, None if there is None else ~there, bins.pivot)


def _block(cells, numbers, of_group, size, loops):
    """Return the cells of one feature by the keys of one segment."""
    cells.grow(numbers.max() + 1)
    tables = [cells.mass] if cells.weights is None else [cells.mass, cells.weights]
    if len(numbers) == size and (of_group == np.arange(size)).all():
        sums, added = cells.sums.take(numbers), [table[numbers] for table in tables]
    else:
        sums, added = cells.sums.merge(of_group, size, numbers), [np.zeros((size, t.shape[1]), t.dtype) for t in tables]
        for into, table in zip(added, tables):
            loops.add_rows(into, of_group, table, numbers)
    return replace(sums.settled(), mass=added[0], weights=added[1] if len(added) > 1 else None)


def confidence(columns):
    """Return how sure a classifier was: the largest class probability, or max(s, 1 - s) of a single score.

    Examples
    --------
    >>> confidence([pa.array([0.2, 0.9, None])]).to_pylist()
    [0.8, 0.9, None]
    """
    columns = [column.cast(pa.float64()) for column in columns]
    missing = np.any([column.is_null().to_numpy(zero_copy_only=False) for column in columns], axis=0)
    scores = np.stack([column.fill_null(0.0).to_numpy(zero_copy_only=False) for column in columns])
    scores = np.concatenate([scores, 1 - scores]) if len(scores) == 1 else scores
    return pa.array(np.max(scores, axis=0), mask=missing)
