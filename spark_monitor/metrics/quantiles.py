"""Where a quantile lies, read from bins, and how far from it the rows' own quantile can be."""

import numpy as np

from spark_monitor.metrics.spec import Estimate


def quantile(histograms, level):
    """Return the quantile at `level` of the finite numbers, with the largest error that binning can have made.

    The quantile of n rows is the ceil(n `level`)-th smallest of them (NumPy's method ``inverted_cdf``).

    Parameters
    ----------
    histograms : Histograms
        Of a numeric or discrete feature.
    level : float
        In (0, 1).

    Returns
    -------
    Estimate
        `value` and `error_bound` in the feature's units; the rows' own quantile is never further than `error_bound`
        from `value`. NaN where there are no finite rows.

    Notes
    -----
    The bin that holds the row is certain, its place inside is not: rows are taken to be spread evenly over the bin.
    The open end bins reach to the minimum and the maximum, which are exact, and so are a quantile that is the first or
    the last row, and any quantile of a discrete feature without unseen numbers. Rows are counted, never weighted.

    References
    ----------
    R. J. Hyndman, Y. Fan (1996), "Sample quantiles in statistical packages", The American Statistician 50, 361-365,
    definition 1.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> h = Histograms.of_counts([[10, 10, 20]], edges=np.array([1.0, 2.0]), minimum=[0.0], maximum=[6.0])
    >>> median = quantile(h, 0.5)
    >>> median.value, median.error_bound
    (array([2.]), array([1.]))
    """
    rows = histograms.finite
    rank = np.maximum(np.ceil(rows * level), 1)
    place, before, held = _find_bin(histograms.counts, rank)
    low, high = _ends(histograms, place)
    if histograms.kind == "discrete":
        known = np.clip(histograms.edges[place], low, high)
        certain = histograms.unseen == 0
        value, low, high = known, np.where(certain, known, low), np.where(certain, known, high)
    else:
        inside = np.clip((rows * level - before) / np.maximum(held, 1), 0, 1)
        value = np.clip(low * (1 - inside) + high * inside, low, high)
    for extreme, here in ((histograms.minimum, rank == 1), (histograms.maximum, rank == rows)):
        value, low, high = (np.where(here, extreme, bound) for bound in (value, low, high))
    with np.errstate(over="ignore"):  # bins as wide as the largest float
        bound = np.maximum(value - low, high - value)
    empty = rows == 0
    return Estimate(np.where(empty, np.nan, value), error_bound=np.where(empty, np.nan, bound), sample_size=rows,
                    reason="no_finite_rows")


def _find_bin(counts, rank):
    """Return the bin that holds the row of each rank, the rows before that bin and the rows in it."""
    upto = counts.cumsum(axis=-1)
    place = np.minimum((upto < rank[:, None]).sum(axis=-1), counts.shape[1] - 1)
    row = np.arange(len(counts))
    held = counts[row, place]
    return place, upto[row, place] - held, held


def _ends(histograms, place):
    """Return the least and the greatest number that a row in each bin can be."""
    edges = histograms.edges
    inner = edges[:-1] if histograms.kind == "discrete" else edges
    low = np.concatenate([[-np.inf], inner])[place]
    high = np.concatenate([inner, [np.inf]])[place]
    return np.maximum(low, histograms.minimum), np.minimum(high, histograms.maximum)
