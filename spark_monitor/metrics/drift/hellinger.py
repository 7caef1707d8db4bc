"""How far apart two histograms are by the Hellinger distance, from 0 (equal) to 1 (nothing in common)."""

import numpy as np

from spark_monitor.metrics.drift.shares import shares_of
from spark_monitor.metrics.no_change import mean_of_chi
from spark_monitor.metrics.spec import DriftStatistic, Estimate


def hellinger_distance(current, reference):
    """Compute the Hellinger distance, sqrt(sum (sqrt p - sqrt q)^2 / 2), over the coarse cells.

    Parameters
    ----------
    current, reference : Histograms
        K histograms each on the same bins.

    Returns
    -------
    Estimate
        Arrays of shape (K,), no unit, in [0, 1]; NaN where a side is empty. `expected` is the mean of a chi variable
        with B - 1 degrees of freedom times sqrt((1/n + 1/m) / 8); `p_value` is Pearson's.

    References
    ----------
    Hellinger, E. (1909), Journal fuer die reine und angewandte Mathematik 136, 210.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> reference = Histograms.of_counts([[50, 50], [10, 0]])
    >>> current = Histograms.of_counts([[25, 75], [0, 10]])
    >>> hellinger_distance(current, reference).value.round(4)
    array([0.1846, 1.    ])
    """
    shares = shares_of(current, reference)
    square = ((np.sqrt(shares.current) - np.sqrt(shares.reference)) ** 2).sum(axis=-1) / 2
    expected = mean_of_chi(shares.freedom) * np.sqrt(shares.kappa / 8)
    return Estimate(np.sqrt(np.minimum(square, 1.0)), expected=expected, p_value=shares.p_value)


HELLINGER = DriftStatistic(
    name="hellinger",
    compute=hellinger_distance,
    formula="sqrt(sum (sqrt p - sqrt q)^2 / 2)",
    source="Hellinger (1909)",
    upper=1.0,
    symmetric=True,
    alarm_level=0.1,
)
