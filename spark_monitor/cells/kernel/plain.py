"""The counting loops in NumPy: what counts where no compiler is, or where there is too little to count for one."""

import numpy as np

from spark_monitor.cells.block import add_rows  # noqa: F401 - one of the loops
from spark_monitor.cells.kernel.sums import distinct
from spark_monitor.metrics.histogram import SPECIAL_CELLS
from spark_monitor.metrics.sorted_search import find_places

NULL, NAN, POS_INF, NEG_INF, UNSEEN = range(len(SPECIAL_CELLS))
# Up to so many possible cells a row it is cheaper to count into all of them.
DENSE = 4


def find_slices(times, bounds, wanted):
    """Return the place of each row's slice, and whether it is counted.

    Parameters
    ----------
    times, bounds : ndarray of int64
    wanted : ndarray of bool, shape (slices,)

    Returns
    -------
    places : ndarray of int64, shape (rows,)
        Of the first or the last slice for a row outside of all.
    inside : ndarray of bool, shape (rows,)
    """
    inside = (times >= bounds[0]) & (times < bounds[-1])
    places = np.clip(find_places(bounds[1:], times + 1), 0, len(bounds) - 2)
    return places, inside & wanted[places]


def number_pairs(first, second, many, size):
    """Return the codes first * many + second that are met, and the place of each row's among them; all below `size`."""
    return distinct(first * many + second)


def find_search(edges, size):
    """Return None: numbers are found and counted one step after the other here."""


def find_numbers(column, edges, size, discrete):
    """Return the cell of each number: its bin, or `size` + its place among the special cells.

    Parameters
    ----------
    column : Column
        Of float64.
    edges : ndarray of float64
        Right-closed upper ends.
    size : int
        Number of bins.
    discrete : bool
        Whether the edges are the values themselves, so that what lies beyond the last is in the last bin.

    Returns
    -------
    ndarray of int64, shape (rows,)
    """
    values, missing = column.values, column.missing()
    finite = np.isfinite(values)
    if missing is not None:
        finite &= ~missing
    cells = find_places(edges, np.where(finite, values, 0.0))
    if discrete:
        cells = np.minimum(cells, size - 1)
    if not finite.all():
        odd = np.flatnonzero(~finite)
        cells[odd] = size + np.select([np.isnan(values[odd]), values[odd] > 0], [NAN, POS_INF], NEG_INF)
        if missing is not None:
            cells[missing] = size + NULL
    return cells


def find_categories(column, cell_of, null_cell):
    """Return the cell of each row of a dictionary array.

    Parameters
    ----------
    column : Column
        Of int32.
    cell_of : ndarray of int64
        The cell of each name in the dictionary.
    null_cell : int
    """
    missing = column.missing()
    if missing is None:
        return cell_of[column.values]
    return np.append(cell_of, null_cell)[np.where(missing, len(cell_of), column.values)]


def add_counts(cells, groups, mass):
    """Add one to mass[group, cell] for each row, in place."""
    flat, codes = mass.reshape(-1), groups.astype(np.int64) * mass.shape[1] + cells
    if len(flat) <= DENSE * len(codes):
        flat += np.bincount(codes, minlength=len(flat))
    else:
        np.add.at(flat, codes, 1)


def add_weights(cells, groups, weights, sums):
    """Add each row's weight to sums[group, cell], in place."""
    np.add.at(sums.reshape(-1), groups.astype(np.int64) * sums.shape[1] + cells, weights)


def moments(values, cells, size, groups, centre):
    """Return of each group's finite numbers: how many, sums of distances and of their squares, extremes, zeros.

    Parameters
    ----------
    values : ndarray of float64, shape (rows,)
    cells : ndarray of int64, shape (rows,)
        As `find_numbers` returns them: a row is finite where its cell is below `size`.
    size : int
    groups : ndarray of int64, shape (rows,)
    centre : ndarray of float64, shape (groups,)
        What distances are measured from.

    Returns
    -------
    n, sums, squared, least, greatest, zeros : ndarray, shape (groups,)
        A group without numbers has infinities as least and greatest.
    """
    numbers, groups = _finite(values, cells, size, groups)
    # -0.0 and 0.0 are one number: adding 0.0 leaves one of them, so that a minimum is the same in any order.
    numbers, count = numbers + 0.0, len(centre)
    least, greatest = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(least, groups, numbers)
    np.maximum.at(greatest, groups, numbers)
    with np.errstate(over="ignore", invalid="ignore"):
        distances = numbers - centre[groups]
        sums, squared = np.bincount(groups, distances, count), np.bincount(groups, distances**2, count)
    return (np.bincount(groups, minlength=count), sums, squared, least, greatest,
            np.bincount(groups[numbers == 0], minlength=count))


def _finite(values, cells, size, groups):
    finite = cells < size
    return (values, groups) if finite.all() else (values[finite], groups[finite])


def strays(values, cells, edges, groups, count):
    """Return of each group how many finite numbers are none of the edges."""
    finite = np.flatnonzero(cells < len(edges))
    return np.bincount(groups[finite[edges[cells[finite]] != values[finite]]], minlength=count)
