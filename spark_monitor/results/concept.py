"""Metric rows of concept drift: whether scores mean something else than in the first reference, and what it changed.

- `relation_shift`: how far the chance of a positive outcome at the same score has moved, with its test.
- `mix_effect`, `label_rate_effect`, `relation_effect`: parts of the change of another metric, whose name is the row's
  feature; they add up to its published value less its published `reference_value`, which stands beside them.
- `base_rate_shift`: change of the share of positives.
- `concept_kind`: the kind of change in a number, and in a word as `reason` where there is nothing else to say there;
  `scores_given_outcome_p` is the p-value of its second test, relation_shift's is that of its first.

The reference is the first one, all versions together. Rows are held back while their own outcomes, and undefined while
the reference's, have not all come.
"""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.metrics.concept import (BASE_RATE_SHIFT, CONCEPT_KIND, CONCEPT_METRICS, EFFECTS, RELATION_SHIFT,
                                           SCORES_P)
from spark_monitor.metrics.concept.kind import kind_of_change, score_wander
from spark_monitor.metrics.concept.label_drift import rate_shift
from spark_monitor.metrics.concept.relation_shift import relation_shift, relation_wander
from spark_monitor.metrics.concept.split import change_path, split
from spark_monitor.metrics.performance import PERFORMANCE_METRICS
from spark_monitor.metrics.performance.rates import BASE_RATE
from spark_monitor.metrics.spec import Estimate
from spark_monitor.results.computing import computed, taken
from spark_monitor.results.concept_strata import cut_targets
from spark_monitor.results.first_reference import IMMATURE, is_mature, whole_of
from spark_monitor.results.rows import metric_rows
from spark_monitor.results.targets import SCOPES

FAMILY = "concept"
KINDS = ("none", "covariate", "label", "relation")
SPLIT_METRICS = tuple(PERFORMANCE_METRICS[name] for name in ("base_rate", "accuracy", "precision", "recall", "roc_auc",
                                                             "log_loss"))
NO_REFERENCE = "no_reference"


@dataclass(frozen=True)
class Against:
    """That every target has the same stored reference to be compared with; see `Compared`."""

    reason: np.ndarray


def evaluate_concept(labelled, curves, truth):
    """Yield the rows of family "concept", as record batches of the `metrics` table.

    Parameters
    ----------
    labelled : Labelled
    curves : DelayCurves
        Of the targets.
    truth : Truth
    """
    context = labelled.context
    against = [r for r in context.request.references if r.name == context.request.scores.reference]
    compared = (against[0], Against(np.full(len(truth.labelled), None, object))) if against else None
    hindrance = None
    for number, word in enumerate(SCOPES):
        specs = [spec for spec in CONCEPT_METRICS.values() if context.request.selections[word].wants(spec.name, FAMILY)]
        picked = np.flatnonzero(context.scopes == number)
        if not specs or not len(picked):
            continue
        hindrance = hindrance or _hindrance(labelled, curves)
        for spec, feature, estimate, chosen in _numbers(labelled, picked, specs, hindrance):
            rows = metric_rows(spec, FAMILY, feature, estimate, chosen, context, compared, truth)
            yield _worded(rows) if spec is CONCEPT_KIND else rows


def _hindrance(labelled, curves):
    """Return why nothing can be compared with the reference; "" where it can."""
    cells = labelled.reference.cells
    if not cells.total("rows", cells.labelled)[whole_of(labelled)]:
        return NO_REFERENCE
    return "" if is_mature(labelled, curves) else IMMATURE


def _numbers(labelled, picked, specs, hindrance):
    """Yield (spec, feature, estimate, targets) of all rows of some metrics."""
    if hindrance:
        nothing = Estimate(np.full(len(picked), np.nan), reason=hindrance)
        for spec in specs:
            for metric in SPLIT_METRICS if spec in EFFECTS else (None,):
                yield spec, metric and metric.name, nothing, picked
        return
    if BASE_RATE_SHIFT in specs:
        yield BASE_RATE_SHIFT, None, _base_rate_shift(labelled, picked), picked
    if any(spec is not BASE_RATE_SHIFT for spec in specs):
        yield from _compared(labelled, picked, specs)


def _base_rate_shift(labelled, picked):
    units, place = np.unique(labelled.unit[picked], return_inverse=True)
    before = taken(computed(BASE_RATE, labelled.reference, units), place)
    return replace(rate_shift(computed(BASE_RATE, labelled.current, picked), before), reference_value=before.value)


def _compared(labelled, picked, specs):
    """Yield the numbers that come of rows of both sides by stratum and score bin."""
    cut = cut_targets(labelled, picked)
    of_relation = cut.wander(relation_wander)
    kinds_too = CONCEPT_KIND in specs or SCORES_P in specs
    of_scores = cut.wander(score_wander) if kinds_too else None
    for chosen in cut.blocks(picked):
        now, before = cut.current(chosen), cut.reference.take(cut.of(chosen))
        shift = _shift(now, before, of_relation.take(cut.at(chosen)))
        if RELATION_SHIFT in specs:
            yield RELATION_SHIFT, None, shift, chosen
        if kinds_too:
            kinds = kind_of_change(shift.p_value, now, before, of_scores.take(cut.at(chosen)))
            for spec, estimate in ((CONCEPT_KIND, _kind(kinds, shift)), (SCORES_P, _scores_p(kinds, shift))):
                if spec in specs:
                    yield spec, None, estimate, chosen
        if any(spec in EFFECTS for spec in specs):
            for spec, feature, estimate in _effects(labelled, chosen, change_path(now, before)):
                if spec in specs:
                    yield spec, feature, estimate, chosen


def _shift(now, before, wander):
    """Return the relation shift with rows, not effective ones, as its size."""
    shift = relation_shift(now, before, wander)
    rows, others = (side.of("rows")[:, :, :-1].sum(axis=(1, 2, 3, 4)) for side in (now, before))
    reasons = shift.reasons.copy()
    reasons[np.equal(reasons, "no_outcomes") & (now.of("rows").sum(axis=(1, 2, 3, 4)) > 0)] = "no_scores"
    return replace(shift, sample_size=rows, reference_size=others, effective_size=shift.sample_size, reasons=reasons)


def _kind(kinds, shift):
    code = np.array([np.nan if kind is None else KINDS.index(kind) for kind in kinds.kind], float)
    return Estimate(code, sample_size=shift.sample_size, reference_size=shift.reference_size,
                    reasons=_reasons(code, shift.reasons), effective_size=shift.effective_size)


def _scores_p(kinds, shift):
    return Estimate(kinds.scores_p, p_value=kinds.scores_p, sample_size=shift.sample_size,
                    reference_size=shift.reference_size, reasons=_reasons(kinds.scores_p, shift.reasons),
                    effective_size=shift.effective_size)


def _reasons(value, first, otherwise="one_class"):
    """Return why values are undefined: for the first reason that there is."""
    said = np.where(np.equal(first, None), otherwise, first)
    return np.where(np.isnan(value), said, None)


def _effects(labelled, chosen, path):
    """Yield (spec, feature, estimate) of the parts of each metric's change."""
    units, place = np.unique(labelled.unit[chosen], return_inverse=True)
    for metric in SPLIT_METRICS:
        now = computed(metric, replace(labelled.current, folds=None), chosen)
        before = taken(computed(metric, replace(labelled.reference, folds=None), units), place)
        parts = split(path, metric, now.value - before.value)
        missing = np.where(np.isnan(now.value), now.reasons,
                           np.where(np.isnan(before.value), NO_REFERENCE, "undefined_on_the_path"))
        for spec in EFFECTS:
            value = getattr(parts, spec.name)
            yield spec, metric.name, Estimate(
                value, sample_size=now.sample_size, effective_size=now.effective_size, reference_value=before.value,
                reference_size=before.sample_size, reasons=np.where(np.isnan(value), missing, None))


def _worded(rows):
    """Return rows with the word for each kind as the reason, where there is no other."""
    words = pa.array(KINDS).take(pc.cast(rows.column("value"), pa.int64()))
    return rows.set_column(rows.schema.get_field_index("reason"), rows.schema.field("reason"),
                           pc.coalesce(rows.column("reason"), words))
