"""What the metrics of scores share: which rows they see, and why one is undefined."""

import numpy as np

from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.spec import Estimate

FEWEST_OF_A_CLASS = 5


def scored_rows(cells):
    """Return the cells that metrics of scores and outcomes see: labelled rows with a usable score."""
    return cells.where(cells.labelled & cells.scored)


def class_sums(cells, name="weight"):
    """Return one of the cells' sums by outcome of labelled rows with a usable score, shape (K, 2)."""
    keep = cells.labelled & cells.scored
    place = cells.target[keep] * 2 + cells.outcome[keep]
    return np.bincount(place, getattr(cells, name)[keep], cells.size * 2).reshape(cells.size, 2)


def mean_scores(cells):
    """Return the mean score of each cell, shape (N,); 0 where rows weigh nothing or have no usable score."""
    return np.divide(cells.score, cells.weight, out=np.zeros(len(cells.weight)), where=cells.weight > 0)


def why_undefined(cells):
    """Return why a metric of scores and outcomes can't be told, None where it can: object array of shape (K,).

    Parameters
    ----------
    cells : ScoreCells

    Returns
    -------
    ndarray of object, shape (K,)
        "no_scores", "no_outcomes", "one_class", "too_few_rows" (fewer than five labelled rows of a class) or
        "no_weight" (a class whose rows all weigh 0); the first that holds.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> why_undefined(ScoreCells.of_rows([0.2, 0.9], None, [1, 1], edges=[0.5]))
    array(['one_class'], dtype=object)
    """
    scored = cells.total("rows", cells.scored)
    rows, weight = class_sums(cells, "rows"), class_sums(cells)
    reasons = np.full(cells.size, None, object)
    for holds, reason in (
        ((weight <= 0).any(axis=1), "no_weight"),
        ((rows < FEWEST_OF_A_CLASS).any(axis=1), "too_few_rows"),
        ((rows == 0).any(axis=1), "one_class"),
        ((rows == 0).all(axis=1), "no_outcomes"),
        (scored == 0, "no_scores"),
    ):
        reasons[holds] = reason
    return reasons


def score_estimate(cells, value, interval, method, bound=None, inflation=None, reasons=None):
    """Return an `Estimate` that says nothing where `why_undefined` has a reason.

    Parameters
    ----------
    cells : ScoreCells
    value : ndarray of float64, shape (K,)
    interval : tuple of two ndarrays of float64, shape (K,)
    method : str
        The closed form; "_or_folds" is added where there is an `inflation`.
    bound : ndarray of float64 or float, optional
        The largest error of binning.
    inflation : ndarray of float64, shape (K,), optional
        By how much folds widened the interval; the effective size shrinks by its square.
    reasons : ndarray of object, shape (K,), optional
        Further reasons, which count where `why_undefined` has none.
    """
    why = why_undefined(cells)
    if reasons is not None:
        why = np.where(why == None, reasons, why)  # noqa: E711  compares each element
    hidden = np.array([reason is not None for reason in why], bool)
    keep = cells.labelled & cells.scored
    size = cells.effective_size(keep)
    if inflation is not None:
        method, size = method + "_or_folds", size / inflation**2
    value, low, high = (np.where(hidden, np.nan, a) for a in (value, *interval))
    bound = None if bound is None else np.where(hidden, np.nan, bound)
    return Estimate(value, low, high, error_bound=bound, sample_size=cells.total("rows", keep), reasons=why,
                    effective_size=size, ci_method=method, ci_level=CI_LEVEL)
