"""How many rows hold an infinite number."""

from spark_monitor.metrics.intervals import share_estimate
from spark_monitor.metrics.spec import FeatureMetric


def infinite_rate(histograms):
    """Return the share of rows whose value is plus or minus infinity, with its Wilson interval.

    Parameters
    ----------
    histograms : Histograms
        Of a numeric or discrete feature.

    Returns
    -------
    Estimate
        In [0, 1]; weighted where rows have weights. NaN where there are no rows, or none with a weight.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> infinite_rate(Histograms.of_counts([[6, 2], [0, 0]], pos_inf=[1, 0], neg_inf=[1, 0])).value
    array([0.2, nan])
    """
    specials = histograms.specials()
    return share_estimate(specials[:, 2] + specials[:, 3], histograms.cells().sum(axis=-1), histograms.effective_size,
                          histograms.rows)


INFINITE_RATE = FeatureMetric(
    name="infinite_rate", family="quality", compute=infinite_rate, formula="infinite rows / rows", lower=0.0,
    upper=1.0, source="Interval: E. B. Wilson (1927), JASA 22, 209-212", direction="higher_is_worse",
    applies_to=("numeric", "discrete"),
)
