"""How well scores separate positives from negatives, from 0 for chance to 1: Gini coefficient, 2 AUC - 1."""

from dataclasses import replace

from spark_monitor.metrics.performance.roc_auc import roc_auc
from spark_monitor.metrics.spec import PerformanceMetric


def gini(cells, folds=None):
    """Return twice the area under the ROC curve less 1, also known as Somers' D, with the interval of the area.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums or None

    Returns
    -------
    Estimate
        In [-1, 1]; undefined where `roc_auc` is.

    Notes
    -----
    R. H. Somers (1962), American Sociological Review 27, 799-811.

    Examples
    --------
    >>> import numpy as np
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> score, outcome = np.tile([0.2, 0.4, 0.6, 0.8], 5), np.tile([0, 1, 0, 1], 5)
    >>> gini(ScoreCells.of_rows(score, None, outcome, edges=[0.25, 0.5, 0.75])).value
    array([0.5])
    """
    area = roc_auc(cells, folds)
    scaled = {name: 2 * getattr(area, name) - 1 for name in ("value", "ci_low", "ci_high")}
    return replace(area, error_bound=2 * area.error_bound, **scaled)


GINI = PerformanceMetric(
    name="gini", compute=gini, formula="2 AUC - 1", source="R. H. Somers (1962), American Sociological Review 27",
    needs=("score", "outcome"), tasks=("binary", "multiclass"), lower=-1.0,
)
