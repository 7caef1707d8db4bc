"""A block of a column's rows made ready for counting: which are missing or no finite numbers, and what stands in for them."""

import numpy as np

from spark_monitor.cells.kernel.jit import jitted, roughly

# Rows of a block, which stays in the fastest cache, and of the parts of it that extremes are looked for in.
BLOCK, PART = 1 << 11, 1 << 7


@jitted
def _list_8(byte, row, lost, gone):
    gone[np.uint32(lost)] = row + 0
    lost += 1 - ((byte >> 0) & 1)
    gone[np.uint32(lost)] = row + 1
    lost += 1 - ((byte >> 1) & 1)
    gone[np.uint32(lost)] = row + 2
    lost += 1 - ((byte >> 2) & 1)
    gone[np.uint32(lost)] = row + 3
    lost += 1 - ((byte >> 3) & 1)
    gone[np.uint32(lost)] = row + 4
    lost += 1 - ((byte >> 4) & 1)
    gone[np.uint32(lost)] = row + 5
    lost += 1 - ((byte >> 5) & 1)
    gone[np.uint32(lost)] = row + 6
    lost += 1 - ((byte >> 6) & 1)
    gone[np.uint32(lost)] = row + 7
    lost += 1 - ((byte >> 7) & 1)
    return lost


@jitted
def find_missing(bits, offset, rows, gone):
    """List the rows of a block that are missing; return how many there are."""
    lost, row = 0, 0
    while row < rows:
        bit = offset + row
        byte, shift = np.int64(bits[bit >> 3]), bit & 7
        if not shift and rows - row >= 8:
            # Which of eight rows is missing is chance: written out, without a branch for each.
            if byte != 255:
                lost = _list_8(byte, row, lost, gone)
            row += 8
            continue
        for k in range(row, min(rows, row + 8 - shift)):
            gone[np.uint32(lost)] = k
            lost += 1 - ((byte >> shift) & 1)
            shift += 1
        row = min(rows, row + 8 - (bit & 7))
    return lost


@jitted
def _widen_8(values, taken, last, byte, row, wide):
    wide[np.uint32(row + 0)] = values[np.uint32(min(taken, last))]
    taken += (byte >> 0) & 1
    wide[np.uint32(row + 1)] = values[np.uint32(min(taken, last))]
    taken += (byte >> 1) & 1
    wide[np.uint32(row + 2)] = values[np.uint32(min(taken, last))]
    taken += (byte >> 2) & 1
    wide[np.uint32(row + 3)] = values[np.uint32(min(taken, last))]
    taken += (byte >> 3) & 1
    wide[np.uint32(row + 4)] = values[np.uint32(min(taken, last))]
    taken += (byte >> 4) & 1
    wide[np.uint32(row + 5)] = values[np.uint32(min(taken, last))]
    taken += (byte >> 5) & 1
    wide[np.uint32(row + 6)] = values[np.uint32(min(taken, last))]
    taken += (byte >> 6) & 1
    wide[np.uint32(row + 7)] = values[np.uint32(min(taken, last))]
    taken += (byte >> 7) & 1
    return taken


@jitted
def _widen(values, bits, offset, rows, wide):
    """Put the values that are there into their rows, and into those of missing ones any that is there."""
    taken, last, row = 0, len(values) - 1, 0
    while row < rows:
        bit = offset + row
        byte, shift = np.int64(bits[bit >> 3]), bit & 7
        if not shift and rows - row >= 8:
            taken = _widen_8(values, taken, last, byte, row, wide)
            row += 8
            continue
        for k in range(row, min(rows, row + 8 - shift)):
            wide[k] = values[min(taken, last)]
            taken += (byte >> shift) & 1
            shift += 1
        row = min(rows, row + 8 - (bit & 7))


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
def fill_block(values, dense, bits, offset, gone, lost, rows, wide):
    """Return the numbers of a block's rows, some number in those of missing ones."""
    if not lost:
        return values
    if lost == rows:
        wide[:rows] = 0.0
    elif dense:
        _widen(values, bits, offset, rows, wide)
    else:
        _fill(values, gone, lost, rows, wide)
    return wide[:rows]


@jitted
def mark_odd(values, size, cells, gone, wide):
    """Mark the cells of NaN and infinities; return 0 where there are none.

    Else list all rows without a finite number, return how many there are, and put some number into those in `wide`.
    """
    odd = 0
    for k in range(len(values)):
        odd += values[k] - values[k] != 0.0
    if not odd:
        return 0
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


@roughly
def range_of_parts(values, least, greatest):
    """Fill in the least and the greatest number of each part of a block; return how many zeros the block holds."""
    zeros = 0
    for part in range(0, len(values), PART):
        low, high = np.inf, -np.inf
        for i in range(part, min(part + PART, len(values))):
            low, high = min(low, values[i]), max(high, values[i])
        least[part // PART], greatest[part // PART] = low, high
    for i in range(len(values)):
        zeros += values[i] == 0.0
    return zeros
