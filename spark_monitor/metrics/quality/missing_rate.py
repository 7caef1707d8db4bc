"""How many rows have no value of a feature."""

from spark_monitor.metrics.intervals import share_estimate
from spark_monitor.metrics.spec import FeatureMetric


def missing_rate(histograms):
    """Return the share of rows whose value is null, with its Wilson interval.

    Parameters
    ----------
    histograms : Histograms

    Returns
    -------
    Estimate
        In [0, 1]; weighted where rows have weights. NaN where there are no rows, or none with a weight. NaN values and
        infinities are not missing: they have rates of their own.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> missing_rate(Histograms.of_counts([[6, 2], [0, 0]], nulls=[2, 0])).value
    array([0.2, nan])
    """
    specials = histograms.specials()
    return share_estimate(specials[:, 0], histograms.cells().sum(axis=-1), histograms.effective_size, histograms.rows)


MISSING_RATE = FeatureMetric(
    name="missing_rate", family="quality", compute=missing_rate, formula="null rows / rows", lower=0.0, upper=1.0,
    source="Interval: E. B. Wilson (1927), JASA 22, 209-212", direction="higher_is_worse",
)
