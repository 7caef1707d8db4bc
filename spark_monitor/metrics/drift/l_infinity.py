"""By how much the share of the cell that changed most has changed."""

import numpy as np

from spark_monitor.metrics.drift.shares import shares_of
from spark_monitor.metrics.no_change import mean_of_largest
from spark_monitor.metrics.spec import DriftStatistic, Estimate


def largest_difference(current, reference):
    """Compute the largest difference of shares, max |p - q|, over the coarse cells.

    Parameters
    ----------
    current, reference : Histograms
        K histograms each on the same bins.

    Returns
    -------
    Estimate
        Arrays of shape (K,), shares of rows, in [0, 1]; NaN where a side is empty. No p-value.

    Notes
    -----
    `expected` takes the p - q of the cells as independent normal variables with variance (1/n + 1/m) r (1 - r), r the
    share of both sides together (`mean_of_largest`). Two cells mirror each other and count as one.

    References
    ----------
    Breck, E. et al. (2019), Data validation for machine learning, MLSys.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> reference = Histograms.of_counts([[50, 30, 20]])
    >>> current = Histograms.of_counts([[25, 30, 45]])
    >>> largest_difference(current, reference).value
    array([0.25])
    """
    shares = shares_of(current, reference)
    value = np.abs(shares.current - shares.reference).max(axis=-1)
    return Estimate(value, expected=_expected_largest(shares))


def _expected_largest(shares):
    pooled = shares.pooled
    spread = np.sqrt(shares.kappa[:, None] * pooled * (1 - pooled))
    first = np.arange(spread.shape[-1]) == np.nan_to_num(pooled).argmax(axis=-1)[:, None]
    return mean_of_largest(np.where((shares.freedom == 1)[:, None] & ~first, 0.0, spread))


L_INFINITY = DriftStatistic(
    name="l_infinity",
    compute=largest_difference,
    formula="max |p - q|",
    source="Breck et al. (2019), Data validation for machine learning",
    upper=1.0,
    symmetric=True,
    alarm_level=0.1,
)
