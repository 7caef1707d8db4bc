"""Metric rows of predictions among several classes beside their outcomes."""

from dataclasses import replace

import numpy as np

from spark_monitor.cells.score_arrow import CLASSES
from spark_monitor.metrics.performance import PERFORMANCE_METRICS
from spark_monitor.metrics.performance.class_metrics import (
    MEANS, RATES, SCORED, SHARES_OF_CLASSES, TOP_K, WHOLE, class_metric, mean_over_classes, one_class,
    surprise, top_k_accuracy,
)
from spark_monitor.metrics.selective.labelled_share import LABELLED_SHARE
from spark_monitor.results.class_bias import evaluate_class_bias
from spark_monitor.results.class_numbers import class_numbers
from spark_monitor.results.class_sides import ClassSide, with_delay_groups
from spark_monitor.results.computing import computed, taken
from spark_monitor.results.context import beside
from spark_monitor.results.expected_classes import evaluate_class_estimates
from spark_monitor.results.labelled import label_targets
from spark_monitor.results.performance import FAMILY, arrival_rows, conflict_rows, performance_rows, truth_of
from spark_monitor.results.rows import metric_rows

DEFAULT_K = 3


def evaluate_classes(tables, request):
    """Yield the metric rows of several classes, as record batches of the `metrics` table.

    Parameters
    ----------
    tables : dict of str to pyarrow.Table
        Feature to its rows of `score_cells`, sorted by unit: "(classes)", and "score:<class>" where there are scores.
    request : EvaluationRequest
        With `scores.classes`.
    """
    labelled = label_targets(tables[CLASSES], request, ClassSide) if CLASSES in tables else None
    if labelled is None:
        return
    labelled = with_delay_groups(labelled)
    curves = labelled.curves()
    truth = truth_of(labelled, curves)
    yield from arrival_rows(labelled, curves, truth)
    yield from conflict_rows(labelled)
    yield from _decisions(labelled, truth)
    yield from _one_by_one(labelled, truth)
    yield from _scores(labelled, tables, truth)
    yield from evaluate_class_bias(labelled, truth)
    yield from evaluate_class_estimates(labelled, tables, curves, truth)


def _names(labelled):
    return [name for name, *_ in labelled.context.request.scores.classes]


def _wanted_by_any(labelled, names):
    """Return the targets that get one at least of some metrics."""
    picked = [labelled.context.wanted(name, FAMILY) for name in names]
    return np.unique(np.concatenate(picked)) if picked else np.empty(0, np.int64)


def _decisions(labelled, truth):
    """Yield the rows of decisions among all classes, and of the ranks of true classes."""
    classes = dict(enumerate(_names(labelled)))
    averages = ("", "_weighted", "_micro")
    published = {**{name: name for name in WHOLE}, **{name + how: name + how for name in RATES for how in averages},
                 **{f"{name}:{number}": f"{name}:{label}" for name in RATES for number, label in classes.items()}}
    ranks = {name: int(name.partition("@")[2]) for name in _top_k_names(labelled)}
    picked = _wanted_by_any(labelled, [*published.values(), *ranks])
    if not len(picked):
        return
    units = np.unique(labelled.unit[picked])
    now, before = class_numbers(labelled.current, picked), class_numbers(labelled.reference, units)
    for name, known in published.items():
        yield from _rows(labelled, truth, class_metric(known), now[name], before[name], picked, units)
    worth = _worth(labelled.current, picked, now["accuracy"])
    for name, k in ranks.items():
        sides = [side.cells.take(places) for side, places in ((labelled.current, picked), (labelled.reference, units))]
        yield from _rows(labelled, truth, class_metric(name), top_k_accuracy(sides[0], k, worth),
                         top_k_accuracy(sides[1], k), picked, units)


def _top_k_names(labelled):
    """Return the names of top-k accuracies: those asked for, and the default where there are more classes."""
    asked = {name for one in labelled.context.request.selections.values() for name in one.names
             if name.startswith(TOP_K + "@")}
    return sorted(asked | ({f"{TOP_K}@{DEFAULT_K}"} if len(_names(labelled)) > DEFAULT_K else set()))


def _worth(side, picked, accuracy):
    """Return how many independent rows each row is worth, judged by accuracy, shape (K,); NaN where it is unknown."""
    cells = side.cells.take(picked)
    size = cells.effective_size(cells.labelled & (cells.decision >= 0))
    return np.minimum(np.divide(accuracy.effective_size, size, out=np.full(len(picked), np.nan), where=size > 0), 1.0)


def _one_by_one(labelled, truth):
    """Yield the rows that need no scores of single classes: log loss, labelled share, and the share of each class."""
    sides = labelled.current, labelled.reference
    largest = (side.against_others(side.most_frequent()) for side in sides)
    yield from performance_rows(_with_sides(labelled, *largest), truth, (surprise(), LABELLED_SHARE))
    for number, label in enumerate(_names(labelled)):
        specs = [one_class(name, label) for name in SHARES_OF_CLASSES]
        if len(_wanted_by_any(labelled, [spec.name for spec in specs])):
            two = (side.against_others(np.full(side.size, number)) for side in sides)
            yield from performance_rows(_with_sides(labelled, *two), truth, specs)


def _with_sides(labelled, current, reference):
    return replace(labelled, current=current, reference=reference)


def _scores(labelled, tables, truth):
    """Yield the rows of scores: each class against the rest, and means over classes."""
    names = _names(labelled)
    wanted = {base: _wanted_by_any(labelled, [*([base, base + "_weighted"] if base in MEANS else []),
                                              *[f"{base}:{label}" for label in names]]) for base in SCORED}
    wanted = {base: picked for base, picked in wanted.items() if len(picked)}
    if not wanted or any(f"score:{label}" not in tables for label in names):
        return
    units = {base: np.unique(labelled.unit[picked]) for base, picked in wanted.items()}
    now, before = ({base: [] for base in wanted} for _ in range(2))
    # Class by class: the cells of all of them at once would be many.
    for label, bins_id, edges in labelled.context.request.scores.classes:
        sides = [side.scores_of(tables[f"score:{label}"], bins_id, edges)
                 for side in (labelled.current, labelled.reference)]
        for base, picked in wanted.items():
            now[base].append(computed(PERFORMANCE_METRICS[base], sides[0], picked))
            before[base].append(computed(PERFORMANCE_METRICS[base], sides[1], units[base]))
    shares = [side.outcomes("weight") for side in (labelled.current, labelled.reference)]
    for base, picked in wanted.items():
        place = picked, units[base]
        for number, label in enumerate(names):
            yield from _rows(labelled, truth, class_metric(f"{base}:{label}"), now[base][number], before[base][number],
                             *place)
        for how in ("", "_weighted") if base in MEANS else ():
            means = (mean_over_classes(estimates, share[places] if how else None)
                     for estimates, share, places in zip((now[base], before[base]), shares, place))
            yield from _rows(labelled, truth, class_metric(base + how), *means, *place)


def _rows(labelled, truth, spec, now, before, picked, units):
    """Yield one metric for those of the targets picked that want it, the reference's number beside it.

    Parameters
    ----------
    now, before : Estimate
        For the targets picked, and for the units.
    """
    wanted = labelled.context.wanted(spec.name, FAMILY)
    if not len(wanted):
        return
    unit = labelled.unit[wanted]
    estimate = beside(taken(now, np.searchsorted(picked, wanted)), before.value[np.searchsorted(units, unit)],
                      labelled.reference.rows[unit])
    held = truth if "outcome" in spec.needs else None
    yield metric_rows(spec, FAMILY, None, estimate, wanted, labelled.context, truth=held)
