"""How pure the top of the ranking is: average precision, the step-wise area under the precision-recall curve."""

import numpy as np
import scipy

from spark_monitor.metrics.intervals import CI_LEVEL, wilson_interval
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.performance.fold_effects import influence_inflation
from spark_monitor.metrics.performance.folds import link_interval
from spark_monitor.metrics.performance.scored_rows import score_estimate, scored_rows
from spark_monitor.metrics.spec import PerformanceMetric

# Sums of squares of equal scores differ by less than this, relatively.
ROUNDING = 1e-12


def from_top(weight):
    """Return sums over each bin and all higher ones, along the last axis."""
    return np.cumsum(weight[..., ::-1], axis=-1)[..., ::-1]


def precision_of(positives, reach):
    """Return `positives` / `reach`, 0 where nothing is reached."""
    return np.divide(positives, reach, out=np.zeros(reach.shape), where=reach > 0)


def tied(weight, above_pos, above_neg):
    """Return what the positives of each bin add to average precision if its rows are ties, shape (K, B)."""
    return weight[:, 1] * precision_of(above_pos, above_pos + above_neg)


def influence(positives, above_pos, above_neg):
    """Return what average precision gains by one more positive, and by one more negative, of each bin.

    Parameters
    ----------
    positives : ndarray of float64, shape (K, B)
        Positives by bin.
    above_pos, above_neg : ndarray of float64, shape (K, B)
        Positives and negatives of each bin and all higher ones.

    Returns
    -------
    value : ndarray of float64, shape (K,)
        Average precision.
    of_positive, of_negative : ndarray of float64, shape (K, B)
        Its derivatives by the weight of a row, times the weight of all positives.
    """
    reach = above_pos + above_neg
    precision = precision_of(above_pos, reach)
    total = above_pos[:, :1]
    value = ratio((positives * precision).sum(axis=1), total[:, 0])
    step = np.divide(positives, reach, out=np.zeros(reach.shape), where=reach > 0)
    of_positive = precision - value[:, None] + np.cumsum(step * (1 - precision), axis=1)
    return value, of_positive, -np.cumsum(step * precision, axis=1)


def spread_bins(cells):
    """Return whether the labelled rows of each score bin have different scores, shape (K, B); else they are ties."""
    seen = scored_rows(cells)
    place = seen.target * seen.bins + seen.bin
    weight, score, score_sq = (np.bincount(place, sums, seen.size * seen.bins).reshape(seen.size, seen.bins)
                               for sums in (seen.weight, seen.score, seen.score_sq))
    return score_sq * weight - score**2 > ROUNDING * score_sq * weight


def shuffled(weight, rows, above_pos, above_neg):
    """Return what the positives of each bin add to average precision if its rows come in random order, shape (K, B).

    Parameters
    ----------
    weight, rows : ndarray of float64, shape (K, 2, B)
    above_pos, above_neg : ndarray of float64, shape (K, B)

    Notes
    -----
    Of N rows, p of them positive, the k-th is a positive with chance p / N, and (k - 1)(p - 1) / (N - 1) of those
    before it are then expected to be. Rows of weights other than 1 are taken for a continuum.
    """
    p, size = weight[:, 1], weight.sum(axis=1)
    before, reach = above_pos - p, above_pos + above_neg - size
    unit = (weight == rows).all(axis=1)
    # One row alone has itself before it, whatever the slope says.
    slope = np.where(unit, (p - 1) / np.where(size > 1, size - 1, np.inf), p / np.where(size > 0, size, np.inf))
    start = np.where(unit, before + 1 - slope, before)
    safe = np.where(reach > 0, reach, 1.0)
    harmonic = scipy.special.digamma(reach + size + 1) - scipy.special.digamma(reach + 1)
    steps = np.where(unit, harmonic, np.log1p(size / safe))
    rest = np.where(unit | (reach > 0), (start - slope * reach) * steps, 0.0)
    return np.where(p > 0, p * slope + p / np.where(size > 0, size, np.inf) * rest, 0.0)


def furthest(weight, rows, weight_sq, above_pos, above_neg):
    """Return the lowest and the highest average precision that rows inside bins can have, times all positives.

    Parameters
    ----------
    weight, rows, weight_sq : ndarray of float64, shape (K, 2, B)
    above_pos, above_neg : ndarray of float64, shape (K, B)

    Returns
    -------
    low, high : ndarray of float64, shape (K,)
        The lowest has a bin's negatives before its positives, one by one; the highest has its positives before its
        negatives, and as ties of each other.
    """
    p = weight[:, 1]
    before, wrong = above_pos - p, above_neg
    reach = before + wrong
    # Rows of weight 1 one by one: sum over k of (before + k) / (before + k + wrong). Others: the integral below it.
    unit = (p == rows[:, 1]) & (p == weight_sq[:, 1])
    safe = np.where(reach > 0, reach, 1.0)
    steps = np.where(unit, scipy.special.digamma(safe + p + 1) - scipy.special.digamma(safe + 1), np.log1p(p / safe))
    low = np.where(wrong > 0, p - wrong * steps, p)
    ahead = above_neg - weight[:, 0]
    high = p * precision_of(above_pos, above_pos + ahead)
    return low.sum(axis=1), high.sum(axis=1)


def precision_interval(weight, weight_sq, value, derivatives, inflation=None):
    """Return the interval on the logit scale by the delta method.

    Parameters
    ----------
    weight, weight_sq : ndarray of float64, shape (K, 2, B)
    value : ndarray of float64, shape (K,)
    derivatives : tuple of two ndarrays of float64, shape (K, B)
        As `influence` returns them.
    inflation : ndarray of float64, shape (K,), optional

    Notes
    -----
    A positive counts itself in its own precision, which lifts the value where positives are few; the interval is
    centred where the value would be without that. Student's t, as few positives make the variance itself unsure.
    """
    total = weight[:, 1].sum(axis=1)
    inflation = np.ones(len(value)) if inflation is None else inflation
    size = ratio(total**2, weight_sq[:, 1].sum(axis=1) * inflation**2)
    of_positive, of_negative = derivatives
    squares = (weight_sq[:, 1] * of_positive**2 + weight_sq[:, 0] * of_negative**2).sum(axis=1)
    deviation = ratio(np.sqrt(squares * ratio(size, np.where(size > 1, size - 1, np.nan))), total)
    above_neg, above_pos = from_top(weight[:, 0]), from_top(weight[:, 1])
    reach = np.maximum(above_pos + above_neg, 1e-100)
    own = ratio((weight_sq[:, 1] * above_neg / reach**2).sum(axis=1), total)
    quantile = scipy.special.stdtrit(np.maximum(np.nan_to_num(size) - 1, 1), (1 + CI_LEVEL) / 2)
    low, high = link_interval(value - own, deviation * inflation, "logit", quantile)
    # Without a single mistake there is no variance: Wilson's interval of as many positives.
    flawless = wilson_interval(value, size)
    unsure = deviation > 0
    return np.where(unsure, np.minimum(low, value), flawless[0]), np.where(unsure, np.maximum(high, value), flawless[1])


def average_precision(cells, folds=None):
    """Return average precision, the sum over thresholds of (R_i - R_(i-1)) P_i, with its interval.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums or None

    Returns
    -------
    Estimate
        In (0, 1]. Rows of one bin are ties where they all have the same score, as scikit-learn takes them; where they
        have not, the value is the mean over all orders of them. `error_bound` is the furthest that any order of the
        rows inside their bins can lead away, so scikit-learn's value of raw scores lies within. NaN, with a reason,
        without scores or outcomes or with fewer than five rows of a class.

    Notes
    -----
    Variance by the delta method: the derivatives of the value by each row's weight, on the logit scale as K. Boyd,
    K. H. Eng and C. D. Page (2013), "Area under the precision-recall curve", ECML PKDD, advise. With folds the
    variance is multiplied by the design effect, where that is above 1.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> score, outcome = np.tile([0.2, 0.4, 0.6, 0.8], 5), np.tile([0, 1, 0, 1], 5)
    >>> average_precision(ScoreCells.of_rows(score, None, outcome, edges=[0.25, 0.5, 0.75])).value.round(4)
    array([0.8333])
    """
    weight, weight_sq = cells.by_bin(), cells.by_bin("weight_sq")
    above_neg, above_pos = from_top(weight[:, 0]), from_top(weight[:, 1])
    total = above_pos[:, 0]
    rows = cells.by_bin("rows")
    value, of_positive, of_negative = influence(weight[:, 1], above_pos, above_neg)
    apart = shuffled(weight, rows, above_pos, above_neg) - tied(weight, above_pos, above_neg)
    value = value + ratio(np.where(spread_bins(cells), apart, 0.0).sum(axis=1), total)
    low, high = furthest(weight, rows, weight_sq, above_pos, above_neg)
    bound = np.maximum(ratio(high, total) - value, value - ratio(low, total))
    seen = scored_rows(cells)
    each = np.where(seen.outcome == 1, of_positive[seen.target, seen.bin], of_negative[seen.target, seen.bin])
    inflation = influence_inflation(seen, folds, np.nan_to_num(each))
    interval = precision_interval(weight, weight_sq, value, (of_positive, of_negative), inflation)
    return score_estimate(cells, value, interval, "delta_logit", np.maximum(bound, 0), inflation)


AVERAGE_PRECISION = PerformanceMetric(
    name="average_precision", compute=average_precision, formula="sum (R_i - R_(i-1)) P_i", needs=("score", "outcome"),
    source="K. Boyd, K. H. Eng and C. D. Page (2013), ECML PKDD", tasks=("binary", "multiclass"),
)
