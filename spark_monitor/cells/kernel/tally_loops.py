"""One feature's rows added to the cells of all segments in one compiled pass, block by block, in a processor's own cache."""

import numpy as np

from spark_monitor.cells.kernel.find_loops import find_block
from spark_monitor.cells.kernel.jit import jitted, roughly

BLOCK = 1 << 11
# Sums of one group wait for each other; in four lanes they do not. Many groups hardly meet, and want the room.
LANES, FEW_GROUPS = 4, 64
LOST, SUM, SQUARED, LEAST, GREATEST, ZEROS, STRAYS, OUTSIDE = range(8)


@jitted
def groups_in_blocks(joints, size):
    """Return which groups the rows of each block are in: where each block's begin, and the groups.

    Parameters
    ----------
    joints : ndarray of int32, shape (sets, rows)
    size : int
        Greater than any group's number.

    Returns
    -------
    starts : ndarray of int64, shape (sets, blocks + 1)
    groups : ndarray of int32
        The row where nobody looks left out.
    """
    sets, rows = joints.shape
    blocks = (rows + BLOCK - 1) // BLOCK
    starts, seen = np.zeros((sets, blocks + 1), np.int64), np.full(size, -1)
    found, many = np.empty(1024, np.int32), 0
    for joint in range(sets):
        starts[joint, 0] = many
        for block in range(blocks):
            for i in range(block * BLOCK, min(rows, (block + 1) * BLOCK)):
                group = joints[joint, i]
                if group and seen[group] != joint * blocks + block:
                    seen[group] = joint * blocks + block
                    if many == len(found):
                        found = np.concatenate((found, np.empty_like(found)))
                    found[many] = group
                    many += 1
            starts[joint, block + 1] = many
    return starts, found[:many]


@jitted
def _missing(bits, offset, rows, gone):
    """List the rows of a block that are missing; return how many there are."""
    lost, row = 0, 0
    while row < rows:
        bit = offset + row
        byte, shift = np.int64(bits[bit >> 3]), bit & 7
        stop = min(rows, row + 8 - shift)
        if byte >> shift != 255 >> shift:
            byte >>= shift
            for k in range(row, stop):
                gone[np.uint32(lost)] = k
                lost += 1 - (byte & 1)
                byte >>= 1
        row = stop
    return lost


@jitted
def _widen(values, gone, lost, rows, wide):
    """Put the values that are there into their rows, and into those of missing ones any that is there."""
    taken, row = 0, 0
    for k in range(lost):
        run = gone[k] - row
        wide[row:row + run] = values[taken:taken + run]
        taken, row = taken + run, gone[k] + 1
        wide[gone[k]] = values[max(taken - 1, 0)]
    wide[row:rows] = values[taken:taken + rows - row]


@jitted
def _fill(values, gone, lost, rows, wide):
    """Copy values of all rows, and put into those of missing ones any that is there."""
    for row in range(rows):
        wide[row] = values[row]
    # The missing are in order: the first row that is not among them is there.
    some = 0
    while some < lost and gone[some] == some:
        some += 1
    for k in range(lost):
        wide[gone[k]] = values[some]


@jitted
def _block(values, dense, gone, lost, rows, wide):
    """Return the numbers of a block's rows, some number in those of missing ones."""
    if not lost:
        return values
    if lost == rows:
        wide[:rows] = 0.0
    elif dense:
        _widen(values, gone, lost, rows, wide)
    else:
        _fill(values, gone, lost, rows, wide)
    return wide[:rows]


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


@roughly
def _range(values):
    least, greatest, zeros = np.inf, -np.inf, 0
    for i in range(len(values)):
        least, greatest = min(least, values[i]), max(greatest, values[i])
    for i in range(len(values)):
        zeros += values[i] == 0.0
    return least, greatest, zeros


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
def _odd(values):
    odd = 0
    for k in range(len(values)):
        odd += values[k] - values[k] != 0.0
    return odd


@jitted
def _mark(values, size, cells, gone, wide):
    """Mark the cells of NaN and infinities, list all rows without a finite number, and put some number into those."""
    lost, some = 0, 0.0
    for k in range(len(values)):
        v = values[k]
        if cells[k] != size and v - v != 0.0:
            cells[k] = size + 1 if v != v else (size + 2 if v > 0.0 else size + 3)
        if cells[k] < size:
            some = v
    for k in range(len(values)):
        wide[k] = values[k]
        if cells[k] >= size:
            wide[k] = some
            gone[lost] = k
            lost += 1
    return lost


@jitted
def _add_moments(values, cells, joints, starts, met, low, gone, lost, held, edges, size, discrete, lowest, highest, centre,
                 lanes, found):
    least, greatest, zeros = _range(values)
    for joint in range(len(joints)):
        of_block = joints[joint, low:low + len(values)]
        mine = _own(of_block, gone, lost, held)
        for k in range(lost):
            found[LOST, of_block[gone[k]] * lanes] += 1
        _add_sums(values, mine, centre, lanes, found[SUM], found[SQUARED])
        least_known, greatest_known = _worst(found, lanes, starts[joint], met, low, low + len(values) - 1)
        if least < least_known or greatest > greatest_known:
            _add_extremes(values, mine, lanes, found[LEAST], found[GREATEST])
        if zeros:
            _add_zeros(values, mine, lanes, found[ZEROS])
        if discrete or lowest > -np.inf or highest < np.inf:
            _add_beyond(values, cells, mine, edges, discrete, lowest, highest, lanes, found)


@jitted
def add_numbers(values, dense, bits, offset, first_row, rows, groups, joints, starts, met, edges, before, first_edge, scale,
                size, discrete, lowest, highest, mass, centre, lanes, found):
    """Add rows to mass[group, cell], and to what is found of each joint group, in place.

    Parameters
    ----------
    values, dense, bits, offset, first_row, rows
        As of a `Piece`.
    groups : ndarray of int32, shape (segments, rows of all pieces)
        The row of `mass` that a row counts to; 0 where nobody looks.
    joints : ndarray of int32, shape (sets, rows of all pieces)
        The same of `found`.
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
    centre : ndarray of float64, shape (joint groups,)
        What distances are measured from.
    lanes : int
    found : ndarray of float64, shape (8, joint groups * lanes)
    """
    gone, held = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    wide, cells, taken = np.empty(BLOCK), np.empty(BLOCK, np.uint16), 0
    for first in range(0, rows, BLOCK):
        length, low = min(BLOCK, rows - first), first_row + first
        lost = _missing(bits, offset + first, length, gone) if len(bits) else 0
        start = taken if dense else first
        taken += length - lost
        some, own = _block(values[start:start + length], dense, gone, lost, length, wide), cells[:length]
        if lost < length:
            find_block(some, edges, before, first_edge, scale, own)
        if discrete:
            for k in range(length):
                own[k] = min(own[k], size - 1)
        for k in range(lost):
            own[gone[k]] = size
        if _odd(some):
            lost = _mark(some, size, own, gone, wide)
            some = wide[:length]
        for segment in range(len(groups)):
            _count(own, groups[segment, low:low + length], mass)
        _add_moments(some, own, joints, starts, met, low, gone, lost, held, edges, size, discrete, lowest, highest, centre,
                     lanes, found)


@jitted
def add_squares(values, dense, bits, offset, first_row, rows, joints, centre, squared):
    """Add to each joint group the squared distances of its finite numbers from its centre; parameters as above."""
    taken = 0
    for row in range(rows):
        there = not len(bits) or (bits[(offset + row) >> 3] >> ((offset + row) & 7)) & 1
        if not there:
            continue
        v = values[taken if dense else row]
        taken += 1
        if v - v != 0.0:
            continue
        for joint in range(len(joints)):
            group = joints[joint, first_row + row]
            squared[group] += (v - centre[group]) ** 2
