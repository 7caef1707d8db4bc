"""How often decisions are right where every class counts the same."""

import numpy as np

from spark_monitor.metrics.performance.closed_forms import odds_interval, ratio, sum_interval
from spark_monitor.metrics.performance.confusion import threshold_estimate
from spark_monitor.metrics.spec import PerformanceMetric


def recalls(confusion):
    """Return the recall of each class, shape (..., C), from tables (..., C, C); NaN for a class that doesn't occur."""
    return ratio(np.einsum("...cc->...c", confusion), confusion.sum(axis=-2))


def mean_recall(confusion):
    """Return the mean recall of the classes that occur, from tables (..., C, C); NaN where none does.

    Examples
    --------
    >>> mean_recall(np.array([[[8.0, 1.0], [2.0, 1.0]]]))
    array([0.65])
    """
    of_class = recalls(confusion)
    return ratio(np.nansum(of_class, axis=-1), (~np.isnan(of_class)).sum(axis=-1))


def mean_recall_interval(weight, squares):
    """Return the interval of the mean recall: Wilson's of each class, put together by `sum_interval`.

    Parameters
    ----------
    weight, squares : ndarray of float64, shape (K, C, C)
        Sums of w and of w^2 by decision and outcome.
    """
    right, right_sq = (np.einsum("kcc->kc", table) for table in (weight, squares))
    actual, actual_sq = weight.sum(axis=1), squares.sum(axis=1)
    row = ratio(actual_sq, actual)
    bounds = odds_interval((right, right_sq, row), (actual - right, actual_sq - right_sq, row))
    of_class = recalls(weight)
    return sum_interval(of_class, bounds, ratio(1, (~np.isnan(of_class)).sum(axis=1))[:, None])


def balanced_accuracy(cells, folds=None):
    """Return the mean of recall and specificity.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums, optional

    Returns
    -------
    Estimate
        NaN with fewer than five rows of one class.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> cells = ScoreCells.of_rows([0.9] * 16, [1] * 6 + [0] * 10, [1] * 8 + [0] * 8, edges=[0.5])
    >>> balanced_accuracy(cells).value
    array([0.875])
    """
    return threshold_estimate(cells, folds, mean_recall, mean_recall_interval, method="mover_wilson", link="logit",
                              undefined="no_weight")


BALANCED_ACCURACY = PerformanceMetric(
    "balanced_accuracy", balanced_accuracy, "(TP / (TP + FN) + TN / (TN + FP)) / 2",
    "Brodersen et al. (2010), ICPR; interval: Zou and Donner (2008), Statistics in Medicine 27, 1693-1702",
)
