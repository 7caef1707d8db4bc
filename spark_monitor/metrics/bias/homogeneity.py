"""Whether the groups' rates differ at all."""

import numpy as np
import scipy


def homogeneity(rates):
    """Return the p-value of equal rates of all compared groups.

    Parameters
    ----------
    rates : GroupRates

    Returns
    -------
    ndarray of float64, shape (K,)
        In [0, 1]; 1 where the overall rate is 0 or 1; NaN where fewer than two groups are compared.

    Notes
    -----
    Pearson's chi-squared, whose distribution is scaled to the exact mean and variance that it has given the margins,
    so that it holds for small cells too. Moments: R. Dawson (1954), Biometrika 41, 280.

    Examples
    --------
    >>> from spark_monitor.metrics.bias.group_counts import GroupCounts
    >>> from spark_monitor.metrics.bias.group_rates import group_rates
    >>> counts = GroupCounts.of_confusion([[[[60, 0], [40, 0]]], [[[40, 0], [60, 0]]], [[[50, 0], [50, 0]]]])
    >>> homogeneity(group_rates(counts, "selection_rate")).round(4)
    array([0.0183])
    """
    share, size = np.where(rates.compared, rates.value, 0.0), np.where(rates.compared, rates.size, 0.0)
    total, groups = size.sum(axis=0), (size > 0).sum(axis=0)
    known = (groups > 1) & (total > 3)
    n = np.where(known, total, 4.0)
    p = np.where(known, (share * size).sum(axis=0) / n, 0.5)
    spread = p * (1 - p)
    gaps = (size * (share - p) ** 2).sum(axis=0)
    statistic = np.divide(gaps, spread, out=np.zeros(n.shape), where=spread > 0)
    mean, variance = _moments(n, spread, size, np.where(known, groups, 2))
    degrees = 2 * mean**2 / variance
    return np.where(known, scipy.special.chdtrc(degrees, statistic * degrees / mean), np.nan)


def equal_pair(share, size, other, other_size):
    """Return the two-sided p-value of two equal shares.

    Parameters
    ----------
    share, size, other, other_size : ndarray of float64
        Broadcast together.

    Returns
    -------
    ndarray of float64
        NaN where a share is, or where both sizes together are 3 or less.

    Notes
    -----
    Given the margins the hits of the first are hypergeometric; the gamma distribution of the same mean, variance and
    skewness (Pearson's type III) stands in for it, without a correction for continuity. The normal distribution
    would find rare hits in small groups three times too often at the levels that remain after a correction.

    Examples
    --------
    >>> equal_pair(np.array([0.6]), np.array([100]), np.array([0.4]), np.array([100])).round(4)
    array([0.0048])
    """
    known = ~np.isnan(share) & ~np.isnan(other) & (size + other_size > 3) & (size > 0) & (other_size > 0)
    n, m = (np.where(known, s, 10.0) for s in (size, other_size))
    total = n + m
    p = np.where(known, (np.nan_to_num(share) * n + np.nan_to_num(other) * m) / total, 0.5)
    spread = np.where((p > 0) & (p < 1), p * (1 - p), 0.25)
    scale = np.sqrt(n * spread * m / (total - 1))
    z = np.where(known & (p > 0) & (p < 1), n * (np.nan_to_num(share) - p) / scale, 0.0)
    skew = (1 - 2 * p) * (m - n) * np.sqrt(total - 1) / (np.sqrt(n * spread * m) * (total - 2))
    # A gamma distribution of no skewness has an infinite shape.
    skew, z = np.maximum(np.abs(skew), 1e-3), np.where(skew < 0, -z, z)
    shape = 4 / skew**2
    place = np.maximum(shape + 2 * z / skew, 0.0)
    tail = np.minimum(scipy.special.gammainc(shape, place), scipy.special.gammaincc(shape, place))
    return np.where(known, np.minimum(2 * tail, 1.0), np.nan)


def _moments(n, spread, size, groups):
    """Return mean and variance of chi-squared of a 2 x G table given its margins."""
    inverse = (1 / np.where(size > 0, size, np.inf)).sum(axis=0)
    v1, v2 = (n - 2) / (n - 1), (groups - 1) * (n - groups) / (n - 1)
    # A rate of 0 or 1 has a statistic of 0, whatever its moments.
    w1 = (np.divide(1, spread, out=np.full(n.shape, 4.0), where=spread > 0) - 4) / (n - 2)
    w2 = (n * inverse - groups**2) / (n - 2)
    variance = 2 * n / (n - 3) * (v1 - w1) * (v2 - w2) + n**2 / (n - 1) * w1 * w2
    mean = n * (groups - 1) / (n - 1)
    return mean, np.maximum(variance, mean**2 / groups / 8)
