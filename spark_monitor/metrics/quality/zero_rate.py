"""How many rows are exactly zero."""

from spark_monitor.metrics.intervals import share_estimate
from spark_monitor.metrics.spec import FeatureMetric


def zero_rate(histograms):
    """Return the share of rows whose value is 0, with its Wilson interval.

    Parameters
    ----------
    histograms : Histograms
        Of a numeric or discrete feature.

    Returns
    -------
    Estimate
        In [0, 1]; NaN where there are no rows.

    Notes
    -----
    Unweighted, also where rows have weights: zeros are counted, not weighed. Minus zero is zero.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> zero_rate(Histograms.of_counts([[6, 4], [0, 0]], zeros=[2, 0])).value
    array([0.2, nan])
    """
    rows = histograms.rows
    return share_estimate(histograms.zeros, rows, rows, rows)


ZERO_RATE = FeatureMetric(
    name="zero_rate", family="quality", compute=zero_rate, formula="zero rows / rows", lower=0.0, upper=1.0,
    source="Interval: E. B. Wilson (1927), JASA 22, 209-212", direction="two_sided",
    applies_to=("numeric", "discrete"),
)
