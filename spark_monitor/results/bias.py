"""Metric rows of bias: how alike a model treats the groups of each protected segment.

A row's segment is the protected column, or a crossing of protected ones, and its feature the way of comparing:

- all groups together (segment_value NULL): ``between_groups``, the lowest beside the highest, and ``to_overall``, the
  group that is farthest from all groups together;
- one group (segment_value is its name): ``to_rest``, against all others together; ``to_best`` and ``to_worst``;
  ``to:<group>``, against the largest group of the reference;
- ``<criterion>_shrunk`` compares nothing: one group's rate, drawn towards that of all; feature NULL.

Only groups with enough rows are compared; the others have a row that says so. A reference's number is that of its own
groups, all versions together.
"""

from dataclasses import replace
from functools import partial

import numpy as np

from spark_monitor.metrics.bias import BIAS_METRICS, EQUALIZED_ODDS, SCORING_RATE, SHRUNK
from spark_monitor.metrics.bias.comparisons import to_group, to_rest
from spark_monitor.metrics.bias.equalized_odds import equalized_odds
from spark_monitor.metrics.bias.extremes import between_groups, farthest_from_overall, to_extreme
from spark_monitor.metrics.bias.shrinkage import shrunk
from spark_monitor.results.bias_groups import protected_groups
from spark_monitor.results.bias_rates import SideRates, counts_of
from spark_monitor.results.rows import metric_rows

FAMILY = "bias"
OF_ALL = {"between_groups": between_groups, "to_overall": farthest_from_overall}
OF_GROUP = {"to_rest": to_rest, "to_best": to_extreme, "to_worst": partial(to_extreme, best=False)}
WITHOUT_OUTCOMES = ("selection_rate", SCORING_RATE)


def evaluate_bias(labelled, truth):
    """Yield the bias rows of all protected segments, as record batches of the `metrics` table.

    Parameters
    ----------
    labelled : Labelled
    truth : Truth
        Of its targets.
    """
    if not labelled.context.request.scores.protected:
        return
    counts = [counts_of(side) for side in (labelled.current, labelled.reference)]
    for groups in protected_groups(labelled, truth):
        now = SideRates(labelled.current, counts[0], groups.at)
        before = SideRates(labelled.reference, counts[1], groups.units[:, None])
        largest = _largest(labelled.reference, groups)
        for spec in BIAS_METRICS.values():
            if groups.selection.wants(spec.name, FAMILY):
                yield from _rows_of(spec, groups, now, before, largest)


def _rows_of(spec, groups, now, before, largest):
    ways = {} if spec.measure == SHRUNK else OF_ALL
    for way in ways:
        yield _row_of_all(spec, way, groups, now, before)
    if spec.criterion == EQUALIZED_ODDS:
        return
    ways = {SHRUNK: _shrunk} if spec.measure == SHRUNK else {
        **OF_GROUP, f"to:{groups.names[largest]}": partial(to_group, group=largest)}
    for way, compare in ways.items():
        if groups.selection.wants_of_group(spec.name, way):
            yield _row_of_groups(spec, way, compare, groups, now, before)


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


def _row_of_groups(spec, way, compare, groups, now, before):
    estimate, other = (compare(side.of(spec.criterion), measure=spec.measure) for side in (now, before))
    group, window = groups.of_group, groups.of_window
    arrays = {name: value[group, window] for name, value in vars(estimate).items() if np.ndim(value) == 2}
    stated = replace(estimate, **{**arrays, "reference_value": other.value[group, 0],
                                  "reference_size": other.sample_size[group, 0]})
    picked = groups.at.shape[1] + np.arange(len(group))
    return metric_rows(spec, FAMILY, None if way == SHRUNK else way, stated, picked, groups.context,
                       truth=_needed(spec, groups))


def _shrunk(rates, measure):
    return shrunk(rates)


def _needed(spec, groups):
    return None if spec.criterion in WITHOUT_OUTCOMES else groups.truth


def _largest(reference, groups):
    """Return the place of the group with most rows in the reference, the first of equals."""
    return int(np.where(groups.units < 0, 0, reference.cells.total("rows")[groups.units]).argmax())
