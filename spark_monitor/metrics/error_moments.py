"""How means and squared deviations of error and outcome are merged without losing digits."""

import numpy as np

MOMENTS = ("error_mean", "error_m2", "outcome_mean", "outcome_m2", "co_moment")
EXTREMES = ("error_min", "error_max", "outcome_min", "outcome_max")


def extremes_of(groups, size, error_min, error_max, outcome_min, outcome_max):
    """Return `EXTREMES` of each group of rows or parts, shape (size, 4); NaN for a group of none.

    Examples
    --------
    >>> e, y = np.array([1.0, -2.0]), np.array([5.0, 6.0])
    >>> extremes_of(np.array([0, 0]), 1, e, e, y, y)
    array([[-2.,  1.,  5.,  6.]])
    """
    ends = np.full((size, 4), np.nan)
    for place, (pick, values) in enumerate([(np.fmin, error_min), (np.fmax, error_max), (np.fmin, outcome_min),
                                            (np.fmax, outcome_max)]):
        pick.at(ends[:, place], groups, values)
    return ends


@np.errstate(over="ignore", invalid="ignore")
def pooled_moments(groups, size, weight, moments, extremes):
    """Return `MOMENTS` of each group of parts; a row is a part whose mean is itself and whose deviations are 0.

    Parameters
    ----------
    groups : ndarray of int64, shape (P,)
    size : int
    weight : ndarray of float64, shape (P,)
        Positive.
    moments : ndarray of float64, shape (P, 5)
        Known.
    extremes : ndarray of float64, shape (size, 4)
        Of the groups; a group of one value has it as mean and no deviation, to the bit.

    Returns
    -------
    ndarray of float64, shape (size, 5)
        NaN for a group of no parts.

    Notes
    -----
    Deviations are taken around the group's mean, never as sums of squares: T. F. Chan, G. H. Golub, R. J. LeVeque
    (1979), "Updating formulae and a pairwise algorithm for computing sample variances".

    Examples
    --------
    >>> parts = np.array([[1.0, 0.0, 5.0, 0.0, 0.0], [-2.0, 0.0, 6.0, 0.0, 0.0]])
    >>> pooled_moments(np.array([0, 0]), 1, np.ones(2), parts, np.array([[-2.0, 1.0, 5.0, 6.0]]))
    array([[-0.5,  4.5,  5.5,  0.5, -1.5]])
    """
    total = np.bincount(groups, weight, size)
    share = weight / total[groups]
    constant = extremes[:, 0::2] == extremes[:, 1::2]
    gaps, means = [], []
    for column, place in ((0, 0), (2, 1)):
        first = np.bincount(groups, share * moments[:, column], size)
        # The first mean is off by its rounding; the mean of what is left is not.
        mean = first + np.bincount(groups, share * (moments[:, column] - first[groups]), size)
        means.append(np.where(total > 0, np.where(constant[:, place], extremes[:, 2 * place], mean), np.nan))
        gaps.append(moments[:, column] - means[-1][groups])
    spread = [np.bincount(groups, moments[:, column] + weight * left * right, size)
              for column, left, right in ((1, gaps[0], gaps[0]), (3, gaps[1], gaps[1]), (4, gaps[0], gaps[1]))]
    still = (constant[:, 0], constant[:, 1], constant.any(axis=1))
    m2, n2, co = (np.where(total > 0, np.where(fixed, 0.0, value), np.nan) for fixed, value in zip(still, spread))
    return np.stack([means[0], m2, means[1], n2, co], axis=-1)
