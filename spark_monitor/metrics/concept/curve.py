"""How the chance of a positive outcome follows the score, in each segment value: a logistic line.

A line of a small segment value leans on the line of all of them together.
"""

import numpy as np
import scipy

from spark_monitor.metrics.performance.closed_forms import ratio

# As much as a segment value's slope, and its intercept, tell of themselves when the line of all counts as much.
LEAN_SLOPE, LEAN_LEVEL = 10.0, 1.0
NEAREST = 1e-4


def mean_logits(score, weight):
    """Return the logit of the mean score of cells, kept within (1e-4, 1 - 1e-4); NaN where there are no rows."""
    return scipy.special.logit(np.clip(ratio(score, weight), NEAREST, 1 - NEAREST))


def segment_slopes(rows, hits, place):
    """Return by how much the log-odds of a positive outcome rise with `place`, in each segment value.

    Parameters
    ----------
    rows, hits, place : ndarray of float64, shape (T, S, C)
        Effective rows, positives, and the mean logit of the scores; NaN where there are no rows.

    Returns
    -------
    ndarray of float64, shape (T, S)
        By least squares of the empirical logits, weighted by the inverse of their variance; one slope for all segment
        values, on which each leans; 1 where nothing tells a slope.

    Notes
    -----
    Empirical logits and their variance: D. Cox and E. Snell (1989), "Analysis of binary data", section 2.1.

    Examples
    --------
    >>> x = np.array([[[-2.0, 0.0, 2.0]]])
    >>> segment_slopes(np.full((1, 1, 3), 1e6), 1e6 * scipy.special.expit(0.5 * x), x).round(4)
    array([[0.5]])
    """
    together = _line(rows.sum(axis=1), hits.sum(axis=1), ratio((np.nan_to_num(place) * rows).sum(axis=1),
                                                               rows.sum(axis=1)))
    common = np.where(together[1] > 0, np.nan_to_num(ratio(*together)), 1.0)[:, None]
    moment, told = _line(rows, hits, place)
    return (moment + LEAN_SLOPE * common) / (told + LEAN_SLOPE)


def _line(rows, hits, place):
    """Return the weighted cross moment of place and empirical logit, and the second moment of place, over the bins."""
    heard = np.where(np.isnan(place), 0.0, hits * (rows - hits)).clip(0) / np.maximum(rows, 1e-300)
    at, odds = np.nan_to_num(place), np.log((hits + 0.5) / (rows - hits + 0.5).clip(0.5))
    whole = heard.sum(axis=-1)
    away = at - np.nan_to_num(ratio((heard * at).sum(axis=-1), whole))[..., None]
    return (heard * away * odds).sum(axis=-1), (heard * away**2).sum(axis=-1)


def common_shift(log_odds, rows, hits, lean=0.0):
    """Return the shift of all log-odds that makes the expected positives as many as there are.

    Parameters
    ----------
    log_odds, rows : ndarray of float64, shape (..., N)
    hits : ndarray of float64, shape (...)
        Positives, of 0 to the sum of `rows`.
    lean : float
        Weight with which the shift leans to 0.

    Returns
    -------
    ndarray of float64, shape (...)
        The root of sum of rows expit(log_odds + shift) + lean shift = hits, by Newton's steps kept within a shrinking
        bracket; within -+50, which is where it ends if all outcomes are one class. 0 where there are no rows.

    Examples
    --------
    >>> common_shift(np.array([[0.0, 0.0]]), np.array([[10.0, 10.0]]), np.array([15.0])).round(4)
    array([1.0986])
    """
    shift, low, high = np.zeros(hits.shape), np.full(hits.shape, -50.0), np.full(hits.shape, 50.0)
    whole = rows.sum(axis=-1)
    for _ in range(100):
        p = scipy.special.expit(log_odds + shift[..., None])
        over = (rows * p).sum(axis=-1) + lean * shift - hits
        low, high = np.where(over <= 0, shift, low), np.where(over >= 0, shift, high)
        if (np.abs(over) <= 1e-13 * whole).all():
            break
        rise = (rows * p * (1 - p)).sum(axis=-1) + lean
        step = shift - np.divide(over, rise, out=np.full(hits.shape, np.inf), where=rise > 1e-300)
        shift = np.where((step > low) & (step < high), step, (low + high) / 2)
    return np.where(whole > 0, shift, 0.0)


def calibrated_line(rows, hits, place):
    """Return intercept and slope of each segment value's logistic line, each of shape (T, S).

    Parameters
    ----------
    rows, hits, place : ndarray of float64, shape (T, S, C)
        As for `segment_slopes`.

    Examples
    --------
    >>> x = np.array([[[-2.0, 0.0, 2.0]]])
    >>> level, slope = calibrated_line(np.full((1, 1, 3), 1e6), 1e6 * scipy.special.expit(0.5 * x + 1), x)
    >>> level.round(3), slope.round(3)
    (array([[1.]]), array([[0.5]]))
    """
    slope = segment_slopes(rows, hits, place)
    sloping = slope[..., None] * np.nan_to_num(place)
    everyone = common_shift(sloping.reshape(len(rows), -1), rows.reshape(len(rows), -1), hits.sum(axis=(1, 2)))
    own = common_shift(sloping + everyone[:, None, None], rows, hits.sum(axis=-1), LEAN_LEVEL)
    return everyone[:, None] + own, slope
