"""How many rows hold NaN, which is neither a number nor missing."""

from spark_monitor.metrics.intervals import share_estimate
from spark_monitor.metrics.spec import FeatureMetric


def nan_rate(histograms):
    """Return the share of rows whose value is NaN, with its Wilson interval.

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
    >>> nan_rate(Histograms.of_counts([[6, 2], [0, 0]], nans=[2, 0])).value
    array([0.2, nan])
    """
    specials = histograms.specials()
    return share_estimate(specials[:, 1], histograms.cells().sum(axis=-1), histograms.effective_size, histograms.rows)


NAN_RATE = FeatureMetric(
    name="nan_rate", family="quality", compute=nan_rate, formula="NaN rows / rows", lower=0.0, upper=1.0,
    source="Interval: E. B. Wilson (1927), JASA 22, 209-212", direction="higher_is_worse",
    applies_to=("numeric", "discrete"),
)
