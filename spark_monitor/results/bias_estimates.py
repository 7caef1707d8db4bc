"""Metric rows of bias before outcomes are known: how far groups' estimated rates are apart.

Rows of family "estimated" named as the comparisons of family "bias" that they estimate, of single groups, feature
``to_rest``. `expected_value` is what the comparison would be if a score meant the same in every group, so that what is
beyond it rests on outcomes that the groups had in the reference; `reference_value` is the realised number there. Rows
of metric `estimation_support` say of each group how much of its own curve these outcomes support, from 0 to 1.
"""

from dataclasses import replace

import numpy as np

from spark_monitor.metrics.bias import SHARE_METRICS
from spark_monitor.metrics.bias.comparisons import to_rest
from spark_monitor.metrics.bias.criteria import CRITERIA
from spark_monitor.metrics.bias.estimated import estimated_to_rest
from spark_monitor.metrics.bias.findings import JUDGED
from spark_monitor.metrics.bias.measures import MEASURES
from spark_monitor.metrics.estimation import ESTIMATED_METRICS, SegmentCurves
from spark_monitor.metrics.estimation.cbpe import estimates
from spark_monitor.metrics.estimation.expected import expected_table
from spark_monitor.metrics.estimation.support import ESTIMATION_SUPPORT, own_support
from spark_monitor.metrics.spec import Estimate
from spark_monitor.results.bias_groups import protected_groups
from spark_monitor.results.bias_rates import shares_of
from spark_monitor.results.estimation import FAMILY, basis_of, without_outcomes
from spark_monitor.results.labelled import blocks, compacted
from spark_monitor.results.rows import metric_rows

# What is estimated in its place, where one is the other's complement.
COMPLEMENTS = {"false_positive_rate": "specificity"}
ESTIMATED = tuple(spec for spec in SHARE_METRICS.values() if spec.measure in MEASURES and spec.criterion in JUDGED
                  and COMPLEMENTS.get(spec.criterion, spec.criterion) in ESTIMATED_METRICS
                  and spec.criterion != "selection_rate")
PARTS = ("value", "ci_low", "ci_high", "weight", "sample_size", "common", "reasons")


def evaluate_estimated_bias(labelled, curves, truth):
    """Yield the rows of all protected segments, as record batches of the `metrics` table.

    Parameters
    ----------
    labelled : Labelled
    curves : DelayCurves
        Of the targets.
    truth : Truth
        Of the targets.
    """
    if not labelled.context.request.scores.protected:
        return
    basis, reference = None, shares_of(labelled.reference)
    for groups in protected_groups(labelled, truth):
        wanted = [spec for spec in ESTIMATED if groups.selection.wants(spec.name, FAMILY)]
        supported = groups.selection.wants(ESTIMATION_SUPPORT.name, FAMILY)
        if basis is None and (wanted or supported):
            basis = basis_of(labelled, curves)
        if supported:
            yield _rows(ESTIMATION_SUPPORT, None, _support(labelled, basis, groups), groups)
        rates = _estimated(labelled, basis, groups, {spec.criterion for spec in wanted})
        before = reference(groups.units[:, None])
        for spec in wanted:
            yield _rows(spec, "to_rest", _compared(spec, rates[spec.criterion], before), groups)


def _compared(spec, rates, before):
    """Return one comparison as an `Estimate` of shape (G, K)."""
    value, low, high, weight, rows, common, reasons = (rates[name] for name in PARTS)
    given = {"measure": spec.measure, "rows": rows}
    found = estimated_to_rest(value, low, high, weight, reasons=reasons, **given)
    if_alike = estimated_to_rest(common, common, common, weight, **given).value
    realised = to_rest(before.of(spec.criterion), spec.measure)
    return replace(found, expected=if_alike, reference_value=np.broadcast_to(realised.value, value.shape),
                   reference_size=np.broadcast_to(realised.sample_size, value.shape))


def _support(labelled, basis, groups):
    """Return how much of each group's curve its own outcomes support, shape (G, K)."""
    if isinstance(basis, str):
        nothing = np.full(groups.at.shape, np.nan)
        return Estimate(nothing, reasons=np.full(groups.at.shape, basis, object))
    keys = labelled.context.unit_keys
    mine = np.array([place for place, (segment, _) in enumerate(keys) if segment == groups.segment])
    cells = labelled.reference.cells.take(mine)
    by_unit = np.zeros(len(keys) + 1)
    by_unit[mine] = own_support(SegmentCurves.of(basis.calibrator, cells))
    rows = np.append(labelled.reference.labelled_rows, 0)[groups.units]
    value = np.broadcast_to(by_unit[groups.units][:, None], groups.at.shape)
    return Estimate(value, reference_size=np.broadcast_to(rows[:, None], groups.at.shape))


def _estimated(labelled, basis, groups, criteria):
    """Return the estimated rates of groups by criterion: a dict of `PARTS`, arrays of shape (G, K)."""
    picked = np.sort(groups.at[groups.at >= 0])
    size = len(labelled.current.rows)
    nothing = {"reasons": None, "sample_size": 0.0, "weight": 0.0}
    made = {criterion: {name: np.full(size + 1, nothing.get(name, np.nan), object if name == "reasons" else float)
                        for name in PARTS} for criterion in criteria}
    for parts in made.values():
        parts["reasons"][:] = basis if isinstance(basis, str) else "no_rows"
    if not isinstance(basis, str) and len(picked) and criteria:
        merged, targets = without_outcomes(labelled.current.cells.take(picked)), labelled.context.targets
        for block in blocks(merged, np.arange(len(picked))):
            chosen = picked[block]
            cells = merged.take(block)
            chances = basis.chances(cells, targets.unit[chosen], targets.grain[chosen])
            common = basis.calibrator.chances(cells)
            cells = compacted(cells)
            for criterion, parts in made.items():
                for name, values in _one(criterion, cells, chances, common).items():
                    parts[name][chosen] = values
    return {criterion: {name: values[groups.at] for name, values in parts.items()} for criterion, parts in made.items()}


def _one(criterion, cells, chances, common):
    """Return the `PARTS` of one criterion's rates of the targets of a block."""
    spec = ESTIMATED_METRICS[COMPLEMENTS.get(criterion, criterion)]
    found = estimates(spec, cells, chances, ("realised",))[0]
    alike = estimates(spec, cells, common, ("realised",))[0].value
    table = expected_table(cells, chances.chance)
    (_, whole), = CRITERIA[criterion].parts
    weight = sum(table[:, decision, outcome] for decision, outcome in whole)
    value, low, high = found.value, found.ci_low, found.ci_high
    if criterion in COMPLEMENTS:
        value, low, high, alike = 1 - value, 1 - high, 1 - low, 1 - alike
    return dict(zip(PARTS, (value, low, high, weight, found.sample_size, alike, found.reasons)))


def _rows(spec, feature, estimate, groups):
    group, window = groups.of_group, groups.of_window
    arrays = {name: value[group, window] for name, value in vars(estimate).items() if np.ndim(value) == 2}
    picked = groups.at.shape[1] + np.arange(len(group))
    return metric_rows(spec, FAMILY, feature, replace(estimate, **arrays), picked, groups.context)
