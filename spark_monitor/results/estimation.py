"""Metric rows before outcomes are known: what scores meant in the reference, applied to the rows of every window.

Rows of family "estimated" are named as the performance metrics that they estimate. Those without a feature hold,
between `ci_low` and `ci_high`, the value that these very rows will turn out to have; those of feature "population" the
value over all rows that could have come. `reference_value` is the realised number of the reference. Once outcomes are
there, rows of metric `estimation_error` say how far the estimate was off, estimated less realised value; their feature
is the metric's name, and their interval holds 0 where the first band held.
"""

from dataclasses import dataclass, replace

import numpy as np

from spark_monitor.metrics.estimation import ESTIMATED_METRICS, Calibrator, SegmentCurves, calibrate
from spark_monitor.metrics.estimation.bands import estimation_error
from spark_monitor.metrics.estimation.cbpe import estimates
from spark_monitor.metrics.estimation.past_error import ESTIMATION_ERROR
from spark_monitor.metrics.estimation.wander import wander_variance
from spark_monitor.metrics.spec import Estimate
from spark_monitor.results.computing import computed, joined, taken
from spark_monitor.results.context import beside
from spark_monitor.results.first_reference import IMMATURE, is_mature, reference_spans, whole_of
from spark_monitor.results.labelled import blocks, compacted
from spark_monitor.results.rows import metric_rows

FAMILY = "estimated"
BANDS = {"realised": None, "population": "population"}
NO_CALIBRATION = "no_calibration"


@dataclass(frozen=True)
class Basis:
    """What the first reference says of scores.

    Parameters
    ----------
    calibrator : Calibrator
    curves : SegmentCurves
        Of the U units.
    own : ndarray of int64, shape (U,)
        The unit itself, or -1 where the curve of the whole holds.
    wander : ndarray of float64, shape (grains,)
        How far calibration is off in one window, by grain of the request.
    """

    calibrator: Calibrator
    curves: SegmentCurves
    own: np.ndarray
    wander: np.ndarray

    def chances(self, cells, unit, grain):
        """Return the chances in cells of targets of these units and grains."""
        found = self.calibrator.chances(cells, self.curves, self.own[unit])
        # Wander shifts a window's level as a whole, as not knowing the level of its own curve does.
        return replace(found, wander=0.0, tilt=found.tilt + self.wander[grain][:, None, None] * np.diag([1.0, 0.0]))


def evaluate_estimates(labelled, curves, truth):
    """Yield the rows of family "estimated", as record batches of the `metrics` table.

    Parameters
    ----------
    labelled : Labelled
    curves : DelayCurves
        Of the targets.
    truth : Truth
        It holds back the errors of estimates alone.
    """
    asked, errors = asked_for(labelled, ESTIMATED_METRICS)
    basis = basis_of(labelled, curves) if asked else None
    for targets, specs in asked:
        found = _estimated(labelled, basis, targets, [spec for spec, _ in specs])
        for spec, picked in specs:
            yield from band_rows(spec, labelled, found[spec.name], targets, picked)
            yield from error_rows(spec, labelled, found[spec.name][0], targets, errors, truth)


def asked_for(labelled, metrics):
    """Return which targets estimates are made for, and the targets that get an estimate's past error.

    Parameters
    ----------
    labelled : Labelled
    metrics : Catalogue
        Of estimated metrics, each with the `realised` one.

    Returns
    -------
    list of (ndarray of int64, list)
        Targets, and the specs that are estimated for them, each with the targets that get its rows.
    ndarray of int64
    """
    context = labelled.context
    errors = context.wanted(ESTIMATION_ERROR.name, FAMILY)
    wanted = {}
    for spec in metrics.values():
        picked = context.wanted(spec.name, FAMILY)
        asked = np.union1d(picked, errors) if "outcome" in spec.realised.needs else picked
        if len(asked):
            wanted.setdefault(asked.tobytes(), (asked, []))[1].append((spec, picked))
    return list(wanted.values()), errors


def basis_of(labelled, curves):
    """Return the `Basis` of estimates, or the word why there is none.

    Parameters
    ----------
    labelled : Labelled
    curves : DelayCurves
        Of the targets.
    """
    whole, cells = whole_of(labelled), labelled.reference.cells
    if not cells.total("rows", cells.labelled)[whole]:
        return NO_CALIBRATION
    try:
        calibrator = calibrate(cells.take([whole]))
    except ValueError:
        return NO_CALIBRATION
    if not is_mature(labelled, curves):
        return IMMATURE
    return Basis(calibrator, *unit_curves(calibrator, labelled), _wander(calibrator, labelled, whole))


def unit_curves(calibrator, labelled):
    """Return the curves of all units, each leaning on those of its own segment, and which units have one.

    Parameters
    ----------
    calibrator : Calibrator
    labelled : Labelled
        Whose reference the calibrator was fitted to.
    """
    segments = np.array([segment or "" for segment, _ in labelled.context.unit_keys])
    size = len(segments)
    shift, covariance = np.zeros((size, 2)), np.zeros((size, 2, 2))
    for segment in np.unique(segments[segments != ""]):
        units = np.flatnonzero(segments == segment)
        found = SegmentCurves.of(calibrator, labelled.reference.cells.take(units))
        shift[units], covariance[units] = found.shift, found.covariance
    return SegmentCurves(shift, covariance, np.full(2, np.nan)), np.where(segments == "", -1, np.arange(size))


def _wander(calibrator, labelled, whole):
    found = []
    for grain in labelled.context.request.windows:
        spans = reference_spans(labelled, grain)
        cells = spans.cells.take(whole * spans.count + np.arange(spans.count))
        found.append(wander_variance(cells, calibrator.chance[cells.bin]))
    return np.array(found)


def _estimated(labelled, basis, picked, specs):
    """Return the estimates of each metric by name, one for each of `BANDS`; metrics share chances."""
    if isinstance(basis, str):
        nothing = np.full(len(picked), np.nan)
        return {spec.name: [Estimate(nothing, nothing, nothing, reason=basis)] * len(BANDS) for spec in specs}
    targets, parts, places = labelled.context.targets, {spec.name: [] for spec in specs}, []
    merged = without_outcomes(labelled.current.cells)
    for block in blocks(merged, picked):
        chosen = picked[block]
        cells = merged.take(chosen)
        chances = basis.chances(cells, targets.unit[chosen], targets.grain[chosen])
        cells = compacted(cells)
        for spec in specs:
            parts[spec.name].append(estimates(spec, cells, chances, tuple(BANDS)))
        places.append(block)
    order = np.concatenate(places)
    return {name: [joined(list(of_band), order) for of_band in zip(*found)] for name, found in parts.items()}


def without_outcomes(cells):
    """Return cells with those that differ in nothing but the outcome added up, as unlabelled rows.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> merged = without_outcomes(ScoreCells.of_rows([0.2, 0.2, 0.8], [0, 0, 1], [0, 1, 1], edges=[0.5]))
    >>> merged.rows, merged.score, merged.outcome
    (array([2, 1]), array([0.4, 0.8]), array([-1, -1]))
    """
    code = (cells.target * (cells.bins + 1) + cells.bin) * 3 + cells.decision
    if not len(code):
        return cells
    starts = np.flatnonzero(np.diff(code, prepend=code[0] - 1))
    sums = {name: np.add.reduceat(getattr(cells, name), starts)
            for name in ("rows", "weight", "weight_sq", "score", "score_sq")}
    none = np.zeros(len(starts))
    return replace(cells, target=cells.target[starts], bin=cells.bin[starts], decision=cells.decision[starts],
                   outcome=np.full(len(starts), -1), loss=none, loss_w2=none, loss_sq_w2=none, **sums)


def realised_number(spec, side, picked):
    """Return what an estimated metric turned out to be for some things of a side."""
    return computed(spec.realised, replace(side, folds=None), picked)


def band_rows(spec, labelled, found, asked, picked, number=realised_number):
    """Yield the rows of one metric, of either band, with the reference's realised number beside them.

    Parameters
    ----------
    found : sequence of Estimate
        One for each of `BANDS`, of the targets `asked`.
    asked, picked : ndarray of int64
        Targets in order; rows are made for those picked.
    number : callable
        As `realised_number`.
    """
    if not len(picked):
        return
    units, place = np.unique(labelled.unit[picked], return_inverse=True)
    before = number(spec, labelled.reference, units)
    rows = labelled.reference.rows[units]
    for estimate, feature in zip(found, BANDS.values()):
        estimate = beside(taken(estimate, np.searchsorted(asked, picked)), before.value[place], rows[place])
        yield metric_rows(spec, FAMILY, feature, estimate, picked, labelled.context)


def error_rows(spec, labelled, estimate, asked, errors, truth, number=realised_number):
    """Yield the rows that say how far an estimate was off, where outcomes can tell.

    Parameters
    ----------
    estimate : Estimate
        With the band of these very rows, of the targets `asked`.
    asked, errors : ndarray of int64
        Targets in order; rows are made for `errors`.
    """
    if len(errors) and "outcome" in spec.realised.needs:
        realised = number(spec, labelled.current, errors)
        error = estimation_error(taken(estimate, np.searchsorted(asked, errors)), realised)
        yield metric_rows(ESTIMATION_ERROR, FAMILY, spec.name, error, errors, labelled.context, truth=truth)
