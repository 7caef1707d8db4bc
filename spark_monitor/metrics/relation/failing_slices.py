"""Which values of one feature a model is worse on than on the rest of the rows."""

from dataclasses import dataclass

import numpy as np
import scipy

from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.relation.by_feature import loss_moments
from spark_monitor.metrics.relation.relation_cells import RelationCells

FALSE_SHARE, EFFECT, FEWEST = 0.05, 0.4, 30


@dataclass(frozen=True)
class FailingSlices:
    """How much worse each bin's loss is than that of the feature's other bins; arrays of shape (K, J).

    Parameters
    ----------
    loss, rest_loss : ndarray of float64
        Mean loss of the bin and of the other bins.
    effect : ndarray of float64
        Their difference in standard deviations, sqrt(2) (a - b) / sqrt(var a + var b).
    p_value, q_value : ndarray of float64
        One-sided Welch test, alone and corrected for the false discovery rate over all slices of the window.
    failing : ndarray of bool
        Whether `q_value` and `effect` say so.
    """

    loss: np.ndarray
    rest_loss: np.ndarray
    effect: np.ndarray
    p_value: np.ndarray
    q_value: np.ndarray
    failing: np.ndarray


def failing_slices(cells, window, false_share=FALSE_SHARE, effect=EFFECT, fewest=FEWEST):
    """Find the slices of one feature whose loss is worse than the rest's.

    Parameters
    ----------
    cells : RelationCells
        Of K targets: all features of each window.
    window : array_like of int, shape (K,)
        Which window a target belongs to, from 0.
    false_share : float
        Share of false findings among findings.
    effect : float
        Least effect size of a finding.
    fewest : int
        Rows that a bin and its rest must have; NaN with fewer, and they don't count in the correction.

    Returns
    -------
    FailingSlices

    Notes
    -----
    Effect size and test: Y. Chung et al. (2019), "Slice Finder: automated data slicing for model validation", ICDE,
    section 2. False discovery rate: Y. Benjamini and Y. Hochberg (1995), JRSS B 57, 289-300.

    Examples
    --------
    >>> cells = RelationCells.of_rows([0] * 60 + [1] * 60, [1] * 120, [0.9, 1.1] * 30 + [0.1, 0.3] * 30, bins=2)
    >>> failing_slices(cells, window=[0]).failing
    array([[ True, False]])
    """
    others = rest_of(cells)
    (loss, variance, size), (rest, rest_variance, rest_size) = loss_moments(cells), loss_moments(others)
    told = (cells.of("rows") >= fewest) & (others.of("rows") >= fewest)
    loss, rest = (np.where(told, mean, np.nan) for mean in (loss, rest))
    gap, spread = loss - rest, variance + rest_variance
    apart = np.where(gap > 0, np.inf, np.where(gap < 0, -np.inf, 0.0)) + np.where(told, 0.0, np.nan)
    found = np.where(told & (spread == 0), apart, np.sqrt(2) * ratio(gap, np.sqrt(spread)))
    p = np.where(np.isnan(found), np.nan, _welch(gap, ratio(variance, size), ratio(rest_variance, rest_size), size,
                                                 rest_size))
    q = discovery_rates(p.ravel(), np.repeat(np.asarray(window), p.shape[1])).reshape(p.shape)
    return FailingSlices(loss, rest, found, p, q, (q <= false_share) & (found >= effect))


def rest_of(cells):
    """Return the sums of the other bins of each bin's feature.

    Parameters
    ----------
    cells : RelationCells
    """
    total = RelationCells(np.broadcast_to(cells.sums.sum(axis=-1, keepdims=True), cells.sums.shape))
    return total.minus(cells)


def _welch(gap, error, rest_error, size, rest_size):
    """Return Welch's one-sided p-value of a difference that should not be positive; 0 or 1 where nothing varies."""
    whole = error + rest_error
    freedom = ratio(whole**2, error**2 / np.maximum(size - 1, 1e-9) + rest_error**2 / np.maximum(rest_size - 1, 1e-9))
    p = scipy.special.stdtr(np.nan_to_num(freedom, nan=1.0), -np.nan_to_num(ratio(gap, np.sqrt(whole))))
    return np.where(whole > 0, p, np.where(gap > 0, 0.0, 1.0))


def discovery_rates(p_value, group):
    """Return Benjamini and Hochberg's corrected p-values, each group by itself.

    Parameters
    ----------
    p_value : ndarray of float64, shape (N,)
        NaN is no test and stays NaN.
    group : ndarray of int64, shape (N,)

    Examples
    --------
    >>> discovery_rates(np.array([0.01, 0.04, 0.03, np.nan, 0.5]), np.array([0, 0, 0, 0, 1]))
    array([0.03, 0.04, 0.04,  nan, 0.5 ])
    """
    order = np.lexsort((p_value, group))
    order = order[~np.isnan(p_value[order])]
    p, (_, start, tests) = p_value[order], np.unique(group[order], return_index=True, return_counts=True)
    tests, start = np.repeat(tests, tests), np.repeat(start, tests)
    # Groups are a whole number apart, so that one running minimum from behind serves all of them.
    raised = p * tests / (np.arange(len(p)) - start + 1) + 2 * start
    corrected = np.full(len(p_value), np.nan)
    corrected[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1] - 2 * start, 1)
    return corrected
