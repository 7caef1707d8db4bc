"""What of a metric's change is owed to other rows, to more positives overall, and to scores that mean something else.

The change is walked in three steps, always in this order. Mix: the current rows, each with the chance of a positive
outcome that its cell had in the reference. Label rate: the same with all log-odds shifted by one number, so that the
positives are as many as there are. Relation: the rest, up to what was seen.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from spark_monitor.metrics.concept.curve import calibrated_line, common_shift, mean_logits
from spark_monitor.metrics.concept.strata import score_cells
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.score_cells import SUMS, log_losses


@dataclass(frozen=True)
class ChangePath:
    """The way from reference to current as `ScoreCells` of T targets.

    `seen_before` and `seen_now` are the reference and the current rows on the merged bins; `before`, `mixed` and
    `shifted` hold expected outcomes: the reference's chances over the reference's rows and over the current rows, and
    these with the current label rate.
    """

    seen_before: object
    before: object
    mixed: object
    shifted: object
    seen_now: object


@dataclass(frozen=True)
class Split:
    """Parts of the change of a metric, in its units, each of shape (T,); they add up to the change. NaN: undefined."""

    mix_effect: np.ndarray
    label_rate_effect: np.ndarray
    relation_effect: np.ndarray


def change_path(current, reference):
    """Return the path along which `split` evaluates metrics.

    Parameters
    ----------
    current, reference : Strata
        Of T targets; cells are segment value by merged score bin, by decision where a bin has both.

    Returns
    -------
    ChangePath
    """
    odds, there = chances(reference), _places(reference)
    slope = odds["slope"][..., None, None]
    moved = odds["cell"] + slope * np.nan_to_num(_places(current) - there)
    new = odds["line"] + slope * np.nan_to_num(_places(current), nan=0.0)
    now = np.where(np.isnan(there), new, moved)
    now_rows = current.of("weight").sum(axis=-1)
    positives = current.of("weight")[..., 1].sum(axis=(1, 2, 3))
    shift = common_shift(now.reshape(len(now), -1), now_rows.reshape(len(now), -1), positives)
    return ChangePath(
        reference.cells(), expected(reference, current, scipy.special.expit(odds["cell"])),
        expected(current, reference, scipy.special.expit(now)),
        expected(current, reference, scipy.special.expit(now + shift[:, None, None, None])), current.cells(),
    )


def chances(reference):
    """Return the log-odds of a positive outcome in the reference's cells, and the lines of its segment values.

    Parameters
    ----------
    reference : Strata

    Returns
    -------
    dict of ndarray
        "cell" (T, S, C, 3): each cell's own log-odds, a single row of its segment value's line beside them, altogether
        shifted to the reference's number of positives; "line" (T, S, 1, 1): the line's level, and "slope" (T, S).
    """
    weight, squares = reference.of("weight"), reference.of("weight_sq")
    mass = weight.sum(axis=-1)
    size = np.nan_to_num(ratio(mass**2, squares.sum(axis=-1)))
    share = np.nan_to_num(ratio(weight[..., 1], mass))
    by_bin, hits = size.sum(axis=-1), (size * share).sum(axis=-1)
    place = mean_logits(reference.of("score")[:, :, :-1].sum(axis=(3, 4)), mass[:, :, :-1].sum(axis=-1))
    place = np.concatenate([place, np.full((*place.shape[:2], 1), np.nan)], axis=2)
    level, slope = calibrated_line(by_bin, hits, place)
    line = scipy.special.expit(level[..., None, None] + slope[..., None, None] * np.nan_to_num(_places(reference)))
    cell = scipy.special.logit((size * share + line) / (size + 1))
    shift = common_shift(cell.reshape(len(cell), -1), mass.reshape(len(cell), -1),
                         weight[..., 1].sum(axis=(1, 2, 3)))
    return {"cell": cell + shift[:, None, None, None], "line": level[..., None, None], "slope": slope}


def _places(strata):
    """Return the mean logit of the scores by cell, (T, S, C, 3); NaN without rows, 0 without usable scores."""
    places = mean_logits(strata.of("score").sum(axis=-1), strata.of("weight").sum(axis=-1))
    places[:, :, -1] = np.where(np.isnan(places[:, :, -1]), np.nan, 0.0)
    return places


def expected(rows, other, chance):
    """Return the cells that rows would give if outcomes came with given chances.

    Parameters
    ----------
    rows, other : Strata
        The rows, of which only outcomes are replaced; and those whose scores and losses by outcome stand in where a
        cell has no row of that outcome.
    chance : ndarray of float64, shape (T, S, C, 3)

    Returns
    -------
    ScoreCells
        Of T targets, over all segment values.
    """
    mass = rows.of("weight").sum(axis=-1, keepdims=True)
    weight = mass * np.stack([1 - chance, chance], axis=-1)
    own, stand_in = rows.of("weight"), other.of("weight")
    mean_score = np.nan_to_num(ratio(rows.of("score").sum(axis=-1), mass[..., 0]))
    losses = log_losses(mean_score[..., None], np.array([0, 1]))
    losses[:, :, -1] = 0.0
    ones = np.ones_like(losses)
    last = {"score": mean_score[..., None] * ones, "score_sq": mean_score[..., None] ** 2 * ones, "loss": losses,
            "loss_w2": losses, "loss_sq_w2": losses**2}
    total = np.empty((len(SUMS), weight.shape[0], *weight.shape[2:]))
    for i, name in enumerate(SUMS):
        each = np.where(own > 0, ratio(rows.of(name), own), ratio(other.of(name), stand_in))
        total[i] = (weight * np.where(np.isnan(each), last.get(name, ones), each)).sum(axis=1)
    return score_cells(total)


def split(path, metric, change=None):
    """Return what of the change of a metric is owed to mix, label rate and relation.

    Parameters
    ----------
    path : ChangePath
        See `change_path`.
    metric : PerformanceMetric
        Of a classifier.
    change : ndarray of float64, shape (T,), optional
        Current less reference as they were published; that on the merged bins where not given.

    Returns
    -------
    Split
        The parts add up to `change`. NaN where the metric is undefined anywhere on the path.

    Notes
    -----
    Steps are differences between expected outcomes on both sides, so what merged bins hide, as of an area under a
    curve, cancels.

    Examples
    --------
    >>> from spark_monitor.metrics.concept.strata import Strata
    >>> from spark_monitor.metrics.performance.rates import ACCURACY
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> def strata(low, high):
    ...     cells = ScoreCells.of_rows([0.2] * low + [0.8] * high, [0] * low + [1] * high,
    ...                                [0, 0, 0, 1] * (low // 4) + [1, 1, 1, 1, 0] * (high // 5), edges=[0.5])
    ...     return Strata.of_cells(cells, np.array([0, 1, 2]), [0], [0], (1, 1))
    >>> parts = split(change_path(strata(4000, 16000), strata(16000, 4000)), ACCURACY)
    >>> parts.mix_effect.round(3), abs(parts.label_rate_effect.round(3)), abs(parts.relation_effect.round(3))
    (array([0.03]), array([0.]), array([0.]))
    """
    before, mixed, shifted = (metric.compute(cells, None).value for cells in (path.before, path.mixed, path.shifted))
    if change is None:
        change = metric.compute(path.seen_now, None).value - metric.compute(path.seen_before, None).value
    mix, rate = mixed - before, shifted - mixed
    relation = change - mix - rate
    return Split(*(np.where(np.isnan(relation), np.nan, part) for part in (mix, rate, relation)))
