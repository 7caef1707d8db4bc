"""Metric rows of predictions beside their outcomes: performance, and how much of the truth has come."""

import numpy as np

from spark_monitor.metrics.maturity import DELAY_METRICS, is_open
from spark_monitor.metrics.maturity.delay_bins import LEAK
from spark_monitor.metrics.maturity.matures_at import MATURES_AT, MATURES_AT_METRIC, matures_at
from spark_monitor.metrics.performance import PERFORMANCE_METRICS
from spark_monitor.metrics.performance.cost import cost
from spark_monitor.metrics.performance.parameters import has_score_parameter, score_metric
from spark_monitor.metrics.quality.outcome_rates import OUTCOME_CONFLICT_RATE, OUTCOME_RATES
from spark_monitor.metrics.score_cells import UNKNOWN
from spark_monitor.metrics.selective.labelled_share import LABELLED_SHARE
from spark_monitor.results.bias import evaluate_bias
from spark_monitor.results.bias_estimates import evaluate_estimated_bias
from spark_monitor.results.computing import computed, taken
from spark_monitor.results.concept import evaluate_concept
from spark_monitor.results.context import beside
from spark_monitor.results.estimation import evaluate_estimates
from spark_monitor.results.labelled import label_targets
from spark_monitor.results.rows import Truth, metric_rows
from spark_monitor.results.selective import hidden_rows, hidden_targets, least_arrived, reweighted_rows

FAMILY = "performance"


def evaluate_scores(table, request):
    """Yield the metric rows of score cells, as record batches of the `metrics` table.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of `score_cells` sorted by unit.
    request : EvaluationRequest
    """
    labelled = label_targets(table, request)
    if labelled is None:
        return
    curves = labelled.curves()
    truth = truth_of(labelled, curves)
    yield from arrival_rows(labelled, curves, truth)
    yield from outcome_quality_rows(labelled)
    come = least_arrived(labelled, curves)
    yield from performance_rows(labelled, truth, score_metrics(request), come)
    yield from reweighted_rows(labelled, truth, come)
    yield from evaluate_bias(labelled, truth)
    yield from evaluate_estimates(labelled, curves, truth)
    yield from evaluate_estimated_bias(labelled, curves, truth)
    yield from evaluate_concept(labelled, curves, truth)


def score_metrics(request):
    """Return the specs of a classifier: all listed ones, a configured cost, those with a parameter that are chosen."""
    configured = [cost(request.scores.costs)] if request.scores.costs else []
    chosen = {name for selection in request.selections.values() for name in selection.names}
    named = [score_metric(name) for name in sorted(chosen) if has_score_parameter(name)]
    return [*PERFORMANCE_METRICS.values(), LABELLED_SHARE, *configured, *named]


def truth_of(labelled, curves):
    """Return the `Truth` of all targets."""
    scores = labelled.context.request.scores
    grown = DELAY_METRICS["maturity"].compute(labelled.current.delays, curves, scores.as_of)
    mature = is_open(labelled.current.delays, curves, scores.as_of, scores.least)
    return Truth(labelled.current.labelled_rows, grown.value, mature)


def arrival_rows(labelled, curves, truth):
    """Yield the rows that say how much of the truth has come, and when it will have."""
    context, scores = labelled.context, labelled.context.request.scores
    for spec in (*DELAY_METRICS.values(), MATURES_AT_METRIC):
        picked = context.wanted(spec.name, FAMILY)
        if not len(picked):
            continue
        if spec.name == MATURES_AT:
            estimate = matures_at(labelled.current.delays, curves, scores.least)
        else:
            estimate = spec.compute(labelled.current.delays, curves, scores.as_of)
        held = truth if spec.name == MATURES_AT else None
        yield metric_rows(spec, FAMILY, None, taken(estimate, picked), picked, context, truth=held)


def outcome_quality_rows(labelled):
    """Yield the rows that say how many outcomes can't be what they say."""
    side = labelled.current
    delays, cells = side.delays, side.cells
    early = np.bincount(delays.target, np.where(delays.bin == LEAK, delays.rows, 0), len(side.rows))
    facts = {"early": early, "labelled": side.labelled_rows, "unknown": cells.total("rows", cells.outcome == UNKNOWN),
             "conflicts": labelled.conflicts}
    for spec in OUTCOME_RATES:
        yield from _quality_rows(spec, facts, labelled.context)


def conflict_rows(labelled):
    """Yield the rows that say how many predictions have outcomes that contradict each other, of any task."""
    facts = {"labelled": labelled.current.labelled_rows, "conflicts": labelled.conflicts}
    yield from _quality_rows(OUTCOME_CONFLICT_RATE, facts, labelled.context)


def _quality_rows(spec, facts, context):
    picked = context.wanted(spec.name, spec.family)
    if len(picked):
        yield metric_rows(spec, spec.family, None, taken(spec.compute(facts), picked), picked, context)


def performance_rows(labelled, truth, specs, come=None):
    """Yield the rows of some metrics, each with the reference's number beside it.

    Parameters
    ----------
    labelled : Labelled
    truth : Truth
    specs : iterable of PerformanceMetric
    come : ndarray of float64, shape (K,), optional
        As `least_arrived` returns it, of a classifier: numbers that selective labels leave undefined are told as such.
    """
    context = labelled.context
    for spec in specs:
        picked = context.wanted(spec.name, FAMILY)
        if not len(picked):
            continue
        estimate = computed(spec, labelled.current, picked)
        units = np.unique(labelled.unit[picked])
        before = computed(spec, labelled.reference, units)
        place = np.searchsorted(units, labelled.unit[picked])
        rows, before = labelled.reference.rows[labelled.unit[picked]], before.value[place]
        needs_truth = "outcome" in spec.needs
        seen = np.ones(len(picked), bool)
        if needs_truth and come is not None:
            seen = ~hidden_targets(spec.name, labelled, come)[picked]
        if not seen.all():
            yield hidden_rows(spec, labelled, picked[~seen], before[~seen], truth)
        estimate = beside(taken(estimate, seen), before[seen], rows[seen])
        yield metric_rows(spec, FAMILY, None, estimate, picked[seen], context, truth=truth if needs_truth else None)
