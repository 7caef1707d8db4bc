"""How decisions correlate with outcomes: Matthews' coefficient."""

import numpy as np

from spark_monitor.metrics.performance.closed_forms import delta_interval, ratio
from spark_monitor.metrics.performance.confusion import threshold_estimate
from spark_monitor.metrics.spec import PerformanceMetric


def beyond_chance(confusion):
    """Return what Matthews' and Cohen's coefficients share, from tables (..., C, C).

    Returns
    -------
    decided, actual : ndarray of float64, shape (..., C)
        Row and column sums.
    excess : ndarray of float64, shape (...)
        Rows times right decisions, less the right ones that chance would give: s c - sum_k p_k t_k.
    """
    decided, actual = confusion.sum(axis=-1), confusion.sum(axis=-2)
    right = np.einsum("...cc->...", confusion)
    return decided, actual, decided.sum(axis=-1) * right - (decided * actual).sum(axis=-1)


def beyond_chance_slope(confusion, decided, actual):
    """Return the slope of `excess` by each entry of tables (K, C, C)."""
    right = np.einsum("kcc->k", confusion)[:, None, None]
    rows = decided.sum(axis=-1)[:, None, None]
    return right - actual[:, :, None] - decided[:, None, :] + rows * np.eye(confusion.shape[-1])


def correlation(confusion):
    """Return Matthews' coefficient of tables (..., C, C); NaN where decisions or outcomes are all of one class.

    Examples
    --------
    >>> correlation(np.array([[[6.0, 2.0], [1.0, 3.0]]])).round(4)
    array([0.4781])
    """
    decided, actual, excess = beyond_chance(confusion)
    spread, truth = (side.sum(axis=-1) ** 2 - (side**2).sum(axis=-1) for side in (decided, actual))
    return ratio(excess, np.sqrt(spread * truth))


def correlation_and_slope(confusion):
    """Return Matthews' coefficient of tables (K, C, C) and its slope by each entry, shape (K, C, C)."""
    decided, actual, _ = beyond_chance(confusion)
    value = correlation(confusion)
    rows = decided.sum(axis=-1, keepdims=True)
    spread, truth = (rows**2 - (side**2).sum(axis=-1, keepdims=True) for side in (decided, actual))
    slope = beyond_chance_slope(confusion, decided, actual) * ratio(1, np.sqrt(spread * truth))[:, :, None]
    falls = ((rows - decided) * ratio(1, spread))[:, :, None] + ((rows - actual) * ratio(1, truth))[:, None, :]
    return value, slope - value[:, None, None] * falls


def mcc(cells, folds=None):
    """Return Matthews' correlation of decision and outcome.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums, optional

    Returns
    -------
    Estimate
        In [-1, 1], 0 for decisions that know nothing. NaN with fewer than five rows of one class, or where all
        decisions are the same.

    Notes
    -----
    B. W. Matthews (1975), BBA 405, 442-451; for more classes J. Gorodkin (2004), "Comparing two K-category
    assignments by a K-category correlation coefficient", Computational Biology and Chemistry 28, 367-374.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> cells = ScoreCells.of_rows([0.9] * 16, [1] * 6 + [0] * 10, [1] * 8 + [0] * 8, edges=[0.5])
    >>> mcc(cells).value.round(4)
    array([0.7746])
    """
    return threshold_estimate(
        cells, folds, correlation, lambda w, w2: delta_interval(correlation_and_slope, w, w2, -1, 1), method="delta",
        link="fisher", undefined="one_decision",
    )


MCC = PerformanceMetric(
    "mcc", mcc, "(TP TN - FP FN) / sqrt((TP + FP) (TP + FN) (TN + FP) (TN + FN))",
    "B. W. Matthews (1975), BBA 405, 442-451", lower=-1.0,
)
