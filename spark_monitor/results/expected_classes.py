"""Metric rows of several classes before outcomes are known: what scores meant in the reference, class by class.

Rows are those of `results.estimation`, of other metrics: family "estimated", both bands, and `estimation_error` once
outcomes are there.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
import pyarrow as pa

from spark_monitor.cells.score_arrow import read_cells, to_score_cells
from spark_monitor.metrics.estimation.classes import ClassSums, fit_side
from spark_monitor.metrics.estimation.estimated_classes import ESTIMATED_CLASS_METRICS, estimated_class_metrics
from spark_monitor.metrics.estimation.wander import level_sums, level_variance
from spark_monitor.metrics.spec import Estimate
from spark_monitor.results.class_numbers import class_numbers
from spark_monitor.results.class_sides import KEYS, MOST_NUMBERS, rows_of_class
from spark_monitor.results.computing import joined
from spark_monitor.results.estimation import (
    BANDS, NO_CALIBRATION, Basis, asked_for, band_rows, error_rows, unit_curves, without_outcomes,
)
from spark_monitor.results.first_reference import IMMATURE, is_mature, rows_by_span, whole_of
from spark_monitor.results.labelled import blocks

DECIDED, OTHERS = 1, 0


@dataclass(frozen=True)
class Expected:
    """What is expected of all targets that estimates are asked for.

    Parameters
    ----------
    sums : ClassSums
    spread : ndarray of float64, shape (C, C)
        The reference's table of decision and outcome.
    wander : ndarray of float64, shape (K,)
        Variance of the level of hits in one window.
    """

    sums: ClassSums
    spread: np.ndarray
    wander: np.ndarray


def evaluate_class_estimates(labelled, tables, curves, truth):
    """Yield the rows of family "estimated" of several classes, as record batches of the `metrics` table.

    Parameters
    ----------
    labelled : Labelled
        Its sides are `ClassSide`.
    tables : dict of str to pyarrow.Table
        Feature to its rows of `score_cells`.
    curves : DelayCurves
        Of the targets.
    truth : Truth
        It holds back the errors of estimates alone.
    """
    asked, errors = asked_for(labelled, ESTIMATED_CLASS_METRICS)
    if not asked:
        return
    every = np.unique(np.concatenate([targets for targets, _ in asked]))
    expected = _expected(labelled, tables, curves, every)
    number = _numbers()
    for targets, specs in asked:
        found = _estimated(expected, np.searchsorted(every, targets), [spec for spec, _ in specs])
        for spec, picked in specs:
            yield from band_rows(spec, labelled, found[spec.name], targets, picked, number)
            yield from error_rows(spec, labelled, found[spec.name][0], targets, errors, truth, number)


def _numbers():
    """Return what `realised_number` is for two classes; the numbers of one set of things are made all at once."""
    kept = {}

    def number(spec, side, picked):
        key = id(side), picked.tobytes()
        if key not in kept:
            kept[key] = class_numbers(side.without_folds(), picked)
        return kept[key][spec.name]

    return number


def _expected(labelled, tables, curves, picked):
    """Return what is `Expected` of some targets, or the word why nothing is."""
    classes, reference = labelled.context.request.scores.classes, labelled.reference
    whole = whole_of(labelled)
    spread = reference.without_folds().take(np.array([whole]))[2][0]
    if any(f"score:{label}" not in tables for label, *_ in classes) or not spread.sum() > 0:
        return NO_CALIBRATION
    if not is_mature(labelled, curves):
        return IMMATURE
    spans = [_of_whole(rows_by_span(labelled, grain), whole) for grain in labelled.context.request.windows]
    pooled, each = [np.zeros((3, count)) for *_, count in spans], []
    # Class by class: the cells of all of them at once would be many.
    for label, *bins in classes:
        table = tables[f"score:{label}"]
        before, now = (side.scores_of(table, *bins).cells for side in (reference, labelled.current))
        by_span = [_cells_of(*span, table, *bins) for span in spans]
        own, levels = _fit(labelled, before, by_span, DECIDED, whole)
        pooled = [total + level for total, level in zip(pooled, levels)]
        rest, levels = _fit(labelled, before, by_span, OTHERS, whole)
        rest = replace(rest, wander=np.array([level_variance(level) for level in levels]))
        each.append(_class_sums(labelled, without_outcomes(now), own, rest, picked))
    wander = np.array([level_variance(level) for level in pooled])
    return Expected(ClassSums.of_classes(each), spread, wander[labelled.context.targets.grain[picked]])


def _of_whole(span, whole):
    """Return rows, spans and their count for the unit of all rows alone."""
    rows, groups, count = span
    mine = groups // count == whole
    return rows.select(KEYS).filter(pa.array(mine)), groups[mine] % count, count


def _cells_of(keys, groups, count, table, bins_id, edges):
    """Return the cells of one class, one target a span of the reference."""
    rows, groups = rows_of_class(keys, groups, table, bins_id)
    return to_score_cells(read_cells(rows, groups, edges), count, edges)


def _fit(labelled, before, by_span, decision, whole):
    """Return the `Basis` of rows with one decision, without wander, and their `level_sums` for each grain."""
    cells = before.where(before.decision == decision)
    calibrator = fit_side(cells.take([whole]))
    found = unit_curves(calibrator, replace(labelled, reference=replace(labelled.reference, cells=cells)))
    mine = [spans.where(spans.decision == decision) for spans in by_span]
    return (Basis(calibrator, *found, np.zeros(len(by_span))),
            [level_sums(spans, calibrator.chance[spans.bin]) for spans in mine])


def _class_sums(labelled, now, own, rest, picked):
    """Return the sums of one class of the targets picked, shape (K,)."""
    targets, parts, places = labelled.context.targets, [], []
    for block in blocks(now, picked):
        chosen = picked[block]
        cells, sides = now.take(chosen), []
        for basis, decision in ((own, DECIDED), (rest, OTHERS)):
            mine = cells.where(cells.decision == decision)
            sides += [mine, basis.chances(mine, targets.unit[chosen], targets.grain[chosen])]
        parts.append(ClassSums.of_class(*sides))
        places.append(block)
    order = np.argsort(np.concatenate(places))
    return ClassSums(*(np.concatenate([getattr(part, field.name) for part in parts])[order]
                       for field in fields(ClassSums)))


def _estimated(expected, picked, specs):
    """Return the estimates of each metric by name, one for each of `BANDS`."""
    if isinstance(expected, str):
        nothing = np.full(len(picked), np.nan)
        return {spec.name: [Estimate(nothing, nothing, nothing, reason=expected)] * len(BANDS) for spec in specs}
    most = max(1, MOST_NUMBERS // expected.spread.size)
    parts, places = {spec.name: [] for spec in specs}, []
    for start in range(0, len(picked), most):
        places.append(np.arange(start, min(start + most, len(picked))))
        mine = picked[places[-1]]
        found = estimated_class_metrics(specs, expected.sums.take(mine), expected.spread, expected.wander[mine],
                                        tuple(BANDS))
        for name, of_bands in found.items():
            parts[name].append(of_bands)
    order = np.concatenate(places)
    return {name: [joined(list(of_band), order) for of_band in zip(*found)] for name, found in parts.items()}
