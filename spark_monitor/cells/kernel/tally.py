"""One feature's coded rows, added to the cells of their groups in place."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spark_monitor.cells.block import SPECIALS, UNSEEN_KEPT, CellBlock, keep_smallest
from spark_monitor.cells.kernel.centred import add_moments, near_of, settle
from spark_monitor.cells.render import name_hash


@dataclass(frozen=True)
class Rows:
    """Which groups the rows of a batch belong to.

    Parameters
    ----------
    groups : ndarray of int32, shape (sets of segments that are counted together, rows)
        Places among the groups of this batch; 0 for a row that is not to be counted.
    numbers : ndarray of int64, shape (groups of this batch,)
        Which row of `Cells` each is; that of place 0 is 0.
    """

    groups: np.ndarray
    numbers: np.ndarray

    def without(self, left_out):
        """Return the same groups with some rows not counted."""
        return Rows(np.where(left_out, np.int32(0), self.groups), self.numbers) if left_out.any() else self

    @cached_property
    def held(self):
        """Rows of each group."""
        return np.bincount(self.groups.reshape(-1), minlength=self.size)

    @property
    def size(self):
        """How many groups the batch has, the one where nobody looks included."""
        return len(self.numbers)

    @cached_property
    def _blocks(self):
        return {}

    def blocks(self, loops):
        """Return which groups the rows of each block are in, of all sets one after the other."""
        if loops not in self._blocks:
            self._blocks[loops] = loops.groups_in_blocks(self.groups, self.size)
        return self._blocks[loops]


@dataclass
class Cells:
    """What was counted of one feature.

    Parameters
    ----------
    mass : ndarray of int64, shape (groups, B + 5)
        Rows of each cell; row 0 takes what is not to be counted.
    weights : ndarray of float64, shape (groups, B + 5), or None
    sums : CellBlock
        All but the cells, for the same groups: with one bin, which holds finite numbers.
    pivot : float
        What the moments of a new group are measured from, unless its numbers are far from there.
    """

    mass: np.ndarray
    weights: np.ndarray | None
    sums: CellBlock
    pivot: float

    @classmethod
    def empty(cls, bins, weighted, pivot):
        """Return cells of no group."""
        mass = np.zeros((0, bins.size + SPECIALS), np.int64)
        return cls(mass, mass.astype(float) if weighted else None, CellBlock.empty(0, 1, weighted), pivot)

    def grow(self, groups):
        """Make room for the numbers of groups below `groups`."""
        self.mass = _grown(self.mass, groups)
        if self.weights is not None:
            self.weights = _grown(self.weights, groups)
        self.sums = self.sums.grown(groups, self.pivot)


def _grown(table, rows):
    if rows <= len(table):
        return table
    return np.concatenate([table, np.zeros((max(rows, 2 * len(table)) - len(table), table.shape[1]), table.dtype)])


def tally(cells, coded, rows, bins, loops, weights=None):
    """Add the rows of one feature to its cells, in place.

    Parameters
    ----------
    cells : Cells
        With room for the groups of these rows.
    coded : Coded
    rows : Rows
    bins : Bins
    loops : module
        `plain` or `compiled`.
    weights : ndarray of float64, shape (rows,), or None
    """
    block, shape = cells.sums, (rows.size, cells.mass.shape[1])
    counted, weighed = np.zeros(shape, np.int64), None if weights is None else np.zeros(shape)
    for groups in rows.groups:
        loops.add_counts(coded.cells, groups, counted)
        if weights is not None:
            loops.add_weights(coded.cells, groups, weights, weighed)
            block.weight_squares[rows.numbers] += np.bincount(groups, weights**2, rows.size)
        if coded.numbers is not None:
            add_moments(block, rows.numbers, coded, groups, bins, loops)
        if coded.unseen is not None and coded.unseen.any():
            _add_unseen(block, rows.numbers, coded, groups)
    cells.mass[rows.numbers] += counted
    if weights is not None:
        cells.weights[rows.numbers] += weighed


def tally_pieces(cells, column, rows, bins, search, loops):
    """Add numbers that come in pieces to a feature's cells, in place, without weights: the same cells as by `tally`.

    Parameters
    ----------
    cells, rows, bins, loops : Cells, Rows, Bins, module
        As for `tally`; the loops are compiled ones.
    column : object
        Whose `pieces()` yields each `Piece` in order, as often as it is asked.
    search : tuple
        Of `loops.find_search`.
    """
    block, size = cells.sums, bins.size
    numbers, lanes, near = rows.numbers, loops.lanes_for(rows.size), near_of(block, rows.numbers)
    # Of this batch's groups alone and in half the bytes, so that all of it stays in a cache.
    mass, found = np.zeros((rows.size, cells.mass.shape[1]), np.uint32), np.zeros((8, rows.size * lanes))
    found[3], found[4] = np.inf, -np.inf
    starts, met = rows.blocks(loops)
    low = -np.inf if bins.low is None else bins.low
    high = np.inf if bins.high is None else bins.high
    for piece in column.pieces():
        loops.add_numbers(piece.values, piece.dense, piece.bits, piece.offset, piece.first, piece.rows, rows.groups,
                          starts, met, *search, size, bins.kind == "discrete", low, high, mass, near, lanes,
                          found)
    cells.mass[numbers] += mass

    def around(centre):
        sums, squared = np.zeros(rows.size), np.zeros(rows.size)
        for piece in column.pieces():
            loops.add_sums(piece.values, piece.dense, piece.bits, piece.offset, piece.first, piece.rows, rows.groups,
                           centre, sums, squared)
        return sums, squared

    lost, sums, squared, least, greatest, zeros, strays, outside = found.reshape(8, -1, lanes)
    with np.errstate(over="ignore", invalid="ignore"):
        sums, squared = sums.sum(axis=1), squared.sum(axis=1)
    counted = rows.held - lost.sum(axis=1).astype(np.int64)
    counted[0] = 0
    settle(block, numbers, near, counted, sums, squared, least.min(axis=1), greatest.max(axis=1), around)
    for total, more in ((block.zeros, zeros), (block.strays, strays), (block.out_of_range, outside)):
        total[numbers] += more.sum(axis=1).astype(np.int64)


def _add_unseen(block, numbers, coded, groups):
    places, missing = coded.places.values, coded.places.missing()
    new = coded.unseen[places if missing is None else np.where(missing, 0, places)] & (groups > 0)
    if missing is not None:
        new &= ~missing
    pairs, rows = np.unique(groups[new].astype(np.int64) * len(coded.names) + places[new], return_counts=True)
    hashes = {place: name_hash(coded.names[place]) for place in np.unique(pairs % len(coded.names)).tolist()}
    group, place = np.divmod(pairs, len(coded.names))
    group = numbers[group]
    own = np.array([hashes[one] for one in place.tolist()], np.int64)
    order = np.lexsort((own, group))
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    for one in order[rank < UNSEEN_KEPT].tolist():
        names, key = block.unseen.setdefault(int(group[one]), {}), int(own[one])
        names[key] = (coded.names[place[one]], int(rows[one]) + names.get(key, (None, 0))[1])
    for one in np.unique(group).tolist():
        keep_smallest(block.unseen[one])
