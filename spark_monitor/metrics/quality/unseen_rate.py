"""How many rows have a category that the reference never held."""

from spark_monitor.metrics.intervals import share_estimate
from spark_monitor.metrics.spec import FeatureMetric


def unseen_rate(histograms):
    """Return the share of rows whose category is unknown to the frozen bins, with its Wilson interval.

    Parameters
    ----------
    histograms : Histograms
        Of a categorical feature.

    Returns
    -------
    Estimate
        In [0, 1]; weighted where rows have weights. NaN where there are no rows, or none with a weight. Categories of
        the reference that were folded are not unseen.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> unseen_rate(Histograms.of_counts([[6, 2], [0, 0]], kind="categorical", unseen=[2, 0])).value
    array([0.2, nan])
    """
    specials = histograms.specials()
    return share_estimate(specials[:, 4], histograms.cells().sum(axis=-1), histograms.effective_size, histograms.rows)


UNSEEN_RATE = FeatureMetric(
    name="unseen_rate", family="quality", compute=unseen_rate, formula="rows of unseen categories / rows", lower=0.0,
    upper=1.0, source="Interval: E. B. Wilson (1927), JASA 22, 209-212", direction="higher_is_worse",
    applies_to=("categorical",),
)
