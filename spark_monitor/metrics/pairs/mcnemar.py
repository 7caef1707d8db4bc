"""How surprising it is that one of two versions is right so much more often where only one of them is."""

import numpy as np
import scipy

from spark_monitor.metrics.performance.closed_forms import ratio


def mcnemar_exact(only_first, only_second):
    """Return the exact conditional McNemar test's two-sided p-value.

    Parameters
    ----------
    only_first, only_second : ndarray of float64, shape (K,)
        Rows where only the first, and only the second, version is right; effective counts may be no integers.

    Returns
    -------
    ndarray of float64, shape (K,)
        1 where no row tells the versions apart.

    Notes
    -----
    Q. McNemar (1947), Psychometrika 12, 153-157, with the binomial distribution.

    Examples
    --------
    >>> mcnemar_exact(np.array([1.0]), np.array([7.0])).round(4)
    array([0.0703])
    """
    fewer, rows = np.minimum(only_first, only_second), only_first + only_second
    return np.minimum(2 * _at_most(fewer, rows), 1)


def mcnemar_mid_p(only_first, only_second):
    """Return McNemar's mid-p value: the exact one less the chance of the very table.

    Parameters and result as for `mcnemar_exact`, which errs on the safe side by far more.

    Notes
    -----
    M. Fagerland, S. Lydersen and P. Laake (2013), BMC Medical Research Methodology 13:91.

    Examples
    --------
    >>> mcnemar_mid_p(np.array([1.0]), np.array([7.0])).round(4)
    array([0.0391])
    """
    fewer, rows = np.minimum(only_first, only_second), only_first + only_second
    ways = scipy.special.gammaln(rows + 1) - scipy.special.gammaln(fewer + 1) - scipy.special.gammaln(rows - fewer + 1)
    chance = np.exp(ways - rows * np.log(2))
    return np.minimum(2 * _at_most(fewer, rows) - chance, 1)


def _at_most(count, rows):
    """Return the chance of at most `count` of `rows` heads; for numbers that are no integers, between those."""
    inside = rows - count > 0
    return np.where(inside, scipy.special.betainc(np.where(inside, rows - count, 1), count + 1, 0.5), 1.0)


def weighted_mid_p(only_first, only_second, squares):
    """Return McNemar's mid-p value of rows with weights, from their effective number.

    Parameters
    ----------
    only_first, only_second : ndarray of float64, shape (K,)
        Sums of weights where only one version is right.
    squares : ndarray of float64, shape (K,)
        Sum of squared weights of both.

    Examples
    --------
    >>> weighted_mid_p(np.array([2.0]), np.array([14.0]), np.array([32.0])).round(4)
    array([0.0391])
    """
    worth = np.nan_to_num(ratio(only_first + only_second, squares))
    return mcnemar_mid_p(only_first * worth, only_second * worth)
