"""Frozen bins of numbers merged into a few wider ones: the same for all time, so that what they count adds up."""

import numpy as np

MOST = 20


def wider_edges(bins, most=MOST):
    """Return the inner edges of bins of numbers, as many neighbours merged into each as leaves at most `most` bins.

    Frozen edges are quantiles, so that merging like numbers of them gives bins of like size.

    Parameters
    ----------
    bins : Bins
        Numeric or discrete.
    most : int

    Returns
    -------
    ndarray of float64
        Right-closed, at most `most` - 1 of them.

    Examples
    --------
    >>> from spark_monitor.cells.bins import Bins
    >>> wider_edges(Bins("x", "numeric", edges=np.arange(7.0)), most=4)
    array([1., 3., 5.])
    >>> wider_edges(Bins("x", "discrete", edges=np.array([1.0, 2.0, 9.0])))
    array([1., 2.])
    """
    merged = np.arange(bins.size) * min(most, bins.size) // bins.size
    return bins.edges[:bins.size - 1][np.diff(merged) > 0]
