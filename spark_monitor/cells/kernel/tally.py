"""One feature's coded rows, added to the cells of their groups in place."""

from dataclasses import dataclass

import numpy as np

from spark_monitor.cells.block import SPECIALS, UNSEEN_KEPT, CellBlock, keep_smallest
from spark_monitor.cells.moments import merge_moments
from spark_monitor.cells.render import name_hash

FIRST = 1_000


@dataclass(frozen=True)
class Rows:
    """Which groups the rows of a batch belong to.

    Parameters
    ----------
    of_segment : list of ndarray of int32, shape (rows,)
        For each segment; 0 for a row that is not to be counted.
    of_joint : list of ndarray of int32, shape (rows,)
        For each set of segments that are summed together.
    """

    of_segment: list
    of_joint: list

    def without(self, left_out):
        """Return the same groups with some rows not counted."""
        if not left_out.any():
            return self
        return Rows(*([np.where(left_out, np.int32(0), groups) for groups in many]
                      for many in (self.of_segment, self.of_joint)))


@dataclass
class Cells:
    """What was counted of one feature.

    Parameters
    ----------
    mass : list of ndarray of int64, shape (groups, B + 5)
        Rows of each cell, for each segment; row 0 takes what is not to be counted.
    weights : list of ndarray of float64, shape (groups, B + 5), or None
    sums : list of CellBlock
        All but the cells, for each set of segments that are summed together: with one bin, which holds finite numbers.
    """

    mass: list
    weights: list | None
    sums: list

    @classmethod
    def empty(cls, bins, segments, joints, weighted, pivot):
        """Return cells of no group."""
        mass = [np.zeros((0, bins.size + SPECIALS), np.int64) for _ in range(segments)]
        return cls(mass, [one.astype(float) for one in mass] if weighted else None,
                   [CellBlock.empty(0, 1, weighted, pivot) for _ in range(joints)])

    def grow(self, segments, joints):
        """Make room for so many groups of each segment and each joint set, beside row 0."""
        self.mass = [_grown(one, groups + 1) for one, groups in zip(self.mass, segments)]
        if self.weights is not None:
            self.weights = [_grown(one, groups + 1) for one, groups in zip(self.weights, segments)]
        self.sums = [block.grown(groups + 1) for block, groups in zip(self.sums, joints)]


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
    for place, groups in enumerate(rows.of_segment):
        loops.add_counts(coded.cells, groups, cells.mass[place])
        if weights is not None:
            loops.add_weights(coded.cells, groups, weights, cells.weights[place])
    for block, groups in zip(cells.sums, rows.of_joint):
        if weights is not None:
            block.weight_squares += np.bincount(groups, weights**2, len(block))
        if coded.numbers is not None:
            _add_numbers(block, coded, groups, bins, loops)
        if coded.unseen is not None and coded.unseen.any():
            _add_unseen(block, coded, groups)


def typical(coded, bins):
    """Return a number like those of a feature's first rows: their moments are summed around it.

    It is theirs and not the reference's, so that no drift costs digits; a median, so that no stray decides it.
    """
    if coded.numbers is None:
        return 0.0
    some = np.flatnonzero(coded.cells[:FIRST] < bins.size)
    return float(np.sort(coded.numbers[some])[len(some) // 2]) if len(some) else bins.pivot


def _add_numbers(block, coded, groups, bins, loops):
    numbers, cells, size = coded.numbers, coded.cells, bins.size
    near = block.pivot + np.where(block.mass[:, 0] > 0, block.mean, 0.0)
    n, sums, squared, least, greatest, zeros = loops.moments(numbers, cells, size, groups, near)
    block.mass[:, 0] += n
    block.zeros += zeros
    known, constant = n > 0, least == greatest
    with np.errstate(over="ignore", invalid="ignore"):
        centre = np.divide(sums, n, out=np.zeros(len(n)), where=known)
        beside = sums * centre
        m2 = squared - beside
        # Measured from a centre that is near the mean, nothing is lost; from one that is not, the squares are taken anew.
        if np.any(known & ~constant & ~(beside <= m2)):
            m2 = loops.squares(numbers, cells, size, groups, near + centre)
        mean = near - block.pivot + centre
    if bins.kind == "discrete":
        block.strays += loops.strays(numbers, cells, bins.edges, groups, len(block))
    if bins.low is not None or bins.high is not None:
        low = -np.inf if bins.low is None else bins.low
        high = np.inf if bins.high is None else bins.high
        outside = (cells < size) & ~((numbers >= low) & (numbers <= high))
        block.out_of_range += np.bincount(groups[outside], minlength=len(block))
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
    block.mean[rows] = np.where(constant, block.minimum[rows] - block.pivot, merged[0])
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
