"""Which share of a side's finite numbers lies at or below each edge: what the ordered drift statistics start from."""

import numpy as np


def cumulative_shares(histograms):
    """Return the cumulative shares of the finite numbers, shape (K, B + 1): 0, then up to each bin's upper end.

    Parameters
    ----------
    histograms : Histograms
        Numeric or discrete, K histograms on B bins.

    Returns
    -------
    ndarray
        Rows of NaN where there is no finite number.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> cumulative_shares(Histograms.of_counts([[1, 2, 1]], nulls=[9]))
    array([[0.  , 0.25, 0.75, 1.  ]])
    """
    summed = np.cumsum(np.pad(histograms.bins(), ((0, 0), (1, 0))), axis=-1)
    return np.divide(summed, summed[:, -1:], out=np.full_like(summed, np.nan), where=summed[:, -1:] > 0)


def finite_size(histograms):
    """Return the rows with a finite number, shape (K,): their part of the effective sample size where weighted."""
    mass = histograms.bins().sum(axis=-1)
    total = mass + histograms.specials().sum(axis=-1)
    return np.divide(histograms.effective_size * mass, total, out=np.zeros_like(mass), where=total > 0)


def share_off_the_values(histograms):
    """Return the share of rows whose number is none of the bins' values, shape (K,): how inexact a histogram is.

    0 means that each row's number is known, as for a discrete feature without unseen values. For a numeric feature,
    or unseen values of weighted rows, nothing is known and it is 1.
    """
    if histograms.kind != "discrete":
        return np.ones(len(histograms))
    if histograms.weights is not None:
        return (histograms.unseen > 0).astype(float)
    return histograms.unseen / np.maximum(histograms.finite, 1)
