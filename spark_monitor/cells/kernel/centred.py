"""Moments of new numbers, summed around a middle of their own so that no digits are lost, added to those before."""

import numpy as np

from spark_monitor.cells.moments import merge_moments

FIRST = 1_000
# Numbers so many times smaller than what they are measured from have lost a byte of their digits.
FAR = 256


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


def near_of(block, at):
    """Return what new numbers of some rows of a block are measured from: the mean of those before."""
    return block.pivot[at] + np.where(block.mass[at, 0] > 0, block.mean[at], 0.0)


def add_moments(block, at, coded, groups, bins, loops):
    """Add the numbers of coded rows to the moments of their groups, in place; parameters as of `tally` and `settle`."""
    numbers, cells, size = coded.numbers, coded.cells, bins.size
    near = near_of(block, at)
    n, sums, squared, least, greatest, zeros = loops.moments(numbers, cells, size, groups, near)
    block.zeros[at] += zeros
    if bins.kind == "discrete":
        block.strays[at] += loops.strays(numbers, cells, bins.edges, groups, len(at))
    if bins.low is not None or bins.high is not None:
        low = -np.inf if bins.low is None else bins.low
        high = np.inf if bins.high is None else bins.high
        outside = (cells < size) & ~((numbers >= low) & (numbers <= high))
        block.out_of_range[at] += np.bincount(groups[outside], minlength=len(at))
    settle(block, at, near, n, sums, squared, least, greatest,
            lambda centre: loops.moments(numbers, cells, size, groups, centre)[1:3])


def settle(block, at, near, n, sums, squared, least, greatest, around):
    """Add new numbers to the moments of a block, in place.

    Parameters
    ----------
    block : CellBlock
        Of one bin.
    at : ndarray of int64, shape (K,)
        Which rows of it.
    near : ndarray of float64, shape (K,)
        What was taken for the middle of each row's numbers.
    n, sums, squared, least, greatest : ndarray, shape (K,)
        How many there are, sums of their distances from there and of those squared, extremes.
    around : callable
        From other middles to sums of distances and of their squares.
    """
    known, constant = n > 0, least == greatest
    # A group of small numbers beside large ones: around those its digits were lost, and it gets a pivot of its own.
    far = known & (block.mass[at, 0] == 0) & (np.abs(near) > FAR * np.maximum(np.abs(least), np.abs(greatest)))
    block.mass[at, 0] += n
    if far.any():
        near = np.where(far, least, near)
        block.pivot[at[far]] = near[far]
        sums, squared = (np.where(far, *pair) for pair in zip(around(near), (sums, squared)))
    with np.errstate(over="ignore", invalid="ignore"):
        centre = np.divide(sums, n, out=np.zeros(len(n)), where=known)
        beside = sums * centre
        m2 = squared - beside
        # Measured from a centre that is near the mean, nothing is lost; from one that is not, the squares are taken anew.
        if np.any(known & ~constant & ~(beside <= m2)):
            m2 = around(near + centre)[1]
        mean = near - block.pivot[at] + centre
        mean, m2 = np.where(constant, least - block.pivot[at], mean), np.where(constant, 0.0, m2)
    _merge(block, at[known], *(one[known] for one in (n, mean, m2, least, greatest)))


def _merge(block, rows, n, mean, m2, least, greatest):
    """Merge the moments of new numbers into the rows of a block that already counts them."""
    block.minimum[rows] = np.fmin(block.minimum[rows], least)
    block.maximum[rows] = np.fmax(block.maximum[rows], greatest)
    before = block.mass[rows, 0] - n
    had = np.flatnonzero(before)
    parts = [np.concatenate([old[rows][had], new]) for old, new in ((block.mean, mean), (block.m2, m2))]
    merged = merge_moments(np.concatenate([before[had], n]), *parts,
                           np.concatenate([had, np.arange(len(rows))]), len(rows))
    constant = block.minimum[rows] == block.maximum[rows]
    block.mean[rows] = np.where(constant, block.minimum[rows] - block.pivot[rows], merged[0])
    block.m2[rows] = np.where(constant, 0.0, merged[1])
