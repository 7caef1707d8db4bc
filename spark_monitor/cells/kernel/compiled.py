"""The counting loops, compiled by numba: the same functions as in `plain`, several times faster."""

import numpy as np

from spark_monitor.cells.kernel.find_loops import find_categories, find_numbers, find_search
from spark_monitor.cells.kernel.group_loops import find_slices, number_pairs
from spark_monitor.cells.kernel.jit import jitted
from spark_monitor.cells.kernel.tally_loops import FEW_GROUPS, LANES, add_numbers, add_sums, groups_in_blocks

__all__ = ["add_counts", "add_numbers", "add_rows", "add_sums", "add_weights", "find_categories", "find_numbers",
           "find_search", "find_slices", "groups_in_blocks", "lanes_for", "moments", "number_pairs", "strays"]


def lanes_for(count):
    """Return how many sums to keep of each of so many groups."""
    return LANES if count <= FEW_GROUPS else 1


@jitted
def add_counts(cells, groups, mass):
    """Add one to mass[group, cell] for each row, in place."""
    for i in range(len(cells)):
        mass[groups[i], cells[i]] += 1


@jitted
def add_rows(into, groups, rows, take):
    """Add rows[take] to the rows of `into` that `groups` names, in place and in the order given."""
    for i in range(len(groups)):
        own, more = into[groups[i]], rows[take[i]]
        for j in range(len(own)):
            own[j] += more[j]


@jitted
def add_weights(cells, groups, weights, sums):
    """Add each row's weight to sums[group, cell], in place."""
    for i in range(len(cells)):
        sums[groups[i], cells[i]] += weights[i]


@jitted
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
    count, lanes = len(centre), lanes_for(len(centre))
    # Side by side, so that a group's numbers lie in one line of the cache; floats hold its rows exactly.
    found = np.tile([0.0, 0.0, 0.0, np.inf, -np.inf, 0.0, 0.0, 0.0], (count * lanes, 1))
    _moments(values, cells, size, groups, lanes, centre, found)
    held, sums, squared, least, greatest, zeros = found.reshape(count, lanes, 8).transpose(2, 0, 1)[:6]
    with np.errstate(over="ignore", invalid="ignore"):
        return (held.sum(axis=1).astype(np.int64), sums.sum(axis=1), squared.sum(axis=1), least.min(axis=1),
                greatest.max(axis=1), zeros.sum(axis=1).astype(np.int64))


@jitted
def _strays(values, cells, edges, groups, found):
    for i in range(len(values)):
        if cells[i] < len(edges):
            found[groups[i]] += edges[cells[i]] != values[i]


def strays(values, cells, edges, groups, count):
    """Return of each group how many finite numbers are none of the edges; see `plain.strays`."""
    found = np.zeros(count, np.int64)
    _strays(values, cells, edges, groups, found)
    return found
