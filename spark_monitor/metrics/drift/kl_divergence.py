"""How many nats are lost when the reference stands in for the current histogram (Kullback-Leibler)."""

import numpy as np
import scipy

from spark_monitor.metrics.drift.shares import shares_of
from spark_monitor.metrics.spec import DriftStatistic, Estimate


def kullback_leibler(current, reference):
    """Compute the Kullback-Leibler divergence of current from reference, sum p ln(p / q), in nats.

    Parameters
    ----------
    current, reference : Histograms
        K histograms each on the same bins.

    Returns
    -------
    Estimate
        Arrays of shape (K,) in nats; NaN where a side is empty. `expected` is (1/n + 1/m) (B - 1) / 2 with B cells
        that are not empty; `p_value` is Pearson's.

    Notes
    -----
    A cell that is empty on one side counts as half a row there, other cells are left alone. The shares then add up
    to a little over 1; Csiszar's form sum p ln(p / q) - p + q, the same number for shares that add up to 1, keeps
    the value from falling below 0.

    References
    ----------
    Kullback, S. and Leibler, R. A. (1951), Annals of Mathematical Statistics 22, 79. Csiszar, I. (1991), Annals of
    Statistics 19, 2032.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> reference = Histograms.of_counts([[50, 50]])
    >>> current = Histograms.of_counts([[25, 75]])
    >>> kullback_leibler(current, reference).value.round(4)
    array([0.1308])
    """
    shares = shares_of(current, reference)
    p, q = shares.with_half_rows()
    value = np.maximum(scipy.special.kl_div(p, q).sum(axis=-1), 0.0)
    return Estimate(value, expected=shares.kappa * shares.freedom / 2, p_value=shares.p_value)


KL_DIVERGENCE = DriftStatistic(
    name="kl_divergence",
    compute=kullback_leibler,
    formula="sum p ln(p / q)",
    source="Kullback and Leibler (1951)",
    alarm_level=0.1,
    unit="nats",
)
