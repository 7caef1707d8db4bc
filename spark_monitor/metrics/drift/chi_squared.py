"""How unlikely equal histograms make the difference: Pearson's chi-squared."""

from spark_monitor.metrics.drift.shares import shares_of
from spark_monitor.metrics.no_change import pearson
from spark_monitor.metrics.spec import DriftStatistic, Estimate


def chi_squared(current, reference):
    """Compute Pearson's chi-squared of the 2 x C table of coarse cells, without continuity correction.

    Parameters
    ----------
    current, reference : Histograms
        K histograms each on the same bins.

    Returns
    -------
    Estimate
        Arrays of shape (K,), no unit; NaN where a side is empty. It grows with the rows of both sides. `expected` is
        (B - 1) N / (N - 1) with B cells that are not empty and N = n + m; `p_value` is that of `pearson_p_value`,
        which pools rare cells, where SciPy takes the chi-squared distribution as it is.

    Notes
    -----
    The same as the statistic of ``scipy.stats.chi2_contingency(table, correction=False)`` without the columns that
    are empty. Weighted rows count as Kish's effective sample size.

    References
    ----------
    Pearson, K. (1900), Philosophical Magazine 50, 157.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> reference = Histograms.of_counts([[20, 10]])
    >>> current = Histograms.of_counts([[10, 20]])
    >>> chi_squared(current, reference).value.round(4)
    array([6.6667])
    """
    shares = shares_of(current, reference)
    size = shares.current_size + shares.reference_size
    expected = shares.freedom / (1 - 1 / size.clip(min=2.0))
    value = pearson(shares.current_rows, shares.reference_rows)
    return Estimate(value, expected=expected, p_value=shares.p_value)


CHI_SQUARED = DriftStatistic(
    name="chi_squared",
    compute=chi_squared,
    formula="sum (observed - expected)^2 / expected",
    source="Pearson (1900)",
    symmetric=True,
    volume="rows",
)
