"""What a feature's numbers are on average."""

import numpy as np

from spark_monitor.metrics.intervals import CI_LEVEL, mean_interval
from spark_monitor.metrics.spec import Estimate, FeatureMetric
from spark_monitor.metrics.summary.std import sample_deviation


def mean(histograms):
    """Return the mean of the finite numbers with its normal interval, mean -+ 1.96 s / sqrt(n).

    Parameters
    ----------
    histograms : Histograms
        Of a numeric or discrete feature.

    Returns
    -------
    Estimate
        In the feature's units. NaN where there are no finite rows; no interval (NaN) for a single one.

    Notes
    -----
    Exact: from the stored mean, not from bins. Unweighted, also where rows have weights.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> h = Histograms.of_counts([[100]], mean=[5.0], m2=[99.0], minimum=[3.0], maximum=[7.0])
    >>> estimate = mean(h)
    >>> estimate.value, estimate.ci_low.round(3), estimate.ci_high.round(3)
    (array([5.]), array([4.804]), array([5.196]))
    """
    rows = histograms.finite
    value = np.where(rows > 0, histograms.mean, np.nan)
    low, high = mean_interval(value, sample_deviation(histograms), rows)
    return Estimate(value, low, high, error_bound=np.where(rows > 0, 0.0, np.nan), sample_size=rows,
                    ci_method="normal", ci_level=CI_LEVEL, reason="no_finite_rows")


MEAN = FeatureMetric(
    name="mean", family="summary", compute=mean, formula="sum(x) / n", applies_to=("numeric", "discrete"),
    source="Interval: central limit theorem, s / sqrt(n) as the standard error",
)
