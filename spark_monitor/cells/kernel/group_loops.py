"""Which slice each row lies in, and rows numbered by a code: compiled, once a batch."""

import numpy as np

from spark_monitor.cells.kernel.jit import jitted


@jitted
def find_slices(times, bounds, wanted):
    """Return the place of each row's slice, and whether it is counted; see `plain.find_slices`."""
    places, inside = np.zeros(len(times), np.int64), np.zeros(len(times), np.bool_)
    low, high, place, counted = np.int64(0), np.int64(0), 0, False
    for i in range(len(times)):
        t = times[i]
        if t < low or t >= high:
            # Rows of a log come in order of time, or nearly so: most lie where the one before lay.
            place = min(max(np.searchsorted(bounds, t, side="right") - 1, 0), len(bounds) - 2)
            counted = bounds[place] <= t < bounds[place + 1] and wanted[place]
            low, high = (bounds[place], bounds[place + 1]) if bounds[place] <= t < bounds[place + 1] else (t, t)
        places[i], inside[i] = place, counted
    return places, inside


@jitted
def number_pairs(first, second, many, size):
    """Return the codes first * many + second that are met, and the place of each row's among them.

    Parameters
    ----------
    first, second : ndarray of an integer type, shape (rows,)
        The second of [0, many).
    many : int
    size : int
        All codes are below it.
    """
    place_of, met, found = np.full(size, -1, np.int64), np.empty(size, np.int64), 0
    of_row = np.empty(len(first), np.int64)
    for i in range(len(first)):
        code = np.int64(first[i]) * many + second[i]
        place = place_of[np.uint64(code)]
        if place < 0:
            place = found
            place_of[code], met[found] = place, code
            found += 1
        of_row[i] = place
    return met[:found].copy(), of_row
