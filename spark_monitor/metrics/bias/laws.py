"""How the rates of groups scatter by chance: as shares of rows do, as means do, or as means of losses do."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.bias.homogeneity import equal_pair, homogeneity
from spark_monitor.metrics.bias.intervals import mover
from spark_monitor.metrics.bias.measures import MEASURES


@dataclass(frozen=True)
class Law:
    """What follows from the way in which numbers scatter.

    Parameters
    ----------
    measures : Catalogue of Measure
        Their limits take numbers and their sizes, see `GroupRates`.
    equal_pair : callable
        From (value, size, other, other_size) to the p-value of two equal numbers.
    homogeneity : callable
        From `GroupRates` to the p-value of equal numbers of all compared groups.
    draw : callable
        From (overall, size, normal deviates) to numbers drawn around the overall one.
    variance : callable
        From (value, size, guess) to the variance of a number; `guess` is what it is by other evidence.
    variance_if_equal : callable
        From (value, size, other_size) to the variance of the difference of two numbers whose common value is known.
    """

    measures: Catalogue
    equal_pair: Callable
    homogeneity: Callable
    draw: Callable
    variance: Callable
    variance_if_equal: Callable


def draw_shares(overall, size, z):
    """Return shares of binomial counts around a share, by their Cornish-Fisher expansion.

    Examples
    --------
    >>> draw_shares(np.array([0.3]), np.array([100.0]), np.array([-1.0, 0.0, 1.0]))
    array([0.25, 0.3 , 0.35])
    """
    count = size * overall + z * np.sqrt(size * overall * (1 - overall)) + (1 - 2 * overall) * (z**2 - 1) / 6
    return np.clip(np.rint(count), 0, size) / size


def draw_means(overall, size, z):
    """Return normal means around a mean, of variance 1 / `size`."""
    return overall + z / np.sqrt(size)


def variance_of_share(value, size, guess):
    """Return p (1 - p) / n, where one more row at `guess` counts so that it is never 0 beside others that are not."""
    p = (value * size + guess) / (size + 1)
    return p * (1 - p) / size


def variance_of_equal_shares(value, size, other_size):
    """Return the variance of the difference of two equal shares given all hits of both: hypergeometric.

    Examples
    --------
    >>> variance_of_equal_shares(np.array([0.5]), np.array([2.0]), np.array([3.0])).round(4)
    array([0.2604])
    """
    rows = size + other_size
    return value * (1 - value) * rows / (size * other_size) * rows / np.maximum(rows - 1, 1)


def variance_of_mean(value, size, guess):
    """Return 1 / size, whatever the mean."""
    return _inverse(size)


def variance_of_equal_means(value, size, other_size):
    """Return the variance of the difference of two means of variance 1 / size."""
    return _inverse(size) + _inverse(other_size)


def gap_of_means(value, size, other, other_size, z):
    """Return the normal interval of the difference of two means of variance 1 / size.

    Examples
    --------
    >>> low, high = gap_of_means(np.array([3.0]), np.array([4.0]), np.array([2.0]), np.array([4.0]), 2.0)
    >>> low.round(3), high.round(3)
    (array([-0.414]), array([2.414]))
    """
    half = z * np.sqrt(_inverse(size) + _inverse(other_size))
    return value - other - half, value - other + half


def gap_of_losses(value, size, other, other_size, z):
    """Return the interval of the difference of two positive means, from the log interval of each.

    A mean loss that is low by chance comes with a variance that is: on its own scale it would seem too sure.
    """
    ends = [(mean * np.exp(-half), mean * np.exp(half)) for mean, half in (
        (value, z * _log_deviation(value, size)), (other, z * _log_deviation(other, other_size)))]
    return mover(value, *ends[0], other, *ends[1])


def equal_losses(value, size, other, other_size):
    """Return the two-sided p-value of two equal positive means of variance 1 / size, on the log scale."""
    both = (value > 0) & (other > 0)
    gap = np.log(np.where(both, value, np.nan)) - np.log(np.where(both, other, np.nan))
    deviation = np.hypot(_log_deviation(value, size), _log_deviation(other, other_size))
    return 2 * scipy.special.ndtr(-np.abs(gap) / deviation)


def ratio_of_means(value, size, other, other_size, z):
    """Return the interval of the ratio of two positive means of variance 1 / size, normal on the log scale."""
    both = (value > 0) & (other > 0)
    value, other = np.where(both, value, np.nan), np.where(both, other, np.nan)
    half = z * np.hypot(_log_deviation(value, size), _log_deviation(other, other_size))
    centre = np.log(value / other)
    return np.exp(centre - half), np.exp(centre + half)


def equal_means(value, size, other, other_size):
    """Return the two-sided p-value of two equal means of variance 1 / size, by the normal distribution.

    Examples
    --------
    >>> equal_means(np.array([3.0]), np.array([4.0]), np.array([2.0]), np.array([4.0])).round(4)
    array([0.1573])
    """
    z = (value - other) / np.sqrt(_inverse(size) + _inverse(other_size))
    return 2 * scipy.special.ndtr(-np.abs(z))


def homogeneity_of_means(rates):
    """Return the p-value of equal means of all compared groups, shape (K,); NaN where fewer than two are.

    Formula: chi-squared of deviations from the mean that is weighted by 1 / variance: W. G. Cochran (1937), "Problems
    arising in the analysis of a series of similar experiments", JRSS Supplement 4, 102-118.
    """
    size = np.where(rates.compared, rates.size, 0.0)
    total, mean = size.sum(axis=0), np.where(rates.compared, rates.value, 0.0)
    known = (rates.groups > 1) & (total > 0)
    centre = np.divide((size * mean).sum(axis=0), total, out=np.zeros(total.shape), where=known)
    statistic = (size * (mean - centre) ** 2).sum(axis=0)
    return np.where(known, scipy.special.chdtrc(np.maximum(rates.groups - 1, 1), statistic), np.nan)


def _log_deviation(value, size):
    """Return the standard deviation of the logarithm of a positive mean of variance 1 / size."""
    value = np.asarray(value, float)
    return np.sqrt(_inverse(size)) / np.where(value > 0, value, np.nan)


def _inverse(size):
    size = np.asarray(size, float)
    return np.divide(1, size, out=np.full(size.shape, np.nan), where=size > 0)


SHARES = Law(MEASURES, equal_pair, homogeneity, draw_shares, variance_of_share, variance_of_equal_shares)
MEANS = Law(Catalogue(replace(MEASURES["difference"], limits=gap_of_means, ci_method="normal")),
            equal_means, homogeneity_of_means, draw_means, variance_of_mean, variance_of_equal_means)
MEAN_LOSSES = replace(MEANS, equal_pair=equal_losses, measures=Catalogue(
    replace(MEASURES["difference"], limits=gap_of_losses, ci_method="normal_log"),
    replace(MEASURES["ratio"], limits=ratio_of_means, ci_method="normal_log")))
