"""Which rows of a log lie in some slices: its time said in literals, so that the files of no other are read."""

from functools import reduce

import numpy as np

from spark_monitor.logs.layout import pruning

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


def rows_within(layout, rows, spans):
    """Return the rows of a log whose time lies in one of some spans.

    Parameters
    ----------
    layout : Layout
    rows : pyspark.sql.DataFrame
    spans : list of (int, int)
        Microseconds; one at least.
    """
    whole = layout.between(rows, spans[0][0], spans[-1][1])
    if len(spans) == 1 or layout.raw_time is None:
        return whole
    apart = [f"({pruning(layout.raw_time, layout.time_type, low, high)} AND {layout.time} >= {low} "
             f"AND {layout.time} < {high})" for low, high in spans]
    return whole.where(reduce(lambda a, b: f"{a} OR {b}", apart))
