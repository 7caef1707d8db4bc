"""Which value do a series' windows pass at most at a wanted rate, for sure as far as their number allows?"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Passed:
    """A value that is rarely passed, and what it rests on.

    Parameters
    ----------
    value : float
    confidence : float
        How surely later windows pass it at most at the wanted rate.
    windows : int
        How many values it rests on.
    """

    value: float
    confidence: float
    windows: int


def least_windows(rate):
    """Return how many windows a rate needs for one alarm to be expected in them: of fewer nothing is derived.

    Examples
    --------
    >>> least_windows(0.05), least_windows(0.03)
    (20, 34)
    """
    return int(np.ceil(1 / rate - 1e-9))


def rank_of(windows, rate, confidence=CONFIDENCE):
    """Return which value in ascending order, from 1, is rarely passed, and with which confidence.

    Parameters
    ----------
    windows : int
        How many values there are.
    rate : float
        Wanted share of later windows that pass it.
    confidence : float
        Wanted; the largest value is taken where none has it.

    Returns
    -------
    rank : int
    confidence : float

    Notes
    -----
    The r-th of n values in ascending order is at least the quantile 1 - rate of their distribution, whatever that is,
    with probability P(B <= r - 1), B binomial of n and 1 - rate: it is so where fewer than r values lie below the
    quantile (S. S. Wilks, Determination of sample sizes for setting tolerance limits, Annals of Mathematical Statistics
    12, 1941). The smallest such r is taken. It holds for independent windows; where neighbours are alike n is worth
    less.

    Examples
    --------
    >>> rank, confidence = rank_of(59, 0.05)
    >>> rank, round(confidence, 3)
    (59, 0.952)
    >>> rank_of(93, 0.05)[0]
    92
    """
    below = stats.binom.cdf(np.arange(windows), windows, 1 - rate)
    rank = min(int(np.searchsorted(below, confidence)) + 1, windows)
    return rank, float(below[rank - 1])


def rarely_passed(values, rate, confidence=CONFIDENCE):
    """Return the value that later windows rarely lie above; None where there are too few to say.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        One a window.
    rate : float
        Above 0, below 1.
    confidence : float

    Returns
    -------
    Passed or None

    Examples
    --------
    >>> rarely_passed(np.arange(100.0), 0.05).value
    98.0
    >>> rarely_passed(np.arange(19.0), 0.05) is None
    True
    """
    if len(values) < least_windows(rate):
        return None
    rank, reached = rank_of(len(values), rate, confidence)
    return Passed(float(np.partition(values, rank - 1)[rank - 1]), reached, len(values))
