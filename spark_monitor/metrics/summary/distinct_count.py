"""How many different values or categories a feature takes."""

import numpy as np

from spark_monitor.metrics.spec import Estimate, FeatureMetric


def distinct_count(histograms):
    """Return the least number of different values that the counts allow, and how many more there can be.

    Parameters
    ----------
    histograms : Histograms
        Of a categorical or discrete feature.

    Returns
    -------
    Estimate
        The true number lies between `value` and `value` + `error_bound`; `error_bound` is 0 where every row has a
        known category or value. NaN where no row has a category or a finite number.

    Notes
    -----
    A categorical feature's folded rows and its unseen rows are at least one category each, at most one a row. A
    discrete feature's unseen numbers lie in the bins of its known ones, at most one new value a row.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> h = Histograms.of_counts([[5, 0, 3]], kind="categorical", categories=("a", "b"), has_other=True, unseen=[1])
    >>> estimate = distinct_count(h)
    >>> estimate.value, estimate.error_bound  # a, something folded, something new
    (array([3.]), array([2.]))
    """
    used = (histograms.counts > 0).sum(axis=-1)
    if histograms.kind == "categorical":
        unseen = histograms.unseen
        other = histograms.counts[:, -1] if histograms.has_other else np.zeros_like(unseen)
        rows = histograms.finite + unseen
        least = used + (unseen > 0)
        more = np.maximum(other - 1, 0) + np.maximum(unseen - 1, 0)
    else:
        rows, least = histograms.finite, used
        more = np.minimum(histograms.unseen, rows - used)
    value, bound = (np.where(rows > 0, number, np.nan) for number in (least, more))
    return Estimate(value, error_bound=bound, sample_size=rows, reason="no_finite_rows")


DISTINCT_COUNT = FeatureMetric(
    name="distinct_count", family="summary", compute=distinct_count, formula="number of different values", lower=0.0,
    source="Definition; a lower bound where values are folded or unseen", applies_to=("discrete", "categorical"),
)
