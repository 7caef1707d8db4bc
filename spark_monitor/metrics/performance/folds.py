"""How sure a number is where rows of one entity repeat: the delete-a-fold jackknife."""

import numpy as np
import scipy

from spark_monitor.metrics.intervals import CI_LEVEL

# By name: the scale, its slope, the way back, the lower and the upper end.
LINKS = {
    "identity": (lambda v: v, np.ones_like, lambda u: u, -np.inf, np.inf),
    "logit": (lambda v: scipy.special.logit(v), lambda v: 1 / (v * (1 - v)), lambda v: scipy.special.expit(v), 0, 1),
    "fisher": (np.arctanh, lambda v: 1 / (1 - v**2), np.tanh, -1, 1),
    "log": (np.log, lambda v: 1 / v, np.exp, 0, np.inf),
}


def without_each_fold(sums):
    """Return what is left of sums when each fold in turn is left out.

    Parameters
    ----------
    sums : ndarray of float64, shape (K, F, ...)
        Sums that add up over the folds of axis 1; none negative.

    Returns
    -------
    ndarray of float64, same shape
        Exactly 0 where a fold holds everything, weights or not.

    Examples
    --------
    >>> without_each_fold(np.array([[5.0, 2.0, 0.0]]))
    array([[2., 5., 7.]])
    """
    total = sums.sum(axis=1, keepdims=True)
    left = total - sums
    # A difference of weighted sums leaves rounding where nothing is left.
    return np.where(left > 1e-12 * total, left, 0.0)


def fold_variance(values, nonempty):
    """Return the delete-a-fold jackknife's variance and the number of folds that it rests on.

    Parameters
    ----------
    values : ndarray of float64, shape (K, F)
        The number without fold f.
    nonempty : ndarray of bool, shape (K, F)
        Folds that hold rows which the number depends on.

    Returns
    -------
    variance : ndarray of float64, shape (K,)
        (G - 1)/G times the sum of squared deviations of `values` from their mean, over the G nonempty folds; NaN for
        fewer than two of them, or where the number is undefined without one of them.
    folds : ndarray of int64, shape (K,)
        G.

    Notes
    -----
    J. Shao and D. Tu (1995), "The jackknife and bootstrap", section 2.3.

    Examples
    --------
    >>> fold_variance(np.array([[0.5, 0.6, 0.7, 0.0]]), np.array([[True, True, True, False]]))
    (array([0.01333333]), array([3]))
    """
    folds = nonempty.sum(axis=1)
    count = np.where(folds > 1, folds, np.nan)
    kept = np.where(nonempty, values, 0.0)
    deviation = np.where(nonempty, values - (kept.sum(axis=1) / count)[:, None], 0.0)
    return (count - 1) / count * (deviation**2).sum(axis=1), folds


def fold_freedom(values, nonempty):
    """Return the degrees of freedom of `fold_variance`, shape (K,): G - 1, fewer where a few folds decide it; least 1.

    Parameters
    ----------
    values : ndarray of float64, shape (K, F)
    nonempty : ndarray of bool, shape (K, F)

    Notes
    -----
    A variance of G numbers of kurtosis k varies like one of 2 (G - 1) / (k - 1) degrees (F. E. Satterthwaite, 1946,
    Biometrics Bulletin 2, 110-114); k is 3 for the normal, and large where the events lie in a few folds.

    Examples
    --------
    >>> fold_freedom(np.array([[-1.0, 1.0] * 4, [-2.0, 2.0] + [0.0] * 6]), np.ones((2, 8), bool)).round(2)
    array([7.  , 4.67])
    """
    folds = nonempty.sum(axis=1)
    count = np.maximum(folds, 1)
    kept = np.where(nonempty, values, 0.0)
    square = np.where(nonempty, values - (kept.sum(axis=1) / count)[:, None], 0.0) ** 2
    most = np.maximum(folds - 1, 1).astype(float)
    spread = count * (square**2).sum(axis=1) - square.sum(axis=1) ** 2
    return np.divide(2 * most * square.sum(axis=1) ** 2, spread, out=most.copy(), where=spread > 0).clip(1, most)


def link_interval(point, deviation, link="identity", quantile=1.96):
    """Return the interval that is symmetric on a scale of its own: back(scale(`point`) -+ q slope `deviation`).

    Parameters
    ----------
    point, deviation : ndarray of float64, shape (K,)
        A number and its standard deviation.
    link : {"identity", "logit", "fisher", "log"}
        The scale: "logit" for numbers in (0, 1), "fisher" (atanh) in (-1, 1), "log" for positive ones.
    quantile : float or ndarray of float64, shape (K,)
        Of the normal or of Student's t.

    Returns
    -------
    low, high : ndarray of float64, shape (K,)
        They enclose `point` and stay within the scale's ends. At an end itself the scale is infinite and the interval
        is symmetric around `point` instead, cut at that end. NaN where `point` or `deviation` is.

    Examples
    --------
    >>> low, high = link_interval(np.array([0.9, 1.0]), np.array([0.05, 0.05]), "logit")
    >>> low.round(3), high.round(3)
    (array([0.752, 0.902]), array([0.964, 1.   ]))
    """
    scale, slope, back, lower, upper = LINKS[link]
    point, deviation = np.asarray(point, float), np.asarray(deviation, float)
    half = quantile * deviation
    inside = (point > lower) & (point < upper)
    safe = np.where(inside, point, 0.5)
    middle, wide = scale(safe), half * slope(safe)
    low = np.where(inside, back(middle - wide), np.maximum(point - half, lower))
    with np.errstate(over="ignore"):
        high = np.where(inside, back(middle + wide), np.minimum(point + half, upper))
    return np.minimum(low, point), np.maximum(high, point)


def fold_interval(values, nonempty, point, link="identity", level=CI_LEVEL):
    """Return the delete-a-fold interval of a number: Student's t with the degrees of `fold_freedom`.

    Parameters
    ----------
    values : ndarray of float64, shape (K, F)
        The number without fold f, see `without_each_fold`.
    nonempty : ndarray of bool, shape (K, F)
        Folds that hold rows which the number depends on.
    point : ndarray of float64, shape (K,)
        The number with all folds.
    link : str
        Scale on which the interval is symmetric, see `link_interval`.
    level : float

    Returns
    -------
    low, high : ndarray of float64, shape (K,)
        NaN where `point` is, and as `fold_variance` says.

    Examples
    --------
    >>> low, high = fold_interval(np.array([[0.5, 0.6, 0.7]]), np.ones((1, 3), bool), np.array([0.6]), "logit")
    >>> low.round(3), high.round(3)
    (array([0.159]), array([0.922]))
    """
    variance, _ = fold_variance(values, nonempty)
    quantile = scipy.special.stdtrit(fold_freedom(values, nonempty), (1 + level) / 2)
    return link_interval(point, np.sqrt(variance), link, quantile)


def wider(first, second):
    """Return whichever of two intervals is wider, for each of K numbers.

    Parameters
    ----------
    first, second : tuple of two ndarrays of float64, shape (K,)
        Bounds; an interval with a NaN bound is unknown, and the other one is taken.

    Returns
    -------
    low, high : ndarray of float64, shape (K,)

    Examples
    --------
    >>> a, b = (np.array([0.1, 0.2]), np.array([0.5, 0.4])), (np.array([0.2, np.nan]), np.array([0.7, np.nan]))
    >>> wider(a, b)
    (array([0.2, 0.2]), array([0.7, 0.4]))
    """
    (low, high), (other_low, other_high) = first, second
    width, other = high - low, other_high - other_low
    take = (other > width) | np.isnan(width)
    return np.where(take, other_low, low), np.where(take, other_high, high)
