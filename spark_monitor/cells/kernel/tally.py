"""One feature's coded rows, added to the cells of their groups in place."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spark_monitor.cells.block import SPECIALS, UNSEEN_KEPT, CellBlock, keep_smallest
from spark_monitor.cells.moments import merge_moments
from spark_monitor.cells.render import name_hash

FIRST = 1_000
# Numbers so many times smaller than what they are measured from have lost a byte of their digits.
FAR = 256


@dataclass(frozen=True)
class Rows:
    """Which groups the rows of a batch belong to.

    Parameters
    ----------
    groups : ndarray of int32, shape (sets of segments that are counted together, rows)
        0 for a row that is not to be counted.
    """

    groups: np.ndarray

    def without(self, left_out):
        """Return the same groups with some rows not counted."""
        return Rows(np.where(left_out, np.int32(0), self.groups)) if left_out.any() else self

    @cached_property
    def held(self):
        """Rows of each group."""
        return np.bincount(self.groups.reshape(-1), minlength=1)

    @property
    def size(self):
        """Room that the numbers of groups need."""
        return len(self.held)

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
    block = cells.sums
    for groups in rows.groups:
        loops.add_counts(coded.cells, groups, cells.mass)
        if weights is not None:
            loops.add_weights(coded.cells, groups, weights, cells.weights)
            block.weight_squares += np.bincount(groups, weights**2, len(block))
        if coded.numbers is not None:
            _add_numbers(block, coded, groups, bins, loops)
        if coded.unseen is not None and coded.unseen.any():
            _add_unseen(block, coded, groups)


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
    lanes, near = loops.lanes_for(len(block)), _near(block)
    found = np.zeros((8, len(block) * lanes))
    found[3], found[4] = np.inf, -np.inf
    starts, met = rows.blocks(loops)
    low = -np.inf if bins.low is None else bins.low
    high = np.inf if bins.high is None else bins.high
    for piece in column.pieces():
        loops.add_numbers(piece.values, piece.dense, piece.bits, piece.offset, piece.first, piece.rows, rows.groups,
                          starts, met, *search, size, bins.kind == "discrete", low, high, cells.mass, near,
                          lanes, found)

    def around(centre):
        sums, squared = np.zeros(len(block)), np.zeros(len(block))
        for piece in column.pieces():
            loops.add_sums(piece.values, piece.dense, piece.bits, piece.offset, piece.first, piece.rows, rows.groups,
                           centre, sums, squared)
        return sums, squared

    held = np.zeros(len(block), np.int64)
    held[:len(rows.held)] = rows.held
    lost, sums, squared, least, greatest, zeros, strays, outside = found.reshape(8, -1, lanes)
    with np.errstate(over="ignore", invalid="ignore"):
        sums, squared = sums.sum(axis=1), squared.sum(axis=1)
    counted = held - lost.sum(axis=1).astype(np.int64)
    counted[0] = 0
    _settle(block, near, counted, sums, squared, least.min(axis=1), greatest.max(axis=1), around)
    for total, more in ((block.zeros, zeros), (block.strays, strays), (block.out_of_range, outside)):
        total += more.sum(axis=1).astype(np.int64)


def typical(numbers, there, pivot):
    """Return a number like those of a feature's first rows: their moments are summed around it.

    It is theirs and not the reference's, so that no drift costs digits; a median, so that no stray decides it.

    Parameters
    ----------
    numbers : ndarray of float64
        Or the first of them; some may not be finite.
    there : ndarray of bool or None
        Which of them are there.
    pivot : float
        What to return where there is none.
    """
    some = numbers[:FIRST] if there is None else numbers[:FIRST][there[:FIRST]]
    some = some[np.isfinite(some)]
    return float(np.sort(some)[len(some) // 2]) if len(some) else pivot


def _near(block):
    """Return what new numbers are measured from: the mean of those before."""
    return block.pivot + np.where(block.mass[:, 0] > 0, block.mean, 0.0)


def _add_numbers(block, coded, groups, bins, loops):
    numbers, cells, size = coded.numbers, coded.cells, bins.size
    near = _near(block)
    n, sums, squared, least, greatest, zeros = loops.moments(numbers, cells, size, groups, near)
    block.zeros += zeros
    if bins.kind == "discrete":
        block.strays += loops.strays(numbers, cells, bins.edges, groups, len(block))
    if bins.low is not None or bins.high is not None:
        low = -np.inf if bins.low is None else bins.low
        high = np.inf if bins.high is None else bins.high
        outside = (cells < size) & ~((numbers >= low) & (numbers <= high))
        block.out_of_range += np.bincount(groups[outside], minlength=len(block))
    _settle(block, near, n, sums, squared, least, greatest,
            lambda centre: loops.moments(numbers, cells, size, groups, centre)[1:3])


def _settle(block, near, n, sums, squared, least, greatest, around):
    """Add new numbers to the moments of a block, given their sums around `near`, and how to take them around others."""
    known, constant = n > 0, least == greatest
    # A group of small numbers beside large ones: around those its digits were lost, and it gets a pivot of its own.
    far = known & (block.mass[:, 0] == 0) & (np.abs(near) > FAR * np.maximum(np.abs(least), np.abs(greatest)))
    block.mass[:, 0] += n
    if far.any():
        near = np.where(far, least, near)
        block.pivot[far] = near[far]
        sums, squared = (np.where(far, *pair) for pair in zip(around(near), (sums, squared)))
    with np.errstate(over="ignore", invalid="ignore"):
        centre = np.divide(sums, n, out=np.zeros(len(n)), where=known)
        beside = sums * centre
        m2 = squared - beside
        # Measured from a centre that is near the mean, nothing is lost; from one that is not, the squares are taken anew.
        if np.any(known & ~constant & ~(beside <= m2)):
            m2 = around(near + centre)[1]
        mean = near - block.pivot + centre
    mean, m2 = np.where(constant, least - block.pivot, mean), np.where(constant, 0.0, m2)
    _merge(block, np.flatnonzero(n), n, mean, m2, least, greatest)


def _merge(block, rows, n, mean, m2, least, greatest):
    """Merge the moments of new numbers into the rows of a block that already counts them."""
    block.minimum[rows] = np.fmin(block.minimum[rows], least[rows])
    block.maximum[rows] = np.fmax(block.maximum[rows], greatest[rows])
    before = block.mass[rows, 0] - n[rows]
    had = np.flatnonzero(before)
    parts = [np.concatenate([old[rows][had], new[rows]]) for old, new in ((block.mean, mean), (block.m2, m2))]
    merged = merge_moments(np.concatenate([before[had], n[rows]]), *parts,
                           np.concatenate([had, np.arange(len(rows))]), len(rows))
    constant = block.minimum[rows] == block.maximum[rows]
    block.mean[rows] = np.where(constant, block.minimum[rows] - block.pivot[rows], merged[0])
    block.m2[rows] = np.where(constant, 0.0, merged[1])


def _add_unseen(block, coded, groups):
    places, missing = coded.places.values, coded.places.missing()
    new = coded.unseen[places if missing is None else np.where(missing, 0, places)] & (groups > 0)
    if missing is not None:
        new &= ~missing
    pairs, rows = np.unique(groups[new].astype(np.int64) * len(coded.names) + places[new], return_counts=True)
    hashes = {place: name_hash(coded.names[place]) for place in np.unique(pairs % len(coded.names)).tolist()}
    group, place = np.divmod(pairs, len(coded.names))
    own = np.array([hashes[one] for one in place.tolist()], np.int64)
    order = np.lexsort((own, group))
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    for one in order[rank < UNSEEN_KEPT].tolist():
        names, key = block.unseen.setdefault(int(group[one]), {}), int(own[one])
        names[key] = (coded.names[place[one]], int(rows[one]) + names.get(key, (None, 0))[1])
    for one in np.unique(group).tolist():
        keep_smallest(block.unseen[one])
