"""What the smallest and the largest number of a feature are."""

import numpy as np

from spark_monitor.metrics.spec import Estimate, FeatureMetric


def minimum(histograms):
    """Return the smallest finite number, exactly; NaN where there are no finite rows.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> minimum(Histograms.of_counts([[3], [0]], minimum=[-1.5, np.nan])).value
    array([-1.5,  nan])
    """
    return _exact(histograms.minimum, histograms.finite)


def maximum(histograms):
    """Return the largest finite number, exactly; NaN where there are no finite rows.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> maximum(Histograms.of_counts([[3], [0]], maximum=[2.5, np.nan])).value
    array([2.5, nan])
    """
    return _exact(histograms.maximum, histograms.finite)


def _exact(value, rows):
    empty = rows == 0
    return Estimate(np.where(empty, np.nan, value), error_bound=np.where(empty, np.nan, 0.0), sample_size=rows,
                    reason="no_finite_rows")


MIN = FeatureMetric(
    name="min", family="summary", compute=minimum, formula="min(x)", source="Definition",
    applies_to=("numeric", "discrete"),
)
MAX = FeatureMetric(
    name="max", family="summary", compute=maximum, formula="max(x)", source="Definition",
    applies_to=("numeric", "discrete"),
)
