"""How sure numbers of the decision-outcome table are where rows are independent."""

from statistics import NormalDist

import numpy as np
import scipy

from spark_monitor.metrics.intervals import CI_LEVEL, wilson_interval

NORMAL = NormalDist().inv_cdf((1 + CI_LEVEL) / 2)
RARE = 3


def ratio(part, whole):
    """Return `part` / `whole`, NaN where `whole` is not positive.

    Examples
    --------
    >>> ratio(np.array([1.0, 0.0]), np.array([4.0, 0.0]))
    array([0.25,  nan])
    """
    part, whole = np.broadcast_arrays(np.asarray(part, float), np.asarray(whole, float))
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def odds_interval(hits, misses):
    """Return the interval of A / (A + B), where A and B are sums of w c over different rows, w their weights.

    Parameters
    ----------
    hits, misses : tuple of three ndarrays of float64, shape (K, ...)
        For A and for B: the sum of w c, the sum of (w c)^2, and what one more row would add to the sum, which counts
        only where the sum is 0.

    Returns
    -------
    low, high : ndarray of float64, shape (K, ...)
        NaN where A + B is 0.

    Notes
    -----
    Wilson's interval of the share of effective counts, A^2 / (sum of squares in A) against the same of B, carried over
    to A / (A + B) through the odds, which differ by a known factor. For unweighted rates it is Wilson's own; for F1
    (c = 2 for TP, 1 for FP and FN) it is Wilson's interval of q = TP / (TP + FP + FN), since F1 = 2 q / (1 + q).
    Beside a count of at most three the bound is the Poisson one where that lies further out, as Wilson's own leaves
    out the truth too often there: L. Brown, T. Cai and A. DasGupta (2001), "Interval estimation for a binomial
    proportion", Statistical Science 16, 101-133 (the modified Wilson interval).

    Examples
    --------
    >>> five, forty_five = np.array([5.0]), np.array([45.0])
    >>> low, high = odds_interval((five, five, 1), (forty_five, forty_five, 1))
    >>> low.round(4), high.round(4)
    (array([0.0435]), array([0.2136]))
    """
    (a, per_a), (b, per_b) = ((s, np.where(s > 0, ratio(s2, s), unit)) for s, s2, unit in (hits, misses))
    n_a, n_b = ratio(a, per_a), ratio(b, per_b)
    size = n_a + n_b
    low, high = wilson_interval(ratio(n_a, size), size)
    low = np.where(n_a <= RARE, np.fmin(low, ratio(_least_mean(n_a), size)), low)
    high = np.where(n_b <= RARE, np.fmax(high, 1 - ratio(_least_mean(n_b), size)), high)
    bounds = (low, high)
    return tuple(ratio(per_a * q, per_a * q + per_b * (1 - q)) for q in bounds)


def _least_mean(count):
    """Return the least Poisson mean that gives such a count or more as often as 1 - CI_LEVEL; 0 for none."""
    return np.where(count > 0, scipy.special.gammaincinv(np.where(count > 0, count, 1.0), 1 - CI_LEVEL), 0.0)


def row_weights(weight, squares):
    """Return what a row of each entry weighs, shape (K, C, C); where there is none, one of its outcome, or any.

    Examples
    --------
    >>> row_weights(np.array([[[20.0, 0.0], [0.0, 3.0]]]), np.array([[[200.0, 0.0], [0.0, 3.0]]]))
    array([[[10.,  1.],
            [10.,  1.]]])
    """
    own = ratio(squares, weight)
    for everyone in ((1,), (1, 2)):
        others = ratio(squares.sum(axis=everyone, keepdims=True), weight.sum(axis=everyone, keepdims=True))
        own = np.where(np.isnan(own), others, own)
    return own


def delta_interval(formula, weight, squares, lower, upper, more=2):
    """Return the delta method's interval of a number of the table, a few more rows spread evenly over it.

    Parameters
    ----------
    formula : callable
        From tables (K, C, C) to the number (K,) and its slope by entry (K, C, C).
    weight, squares : ndarray of float64, shape (K, C, C)
        Sums of w and of w^2.
    lower, upper : float
        Bounds that the number can't leave.
    more : float
        Rows added, in all.

    Returns
    -------
    low, high : ndarray of float64, shape (K,)

    Notes
    -----
    The variance is the sum of squared weights times squared slopes, which is the multinomial's as all the numbers here
    stay the same when the table is scaled. The added rows (by default half a row an entry for two classes, after
    A. Agresti and B. Coull, 1998, The American Statistician 52, 119-126) keep the interval from vanishing where
    nothing is wrong.
    """
    row = row_weights(weight, squares)
    added = more / weight.shape[-1] ** 2
    middle, slope = formula(weight + added * row)
    half = NORMAL * np.sqrt((slope**2 * (squares + added * row**2)).sum(axis=(1, 2)))
    return np.maximum(middle - half, lower), np.minimum(middle + half, upper)


def sum_interval(values, bounds, shares):
    """Return the interval of a weighted sum of independent numbers from their own intervals.

    Parameters
    ----------
    values : ndarray of float64, shape (K, C)
        NaN where there is no such number; it is left out.
    bounds : tuple of two ndarrays of float64, shape (K, C)
    shares : ndarray of float64, broadcast to (K, C)
        Weights of the sum, known and not negative.

    Notes
    -----
    G. Zou and A. Donner (2008), "Construction of confidence limits about effect measures", Statistics in Medicine 27,
    1693-1702 (MOVER).

    Examples
    --------
    >>> low, high = sum_interval(np.array([[0.5, 0.7]]), (np.array([[0.4, 0.6]]), np.array([[0.6, 0.8]])), 0.5)
    >>> low.round(4), high.round(4)
    (array([0.5293]), array([0.6707]))
    """
    middle = np.nansum(shares * values, axis=-1)
    below, above = (np.sqrt(np.nansum((shares * (values - bound)) ** 2, axis=-1)) for bound in bounds)
    return middle - below, middle + above
