"""What each metric is of expected outcomes: a ratio of two sums, and what one more row would add to each.

A row counts as c of a positive and 1 - c of a negative, where c is its chance of a positive outcome.
"""

from dataclasses import dataclass

import numpy as np

from spark_monitor.metrics.performance.average_precision import from_top, influence
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.performance.mcc import beyond_chance, beyond_chance_slope
from spark_monitor.metrics.performance.roc_auc import placements
from spark_monitor.metrics.performance.scored_rows import mean_scores
from spark_monitor.metrics.score_cells import log_losses


@dataclass(frozen=True)
class ExpectedRatio:
    """A metric top / bottom of K targets with its slopes by the rows of N cells.

    Parameters
    ----------
    top, bottom : ndarray of float64, shape (K,)
        In any common unit; the metric is undefined where `bottom` is not positive.
    top_slope, bottom_slope : ndarray of float64, shape (2, N)
        What a negative (0) and a positive (1) row of weight 1 in a cell adds to either; 0 in cells that don't count.
    error_bound : ndarray of float64, shape (K,), or None
        What binning can have cost; None where it is not known.
    """

    top: np.ndarray
    bottom: np.ndarray
    top_slope: np.ndarray
    bottom_slope: np.ndarray
    error_bound: np.ndarray | None


def expected_table(cells, chance):
    """Return the expected weight of rows by decision (negative, positive, none) and outcome, shape (K, 3, 2).

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> cells = ScoreCells.of_rows([0.2, 0.9], [0, 1], None, edges=[0.5])
    >>> expected_table(cells, np.array([0.25, 0.75]))[0, :2]
    array([[0.75, 0.25],
           [0.25, 0.75]])
    """
    place = cells.target * 3 + cells.decision % 3
    sides = [np.bincount(place, cells.weight * part, cells.size * 3) for part in (1 - chance, chance)]
    return np.stack(sides, axis=-1).reshape(cells.size, 3, 2)


def share(hit, miss):
    """Return the function that gives A / (A + B), for sums A and B over entries of the table (3, 2) of decisions."""
    hit, whole = np.array(hit, float), np.array(hit, float) + np.array(miss, float)

    def compute(cells, chance):
        """Return the share as an `ExpectedRatio`."""
        table = expected_table(cells, chance)
        top, bottom = ((table * entries).sum(axis=(1, 2)) for entries in (hit, whole))
        return ExpectedRatio(top, bottom, hit[cells.decision % 3].T, whole[cells.decision % 3].T, np.zeros(cells.size))

    return compute


def balanced_accuracy(cells, chance):
    """Return (TP N + TN P) / 2 over P N as an `ExpectedRatio`, both in units of P N."""
    table = expected_table(cells, chance)[:, :2]
    per_n, per_p = ratio(1, table.sum(axis=1)).T
    tn, tp = table[:, 0, 0] * per_n, table[:, 1, 1] * per_p
    # A row adds to its own class's part, and scales the other's.
    right = np.stack([(1 + tp) * per_n, tn * per_p, tp * per_n, (1 + tn) * per_p], axis=-1).reshape(-1, 2, 2) / 2
    bottom = np.broadcast_to(np.stack([per_n, per_p], axis=-1)[:, None], right.shape)
    return _of_table(cells, (tp + tn) / 2, right, bottom)


def mcc(cells, chance):
    """Return Matthews' coefficient as an `ExpectedRatio`, both sums in units of its denominator."""
    table = expected_table(cells, chance)[:, :2]
    decided, actual, excess = beyond_chance(table)
    spread, truth = (2 * side.prod(axis=-1) for side in (decided, actual))
    unit = ratio(1, np.sqrt(spread * truth))
    # d ln sqrt(2 a b 2 p n) is the mean of the reciprocals of the margins that a row belongs to.
    bottom = (ratio(1, decided)[:, :, None] + ratio(1, actual)[:, None, :]) / 2
    top = beyond_chance_slope(table, decided, actual) * unit[:, None, None]
    return _of_table(cells, excess * unit, top, bottom)


def _of_table(cells, value, top, bottom):
    """Return an `ExpectedRatio` over 1 from slopes by entry (K, 2, 2), each decision first."""
    d = np.maximum(cells.decision, 0)
    decided = cells.decision >= 0
    known = np.isfinite(value)
    slopes = (np.where(decided & known[cells.target], slope[cells.target, d].T, 0.0) for slope in (top, bottom))
    return ExpectedRatio(np.where(known, value, 0.0), known.astype(float), *slopes, np.zeros(cells.size))


def _expected_by_bin(cells, chance, name="weight"):
    """Return the expected weight of rows by outcome and score bin, shape (K, 2, B)."""
    keep = cells.scored
    place = (cells.target * cells.bins + cells.bin)[keep]
    size = cells.size * cells.bins
    sides = [np.bincount(place, (getattr(cells, name) * part)[keep], size) for part in (1 - chance, chance)]
    return np.stack(sides, axis=-1).reshape(cells.size, cells.bins, 2).transpose(0, 2, 1)


def _at_cells(cells, by_bin):
    """Return a number by outcome and bin (K, 2, B) at each cell, shape (2, N); 0 without a usable score."""
    b = np.minimum(cells.bin, cells.bins - 1)
    return np.where(cells.scored, by_bin[cells.target, :, b].T, 0.0)


def roc_auc(cells, chance):
    """Return the area under the ROC curve as an `ExpectedRatio`, in units of all pairs.

    A row is no pair with itself: the sum of w^2 c (1 - c) is taken from the pairs, and half of it from the right ones.
    """
    weight = _expected_by_bin(cells, chance)
    area, right = placements(weight)
    total = weight.sum(axis=2, keepdims=True)
    known = np.isfinite(area)
    share = np.where(known[:, None, None], ratio(1, total), 0.0)
    top = _at_cells(cells, np.where(known[:, None, None], right, 0.0) * share)
    bottom = _at_cells(cells, np.broadcast_to(share, weight.shape))
    ties = ratio((weight[:, 0] * weight[:, 1]).sum(axis=1), 2 * total[:, :, 0].prod(axis=1))
    alone = np.bincount(cells.target, np.where(cells.scored, cells.weight_sq * chance * (1 - chance), 0.0), cells.size)
    alone = alone * share.prod(axis=(1, 2))
    return ExpectedRatio(np.where(known, area, 0.0) - alone / 2, known - alone, top, bottom, ties)


def average_precision(cells, chance):
    """Return average precision as an `ExpectedRatio`, in units of all positives.

    A positive counts itself in full in the precision that it is found with: of its own weight w a share of 1 - c is
    added to the positives expected there.
    """
    weight, squares = _expected_by_bin(cells, chance), _expected_by_bin(cells, chance, "weight_sq")
    above_neg, above_pos = from_top(weight[:, 0]), from_top(weight[:, 1])
    value, of_positive, of_negative = influence(weight[:, 1], above_pos, above_neg)
    known = np.isfinite(value)
    share = np.where(known, ratio(1, above_pos[:, 0]), 0.0)
    everything = weight.sum(axis=1)
    # Sum of w^2 c (1 - c) of a bin whose cells have the same chance.
    own = squares[:, 1] * np.divide(weight[:, 0], everything, out=np.zeros(everything.shape), where=everything > 0)
    reach = above_pos + above_neg
    own = np.divide(own, reach, out=np.zeros(reach.shape), where=reach > 0).sum(axis=1) * share
    value = np.where(known, value, 0.0)
    top = np.stack([of_negative, np.where(known[:, None], of_positive, 0.0) + value[:, None]], axis=1)
    bottom = np.stack([np.zeros(reach.shape), np.ones(reach.shape)], axis=1)
    slopes = (_at_cells(cells, slope * share[:, None, None]) for slope in (top, bottom))
    return ExpectedRatio(value + own, known.astype(float), *slopes, None)


def brier(cells, chance):
    """Return the mean of (s - y)^2 as an `ExpectedRatio`; exact from the sums of s and s^2."""
    square = np.divide(cells.score_sq, cells.weight, out=np.zeros(len(chance)), where=cells.weight > 0)
    return _mean_loss(cells, chance, np.stack([square, square - 2 * mean_scores(cells) + 1]), np.zeros(cells.size))


def log_loss(cells, chance):
    """Return the mean log loss as an `ExpectedRatio`, each row at its cell's mean score."""
    score = mean_scores(cells)
    return _mean_loss(cells, chance, np.stack([log_losses(score, outcome) for outcome in (0, 1)]), None)


def _mean_loss(cells, chance, losses, bound):
    """Return the mean loss of rows with a usable score from the losses (2, N) of both outcomes."""
    scored = cells.scored.astype(float)
    each = (1 - chance) * losses[0] + chance * losses[1]
    top = np.bincount(cells.target, cells.weight * each * scored, cells.size)
    return ExpectedRatio(top, cells.total("weight", cells.scored), losses * scored, np.stack([scored, scored]), bound)
