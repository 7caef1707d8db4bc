"""How often predictions are good enough: the share of rows whose error is within a tolerance."""

from functools import partial

import numpy as np

from spark_monitor.metrics.error_rows import ERROR_EDGES, bin_ends, error_bin
from spark_monitor.metrics.intervals import wilson_interval
from spark_monitor.metrics.performance.regression.design_effect import independent_size
from spark_monitor.metrics.performance.regression.ratios import as_estimate, ratio, undefined
from spark_monitor.metrics.spec import PerformanceMetric


def share_within(cells, folds=None, tolerance=0.0):
    """Return the share of rows with |prediction - outcome| <= `tolerance`, with its Wilson interval.

    Parameters
    ----------
    cells : ErrorCells
    folds : ErrorFolds, optional
    tolerance : float
        In units of the outcome, in [0, 1e12].

    Returns
    -------
    Estimate
        In [0, 1]. `error_bound` is 0 where the tolerance is an edge of the error bins, as numbers of two digits are;
        else the rows of its bin (1 % wide) are taken to be spread evenly over it. NaN: "no_outcomes",
        "no_predictions", "no_weight".

    Notes
    -----
    Interval: E. B. Wilson (1927), JASA 22, 209-212; where rows repeat, at the size of `independent_size`.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> share_within(ErrorCells.of_rows([3.0, 5.0, 9.0], [2.0, 8.0, 9.0]), tolerance=1.0).value.round(4)
    array([0.6667])
    """
    edge_bin = error_bin(np.array([tolerance]))
    (low,), (high,) = bin_ends(edge_bin)
    inside = 1.0 if tolerance == high else (tolerance - low) / (high - low)
    place, size = np.abs(cells.bin), len(cells)
    below, here = (np.bincount(cells.target[keep], cells.bin_weight[keep], size)
                   for keep in (place < edge_bin, place == edge_bin))
    total = np.bincount(cells.target, cells.bin_weight, size)
    share = ratio(below + inside * here, total)
    bound = 0.0 if inside == 1.0 else max(inside, 1 - inside) * ratio(here, total)
    kish, rows = cells.effective_size(), independent_size(cells, folds, "abs_error")
    return as_estimate(cells, share, wilson_interval(share, kish), wilson_interval(share, rows), kish,
                       undefined(cells), "wilson", folds is not None, bound=bound)


def within(tolerance):
    """Return the metric "within@t", the share of rows whose error is at most t.

    Examples
    --------
    >>> within(15).name
    'within@15'
    """
    if not 0 <= tolerance <= ERROR_EDGES[-1]:
        raise ValueError(f"a tolerance lies between 0 and {ERROR_EDGES[-1]:g}, not at {tolerance!r}")
    return PerformanceMetric(
        name=f"within@{tolerance:g}", compute=partial(share_within, tolerance=tolerance),
        formula=f"rows with |prediction - outcome| <= {tolerance:g} / rows", tasks=("regression",),
        source="Interval: E. B. Wilson (1927), JASA 22, 209-212", both_classes=False,
    )
