"""The mean error of each group of a regression, of all others and of all together, and how sure each is."""

from statistics import NormalDist

import numpy as np

from spark_monitor.metrics.bias.group_rates import MIN_ROWS, GroupRates
from spark_monitor.metrics.bias.laws import MEAN_LOSSES, MEANS
from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.regression.design_effect import independent_size
from spark_monitor.metrics.performance.regression.ratios import ratio, ratio_variance, undefined
from spark_monitor.metrics.performance.regression.scales import student_quantile

# The sum of products with the error that each criterion's variance needs, and its sum by fold.
TERMS = {"mean_error": ("e", "error"), "mae": ("abs_e", "abs_error")}
LAWS = {"mean_error": MEANS, "mae": MEAN_LOSSES}
FACTS = ("value", "variance", "effective", "rows", "weight", "reason")


def error_means(cells, folds, criterion):
    """Return the mean error or mean absolute error of each target, with its variance.

    Parameters
    ----------
    cells : ErrorCells
    folds : ErrorFolds or None
    criterion : {"mean_error", "mae"}

    Returns
    -------
    dict of str to ndarray, shape (K,)
        By `FACTS`. The variance allows for weights, for rows that repeat, and for its being an estimate: it is larger
        by (Student's quantile / normal quantile)^2, see `student_quantile`.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> means = error_means(ErrorCells.of_rows([3.0, 5.0, 4.0], [2.0, 8.0, 4.0]), None, "mae")
    >>> means["value"].round(3), means["effective"]
    (array([1.333]), array([3.]))
    """
    product, by_fold = TERMS[criterion]
    weight, size = cells.of("weight"), cells.effective_size()
    value = cells.of("error_mean") if criterion == "mean_error" else ratio(cells.of("abs_error"), weight)
    worth = independent_size(cells, folds, by_fold)
    plain = ratio_variance(value, weight, (cells.of("ee"), cells.of(product), cells.of("weight_sq")), size)
    variance = plain * ratio(size, worth)
    # Groups are judged by how they differ.
    link = "difference" if LAWS[criterion] is MEAN_LOSSES else "identity"
    few = student_quantile(worth, ratio(np.sqrt(variance), np.abs(value)), link)
    variance = variance * (few / NormalDist().inv_cdf((1 + CI_LEVEL) / 2)) ** 2
    reason = undefined(cells)
    known = np.equal(reason, None) & np.isfinite(value)
    return dict(zip(FACTS, (np.where(known, value, np.nan), np.where(known, variance, np.nan), worth, cells.of("rows"),
                            weight, np.where(np.equal(reason, None), "overflow", reason))))


def mean_rates(value, variance, effective, rows, weight, reason, min_rows=MIN_ROWS, law=MEANS):
    """Return means of groups as `GroupRates`.

    Parameters
    ----------
    value, variance, effective, rows, weight : ndarray, shape (G, K)
        As `error_means` returns them.
    reason : ndarray of object, shape (G, K)
        Why a value is NaN.
    min_rows : int
    law : Law
        `MEANS`, or `MEAN_LOSSES` of numbers that are never negative.

    Returns
    -------
    GroupRates
        `size` is 1 / variance, `effective` the independent rows. The rest and all together are means over rows.

    Examples
    --------
    >>> two = np.array([[1.0], [3.0]])
    >>> mean_rates(two, two, two, np.full((2, 1), 50), two, np.full((2, 1), "no_outcomes")).overall
    array([2.5])
    """
    compared = (rows >= min_rows) & ~np.isnan(value) & (variance > 0)
    kept, held = np.where(compared, weight, 0.0), np.where(compared, value, 0.0)
    spread = kept**2 * np.where(compared, variance, 0.0)
    mass, total, square = (part.sum(axis=0) for part in (kept, kept * held, spread))
    # A difference of weighted sums leaves rounding where nothing is left.
    more = np.where(mass - kept > 1e-12 * mass, mass - kept, 0.0)
    rest, rest_size = ratio(total - kept * held, more), ratio(more**2, square - spread)
    overall, overall_size = ratio(total, mass), ratio(mass**2, square)
    return GroupRates(value, ratio(1.0, variance), rows, weight, compared, rest, rest_size, overall, overall_size,
                      reason, higher_is_better=False, law=law, effective=effective)
