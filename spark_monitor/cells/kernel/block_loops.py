"""A block of a column's rows made ready for counting: which are missing or no finite numbers, and what stands in for them."""

import numpy as np

from spark_monitor.cells.kernel.jit import jitted, roughly

# Rows of a block, which stays in the fastest cache, and of the parts of it that extremes are looked for in.
BLOCK, PART = 1 << 11, 1 << 7


@jitted
def _list_missing(byte, first, many, lost, gone):
    for k in range(many):
        gone[np.uint32(lost)] = first + k
        lost += 1 - ((byte >> k) & 1)
    return lost


@jitted
def find_missing(bits, offset, rows, gone):
    """List the rows of a block that are missing; return how many there are."""
    lost, row = 0, 0
    while row < rows:
        bit = offset + row
        byte, shift = np.int64(bits[bit >> 3]), bit & 7
        if not shift and rows - row >= 8:
            # Which of eight rows is missing is chance: the compiler writes them out, without a branch for each.
            if byte != 255:
                lost = _list_missing(byte, row, 8, lost, gone)
            row += 8
        else:
            many = min(8 - shift, rows - row)
            lost = _list_missing(byte >> shift, row, many, lost, gone)
            row += many
    return lost


@jitted
def _widen_rows(values, taken, byte, first, many, wide):
    for k in range(many):
        wide[np.uint32(first + k)] = values[np.uint32(min(taken, len(values) - 1))]
        taken += (byte >> k) & 1
    return taken


@jitted
def _widen(values, bits, offset, rows, wide):
    """Put the values that are there into their rows, and into those of missing ones any that is there."""
    taken, row = 0, 0
    while row < rows:
        bit = offset + row
        byte, shift = np.int64(bits[bit >> 3]), bit & 7
        if not shift and rows - row >= 8:
            taken = _widen_rows(values, taken, byte, row, 8, wide)
            row += 8
        else:
            many = min(8 - shift, rows - row)
            taken = _widen_rows(values, taken, byte >> shift, row, many, wide)
            row += many


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
