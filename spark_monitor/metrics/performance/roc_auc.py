"""How often a positive has a higher score than a negative: area under the ROC curve."""

import numpy as np
import scipy

from spark_monitor.metrics.intervals import CI_LEVEL, wilson_interval
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.performance.fold_effects import influence_inflation
from spark_monitor.metrics.performance.folds import link_interval
from spark_monitor.metrics.performance.scored_rows import score_estimate, scored_rows
from spark_monitor.metrics.spec import PerformanceMetric


def placements(weight):
    """Return the area and, for a row of each class and bin, the share of the other class that it is right about.

    Parameters
    ----------
    weight : ndarray of float64, shape (K, 2, B)
        Negatives and positives by score bin.

    Returns
    -------
    area : ndarray of float64, shape (K,)
    right : ndarray of float64, shape (K, 2, B)
        For a positive the share of negatives below it, for a negative that of positives above it; ties of a bin count
        half.

    Examples
    --------
    >>> area, right = placements(np.array([[[2.0, 1.0], [1.0, 3.0]]]))
    >>> area, right[0, 1]
    (array([0.70833333]), array([0.33333333, 0.83333333]))
    """
    total = weight.sum(axis=2, keepdims=True)
    below = ratio(np.cumsum(weight, axis=2) - weight / 2, total)
    right = np.stack([1 - below[:, 1], below[:, 0]], axis=1)
    return ratio((weight[:, 1] * right[:, 1]).sum(axis=1), total[:, 1, 0]), right


def delong_variances(weight, weight_sq, area, right):
    """Return DeLong's variance of the area by class, shape (K, 2); weighted rows by the squares of their weights.

    Parameters
    ----------
    weight, weight_sq : ndarray of float64, shape (K, 2, B)
    area, right : ndarray of float64
        As `placements` returns them.

    Returns
    -------
    ndarray of float64, shape (K, 2)
        What negatives and positives add; NaN for a class of a single effective row.
    """
    total = weight.sum(axis=2)
    size = ratio(total**2, weight_sq.sum(axis=2))
    parts = (weight_sq * (right - area[:, None, None]) ** 2).sum(axis=2)
    return ratio(parts * size, total**2 * np.where(size > 1, size - 1, np.nan))


def hanley_variance(area, size):
    """Return the variance of the area if scores of both classes are exponential, shape (K,).

    Parameters
    ----------
    area : ndarray of float64, shape (K,)
    size : ndarray of float64, shape (K, 2)
        Effective rows of negatives and of positives.

    Notes
    -----
    J. A. Hanley and B. J. McNeil (1982), "The meaning and use of the area under a receiver operating characteristic
    (ROC) curve", Radiology 143, 29-36.

    Examples
    --------
    >>> np.sqrt(hanley_variance(np.array([0.8]), np.array([[51.0, 58.0]]))).round(4)
    array([0.0421])
    """
    of_positives, of_negatives = (size[:, 1] - 1) * area / (2 - area), (size[:, 0] - 1) * 2 * area**2 / (1 + area)
    return ratio(area * (1 - area) + of_positives + of_negatives - (size.sum(axis=1) - 2) * area**2, size.prod(axis=1))


def area_interval(area, variances, size, inflation=None):
    """Return the interval of the area on the logit scale; at 0 and 1, where DeLong's variance is 0, Wilson's.

    Parameters
    ----------
    area : ndarray of float64, shape (K,)
    variances, size : ndarray of float64, shape (K, 2)
        DeLong's variance and the effective rows of both classes.
    inflation : ndarray of float64, shape (K,), optional
        See `influence_inflation`.

    Notes
    -----
    Where positives are few, DeLong's variance is too small by chance just where the area is too large: a few rows
    decide both. So one row of the smaller class counts Hanley and McNeil's variance, the others DeLong's; and Student's
    t has Welch's degrees of freedom. As many disjoint pairs as the smaller class has rows are independent, so Wilson's
    interval of the share of such pairs holds.
    """
    inflation = np.ones(len(area)) if inflation is None else inflation
    delong, fewest = variances.sum(axis=1), np.maximum(size.min(axis=1), 1)
    variance = delong + (hanley_variance(area, size) - delong) / fewest
    freedom = ratio(delong**2, (ratio(variances**2, np.maximum(size - 1, 1))).sum(axis=1))
    quantile = scipy.special.stdtrit(np.where(freedom > 0, freedom, 1.0), (1 + CI_LEVEL) / 2) * inflation
    low, high = link_interval(area, np.sqrt(variance), "logit", quantile)
    pairs = wilson_interval(area, fewest / inflation**2)
    return np.where(delong > 0, low, pairs[0]), np.where(delong > 0, high, pairs[1])


def roc_auc(cells, folds=None):
    """Return the area under the ROC curve with its interval.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums or None

    Returns
    -------
    Estimate
        In [0, 1]; rows of one bin are ties and count half. `error_bound` is half the share of pairs that share a bin:
        the area of raw scores lies within. NaN, with a reason, without scores or outcomes or with fewer than five rows
        of a class.

    Notes
    -----
    Variance: E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson (1988), Biometrics 44, 837-845. On the logit scale:
    M. S. Pepe (2003), "The statistical evaluation of medical tests", section 5.2. See `area_interval` for what few rows
    of a class change. With folds the variance is multiplied by the design effect, where that is above 1.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> score, outcome = np.tile([0.2, 0.4, 0.6, 0.8], 5), np.tile([0, 1, 0, 1], 5)
    >>> roc_auc(ScoreCells.of_rows(score, None, outcome, edges=[0.25, 0.5, 0.75])).value
    array([0.75])
    """
    weight, weight_sq = cells.by_bin(), cells.by_bin("weight_sq")
    total = weight.sum(axis=2)
    area, right = placements(weight)
    variances = delong_variances(weight, weight_sq, area, right)
    bound = ratio((weight[:, 0] * weight[:, 1]).sum(axis=1), 2 * total.prod(axis=1))
    seen = scored_rows(cells)
    influence = ratio(right - area[:, None, None], total[..., None])[seen.target, seen.outcome, seen.bin]
    inflation = influence_inflation(seen, folds, np.nan_to_num(influence))
    interval = area_interval(area, variances, ratio(total**2, weight_sq.sum(axis=2)), inflation)
    return score_estimate(cells, area, interval, "delong_logit", bound, inflation)


ROC_AUC = PerformanceMetric(
    name="roc_auc", compute=roc_auc, formula="sum over bins of p+ (P-below + p-/2)", needs=("score", "outcome"),
    source="E. R. DeLong et al. (1988), Biometrics 44, 837-845", tasks=("binary", "multiclass"),
)
