"""How rates of single classes are told from a table of all classes, and averaged over them.

Every such rate is a ratio of sums of four margins of its class: h, rows decided and found to be of it; p, decided;
t, found; s, all rows.
"""

import numpy as np

from spark_monitor.metrics.performance.closed_forms import ratio

# Of (h, p, t, s): what is counted, and of how much.
CLASS_RATES = {
    "precision": ((1, 0, 0, 0), (0, 1, 0, 0)),
    "recall": ((1, 0, 0, 0), (0, 0, 1, 0)),
    "specificity": ((1, -1, -1, 1), (0, 0, -1, 1)),
    "f1": ((2, 0, 0, 0), (0, 1, 1, 0)),
}


def margins(table):
    """Return h, p, t and s of each class, shape (..., C, 4), from tables (..., C, C): decision, then outcome.

    Examples
    --------
    >>> margins(np.array([[3.0, 1.0], [0.0, 2.0]]))
    array([[3., 4., 3., 6.],
           [2., 2., 3., 6.]])
    """
    decided, found = table.sum(axis=-1), table.sum(axis=-2)
    everything = np.broadcast_to(decided.sum(axis=-1, keepdims=True), decided.shape)
    return np.stack([np.einsum("...cc->...c", table), decided, found, everything], axis=-1)


def part_and_whole(sides, name):
    """Return what a rate counts and of how much, each of shape (..., C), from `margins`."""
    part, whole = (sides @ np.array(c, float) for c in CLASS_RATES[name])
    # Differences of weighted sums leave rounding where nothing is left.
    return tuple(np.where(side > 1e-12 * sides[..., 3], side, 0.0) for side in (part, whole))


def class_rates(table, name):
    """Return a rate of each class against the rest, shape (..., C); NaN where it is of nothing.

    Examples
    --------
    >>> class_rates(np.array([[3.0, 1.0], [0.0, 2.0]]), "precision")
    array([0.75, 1.  ])
    """
    return ratio(*part_and_whole(margins(table), name))


def class_mean(table, name, weighted=False):
    """Return the mean of a rate over the classes that have it, shape (...), from tables (..., C, C).

    Parameters
    ----------
    table : ndarray of float64, shape (..., C, C)
    name : str
        Of `CLASS_RATES`.
    weighted : bool
        Whether a class counts as much as it is found; else all count the same.

    Notes
    -----
    As scikit-learn's `average="macro"` and `"weighted"` with `zero_division=nan`.

    Examples
    --------
    >>> class_mean(np.array([[[3.0, 1.0], [0.0, 2.0]]]), "recall")
    array([0.83333333])
    """
    rates = class_rates(table, name)
    return np.where(np.isnan(rates).all(axis=-1), np.nan, np.nansum(rates * _shares(table, rates, weighted), axis=-1))


def class_mean_and_slope(table, name, weighted=False):
    """Return `class_mean` of tables (K, C, C) and its slope by each entry, shape (K, C, C)."""
    sides = margins(table)
    _, whole = part_and_whole(sides, name)
    rates, mean = class_rates(table, name), class_mean(table, name, weighted)
    shares = _shares(table, rates, weighted)
    counted, of = (np.array(c, float) for c in CLASS_RATES[name])
    by_margin = (shares * ratio(1, whole))[..., None] * (counted - rates[..., None] * of)
    by_margin = np.where(np.isnan(by_margin), 0.0, by_margin)
    h, p, t, s = np.moveaxis(by_margin, -1, 0)
    if weighted:
        known = np.where(np.isnan(rates), 0.0, sides[..., 2]).sum(axis=-1, keepdims=True)
        t = t + np.nan_to_num((rates - mean[:, None]) * ratio(1, known))
    slope = h[:, :, None] * np.eye(table.shape[-1]) + p[:, :, None] + t[:, None, :]
    return mean, slope + s.sum(axis=-1)[:, None, None]


def _shares(table, rates, weighted):
    """Return what each class counts in the mean, shape (..., C), summing to 1 over those with a rate."""
    size = table.sum(axis=-2) if weighted else np.ones(rates.shape)
    size = np.where(np.isnan(rates), 0.0, size)
    return ratio(size, size.sum(axis=-1, keepdims=True))
