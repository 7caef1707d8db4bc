"""Compiled search: which bin each number lies in, which cell each category has."""

from functools import lru_cache

import numpy as np

from spark_monitor.cells.kernel import plain
from spark_monitor.cells.kernel.jit import jitted

# Cells are written as 16 bits. A value is looked up on an even grid, the smallest that parts all edges, or, where none
# does, searched for in steps that are written out, since a loop costs several times as much.
MOST_CELLS, GRIDS, STEPS = 1 << 16, (1 << 10, 1 << 12, 1 << 14), (1 << 7, 1 << 10)
# Rows that stay in a processor's own cache between one loop and the next.
BLOCK = 1 << 14


@jitted
def _on_grid(values, edges, before, low, scale, cells):
    last = len(before) - 1.0
    for i in range(len(values)):
        v = values[i]
        # In this order a NaN comes out as 0.
        p = before[np.uint32(min(max(0.0, (v - low) * scale), last))]
        cells[i] = p + (edges[p] < v)


@jitted
def _in_7_steps(values, edges, cells):
    for i in range(len(values)):
        v = values[i]
        p = 64 * (edges[63] < v)
        p += 32 * (edges[p + 31] < v)
        p += 16 * (edges[p + 15] < v)
        p += 8 * (edges[p + 7] < v)
        p += 4 * (edges[p + 3] < v)
        p += 2 * (edges[p + 1] < v)
        p += edges[p] < v
        cells[i] = p


@jitted
def _in_10_steps(values, edges, cells):
    for i in range(len(values)):
        v = values[i]
        p = 512 * (edges[511] < v)
        p += 256 * (edges[p + 255] < v)
        p += 128 * (edges[p + 127] < v)
        p += 64 * (edges[p + 63] < v)
        p += 32 * (edges[p + 31] < v)
        p += 16 * (edges[p + 15] < v)
        p += 8 * (edges[p + 7] < v)
        p += 4 * (edges[p + 3] < v)
        p += 2 * (edges[p + 1] < v)
        p += edges[p] < v
        cells[i] = p


@jitted
def _mark(values, bits, offset, size, cells):
    for i in range(len(values)):
        v = values[i]
        if v - v != 0.0:
            cells[i] = size + 1 if v != v else (size + 2 if v > 0.0 else size + 3)
    if len(bits):
        for i in range(len(values)):
            if not (bits[(i + offset) >> 3] >> ((i + offset) & 7)) & 1:
                cells[i] = size


@jitted
def find_block(values, edges, before, low, scale, cells):
    """Fill in the cell of each number of a block, NaN as any."""
    if len(before):
        _on_grid(values, edges, before, low, scale, cells)
    elif len(edges) == 128:
        _in_7_steps(values, edges, cells)
    else:
        _in_10_steps(values, edges, cells)


@jitted
def _find(values, bits, offset, edges, before, low, scale, size, discrete, cells):
    for first in range(0, len(values), BLOCK):
        after = min(first + BLOCK, len(values))
        some, own = values[first:after], cells[first:after]
        find_block(some, edges, before, low, scale, own)
        if discrete:
            for i in range(len(own)):
                own[i] = min(own[i], size - 1)
        _mark(some, bits, offset + first, size, own)


@lru_cache(maxsize=1 << 14)
def _searched(edges):
    """Return how to find numbers between edges: the edges, padded, and how many lie before each cell of a grid."""
    edges = np.frombuffer(edges)
    for cells in GRIDS if len(edges) > 1 else ():
        with np.errstate(all="ignore"):
            scale = cells / (edges[-1] - edges[0])
            own = np.fmin(np.fmax(0.0, (edges - edges[0]) * scale), cells - 1.0).astype(np.int64)
        held = np.bincount(own, minlength=cells)
        if np.isfinite(scale) and held.max() == 1:
            before = np.cumsum(held) - held
            return np.append(edges, np.inf), before.astype(np.uint16), edges[0], scale
    steps = next((size for size in STEPS if len(edges) < size), None)
    if steps is None:
        return None
    return np.append(edges, np.full(steps - len(edges), np.inf)), np.empty(0, np.uint16), 0.0, 0.0


def find_search(edges, size):
    """Return how numbers are found between edges: those, how many lie before each cell of a grid, its beginning and scale.

    None where there are too many edges or cells for these loops.
    """
    return None if size + len(plain.SPECIAL_CELLS) > MOST_CELLS else _searched(edges.tobytes())


def find_numbers(column, edges, size, discrete):
    """Return the cell of each number; see `plain.find_numbers`."""
    search = find_search(edges, size)
    if search is None:
        return plain.find_numbers(column, edges, size, discrete)
    cells = np.empty(len(column.values), np.uint16)
    _find(column.values, column.bits, column.offset, *search, size, discrete, cells)
    return cells


@jitted
def _look_up(codes, bits, offset, cell_of, null_cell, cells):
    if len(bits):
        for i in range(len(codes)):
            there = (bits[(i + offset) >> 3] >> ((i + offset) & 7)) & 1
            cells[i] = cell_of[codes[i]] if there else null_cell
    else:
        for i in range(len(codes)):
            cells[i] = cell_of[codes[i]]


def find_categories(column, cell_of, null_cell):
    """Return the cell of each row of a dictionary array; see `plain.find_categories`."""
    if null_cell + len(plain.SPECIAL_CELLS) > MOST_CELLS:
        return plain.find_categories(column, cell_of, null_cell)
    cells = np.empty(len(column.values), np.uint16)
    _look_up(column.values, column.bits, column.offset, cell_of.astype(np.uint16), null_cell, cells)
    return cells
