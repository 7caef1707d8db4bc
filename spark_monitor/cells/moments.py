"""Means and squared deviations of parts, merged into those of the whole."""

import numpy as np


@np.errstate(over="ignore", invalid="ignore")
def merge_moments(n, mean, m2, groups, size):
    """Return the means and squared deviations of groups, from those of their parts.

    Parameters
    ----------
    n : ndarray, shape (P,)
        Numbers in each part; all positive.
    mean, m2 : ndarray of float64, shape (P,)
        Mean, and sum of squared distances from it.
    groups : ndarray of int64, shape (P,)
        The group that each part goes to, in [0, size).
    size : int

    Returns
    -------
    mean, m2 : ndarray of float64, shape (size,)
        NaN for a group without parts, or where a moment is beyond floating point.

    Notes
    -----
    Merged around the group's mean (Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing
    sample variances", 1979), never as sums of squares; the mean is found in two steps, so that it is right to the last
    digits however far from zero it lies.

    Examples
    --------
    >>> mean, m2 = merge_moments(np.array([1, 3]), np.array([4.0, 0.0]), np.array([0.0, 2.0]), np.array([0, 0]), 1)
    >>> mean.tolist(), m2.tolist()
    ([1.0], [14.0])
    """
    n = np.asarray(n, float)
    total = np.bincount(groups, n, size)
    counted = total > 0
    first = np.divide(np.bincount(groups, n * mean, size), total, out=np.full(size, np.nan), where=counted)
    rest = np.bincount(groups, n * (mean - first[groups]), size)
    centre = np.add(first, np.divide(rest, total, out=np.zeros(size), where=counted), out=first, where=counted)
    deviation = np.bincount(groups, m2 + n * (mean - centre[groups]) ** 2, size)
    return centre, np.where(counted, deviation, np.nan)
