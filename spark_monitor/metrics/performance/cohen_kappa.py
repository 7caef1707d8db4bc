"""How far decisions and outcomes agree beyond chance: Cohen's kappa."""

from spark_monitor.metrics.performance.closed_forms import delta_interval, ratio
from spark_monitor.metrics.performance.confusion import threshold_estimate
from spark_monitor.metrics.performance.mcc import beyond_chance, beyond_chance_slope
from spark_monitor.metrics.spec import PerformanceMetric


def agreement(confusion):
    """Return Cohen's kappa of tables (..., C, C); NaN where decisions and outcomes are all of one and the same class.

    Examples
    --------
    >>> import numpy as np
    >>> agreement(np.array([[[20.0, 5.0], [10.0, 15.0]]])).round(4)
    array([0.4])
    """
    decided, actual, excess = beyond_chance(confusion)
    return ratio(excess, decided.sum(axis=-1) ** 2 - (decided * actual).sum(axis=-1))


def agreement_and_slope(confusion):
    """Return Cohen's kappa of tables (K, C, C) and its slope by each entry, shape (K, C, C)."""
    decided, actual, _ = beyond_chance(confusion)
    value = agreement(confusion)
    rows = decided.sum(axis=-1)
    of_room = 2 * rows[:, None, None] - actual[:, :, None] - decided[:, None, :]
    slope = beyond_chance_slope(confusion, decided, actual) - value[:, None, None] * of_room
    return value, slope * ratio(1, rows**2 - (decided * actual).sum(axis=-1))[:, None, None]


def cohen_kappa(cells, folds=None):
    """Return Cohen's kappa of decision and outcome.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums, optional

    Returns
    -------
    Estimate
        In [-1, 1], 0 for agreement by chance alone. NaN with fewer than five rows of one class.

    Notes
    -----
    J. Cohen (1960), "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20,
    37-46.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> cells = ScoreCells.of_rows([0.9] * 16, [1] * 6 + [0] * 10, [1] * 8 + [0] * 8, edges=[0.5])
    >>> cohen_kappa(cells).value
    array([0.75])
    """
    return threshold_estimate(
        cells, folds, agreement, lambda w, w2: delta_interval(agreement_and_slope, w, w2, -1, 1), method="delta",
        link="fisher", undefined="no_weight",
    )


COHEN_KAPPA = PerformanceMetric(
    "cohen_kappa", cohen_kappa, "(observed - expected agreement) / (1 - expected agreement)",
    "J. Cohen (1960), Educational and Psychological Measurement 20, 37-46", lower=-1.0,
)
