"""How sure a share or a mean is, given how many rows it rests on."""

from statistics import NormalDist

import numpy as np

from spark_monitor.metrics.spec import Estimate

CI_LEVEL = 0.95


def wilson_interval(share, size, level=CI_LEVEL):
    """Return Wilson's score interval of a share.

    Parameters
    ----------
    share : ndarray of float64, shape (K,)
        In [0, 1]; NaN where undefined.
    size : ndarray of float64, shape (K,)
        Rows that the share was taken of, or the effective sample size of weighted rows.
    level : float
        Confidence level.

    Returns
    -------
    low, high : ndarray of float64, shape (K,)
        They enclose `share` and stay in [0, 1]; NaN where `share` is NaN or `size` is 0.

    Notes
    -----
    The interval holds for independent rows. It is never empty, not even at a share of 0 or 1. Formula: E. B. Wilson
    (1927), "Probable inference, the law of succession, and statistical inference", JASA 22, 209-212.

    Examples
    --------
    >>> low, high = wilson_interval(np.array([0.1]), np.array([50.0]))
    >>> low.round(4), high.round(4)
    (array([0.0435]), array([0.2136]))
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    size = np.where(np.asarray(size) > 0, size, np.nan).astype(float)
    scale = 1 + z**2 / size
    middle = (share + z**2 / (2 * size)) / scale
    half = z / scale * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    # At 0 and 1 the interval ends exactly there, which rounding alone would miss.
    return np.clip(middle - half, 0, share), np.clip(middle + half, share, 1)


def mean_interval(mean, deviation, size, level=CI_LEVEL):
    """Return the normal interval of a mean: `mean` -+ z `deviation` / sqrt(`size`).

    Parameters
    ----------
    mean, deviation : ndarray of float64, shape (K,)
        Mean and sample standard deviation.
    size : ndarray, shape (K,)
        Rows; independent ones.
    level : float
        Confidence level.

    Returns
    -------
    low, high : ndarray of float64, shape (K,)
        In the units of `mean`; NaN where `deviation` is, as it is for a single row.

    Examples
    --------
    >>> low, high = mean_interval(np.array([10.0]), np.array([2.0]), np.array([100]))
    >>> low.round(3), high.round(3)
    (array([9.608]), array([10.392]))
    """
    half = NormalDist().inv_cdf((1 + level) / 2) * deviation / np.sqrt(np.where(np.asarray(size) > 0, size, np.nan))
    return mean - half, mean + half


def share_estimate(part, whole, size, rows, reason="no_rows"):
    """Return `part` / `whole` as an `Estimate` with its Wilson interval.

    Parameters
    ----------
    part, whole : ndarray, shape (K,)
        Rows, or sums of weights.
    size : ndarray, shape (K,)
        Effective sample size, for the interval.
    rows : ndarray, shape (K,)
        Rows, whatever their weights.
    reason : str
        What a NaN means: `whole` is 0, or `part` is not known.

    Examples
    --------
    >>> share_estimate(np.array([1, 0]), np.array([4, 0]), np.array([4, 0]), np.array([4, 0])).value
    array([0.25,  nan])
    """
    part, whole = np.asarray(part, float), np.asarray(whole, float)
    share = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    low, high = wilson_interval(share, size)
    return Estimate(share, low, high, error_bound=np.where(np.isnan(share), np.nan, 0.0), sample_size=rows,
                    ci_method="wilson", ci_level=CI_LEVEL, reason=reason)
