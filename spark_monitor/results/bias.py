"""Metric rows of bias: how alike a model treats the groups of each protected segment.

A row's segment is the protected column, or a crossing of protected ones, and its feature the way of comparing:

- all groups together (segment_value NULL): ``between_groups``, the lowest beside the highest, and ``to_overall``, the
  group that is farthest from all groups together;
- one group (segment_value is its name): ``to_rest``, against all others together; ``to_best``, ``to_worst`` and
  ``to_overall``; ``to:<group>``, against a named group, or the largest of the reference where none is named;
  ``to_rest|<column>``, against all others within the values of a control column;
- ``<criterion>_shrunk`` compares nothing: one group's rate, drawn towards that of all; feature NULL.

Only groups with enough rows are compared; the others have a row that says so. A reference's number is that of its own
groups, all versions together.
"""

from dataclasses import replace

import numpy as np

from spark_monitor.metrics.bias import EQUALIZED_ODDS, SCORING_RATE, SHARE_METRICS, SHRUNK
from spark_monitor.metrics.bias.equalized_odds import equalized_odds
from spark_monitor.metrics.bias.extremes import between_groups, farthest_from_overall
from spark_monitor.metrics.bias.shrinkage import shrunk
from spark_monitor.results.bias_groups import protected_groups, strata
from spark_monitor.results.bias_rates import shares_of
from spark_monitor.results.bias_strata import compared_within, has_strata
from spark_monitor.results.bias_ways import ways_of_groups
from spark_monitor.results.rows import metric_rows

FAMILY = "bias"
OF_ALL = {"between_groups": between_groups, "to_overall": farthest_from_overall}
WITHOUT_OUTCOMES = ("selection_rate", SCORING_RATE)


def evaluate_bias(labelled, truth, specs=tuple(SHARE_METRICS.values()), rates_of=shares_of):
    """Yield the bias rows of all protected segments, as record batches of the `metrics` table.

    Parameters
    ----------
    labelled : Labelled
    truth : Truth
        Of its targets.
    specs : sequence of BiasMetric
    rates_of : callable
        From a side to what gives the rates of groups from their places, as `shares_of`.
    """
    scores = labelled.context.request.scores
    if not scores.protected:
        return
    rates = [rates_of(side) for side in (labelled.current, labelled.reference)]
    for groups in protected_groups(labelled, truth):
        wanted = [spec for spec in specs if groups.selection.wants(spec.name, FAMILY)]
        now, before = rates[0](groups.at), rates[1](groups.units[:, None])
        ways = ways_of_groups(groups, labelled.reference, scores.against)
        for spec in wanted:
            yield from _rows_of(spec, groups, now, before, ways)
        for control in scores.given.get(groups.segment, ()):
            yield from _rows_within(wanted, groups, rates, control, strata(labelled, groups, control))


def _rows_of(spec, groups, now, before, ways):
    if spec.measure == SHRUNK:
        if groups.selection.wants_of_group(spec.name, SHRUNK):
            yield _row_of_groups(spec, None, *(shrunk(side.of(spec.criterion)) for side in (now, before)), groups)
        return
    for way in OF_ALL:
        yield _row_of_all(spec, way, groups, now, before)
    if spec.criterion == EQUALIZED_ODDS:
        return
    for way, compare in ways.items():
        if compare.wanted(groups.selection, spec):
            yield _row_of_groups(spec, way, *(compare(side.of(spec.criterion), spec.measure) for side in (now, before)),
                                 groups)


def _rows_within(specs, groups, rates, control, places):
    """Yield the rows of groups within the values of a control column."""
    specs = [spec for spec in specs if has_strata(spec) and groups.selection.wants_of_group(spec.name, "to_rest")]
    if not specs or not places:
        return
    units, at = zip(*places)
    now = compared_within(specs, rates[0], at)
    before = compared_within(specs, rates[1], [of_stratum[:, None] for of_stratum in units])
    for spec, estimate, other in zip(specs, now, before):
        yield _row_of_groups(spec, f"to_rest|{control}", estimate, other, groups)


def _row_of_all(spec, way, groups, now, before):
    if spec.criterion == EQUALIZED_ODDS:
        estimate, other = (equalized_odds(side.of("recall"), side.of("false_positive_rate"), spec.measure, way)
                           for side in (now, before))
    else:
        estimate, other = (OF_ALL[way](side.of(spec.criterion), spec.measure) for side in (now, before))
    size = len(estimate.value)
    stated = replace(estimate, reference_value=np.broadcast_to(other.value, size),
                     reference_size=np.broadcast_to(other.sample_size, size))
    return metric_rows(spec, FAMILY, way, stated, np.arange(size), groups.context, truth=_needed(spec, groups))


def _row_of_groups(spec, feature, estimate, other, groups):
    group, window = groups.of_group, groups.of_window
    arrays = {name: value[group, window] for name, value in vars(estimate).items() if np.ndim(value) == 2}
    stated = replace(estimate, **{**arrays, "reference_value": other.value[group, 0],
                                  "reference_size": other.sample_size[group, 0]})
    picked = groups.at.shape[1] + np.arange(len(group))
    return metric_rows(spec, FAMILY, feature, stated, picked, groups.context, truth=_needed(spec, groups))


def _needed(spec, groups):
    return None if spec.criterion in WITHOUT_OUTCOMES else groups.truth
