"""How strongly the cell of a row depends on the side it comes from, from 0 (not at all) to 1 (fully)."""

import numpy as np

from spark_monitor.metrics.drift.shares import shares_of
from spark_monitor.metrics.no_change import mean_of_chi, pearson
from spark_monitor.metrics.spec import DriftStatistic, Estimate


def cramers_v(current, reference):
    """Compute Cramer's V of the 2 x C table of coarse cells, sqrt(chi-squared / N).

    Parameters
    ----------
    current, reference : Histograms
        K histograms each on the same bins.

    Returns
    -------
    Estimate
        Arrays of shape (K,), no unit, in [0, 1]; NaN where a side is empty. `expected` is the mean of a chi variable
        with B - 1 degrees of freedom over sqrt(N - 1), N = n + m; `p_value` is Pearson's.

    Notes
    -----
    Ten times the rows on both sides leave it as it is; on one side alone they don't, because a row's side becomes
    easier to guess. The same as ``scipy.stats.contingency.association(table, method="cramer")``.

    References
    ----------
    Cramer, H. (1946), Mathematical Methods of Statistics, chapter 21.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> reference = Histograms.of_counts([[20, 10], [10, 0]])
    >>> current = Histograms.of_counts([[10, 20], [0, 10]])
    >>> cramers_v(current, reference).value.round(4)
    array([0.3333, 1.    ])
    """
    shares = shares_of(current, reference)
    size = (shares.current_size + shares.reference_size).clip(min=2.0)
    value = np.sqrt(pearson(shares.current_rows, shares.reference_rows) / size)
    expected = mean_of_chi(shares.freedom) / np.sqrt(size - 1)
    return Estimate(np.minimum(value, 1.0), expected=expected, p_value=shares.p_value)


CRAMERS_V = DriftStatistic(
    name="cramers_v",
    compute=cramers_v,
    formula="sqrt(chi_squared / N)",
    source="Cramer (1946), chapter 21",
    upper=1.0,
    symmetric=True,
    volume="ratio",
    alarm_level=0.1,
)
