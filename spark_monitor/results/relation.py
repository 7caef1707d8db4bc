"""Metric rows of relations: on which values of a feature a model is wrong, and whether outcomes depend on it otherwise.

All rows together, by version; segments have none. Of each feature three rows stand for a window: how far outcomes at
the same value of the feature have moved from the first reference's (`feature_relation_shift`, not of a regression), and of
the values with the worst loss, whose name is the row's `reason`, how much worse it is (`worst_slice_effect`,
`worst_slice_loss_ratio`). Rows are held back while outcomes have not all come.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.relation_arrow import FAMILY
from spark_monitor.cells.relation_bins import merge_bins
from spark_monitor.metrics.relation import FEATURE_RELATION_SHIFT, WORST_SLICE_EFFECT, WORST_SLICE_LOSS_RATIO
from spark_monitor.metrics.relation.by_feature import feature_relation_shift
from spark_monitor.metrics.relation.failing_slices import discovery_rates
from spark_monitor.metrics.relation.worst_slice import worst_slices
from spark_monitor.metrics.spec import Estimate
from spark_monitor.results.class_sides import with_delay_groups
from spark_monitor.results.concept import NO_REFERENCE, Against
from spark_monitor.results.first_reference import IMMATURE, is_mature, whole_of
from spark_monitor.results.labelled import label_targets
from spark_monitor.results.performance import truth_of
from spark_monitor.results.relation_sides import DelaySides, read_sides
from spark_monitor.results.rows import metric_rows

UNCOUNTED = "not_counted"


def evaluate_relations(tables, request):
    """Yield the rows of family "relation", as record batches of the `metrics` table.

    Parameters
    ----------
    tables : iterable of pyarrow.Table
        First the score or error cells of all rows together, of which the delays tell how much of the truth has come,
        then the relation cells of each feature; those of references have their name in `reference`.
    request : EvaluationRequest
        With `scores` and `relations`.
    """
    tables = iter(tables)
    first = next(tables, None)
    if first is None or first.column("family")[0].as_py() == FAMILY:
        return
    labelled = label_targets(first, request, DelaySides(request.relations.classes))
    if labelled is None:
        return
    if request.scores.classes:
        labelled = with_delay_groups(labelled)
    curves = labelled.curves()
    truth = truth_of(labelled, curves)
    sides = read_sides(tables, labelled)
    bins, estimates = _numbers(sides, labelled, truth, _hindrance(labelled, curves))
    yield from _rows(labelled, truth, bins, estimates)


def _hindrance(labelled, curves):
    """Return why nothing can be compared with the reference; "" where it can."""
    if not labelled.reference.labelled_rows[whole_of(labelled)]:
        return NO_REFERENCE
    return "" if is_mature(labelled, curves) else IMMATURE


def _numbers(sides, labelled, truth, hindrance):
    """Return the worst bin, and an estimate by metric, of each feature and target: targets of one feature together."""
    classifies, grains = labelled.context.request.relations.classes > 1, labelled.context.targets.grain
    wander = sides.wander() if classifies and not hindrance else None
    bins, found = [], {}
    for picked in sides.blocks():
        cells, before = sides.take(picked)
        window = np.tile(np.arange(len(picked)), sides.features)
        uncounted = (cells.of("rows").sum(axis=1) == 0) & (np.tile(truth.labelled[picked], sides.features) > 0)
        worst = worst_slices(cells, window, before)
        made = {WORST_SLICE_EFFECT: worst.effect, WORST_SLICE_LOSS_RATIO: worst.loss_ratio}
        if classifies and hindrance:
            made[FEATURE_RELATION_SHIFT] = Estimate(np.full(len(window), np.nan), reason=hindrance)
        elif classifies:
            at = (grains[picked] * sides.features + np.arange(sides.features)[:, None]).ravel()
            made[FEATURE_RELATION_SHIFT] = _shift(cells, before, wander.take(at), window)
        bins.append(worst.bin.reshape(sides.features, -1))
        for spec, estimate in made.items():
            found.setdefault(spec, []).append(_said(estimate, uncounted))
    return np.concatenate(bins, axis=1), {spec: _side_by_side(parts, sides.features) for spec, parts in found.items()}


def _shift(cells, before, wander, window):
    """Return the shift with rows, not effective ones, as its size, and its p-value corrected for the features."""
    shift = feature_relation_shift(cells, before, wander)
    return replace(shift, p_value=discovery_rates(shift.p_value, window), effective_size=shift.sample_size,
                   sample_size=cells.of("rows").sum(axis=1), reference_size=before.of("rows").sum(axis=1))


def _said(estimate, uncounted):
    """Return an estimate that says where a feature was not counted, though outcomes are there."""
    if estimate.reasons is None:
        return estimate
    return replace(estimate, reasons=np.where(uncounted, UNCOUNTED, estimate.reasons))


def _side_by_side(parts, features):
    """Return estimates of blocks of targets as one of arrays of shape (features, targets)."""
    arrays = {name: np.concatenate([getattr(part, name).reshape(features, -1) for part in parts], axis=1)
              for name, value in vars(parts[0]).items() if isinstance(value, np.ndarray)}
    return replace(parts[0], **arrays)


def _rows(labelled, truth, bins, estimates):
    context, request = labelled.context, labelled.context.request
    against = [r for r in request.references if r.name == request.scores.reference]
    compared = (against[0], Against(np.full(len(truth.labelled), None, object))) if against else None
    for spec, estimate in estimates.items():
        picked = context.wanted(spec.name, FAMILY)
        for place, feature in enumerate(request.relations.features if len(picked) else ()):
            frozen = request.bins["drift", feature]
            own = replace(estimate, **{name: value[place, picked] for name, value in vars(estimate).items()
                                       if isinstance(value, np.ndarray)})
            compares = spec is FEATURE_RELATION_SHIFT
            rows = metric_rows(spec, FAMILY, feature, own, picked, replace(context, bins_id=frozen.bins_id),
                               compared if compares else None, truth)
            yield rows if compares else _named(rows, merge_bins(frozen), bins[place, picked])


def _named(rows, merged, bins):
    """Return rows with the name of the bin that each is about as the reason, where there is no other."""
    names = pa.array([merged.name(cell) for cell in range(len(merged.category))]).take(
        pa.array(np.maximum(bins, 0), mask=bins < 0))
    return rows.set_column(rows.schema.get_field_index("reason"), rows.schema.field("reason"),
                           pc.coalesce(rows.column("reason"), names))
