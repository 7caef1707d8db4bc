"""How many decisions were right and wrong: the four cells of the confusion matrix."""

from functools import partial

import numpy as np

from spark_monitor.metrics.performance.confusion import BOTH, decision_outcome, reasons_unknown
from spark_monitor.metrics.spec import Estimate, PerformanceMetric


def confusion_count(cells, folds=None, decision=1, outcome=1):
    """Return the labelled rows with one decision and one outcome; their sum of weights where rows are weighted.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums or None
        Not needed: a count of these very rows has no interval.
    decision, outcome : {0, 1}

    Returns
    -------
    Estimate
        NaN where no labelled row has a decision.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> confusion_count(ScoreCells.of_rows([0.2, 0.9], [0, 1], [1, 1], [0.5])).value
    array([1.])
    """
    rows, weight = decision_outcome(cells, "rows"), decision_outcome(cells)
    reasons = reasons_unknown(rows, weight, BOTH, False)
    value = np.where(reasons == None, weight[:, decision, outcome], np.nan)  # noqa: E711 - by element, `is` can't
    return Estimate(value, error_bound=np.where(np.isnan(value), np.nan, 0.0),
                    sample_size=rows[:, :2, :2].sum(axis=(1, 2)), reasons=reasons)


def _count(name, decision, outcome, formula):
    return PerformanceMetric(name, partial(confusion_count, decision=decision, outcome=outcome), formula, "definition",
                             both_classes=False, upper=np.inf, direction="two_sided", unit="rows")


COUNTS = (
    _count("true_positives", 1, 1, "rows decided positive whose outcome is positive"),
    _count("false_positives", 1, 0, "rows decided positive whose outcome is negative"),
    _count("false_negatives", 0, 1, "rows decided negative whose outcome is positive"),
    _count("true_negatives", 0, 0, "rows decided negative whose outcome is negative"),
)
