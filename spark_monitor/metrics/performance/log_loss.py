"""How surprised the scores are by the outcomes: mean log loss."""

import numpy as np
import scipy

from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.closed_forms import NORMAL, ratio
from spark_monitor.metrics.performance.fold_effects import inflation_of
from spark_monitor.metrics.performance.folds import fold_variance, link_interval, without_each_fold
from spark_monitor.metrics.performance.scored_rows import score_estimate
from spark_monitor.metrics.spec import PerformanceMetric


def loss_estimate(cells, mean, spread, fold_sums=None, nonempty=None):
    """Return the mean of a loss of each row as an `Estimate`, with its interval on the log scale.

    Parameters
    ----------
    cells : ScoreCells
    mean : ndarray of float64, shape (K,)
    spread : ndarray of float64, shape (K,)
        Sum of w^2 (loss - mean)^2.
    fold_sums : tuple of two ndarrays of float64, shape (K, F), optional
        Sums of w loss and of w by fold.
    nonempty : ndarray of bool, shape (K, F), optional

    Notes
    -----
    Losses are skewed, most of all where positives are rare: the log scale carries that better than the loss's own.
    """
    keep = cells.labelled & cells.scored
    weight, size = cells.total("weight", keep), cells.effective_size(keep)
    variance = ratio(spread * size, weight**2 * np.where(size > 1, size - 1, np.nan))
    quantile = scipy.special.stdtrit(np.maximum(size - 1, 1), (1 + CI_LEVEL) / 2)
    inflation = None
    if fold_sums is not None:
        loss, rows = (without_each_fold(sums) for sums in fold_sums)
        by_folds, count = fold_variance(ratio(loss, rows), nonempty)
        inflation = inflation_of(ratio(by_folds, variance), count)
        quantile = np.maximum(quantile, NORMAL * inflation)
    interval = link_interval(mean, np.sqrt(variance), "log", quantile)
    return score_estimate(cells, mean, interval, "delta_log", 0.0, inflation)


def log_loss(cells, folds=None):
    """Return the mean log loss of labelled rows, in nats, with its interval.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums or None

    Returns
    -------
    Estimate
        0 or more; exact, scores clipped to [1e-15, 1 - 1e-15]. NaN, with a reason, without scores or outcomes or with
        fewer than five rows of a class.

    Notes
    -----
    The interval is the mean's, from the variance of the rows' losses, on the log scale.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> log_loss(ScoreCells.of_rows([0.5] * 10, None, [0, 1] * 5, edges=[0.5])).value.round(4)
    array([0.6931])
    """
    keep = cells.labelled & cells.scored
    mean = ratio(cells.total("loss", keep), cells.total("weight", keep))
    moments = (cells.total(name, keep) for name in ("loss_sq_w2", "loss_w2", "weight_sq"))
    spread = sum(factor * moment for factor, moment in zip((1, -2 * mean, mean**2), moments, strict=True))
    sums = nonempty = None
    if folds is not None:
        sums = tuple(folds.of(name)[..., :2].sum(axis=(2, 3)) for name in ("loss", "weight"))
        nonempty = folds.of("rows")[..., :2].sum(axis=(2, 3)) > 0
    return loss_estimate(cells, mean, np.maximum(spread, 0), sums, nonempty)


LOG_LOSS = PerformanceMetric(
    name="log_loss", compute=log_loss, formula="-sum w (y ln s + (1 - y) ln(1 - s)) / sum w", upper=np.inf,
    source="I. J. Good (1952), Rational decisions, JRSS B 14", needs=("score", "outcome"),
    tasks=("binary", "multiclass"), direction="higher_is_worse", unit="nats",
)
