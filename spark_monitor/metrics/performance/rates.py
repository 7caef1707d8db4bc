"""How often decisions are right, of all rows, of the predicted or of the actual ones; and how often each class comes.

Every rate is a share of one part of the decision-outcome table: a row is a decision, a column an outcome.
"""

from spark_monitor.metrics.performance.confusion import share_of
from spark_monitor.metrics.spec import PerformanceMetric

WILSON = "Interval: E. B. Wilson (1927), JASA 22, 209-212"


def accuracy(cells, folds=None):
    """Return the share of labelled rows whose decision equals their outcome.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums, optional

    Returns
    -------
    Estimate
        NaN without a labelled row that has a decision.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> cells = ScoreCells.of_rows([0.2, 0.4, 0.7, 0.9], [0, 0, 1, 1], [0, 1, 1, 1], edges=[0.5])
    >>> accuracy(cells).value
    array([0.75])
    """
    return share_of(cells, folds, [[1, 0], [0, 1]], [[0, 1], [1, 0]], both_classes=False)


def precision(cells, folds=None):
    """Return the share of positive decisions that turned out positive: TP / (TP + FP).

    Parameters and result as for `accuracy`; NaN also without a positive decision, or with fewer than five rows of
    one class.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> precision(ScoreCells.of_rows([0.9] * 12, [1] * 8 + [0] * 4, [1] * 6 + [0] * 6, edges=[0.5])).value
    array([0.75])
    """
    return share_of(cells, folds, [[0, 0], [0, 1]], [[0, 0], [1, 0]], undefined="no_predicted_positives")


def recall(cells, folds=None):
    """Return the share of actual positives that were decided positive: TP / (TP + FN).

    Parameters and result as for `accuracy`; NaN also with fewer than five rows of one class.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> recall(ScoreCells.of_rows([0.9] * 13, [1] * 6 + [0] * 7, [1] * 8 + [0] * 5, edges=[0.5])).value
    array([0.75])
    """
    return share_of(cells, folds, [[0, 0], [0, 1]], [[0, 1], [0, 0]], undefined="no_weight")


def specificity(cells, folds=None):
    """Return the share of actual negatives that were decided negative: TN / (TN + FP).

    Parameters and result as for `accuracy`; NaN also with fewer than five rows of one class.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> specificity(ScoreCells.of_rows([0.9] * 13, [0] * 6 + [1] * 7, [0] * 8 + [1] * 5, edges=[0.5])).value
    array([0.75])
    """
    return share_of(cells, folds, [[1, 0], [0, 0]], [[0, 0], [1, 0]], undefined="no_weight")


def selection_rate(cells, folds=None):
    """Return the share of rows decided positive, of all rows with a decision, labelled or not.

    Parameters and result as for `accuracy`; NaN without a decision.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> selection_rate(ScoreCells.of_rows([0.2, 0.4, 0.7, 0.9], [0, 1, 1, 1], None, edges=[0.5])).value
    array([0.75])
    """
    return share_of(cells, folds, [[0, 0, 0], [1, 1, 1]], [[1, 1, 1], [0, 0, 0]], needs=("decision",),
                    both_classes=False)


def base_rate(cells, folds=None):
    """Return the share of labelled rows that turned out positive, with a decision or without.

    Parameters and result as for `accuracy`; NaN without a labelled row.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> base_rate(ScoreCells.of_rows([0.2, 0.4, 0.7, 0.9], None, [0, 1, 1, 1], edges=[0.5])).value
    array([0.75])
    """
    return share_of(cells, folds, [[0, 1]] * 3, [[1, 0]] * 3, needs=("outcome",), both_classes=False)


ACCURACY = PerformanceMetric("accuracy", accuracy, "(TP + TN) / rows", WILSON, both_classes=False)
PRECISION = PerformanceMetric("precision", precision, "TP / (TP + FP)", WILSON, tasks=("binary", "multiclass"))
RECALL = PerformanceMetric("recall", recall, "TP / (TP + FN)", WILSON, tasks=("binary", "multiclass"))
SPECIFICITY = PerformanceMetric("specificity", specificity, "TN / (TN + FP)", WILSON, tasks=("binary", "multiclass"))
SELECTION_RATE = PerformanceMetric(
    "selection_rate", selection_rate, "positive decisions / decisions", WILSON, needs=("decision",),
    both_classes=False, direction="two_sided",
)
BASE_RATE = PerformanceMetric(
    "base_rate", base_rate, "positive outcomes / outcomes", WILSON, needs=("outcome",), both_classes=False,
    direction="two_sided",
)
