"""How far are the reference's own spans of time from the whole of it?"""

import numpy as np

from spark_monitor.metrics.no_change import kappa, pearson


def span_distances(cells):
    """Return the mean distance of spans from the reference that they make up, and its variance by sampling.

    Parameters
    ----------
    cells : ndarray, shape (spans, H, C)
        Rows of each coarse cell; a span without rows does not count.

    Returns
    -------
    distance, noise : ndarray of float64, shape (H,)
        Chi-squared distance without the sampling in it, and its variance; NaN with fewer than two spans.

    Notes
    -----
    A span is tested against the other spans together, and its distance from all of them is less by the square of their
    share.

    Examples
    --------
    >>> halves = np.array([[[60.0, 40.0]], [[40.0, 60.0]]])
    >>> distance, noise = span_distances(halves)
    >>> distance.round(3), noise.round(6)
    (array([0.035]), array([5.e-05]))
    """
    whole = cells.sum(axis=0)
    found = []
    for span in cells:
        rest = whole - span
        own, others = span.sum(axis=-1), rest.sum(axis=-1)
        both = (own > 0) & (others > 0)
        freedom = np.maximum((whole > 0).sum(axis=-1) - 1, 0)
        share = np.divide(others, own + others, out=np.zeros_like(own, float), where=both)
        scale = kappa(own, others) * share**2
        found.append(np.where(both, [(pearson(span, rest) - freedom) * scale, 2 * freedom * scale**2], np.nan))
    known = np.isfinite(found).all(axis=1).sum(axis=0)
    sums = np.nansum(found, axis=0)
    return tuple(np.divide(part, known, out=np.full(len(known), np.nan), where=known >= 2) for part in sums)
