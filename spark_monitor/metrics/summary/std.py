"""How widely a feature's numbers are spread around their mean."""

import numpy as np

from spark_monitor.metrics.spec import Estimate, FeatureMetric


def sample_deviation(histograms):
    """Return the sample standard deviation (n - 1), shape (K,); NaN for fewer than two finite rows."""
    rows = histograms.finite
    return np.sqrt(np.where(rows > 1, histograms.m2, np.nan) / np.maximum(rows - 1, 1))


def std(histograms):
    """Return the sample standard deviation of the finite numbers.

    Parameters
    ----------
    histograms : Histograms
        Of a numeric or discrete feature.

    Returns
    -------
    Estimate
        In the feature's units, 0 for a constant. NaN where there are fewer than two finite rows.

    Notes
    -----
    Exact: from the stored sum of squared deviations, merged pairwise. Unweighted, also where rows have weights.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> std(Histograms.of_counts([[5], [1]], m2=[16.0, 0.0])).value
    array([ 2., nan])
    """
    value = sample_deviation(histograms)
    return Estimate(value, error_bound=np.where(np.isnan(value), np.nan, 0.0), sample_size=histograms.finite,
                    reason="fewer_than_two_finite_rows")


STD = FeatureMetric(
    name="std", family="summary", compute=std, formula="sqrt(sum((x - mean)^2) / (n - 1))", lower=0.0,
    applies_to=("numeric", "discrete"),
    source="Merging: T. F. Chan, G. H. Golub, R. J. LeVeque (1983), The American Statistician 37, 242-247",
)
