"""Which of thousands of tests of one window are discoveries, so that few of them are false?"""

import numpy as np
from scipy import special

FEWEST = 20
MEDIAN = special.chdtri(1, 0.5)
LEAST_KNOWN, CALMED_BY_WINDOWS = 3.0, 6.0
SMALLEST = 1e-300


def calmed(p, tested, windows):
    """Return p-values such that half of those of a window are above a half, where more of them are small.

    If most features of a window are further out than usual, then what is usual was not known well enough: the reference
    was short, or the season another. The excess is divided out: up to 1.7 standard deviations for one after three
    windows, and ever less the more windows are known, so that a failure of most columns still shows.

    Parameters
    ----------
    p : ndarray of float64, shape (n,)
    tested : ndarray of bool, shape (n,)
        The tests that the median is of; fewer than twenty say nothing.
    windows : float
        How many windows what is usual rests on.

    References
    ----------
    Devlin, B. and Roeder, K. (1999), Genomic control for association studies, Biometrics 55, 997.

    Examples
    --------
    >>> calmed(np.full(20, 0.3), np.full(20, True), windows=3.0)[:2].round(6)
    array([0.5, 0.5])
    """
    if tested.sum() < FEWEST:
        return p
    deviation = special.chdtri(1, np.maximum(p, SMALLEST))
    most = 1 + CALMED_BY_WINDOWS / max(windows, LEAST_KNOWN)
    factor = np.clip(np.median(deviation[tested]) / MEDIAN, 1.0, most)
    return p if factor == 1.0 else special.chdtrc(1, deviation / factor)


def q_values(p, feature):
    """Return the false discovery rate at which each test becomes a discovery, a feature's tests being one family.

    A feature's tests, overall and by segment, are combined first, so that a shift in one small segment can be found
    and a shift everywhere counts once; within a feature that is found, segments are found at a level that allows for
    how many features were.

    Parameters
    ----------
    p : ndarray of float64, shape (n,)
    feature : ndarray of int, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n,)
        Discoveries at level q are the tests whose number is at most q.

    References
    ----------
    Simes, R. J. (1986), Biometrika 73, 751. Benjamini, Y. and Hochberg, Y. (1995), Journal of the Royal Statistical
    Society B 57, 289. Benjamini, Y. and Bogomolov, M. (2014), Selective inference on multiple families of hypotheses,
    Journal of the Royal Statistical Society B 76, 297.

    Examples
    --------
    >>> q_values(np.array([0.001, 0.5, 0.3, 0.9]), np.array([0, 0, 1, 1])).round(3)
    array([0.004, 0.6  , 0.6  , 0.9  ])
    """
    if not len(p):
        return p.copy()
    names, family = np.unique(feature, return_inverse=True)
    inside = adjusted(p, family)
    combined = np.full(len(names), np.inf)
    np.minimum.at(combined, family, inside)
    across = adjusted(combined, np.zeros(len(names), np.int64))
    # At level q with r features found, tests of them are found whose adjusted p-value is at most q r / names.
    steps, count = np.sort(across), np.arange(1, len(names) + 1)
    reached = np.append(steps[1:], np.inf) * count / len(names)
    at = np.searchsorted(reached, inside)
    level = np.maximum(steps[at], inside * len(names) / count[at])
    return np.minimum(np.maximum(across[family], level), 1.0)


def adjusted(p, family):
    """Return p-values adjusted by Benjamini and Hochberg within each family; the least of a family is Simes' p-value.

    Parameters
    ----------
    p : ndarray of float64, shape (n,)
    family : ndarray of int, shape (n,)

    Examples
    --------
    >>> adjusted(np.array([0.01, 0.04, 0.03, 0.5]), np.array([0, 0, 0, 1]))
    array([0.03, 0.04, 0.04, 0.5 ])
    """
    order = np.lexsort((p, family))
    begins = np.flatnonzero(np.diff(family[order], prepend=-1))
    sizes = np.diff(np.append(begins, len(order)))
    place, rank = np.repeat(np.arange(len(sizes)), sizes), np.arange(len(order)) - np.repeat(begins, sizes)
    # A family a row, so that none is looked at with another; all families are of about one size here.
    scaled = np.full((len(sizes), sizes.max(initial=0)), np.inf)
    scaled[place, rank] = p[order] * sizes[place] / (rank + 1)
    least = np.minimum.accumulate(scaled[:, ::-1], axis=1)[:, ::-1]
    out = np.empty(len(p))
    out[order] = np.minimum(least[place, rank], 1.0)
    return out
