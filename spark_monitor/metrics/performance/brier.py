"""How far scores are from outcomes: mean squared difference, the Brier score."""

import numpy as np

from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.performance.log_loss import loss_estimate
from spark_monitor.metrics.performance.scored_rows import mean_scores
from spark_monitor.metrics.spec import PerformanceMetric


def brier(cells, folds=None):
    """Return the mean of (score - outcome)^2 over labelled rows with its interval.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums or None

    Returns
    -------
    Estimate
        In [0, 1]; exact. NaN, with a reason, without scores or outcomes or with fewer than five rows of a class.

    Notes
    -----
    The interval is the mean's, on the log scale; the variance takes each row for its bin's mean score.
    G. W. Brier (1950), "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78, 1-3.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> brier(ScoreCells.of_rows([0.2, 0.8] * 5, None, [0, 1] * 5, edges=[0.5])).value.round(4)
    array([0.04])
    """
    keep = cells.labelled & cells.scored
    loss = squared_losses(*(cells.total(name, keep) for name in ("score", "score_sq")),
                          *(cells.total(name, keep & (cells.outcome == 1)) for name in ("score", "weight")))
    mean = ratio(loss, cells.total("weight", keep))
    each = (mean_scores(cells) - (cells.outcome == 1)) ** 2 - mean[cells.target]
    spread = np.bincount(cells.target, np.where(keep, cells.weight_sq * each**2, 0.0), cells.size)
    sums = nonempty = None
    if folds is not None:
        score, squares, weight, rows = (folds.of(name)[..., :2].sum(axis=2)
                                        for name in ("score", "score_sq", "weight", "rows"))
        sums = (squared_losses(score.sum(axis=-1), squares.sum(axis=-1), score[..., 1], weight[..., 1]),
                weight.sum(axis=-1))
        nonempty = rows.sum(axis=-1) > 0
    return loss_estimate(cells, mean, spread, sums, nonempty)


def squared_losses(score, score_sq, score_of_positives, positives):
    """Return the sum of w (s - y)^2 from sums of w s, w s^2, w s y and w y."""
    return np.maximum(score_sq - 2 * score_of_positives + positives, 0.0)


BRIER = PerformanceMetric(
    name="brier", compute=brier, formula="sum w (s - y)^2 / sum w", needs=("score", "outcome"),
    source="G. W. Brier (1950), Monthly Weather Review 78", tasks=("binary", "multiclass"), direction="higher_is_worse",
)
