"""How far apart two histograms are by the population stability index."""

import numpy as np

from spark_monitor.metrics.drift.shares import shares_of
from spark_monitor.metrics.spec import DriftStatistic, Estimate


def population_stability_index(current, reference):
    """Compute the population stability index, sum (p - q) ln(p / q) over the coarse cells.

    Parameters
    ----------
    current, reference : Histograms
        K histograms each on the same bins.

    Returns
    -------
    Estimate
        Arrays of shape (K,), no unit; NaN where a side is empty. `expected` is (1/n + 1/m) (B - 1) with B cells that
        are not empty; `p_value` is Pearson's.

    Notes
    -----
    p and q are shares of current and reference. A cell that is empty on one side counts as half a row there, other
    cells are left alone. Both directions of Kullback-Leibler divergence add up to it.

    References
    ----------
    Siddiqi, N. (2006), Credit Risk Scorecards. Yurdakul, B. and Naranjo, J. (2020), Statistical properties of the
    population stability index, Journal of Risk Model Validation 14(4).

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> reference = Histograms.of_counts([[50, 50]])
    >>> current = Histograms.of_counts([[25, 75]])
    >>> population_stability_index(current, reference).value.round(4)
    array([0.2747])
    """
    shares = shares_of(current, reference)
    p, q = shares.with_half_rows()
    ratio = np.divide(p, q, out=np.ones_like(p), where=q != 0)
    value = ((p - q) * np.log(ratio)).sum(axis=-1)
    return Estimate(value, expected=shares.kappa * shares.freedom, p_value=shares.p_value)


PSI = DriftStatistic(
    name="psi",
    compute=population_stability_index,
    formula="sum (p - q) ln(p / q)",
    source="Siddiqi (2006), Credit Risk Scorecards",
    symmetric=True,
    alarm_level=0.1,
)
