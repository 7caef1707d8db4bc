"""On which scale the interval of an average loss is symmetric, with and without folds."""

import numpy as np
import scipy

from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.folds import fold_variance

# Excess kurtosis over the squared coefficient of variation, halved: of a gamma variable, and of the difference of two.
LEAN = {"identity": 0.0, "log": 3.0, "reciprocal": 3.0, "difference": 0.75}


def student_quantile(size, part=0.0, link="identity"):
    """Return Student's quantile for a two-sided interval at `CI_LEVEL`.

    Parameters
    ----------
    size : ndarray of float64, shape (K,)
        Independent rows or folds n; NaN comes back where n <= 1.
    part : ndarray of float64, shape (K,)
        Standard deviation of the number in proportion to it, s.
    link : str
        As for `scaled_interval`.

    Notes
    -----
    Degrees of freedom d are those of a variance guessed from n values of excess kurtosis g, 1/d = 1/(n - 1) + g/(2 n),
    but not less than 4 for that reason. Losses are taken for gamma variables: their g is 6 n s^2, and 1.5 n s^2 for
    the difference of two groups. Formula: F. E. Satterthwaite (1946), Biometrics Bulletin 2, 110-114.

    Examples
    --------
    >>> student_quantile(np.array([101.0, 1.0])).round(3), student_quantile(np.array([101.0]), 0.1, "reciprocal")
    (array([1.984,   nan]), array([2.05953855]))
    """
    most = np.where(np.asarray(size) > 1, size - 1.0, np.nan)
    degrees = 1 / (1 / most + LEAN[link] * np.where(np.isfinite(part), part, 0.0) ** 2)
    return scipy.special.stdtrit(np.maximum(degrees, np.minimum(most, 4.0)), (1 + CI_LEVEL) / 2)


def scaled_interval(value, deviation, size, link):
    """Return the interval of a number on a scale that suits it.

    Parameters
    ----------
    value, deviation, size : ndarray of float64, shape (K,)
        A number, its standard deviation, and how many independent rows or folds both rest on.
    link : {"identity", "log", "reciprocal"}
        "reciprocal" for averages of losses: their distribution leans to the right and their variance is guessed too
        low exactly where they are too low themselves. Past half of 1 / `value` the upper end goes on along the tangent,
        since the scale has an end.

    Returns
    -------
    low, high : ndarray of float64, shape (K,)
        They enclose `value`.

    Examples
    --------
    >>> ten, two, many = np.array([10.0]), np.array([2.0]), np.array([1e6])
    >>> [tuple(end.round(2).tolist() for end in scaled_interval(ten, two, many, link))
    ...  for link in ("identity", "log", "reciprocal")]
    [([6.08], [13.92]), ([6.33], [15.81]), ([6.86], [18.45])]
    """
    with np.errstate(over="ignore", invalid="ignore"):
        part = np.divide(deviation, value, out=np.where(value == 0, deviation, np.nan), where=value > 0)
        quantile = student_quantile(size, part, link)
        if link == "identity":
            return value - quantile * deviation, value + quantile * deviation
        part = part * quantile
        if link == "log":
            return value * np.exp(-part), value * np.exp(part)
        return value / (1 + part), value * np.where(part < 0.5, 1 / (1 - np.minimum(part, 0.5)), 4 * part)


def fold_interval(value, left, held, link):
    """Return the delete-a-fold interval of a number, the jackknife taken on the scale itself.

    Parameters
    ----------
    value : ndarray of float64, shape (K,)
    left : ndarray of float64, shape (K, F)
        The number with each fold in turn left out.
    held : ndarray of float64, shape (K, F)
        Weight of the rows that each fold holds.
    link : str
        As for `scaled_interval`.

    Returns
    -------
    low, high : ndarray of float64, shape (K,)
        NaN for fewer than two folds with rows.

    Notes
    -----
    Where the number vanishes without one of the folds the jackknife is taken on the plain scale. Degrees of freedom
    are one less than the effective number of folds, (sum held)^2 / sum held^2, since few entities fill folds unevenly.

    Examples
    --------
    >>> low, high = fold_interval(np.array([2.0]), np.array([[1.9, 2.0, 2.1]]), np.ones((1, 3)), "identity")
    >>> low.round(3), high.round(3)
    (array([1.503]), array([2.497]))
    """
    nonempty = held > 0
    with np.errstate(over="ignore", invalid="ignore"):
        if link != "identity":
            part = np.divide(left, value[:, None], out=np.zeros_like(left), where=nonempty & (value > 0)[:, None])
            positive = np.where(nonempty, part > 0, True).all(axis=1)[:, None]
            safe = np.where(part > 0, part, 1.0)
            left = value[:, None] * np.where(positive, np.log(safe) if link == "log" else 1 / safe, part)
        variance, _ = fold_variance(left, nonempty)
        squares = (held**2).sum(axis=1)
        folds = np.divide(held.sum(axis=1) ** 2, squares, out=np.zeros_like(value), where=squares > 0)
        return scaled_interval(value, np.sqrt(variance), np.maximum(folds, 2.0), link)
