"""The counting loops, compiled by numba: the same functions as in `plain`, several times faster.

They are compiled once for a machine and kept in a folder that can be written to; a worker that counts for the first
time loads them from there.
"""

import os
import stat
import tempfile
from functools import lru_cache

import numba
import numpy as np

from spark_monitor.cells.kernel import plain

# Cells are written as 16 bits. A value is looked up on an even grid, the smallest that parts all edges, or, where none
# does, searched for in steps that are written out, since a loop costs several times as much.
MOST_CELLS, GRIDS, STEPS = 1 << 16, (1 << 10, 1 << 12, 1 << 14), (1 << 7, 1 << 10)
# Rows that stay in a processor's own cache between one loop and the next.
BLOCK = 1 << 14
# Sums of one group wait for each other; in four lanes they do not. Many groups hardly meet, and want the room.
LANES, FEW_GROUPS = 4, 64


def _cache_folder():
    """Return a folder of the user's own for compiled code, where it can't be kept beside the sources."""
    folder = os.path.join(tempfile.gettempdir(), f"spark_monitor_numba_{os.getuid()}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    found = os.stat(folder)
    # Code is loaded from there: a folder that others can write to is not ours to trust.
    if found.st_uid != os.getuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return tempfile.mkdtemp(prefix="spark_monitor_numba_")
    return folder


if not numba.config.CACHE_DIR and not os.access(os.path.dirname(os.path.abspath(__file__)), os.W_OK):
    numba.config.CACHE_DIR = _cache_folder()
_compiled = numba.njit(cache=True, nogil=True)


@_compiled
def _on_grid(values, edges, before, low, scale, cells):
    last = len(before) - 1.0
    for i in range(len(values)):
        v = values[i]
        # In this order a NaN comes out as 0.
        p = before[np.uint32(min(max(0.0, (v - low) * scale), last))]
        cells[i] = p + (edges[p] < v)


@_compiled
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


@_compiled
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


@_compiled
def _mark(values, bits, offset, size, cells):
    for i in range(len(values)):
        v = values[i]
        if v - v != 0.0:
            cells[i] = size + 1 if v != v else (size + 2 if v > 0.0 else size + 3)
    if len(bits):
        for i in range(len(values)):
            if not (bits[(i + offset) >> 3] >> ((i + offset) & 7)) & 1:
                cells[i] = size


@_compiled
def _find(values, bits, offset, edges, before, low, scale, size, discrete, cells):
    for first in range(0, len(values), BLOCK):
        after = min(first + BLOCK, len(values))
        some, own = values[first:after], cells[first:after]
        if len(before):
            _on_grid(some, edges, before, low, scale, own)
        elif len(edges) == 128:
            _in_7_steps(some, edges, own)
        else:
            _in_10_steps(some, edges, own)
        if discrete:
            for i in range(len(own)):
                own[i] = min(own[i], size - 1)
        _mark(some, bits, offset + first, size, own)


@lru_cache(maxsize=1 << 14)
def _search(edges):
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


def find_numbers(column, edges, size, discrete):
    """Return the cell of each number; see `plain.find_numbers`."""
    search = _search(edges.tobytes())
    if search is None or size + len(plain.SPECIAL_CELLS) > MOST_CELLS:
        return plain.find_numbers(column, edges, size, discrete)
    cells = np.empty(len(column.values), np.uint16)
    _find(column.values, column.bits, column.offset, *search, size, discrete, cells)
    return cells


@_compiled
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


@_compiled
def add_counts(cells, groups, mass):
    """Add one to mass[group, cell] for each row, in place."""
    for i in range(len(cells)):
        mass[groups[i], cells[i]] += 1


@_compiled
def add_weights(cells, groups, weights, sums):
    """Add each row's weight to sums[group, cell], in place."""
    for i in range(len(cells)):
        sums[groups[i], cells[i]] += weights[i]


@_compiled
def _moments(values, cells, size, groups, lanes, centre, found):
    for i in range(len(values)):
        if cells[i] < size:
            own, v = found[groups[i] * lanes + (i & (lanes - 1))], values[i] + 0.0
            d = v - centre[groups[i]]
            own[0] += 1.0
            own[1] += d
            own[2] += d * d
            own[3] = min(own[3], v)
            own[4] = max(own[4], v)
            own[5] += v == 0.0


def moments(values, cells, size, groups, centre):
    """Return number, sums around a centre, least, greatest and zeros of each group; see `plain.moments`."""
    count, lanes = len(centre), LANES if len(centre) <= FEW_GROUPS else 1
    # Side by side, so that a group's numbers lie in one line of the cache; floats hold its rows exactly.
    found = np.tile([0.0, 0.0, 0.0, np.inf, -np.inf, 0.0, 0.0, 0.0], (count * lanes, 1))
    _moments(values, cells, size, groups, lanes, centre, found)
    held, sums, squared, least, greatest, zeros = found.reshape(count, lanes, 8).transpose(2, 0, 1)[:6]
    with np.errstate(over="ignore", invalid="ignore"):
        return (held.sum(axis=1).astype(np.int64), sums.sum(axis=1), squared.sum(axis=1), least.min(axis=1),
                greatest.max(axis=1), zeros.sum(axis=1).astype(np.int64))


@_compiled
def _squares(values, cells, size, groups, lanes, centre, sums):
    for i in range(len(values)):
        if cells[i] < size:
            d = values[i] - centre[groups[i]]
            sums[groups[i] * lanes + (i & (lanes - 1))] += d * d


def squares(values, cells, size, groups, centre):
    """Return of each group the sum of squared distances from its centre; see `plain.squares`."""
    lanes = LANES if len(centre) <= FEW_GROUPS else 1
    sums = np.zeros(len(centre) * lanes)
    _squares(values, cells, size, groups, lanes, centre, sums)
    with np.errstate(over="ignore", invalid="ignore"):
        return sums.reshape(-1, lanes).sum(axis=1)


@_compiled
def _strays(values, cells, edges, groups, found):
    for i in range(len(values)):
        if cells[i] < len(edges):
            found[groups[i]] += edges[cells[i]] != values[i]


def strays(values, cells, edges, groups, count):
    """Return of each group how many finite numbers are none of the edges; see `plain.strays`."""
    found = np.zeros(count, np.int64)
    _strays(values, cells, edges, groups, found)
    return found
