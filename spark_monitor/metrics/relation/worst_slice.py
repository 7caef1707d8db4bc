"""The values of a feature that a model is worst on: how much worse, how certainly, and since when."""

from dataclasses import dataclass, replace

import numpy as np
import scipy

from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.relation.by_feature import loss_moments
from spark_monitor.metrics.relation.failing_slices import failing_slices, rest_of
from spark_monitor.metrics.spec import Estimate

SIMULTANEOUS = "log_normal_simultaneous"


@dataclass(frozen=True)
class WorstSlices:
    """The worst bin of each of K targets.

    Parameters
    ----------
    bin : ndarray of int64, shape (K,)
        -1 where no bin could be judged.
    effect : Estimate
        With the corrected p-value.
    loss_ratio : Estimate
    """

    bin: np.ndarray
    effect: Estimate
    loss_ratio: Estimate


def worst_slices(cells, window, reference=None):
    """Return the worst bin of each target: of the failing ones, or where none fails of all, that of the largest effect.

    Parameters
    ----------
    cells : RelationCells
        Of K targets: all features of each window.
    window : array_like of int, shape (K,)
        Which window a target belongs to, from 0.
    reference : RelationCells, optional
        On the same bins; the same bin's ratio there is the reference's value.

    Returns
    -------
    WorstSlices

    Notes
    -----
    The interval of the ratio is that of its logarithm, at a level of which all of the window's bins hold together
    (Bonferroni), so that having been chosen makes no bin look worse.

    Examples
    --------
    >>> from spark_monitor.metrics.relation.relation_cells import RelationCells
    >>> cells = RelationCells.of_rows([0] * 60 + [1] * 60, [1] * 120, [0.9, 1.1] * 30 + [0.1, 0.3] * 30, bins=2)
    >>> worst = worst_slices(cells, window=[0])
    >>> worst.bin, worst.loss_ratio.value.round(6)
    (array([0]), array([5.]))
    """
    found = failing_slices(cells, window)
    told = ~np.isnan(found.effect)
    candidates = np.where(found.failing.any(axis=1, keepdims=True), found.failing, told)
    chosen = np.where(candidates, found.effect, -np.inf).argmax(axis=1)
    known = told.any(axis=1)
    effect = np.where(np.isfinite(_at(found.effect, chosen)) & known, _at(found.effect, chosen), np.nan)
    rows, size = _at(cells.of("rows"), chosen), loss_moments(cells)[2]
    common = {"sample_size": np.where(known, rows, cells.of("rows").sum(axis=1)),
              "effective_size": np.where(known, _at(size, chosen), size.sum(axis=1))}
    nothing = np.where(cells.of("rows").sum(axis=1) > 0, "too_few_rows", "no_outcomes")
    tests = np.bincount(window, told.sum(axis=1), np.max(window, initial=-1) + 1)[np.asarray(window)]
    of_loss = _loss_ratio(cells, chosen, known, np.maximum(tests, 1))
    if reference is not None:
        before, there = _loss_ratio(reference, chosen, known, np.ones(len(chosen))), _at(reference.of("rows"), chosen)
        of_loss = replace(of_loss, reference_value=before.value, reference_size=np.where(known, there, np.nan))
    return WorstSlices(
        np.where(known, chosen, -1),
        Estimate(effect, p_value=_at(found.q_value, chosen), **common,
                 reasons=np.where(known, np.where(np.isnan(effect), "losses_do_not_vary", None), nothing)),
        replace(of_loss, **common, reasons=np.where(known, np.where(np.isnan(of_loss.value), "no_loss_elsewhere", None),
                                                    nothing)))


def _at(values, chosen):
    return np.take_along_axis(values, chosen[:, None], axis=1)[:, 0]


def _loss_ratio(cells, chosen, known, tests):
    """Return the mean loss of the chosen bins over that of the others, with an interval corrected for the tests."""
    (loss, spread, size), (rest, rest_spread, rest_size) = (
        tuple(_at(moment, chosen) for moment in loss_moments(side)) for side in (cells, rest_of(cells)))
    value = np.where(known & (rest > 0), ratio(loss, rest), np.nan)
    error = np.sqrt(ratio(spread, size * loss**2) + ratio(rest_spread, rest_size * rest**2))
    wide = np.exp(np.minimum(-scipy.special.ndtri((1 - CI_LEVEL) / 2 / tests) * error, 700))
    return Estimate(value, ratio(value, wide), value * wide, error_bound=np.where(np.isnan(value), np.nan, 0.0),
                    ci_method=SIMULTANEOUS, ci_level=CI_LEVEL)
