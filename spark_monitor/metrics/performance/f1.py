"""How precision and recall balance: the F score."""

from spark_monitor.metrics.performance.confusion import share_of
from spark_monitor.metrics.performance.rates import WILSON
from spark_monitor.metrics.spec import PerformanceMetric


def f_beta(beta):
    """Return the metric F-beta, the harmonic mean of precision and recall, recall counting `beta` times as much.

    Parameters
    ----------
    beta : float
        Positive; 1 is F1, 2 prefers recall, 0.5 precision.

    Returns
    -------
    PerformanceMetric
        Named "f" and `beta`. Its value is NaN with fewer than five rows of one class, and 0 where positives exist but
        none was found.

    Raises
    ------
    ValueError
        Where `beta` is not positive.

    Notes
    -----
    C. J. van Rijsbergen (1979), "Information Retrieval", chapter 7. The interval is Wilson's of q = TP / (TP + FP +
    FN), of which F1 = 2 q / (1 + q) is a function; for other `beta` of the effective counts, see `odds_interval`.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> cells = ScoreCells.of_rows([0.9] * 16, [1] * 8 + [0] * 8, [1] * 6 + [0] * 2 + [1] * 4 + [0] * 4, edges=[0.5])
    >>> f_beta(1).name, f_beta(1).compute(cells, None).value, f_beta(2).compute(cells, None).value
    ('f1', array([0.66666667]), array([0.625]))
    """
    if not beta > 0:
        raise ValueError(f"beta must be positive, not {beta}")
    square = beta**2

    def compute(cells, folds=None):
        """Return the F score as an `Estimate`."""
        return share_of(cells, folds, [[0, 0], [0, 1 + square]], [[0, square], [1, 0]], undefined="no_weight")

    formula = "2 TP / (2 TP + FP + FN)" if beta == 1 else "(1 + b^2) TP / ((1 + b^2) TP + b^2 FN + FP), b = beta"
    return PerformanceMetric(f"f{beta:g}", compute, formula, WILSON, tasks=("binary", "multiclass"))


F1 = f_beta(1)
