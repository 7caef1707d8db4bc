"""Which share of the rows would have to change cell to turn one histogram into the other."""

import numpy as np

from spark_monitor.metrics.drift.shares import shares_of
from spark_monitor.metrics.spec import DriftStatistic, Estimate


def total_variation_distance(current, reference):
    """Compute the total variation distance, sum |p - q| / 2, over the coarse cells.

    Parameters
    ----------
    current, reference : Histograms
        K histograms each on the same bins.

    Returns
    -------
    Estimate
        Arrays of shape (K,), shares of rows, in [0, 1]; NaN where a side is empty. `expected` takes p - q of each
        cell as normal with variance (1/n + 1/m) r (1 - r), r the share of both sides together: the sum of
        sqrt(2/pi) times its deviation, halved. No p-value.

    References
    ----------
    Levin, D. A. and Peres, Y. (2017), Markov Chains and Mixing Times, chapter 4.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> reference = Histograms.of_counts([[50, 50]])
    >>> current = Histograms.of_counts([[25, 75]])
    >>> total_variation_distance(current, reference).value
    array([0.25])
    """
    shares = shares_of(current, reference)
    value = np.abs(shares.current - shares.reference).sum(axis=-1) / 2
    pooled = shares.pooled
    noise = np.sqrt(shares.kappa[:, None] * pooled * (1 - pooled)).sum(axis=-1)
    return Estimate(np.minimum(value, 1.0), expected=noise / np.sqrt(2 * np.pi))


TOTAL_VARIATION = DriftStatistic(
    name="total_variation",
    compute=total_variation_distance,
    formula="sum |p - q| / 2",
    source="Levin and Peres (2017), chapter 4",
    upper=1.0,
    symmetric=True,
    alarm_level=0.1,
)
