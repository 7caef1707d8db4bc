"""By how much the second of two versions is better or worse where they scored different rows: at equal shares."""

import numpy as np
import scipy

from spark_monitor.metrics.bias.intervals import mover
from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.closed_forms import NORMAL, ratio, sum_interval
from spark_monitor.metrics.spec import Estimate


def common_shares(first_rows, second_rows, usable):
    """Return the share of each segment value in both versions' rows together, over those usable on both sides.

    Parameters
    ----------
    first_rows, second_rows : ndarray of float64, shape (K, S)
        Rows, or sums of weights.
    usable : ndarray of bool, shape (K, S)

    Returns
    -------
    ndarray of float64, shape (K, S)
        Each row adds up to 1; NaN where nothing is usable.

    Examples
    --------
    >>> common_shares(np.array([[10.0, 30.0, 5.0]]), np.array([[40.0, 20.0, 0.0]]), np.array([[True, True, False]]))
    array([[0.5, 0.5, 0. ]])
    """
    both = np.where(usable, first_rows + second_rows, 0.0)
    return ratio(both, both.sum(axis=-1, keepdims=True))


def standardised_difference(first, second, first_rows, second_rows):
    """Return a metric's difference at common segment shares: the second version's less the first's.

    Parameters
    ----------
    first, second : Estimate
        Of a metric that is a mean over rows (a rate, a loss), of shape (K, S): by segment value.
    first_rows, second_rows : ndarray of float64, shape (K, S)
        Rows that the metric rests on, or sums of weights.

    Returns
    -------
    Estimate
        In units of the metric; `sample_size` and `reference_size` count the second's and the first's rows that are
        compared. Segment values where either side is undefined are left out. NaN where none is left
        ("no_common_segments").

    Notes
    -----
    Direct standardisation (P. Armitage, G. Berry, J. Matthews, 2002, "Statistical methods in medical research", section
    19.3) with the intervals of G. Zou and A. Donner (2008), Statistics in Medicine 27, 1693-1702. The p-value is that
    of the interval which ends at 0, taken as normal on that side.

    Examples
    --------
    >>> def side(share):
    ...     share = np.array([share])
    ...     return Estimate(share, share - 0.05, share + 0.05)
    >>> found = standardised_difference(side([0.6, 0.8]), side([0.7, 0.8]), np.array([[90, 10]]), np.array([[10, 90]]))
    >>> found.value.round(3), found.ci_method
    (array([0.05]), 'unpaired_standardised')
    """
    usable = ~np.isnan(first.value) & ~np.isnan(second.value)
    shares = common_shares(first_rows, second_rows, usable)
    none = np.isnan(shares).any(axis=-1)
    shares = np.nan_to_num(shares)
    sides = []
    for side in (second, first):
        values, low, high = (np.where(usable, x, 0.0) for x in (side.value, side.ci_low, side.ci_high))
        sides.append(((shares * values).sum(axis=-1), *sum_interval(values, (low, high), shares)))
    value = sides[0][0] - sides[1][0]
    low, high = mover(*sides[0], *sides[1])
    z = ratio(np.abs(value), np.where(value > 0, value - low, high - value)) * NORMAL
    p = np.where(value == 0, 1.0, scipy.special.erfc(np.where(np.isnan(z), np.inf, z) / np.sqrt(2)))
    value, low, high, p = (np.where(none, np.nan, x) for x in (value, low, high, p))
    rows, others = ((usable * part).sum(axis=-1) for part in (second_rows, first_rows))
    return Estimate(value, low, high, error_bound=np.where(none, np.nan, 0.0), p_value=p, sample_size=rows,
                    reference_size=others, ci_method="unpaired_standardised", ci_level=CI_LEVEL,
                    reasons=np.where(none, "no_common_segments", None))
