"""One feature's rows added to the cells of their groups in one compiled pass, by blocks that a processor's cache holds."""

import numpy as np

from spark_monitor.cells.kernel.block_loops import BLOCK, PART, fill_block, find_missing, mark_odd, range_of_parts
from spark_monitor.cells.kernel.find_loops import find_block
from spark_monitor.cells.kernel.jit import jitted

# Sums of one group wait for each other; in four lanes they do not. Many groups hardly meet, and want the room.
LANES, FEW_GROUPS = 4, 64
LOST, SUM, SQUARED, LEAST, GREATEST, ZEROS, STRAYS, OUTSIDE = range(8)


@jitted
def groups_in_blocks(groups, size):
    """Return which groups the rows of each block are in: where each block's begin, and the groups.

    Parameters
    ----------
    groups : ndarray of int32, shape (sets, rows)
    size : int
        Greater than any group's number.

    Returns
    -------
    starts : ndarray of int64, shape (sets, blocks + 1)
    met : ndarray of int32
        The row where nobody looks left out.
    """
    sets, rows = groups.shape
    blocks = (rows + BLOCK - 1) // BLOCK
    starts, seen = np.zeros((sets, blocks + 1), np.int64), np.full(size, -1)
    found, many = np.empty(1024, np.int32), 0
    for one in range(sets):
        starts[one, 0] = many
        for block in range(blocks):
            for i in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
                group = groups[one, i]
                if group and seen[group] != one * blocks + block:
                    seen[group] = one * blocks + block
                    if many == len(found):
                        found = np.concatenate((found, np.empty_like(found)))
                    found[many] = group
                    many += 1
            starts[one, block + 1] = many
    return starts, found[:many]


@jitted
def _own(groups, gone, lost, held):
    """Return the groups of a block's rows, of those that are missing the one where nobody looks."""
    if not lost:
        return groups
    for i in range(len(groups)):
        held[i] = groups[i]
    for k in range(lost):
        held[gone[k]] = 0
    return held[:len(groups)]


@jitted
def _count(cells, groups, mass):
    for i in range(len(cells)):
        mass[np.uint32(groups[i]), cells[i]] += 1


@jitted
def _worst(found, lanes, starts, groups, first, last):
    """Return the greatest of the least numbers that groups of some blocks have, and the least of their greatest."""
    low, high = -np.inf, np.inf
    for i in range(starts[first // BLOCK], starts[last // BLOCK + 1]):
        own = groups[i] * lanes
        low, high = max(low, found[LEAST, own]), min(high, found[GREATEST, own])
    return low, high


@jitted
def _add_sums(values, groups, centre, lanes, sums, squared):
    for i in range(len(values)):
        group = np.uint32(groups[i])
        own = np.uint32(group * lanes + (i & (lanes - 1)))
        d = values[i] - centre[group]
        sums[own] += d
        squared[own] += d * d


@jitted
def _add_extremes(values, groups, lanes, least, greatest):
    for i in range(len(values)):
        # -0.0 and 0.0 are one number: adding 0.0 leaves one of them, so that a minimum is the same in any order.
        own, v = np.uint32(groups[i] * lanes), values[i] + 0.0
        least[own], greatest[own] = min(least[own], v), max(greatest[own], v)


@jitted
def _add_zeros(values, groups, lanes, zeros):
    for i in range(len(values)):
        zeros[np.uint32(groups[i] * lanes)] += values[i] == 0.0


@jitted
def _add_beyond(values, cells, groups, edges, discrete, low, high, lanes, found):
    """Count numbers of a discrete feature that are none of its values, and those outside of the configured range."""
    for i in range(len(values)):
        if not groups[i]:
            continue
        own = groups[i] * lanes
        if discrete:
            found[STRAYS, own] += edges[cells[i]] != values[i]
        found[OUTSIDE, own] += not low <= values[i] <= high


@jitted
def _add_moments(values, cells, groups, starts, met, low, gone, lost, held, edges, size, discrete, lowest, highest,
                 centre, lanes, found, least, greatest):
    zeros = range_of_parts(values, least, greatest)
    for one in range(len(groups)):
        of_block = groups[one, low:low + len(values)]
        mine = _own(of_block, gone, lost, held)
        for k in range(lost):
            found[LOST, of_block[gone[k]] * lanes] += 1
        _add_sums(values, mine, centre, lanes, found[SUM], found[SQUARED])
        least_known, greatest_known = _worst(found, lanes, starts[one], met, low, low + len(values) - 1)
        for part in range(0, len(values), PART):
            if least[part // PART] < least_known or greatest[part // PART] > greatest_known:
                _add_extremes(values[part:part + PART], mine[part:part + PART], lanes, found[LEAST], found[GREATEST])
        if zeros:
            _add_zeros(values, mine, lanes, found[ZEROS])
        if discrete or lowest > -np.inf or highest < np.inf:
            _add_beyond(values, cells, mine, edges, discrete, lowest, highest, lanes, found)


@jitted
def add_numbers(values, dense, bits, offset, first_row, rows, groups, starts, met, edges, before, first_edge, scale,
                size, discrete, lowest, highest, mass, centre, lanes, found):
    """Add rows to mass[group, cell], and to what is found of each group, in place.

    Parameters
    ----------
    values, dense, bits, offset, first_row, rows
        As of a `Piece`.
    groups : ndarray of int32, shape (sets, rows of all pieces)
        The row of `mass` and the place in `found` that a row counts to; 0 where nobody looks.
    starts, met : ndarray
        `groups_in_blocks` of those.
    edges, before, first_edge, scale
        As `find_search` returns them.
    size : int
        Bins.
    discrete : bool
        Whether bins are values.
    lowest, highest : float
        The range beyond which numbers are out of it.
    mass : ndarray of int64, shape (groups, bins + 5)
    centre : ndarray of float64, shape (groups,)
        What distances are measured from.
    lanes : int
    found : ndarray of float64, shape (8, groups * lanes)
    """
    gone, held = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    wide, cells, taken = np.empty(BLOCK), np.empty(BLOCK, np.uint16), 0
    least, greatest = np.empty(BLOCK // PART), np.empty(BLOCK // PART)
    for first in range(0, rows, BLOCK):
        length, low = min(BLOCK, rows - first), first_row + first
        lost = find_missing(bits, offset + first, length, gone) if len(bits) else 0
        start = taken if dense else first
        taken += length - lost
        there = values[start:start + length - lost * dense]
        some = fill_block(there, dense, bits, offset + first, gone, lost, length, wide)
        own = cells[:length]
        if lost < length:
            find_block(some, edges, before, first_edge, scale, own)
        if discrete:
            for k in range(length):
                own[k] = min(own[k], size - 1)
        for k in range(lost):
            own[gone[k]] = size
        odd = mark_odd(some, size, own, gone, wide)
        if odd:
            lost, some = odd, wide[:length]
        for one in range(len(groups)):
            _count(own, groups[one, low:low + length], mass)
        _add_moments(some, own, groups, starts, met, low, gone, lost, held, edges, size, discrete, lowest, highest,
                     centre, lanes, found, least, greatest)


@jitted
def add_sums(values, dense, bits, offset, first_row, rows, groups, centre, sums, squared):
    """Add to each group the distances of its finite numbers from its centre, and their squares; parameters as above."""
    taken = 0
    for row in range(rows):
        there = not len(bits) or (bits[(offset + row) >> 3] >> ((offset + row) & 7)) & 1
        if not there:
            continue
        v = values[taken if dense else row]
        taken += 1
        if v - v != 0.0:
            continue
        for one in range(len(groups)):
            group = groups[one, first_row + row]
            d = v - centre[group]
            sums[group] += d
            squared[group] += d * d
