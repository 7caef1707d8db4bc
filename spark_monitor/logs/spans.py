"""Which spans of time some slices are: few, so that files can be skipped by them."""

import numpy as np

# What files are pruned by had better be short; past this many the smallest gaps are read, too.
MOST = 32


def spans_of(bounds, wanted=None, most=MOST):
    """Return the spans of neighbouring slices that are wanted, as a list of (beginning, end) in microseconds.

    Parameters
    ----------
    bounds : ndarray of int64
        Beginnings of consecutive slices and the end of the last.
    wanted : ndarray of bool, optional
        Which of the slices; all where it is None.
    most : int
        Spans; where there are more, those nearest to each other become one.

    Examples
    --------
    >>> bounds, wanted = np.array([0, 10, 20, 30, 40]), np.array([True, True, False, True])
    >>> spans_of(bounds, wanted), spans_of(bounds), spans_of(bounds, wanted, most=1)
    ([(0, 20), (30, 40)], [(0, 40)], [(0, 40)])
    """
    if wanted is None:
        return [(int(bounds[0]), int(bounds[-1]))]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wanted, [False]]).astype(np.int8)))
    first, end = bounds[edges[::2]], bounds[edges[1::2]]
    gaps = first[1:] - end[:-1]
    kept = np.sort(np.argsort(-gaps, kind="stable")[:most - 1])
    lows, highs = np.append(first[:1], first[1:][kept]), np.append(end[:-1][kept], end[-1:])
    return list(zip(lows.tolist(), highs.tolist()))
