"""How often the positive outcome comes at each height of score: the bins of a reliability table."""

from dataclasses import dataclass

import numpy as np

from spark_monitor.metrics.intervals import wilson_interval
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.performance.scored_rows import mean_scores

BINS = 10


@dataclass(frozen=True)
class Reliability:
    """Labelled, scored rows of K targets in M groups of about equal weight, in the order of scores.

    Parameters
    ----------
    rows, weight, size : ndarray of float64, shape (K, M)
        Rows, sum of weights and effective rows; 0 for a group that nothing fell into.
    score, rate : ndarray of float64, shape (K, M)
        Mean score and share of positives; NaN for an empty group.
    rate_low, rate_high : ndarray of float64, shape (K, M)
        Wilson's interval of the rate, for independent rows.
    noise : ndarray of float64, shape (K, M)
        Sampling variance of `rate` - `score` for independent rows; NaN for groups of one effective row and empty ones.
    """

    rows: np.ndarray
    weight: np.ndarray
    size: np.ndarray
    score: np.ndarray
    rate: np.ndarray
    rate_low: np.ndarray
    rate_high: np.ndarray
    noise: np.ndarray


def reliability(cells, groups=BINS):
    """Merge score bins into groups of about equal weight and compare scores with outcomes in each.

    Parameters
    ----------
    cells : ScoreCells
    groups : int
        M. A score bin is never cut: it goes where the middle of its weight belongs, so that few different scores make
        fewer groups.

    Returns
    -------
    Reliability

    Notes
    -----
    A. Niculescu-Mizil and R. Caruana (2005), "Predicting good probabilities with supervised learning", ICML.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> cells = ScoreCells.of_rows([0.1, 0.1, 0.9, 0.9], None, [0, 1, 1, 1], edges=[0.5])
    >>> table = reliability(cells, groups=2)
    >>> table.score, table.rate
    (array([[0.1, 0.9]]), array([[0.5, 1. ]]))
    """
    used = cells.where(cells.labelled & cells.scored)
    place = used.target * groups + group_of(used, groups)
    positive = used.outcome == 1

    def total(values):
        return np.bincount(place, values, used.size * groups).reshape(used.size, groups)

    weight, squares = total(used.weight), total(used.weight_sq)
    score, rate = ratio(total(used.score), weight), ratio(total(np.where(positive, used.weight, 0.0)), weight)
    size = np.nan_to_num(ratio(weight**2, squares))
    residual = positive - mean_scores(used) - (rate - score).ravel()[place]
    spread = total(used.weight_sq * np.where(used.weight > 0, residual, 0.0) ** 2)
    noise = ratio(spread * size, weight**2 * np.where(size > 1, size - 1, np.nan))
    return Reliability(total(used.rows), weight, size, score, rate, *wilson_interval(rate, size), noise)


def group_of(cells, groups):
    """Return the group of each cell, shape (N,): where the middle of its score bin's weight lies among all."""
    bin_of = cells.target * cells.bins + cells.bin
    found, back = np.unique(bin_of, return_inverse=True)
    weight = np.bincount(back, cells.weight, len(found))
    target = found // cells.bins
    before = np.cumsum(weight) - weight
    first = np.searchsorted(target, np.arange(cells.size))
    start = np.append(before, weight.sum())[first]
    middle = before - start[target] + weight / 2
    share = np.nan_to_num(ratio(middle, np.bincount(target, weight, cells.size)[target]))
    return np.clip((share * groups).astype(np.int64), 0, groups - 1)[back]
