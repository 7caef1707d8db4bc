"""How many rows lie outside the range that a feature is configured to have."""

import numpy as np

from spark_monitor.metrics.intervals import share_estimate
from spark_monitor.metrics.spec import FeatureMetric


def out_of_range_rate(histograms):
    """Return the share of rows with a finite number outside the configured range, with its Wilson interval.

    Parameters
    ----------
    histograms : Histograms
        Of a numeric or discrete feature.

    Returns
    -------
    Estimate
        In [0, 1]; NaN where there are no rows, or where no range is configured (reason "no_range").

    Notes
    -----
    Unweighted, also where rows have weights: rows out of range are counted, not weighed. Infinities have a rate of
    their own.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> out_of_range_rate(Histograms.of_counts([[6, 4]], out_of_range=[2], has_range=True)).value
    array([0.2])
    >>> out_of_range_rate(Histograms.of_counts([[6, 4]])).reason
    'no_range'
    """
    rows = histograms.rows
    if not histograms.has_range:
        return share_estimate(np.full(len(rows), np.nan), rows, rows, rows, reason="no_range")
    return share_estimate(histograms.out_of_range, rows, rows, rows)


OUT_OF_RANGE_RATE = FeatureMetric(
    name="out_of_range_rate", family="quality", compute=out_of_range_rate, formula="finite rows out of range / rows",
    lower=0.0, upper=1.0, source="Interval: E. B. Wilson (1927), JASA 22, 209-212", direction="higher_is_worse",
    applies_to=("numeric", "discrete"), needs_range=True,
)
