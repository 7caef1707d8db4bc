"""Metric rows of a regression before outcomes are known: the reference's errors at the predictions of every window.

Rows are those of `results.estimation`, of other metrics: family "estimated", both bands, and `estimation_error` once
outcomes are there. A segment value is estimated from its own errors as far as the reference supports that they differ
from everybody's; all rows together from everybody's.
"""

from dataclasses import replace

import numpy as np

from spark_monitor.cells.error_arrow import read_losses
from spark_monitor.metrics.estimation.estimated_errors import ESTIMATED_ERRORS
from spark_monitor.metrics.estimation.expected_loss import FIELDS, LossCurves, expected_losses
from spark_monitor.metrics.loss_cells import LossCells
from spark_monitor.metrics.spec import Estimate
from spark_monitor.results.computing import joined
from spark_monitor.results.estimation import BANDS, asked_for, band_rows, error_rows
from spark_monitor.results.first_reference import IMMATURE, is_mature, rows_by_span, whole_of

NO_ERRORS = "no_reference_errors"
FEWEST = 5


def evaluate_expected_errors(labelled, curves, truth):
    """Yield the rows of family "estimated" of a regression, as record batches of the `metrics` table.

    Parameters
    ----------
    labelled : Labelled
    curves : DelayCurves
        Of the targets.
    truth : Truth
        It holds back the errors of estimates alone.
    """
    asked, errors = asked_for(labelled, ESTIMATED_ERRORS)
    basis = basis_of(labelled, curves) if asked else None
    for targets, specs in asked:
        found = _estimated(labelled, basis, targets)
        for spec, picked in specs:
            yield from band_rows(spec, labelled, found[spec.name], targets, picked)
            yield from error_rows(spec, labelled, found[spec.name][0], targets, errors, truth)


def basis_of(labelled, curves):
    """Return the `LossCurves` of the reference's units and their wander by grain, or the word why there are none.

    Parameters
    ----------
    labelled : Labelled
    curves : DelayCurves
        Of the targets.
    """
    whole, losses = whole_of(labelled), labelled.reference.losses
    mine = losses.take([whole])
    if mine.of("known").sum() < FEWEST or not mine.of("known_weight").sum() > 0:
        return NO_ERRORS
    if not is_mature(labelled, curves):
        return IMMATURE
    everybody = LossCurves.of(mine)
    return _of_units(labelled, everybody), _wander(labelled, everybody, whole)


def _of_units(labelled, everybody):
    """Return the curves of all units, each leaning on those of its own segment."""
    segments = np.array([segment or "" for segment, _ in labelled.context.unit_keys])
    parts = {name: np.repeat(getattr(everybody, name), len(segments), axis=1) for name in FIELDS[:4]}
    losses = labelled.reference.losses
    for segment in np.unique(segments[segments != ""]):
        units = np.flatnonzero(segments == segment)
        own = losses.take(units)
        if own.of("known_weight").sum() > 0:
            found = LossCurves.of(own)
            for name, values in parts.items():
                values[:, units] = getattr(found, name)
    return replace(everybody, **parts)


def _wander(labelled, everybody, whole):
    """Return how far mean losses are off in one window, by grain of the request, shape (grains, losses)."""
    bins, found = labelled.reference.losses.bins, []
    for grain in labelled.context.request.windows:
        rows, groups, count = rows_by_span(labelled, grain)
        losses = LossCells.of_sums(read_losses(rows, groups, bins), len(labelled.context.unit_keys) * count, bins)
        found.append(everybody.wandering(losses.take(whole * count + np.arange(count))).wander)
    return np.array(found)


def _estimated(labelled, basis, picked):
    """Return the estimates of each metric by name, one for each of `BANDS`."""
    if isinstance(basis, str):
        nothing = np.full(len(picked), np.nan)
        return {name: [Estimate(nothing, nothing, nothing, reason=basis)] * len(BANDS) for name in ESTIMATED_ERRORS}
    (units, wander), targets = basis, labelled.context.targets
    parts, places = {name: [] for name in ESTIMATED_ERRORS}, []
    for block in labelled.current.blocks(picked):
        chosen = picked[block]
        losses = labelled.current.losses.take(chosen)
        curves = units.of_targets(targets.unit[chosen], wander[targets.grain[chosen]])
        now = [losses.of(name)[:, None] for name in ("weight", "weight_sq", "rows")]
        found = [expected_losses(curves, *now, band=band) for band in BANDS]
        for name, of_bands in parts.items():
            of_bands.append([of_band[name] for of_band in found])
        places.append(block)
    order = np.concatenate(places)
    return {name: [joined(list(of_band), order) for of_band in zip(*found)] for name, found in parts.items()}
