"""How sure a difference or a ratio of two shares is, one pair alone or several pairs at once."""

from functools import lru_cache
from statistics import NormalDist

import numpy as np
import scipy

from spark_monitor.metrics.intervals import CI_LEVEL, wilson_interval

Z = NormalDist().inv_cdf((1 + CI_LEVEL) / 2)


def wilson_limits(share, size, z=Z):
    """Return Wilson's limits at z standard errors, where z may be an array; see `wilson_interval`."""
    # Wilson's limits depend on size / z^2 alone.
    return wilson_interval(share, size * (Z / z) ** 2)


def newcombe(share, size, other, other_size, z=Z):
    """Return the hybrid score interval of `share` - `other`, two shares of independent rows.

    Parameters
    ----------
    share, size, other, other_size : ndarray of float64
        Shares in [0, 1] and their effective sizes; broadcast together.
    z : float or ndarray
        Standard errors; `sidak` and `tukey` give those for several pairs at once.

    Returns
    -------
    low, high : ndarray
        They enclose the difference and stay in [-1, 1]; NaN where a share is NaN or a size 0.

    Notes
    -----
    Formula: R. Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.

    Examples
    --------
    >>> low, high = newcombe(np.array([56 / 70]), np.array([70]), np.array([48 / 80]), np.array([80]))
    >>> low.round(4), high.round(4)
    (array([0.0524]), array([0.3339]))
    """
    return mover(share, *wilson_limits(share, size, z), other, *wilson_limits(other, other_size, z))


def mover(value, low, high, other, other_low, other_high):
    """Return the interval of `value` - `other` from the interval of each (method of variance estimates recovery).

    Formula: A. Donner, G. Zou (2012), Statistical Methods in Medical Research 21, 347-359.
    """
    gap = value - other
    return gap - np.hypot(value - low, other_high - other), gap + np.hypot(high - value, other - other_low)


def katz(share, size, other, other_size, z=Z):
    """Return the log interval of `share` / `other`, two shares of independent rows.

    Parameters
    ----------
    share, size, other, other_size, z
        As for `newcombe`.

    Returns
    -------
    low, high : ndarray
        At least 0, they enclose the ratio. A share of 0 or 1 counts with half a row more on either side; the low
        end is 0 where `share` is, the high end infinite where `other` is 0. NaN where a share is NaN or a size 0.

    Notes
    -----
    Formula: D. Katz et al. (1978), Biometrics 34, 469-474; half rows as S. Walter (1975), Biometrika 62, 371-374,
    and J. Haldane (1956).

    Examples
    --------
    >>> low, high = katz(np.array([0.21]), np.array([1000]), np.array([0.3]), np.array([1000]))
    >>> low.round(4), high.round(4)
    (array([0.6007]), array([0.8157]))
    """
    (log, variance), (other_log, other_variance) = _log_share(share, size), _log_share(other, other_size)
    centre, half = log - other_log, z * np.sqrt(variance + other_variance)
    known = np.asarray(other) > 0
    ratio = np.divide(share, other, out=np.full(centre.shape, np.inf), where=known)
    low = np.minimum(np.exp(centre - half), ratio)
    # Infinity only where `other` is 0, so that a NaN of a share stays one.
    return np.where(np.equal(share, 0), 0 * low, low), np.where(np.equal(other, 0), np.inf + low,
                                                                np.maximum(np.exp(centre + half), ratio))


def _log_share(share, size):
    """Return log share and its variance (1 - p) / (n p), with half a row more on either side at 0 and 1."""
    size = np.where(np.asarray(size) > 0, size, np.nan)
    half = np.where((share == 0) | (share == 1), 0.5, 0.0)
    size, hits = size + 2 * half, share * size + half
    p = hits / size
    return np.log(p), (1 - p) / hits


def sidak(pairs, together=1):
    """Return the standard errors at which as many intervals all hold at once at `CI_LEVEL`.

    Parameters
    ----------
    pairs : array_like of int
        At least 1; smaller counts as 1.
    together : int
        How many such families of intervals hold at once.

    Examples
    --------
    >>> sidak([1, 15]).round(3)
    array([1.96 , 2.928])
    """
    return scipy.special.ndtri((1 + CI_LEVEL ** (1 / (together * np.maximum(pairs, 1)))) / 2)


def tukey(groups, together=1):
    """Return the standard errors at which the intervals of all pairs of groups hold at once at `CI_LEVEL`.

    Parameters
    ----------
    groups : array_like of int
        At least 2; smaller counts as 2.
    together : int
        How many such families of intervals hold at once.

    Notes
    -----
    The studentised range's quantile over sqrt(2), which is conservative where sizes differ: A. Hayter (1984),
    Annals of Statistics 12, 61-75.

    Examples
    --------
    >>> tukey([2, 15]).round(3)
    array([1.96 , 3.391])
    """
    found, place = np.unique(np.maximum(groups, 2), return_inverse=True)
    level = CI_LEVEL ** (1 / together)
    return np.array([_range_quantile(int(count), level) for count in found])[place].reshape(np.shape(groups))


@lru_cache(maxsize=256)
def _range_quantile(groups, level):
    """Return the `level` quantile of the range of as many standard normal variables, over sqrt(2)."""
    x = np.linspace(-9, 9, 2001)
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)

    def beyond(q):
        between = (scipy.special.ndtr(x + q) - scipy.special.ndtr(x)) ** (groups - 1)
        return level - groups * scipy.integrate.simpson(density * between,
                                                  x=x)

    return scipy.optimize.brentq(beyond, 1.0, 12.0) / np.sqrt(2)
