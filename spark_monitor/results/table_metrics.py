"""Metrics of the rows themselves: volume, freshness, quarantine, duplicates, columns that came and went."""

import numpy as np
import pyarrow.compute as pc

from spark_monitor.cells.arrow import to_block
from spark_monitor.cells.bins import COLUMNS, DUPLICATES, ROWS
from spark_monitor.metrics.quality import TABLE_METRICS
from spark_monitor.results.compare import compare
from spark_monitor.results.context import Context, beside
from spark_monitor.results.rows import metric_rows
from spark_monitor.results.targets import Cells, find_targets

OF_ROWS = ("row_count", "volume_ratio", "quarantined_rate", "freshness_hours")
OF_COLUMNS = {"column_missing": "columns_missing", "column_new": "columns_new", "type_changed": "types_changed"}


def evaluate_rows(feature, table, request):
    """Yield the metric rows of one of the reserved features that count rows, not values.

    Parameters
    ----------
    feature : str
        "(rows)", "(columns)" or "(duplicates:<grain>)".
    table : pyarrow.Table
    request : EvaluationRequest
    """
    if feature == COLUMNS:
        yield from _of_columns(table, request)
    elif feature == ROWS:
        yield from _of_rows(table, request)
    for grain in request.windows:
        if feature == DUPLICATES.format(grain=grain):
            yield from _of_duplicates(grain, table, request)


def _of_rows(table, request):
    cells = Cells.of(table)
    of_reference = pc.is_valid(table.column("reference")).to_numpy(zero_copy_only=False)
    current = cells.where(~of_reference)
    targets = find_targets(current, request)
    if not len(targets):
        return
    block = to_block(current.table, "numeric", 1)
    merged = block.merge(targets.groups, len(targets), targets.rows)
    context = Context.of(request, targets, cells, None, merged.finite)
    facts = _row_facts(merged, targets, request)
    sides = []
    for reference in request.references:
        mine = of_reference & pc.equal(table.column("reference"), reference.name).fill_null(False).to_numpy(
            zero_copy_only=False)
        stored = cells.where(mine)
        compared = compare(reference, current, stored, targets, request, (block, to_block(stored.table, "numeric", 1)))
        sides.append((reference, compared, compared.block.finite[compared.row].astype(float)))
    for name in OF_ROWS:
        yield from _table_metric(TABLE_METRICS[name], facts, sides, context)


def _table_metric(spec, facts, sides, context):
    picked = context.wanted(spec.name, spec.family)
    if not spec.per_segment:
        picked = picked[context.scopes[picked] == 0]
    if not len(picked):
        return
    mine = {name: values[picked] for name, values in facts.items()}
    if not spec.compares:
        estimate = spec.compute(mine)
        if spec.name == "row_count":
            before = sides[0][2][picked]
            estimate = beside(estimate, np.where(before > 0, before, np.nan), before)
        yield metric_rows(spec, spec.family, None, estimate, picked, context)
        return
    for reference, compared, rows in sides:
        against = {"reference_rows": rows[picked], "reference_slices": compared.slices[picked]}
        yield metric_rows(spec, spec.family, None, spec.compute({**mine, **against}), picked, context,
                          (reference, compared))


def _row_facts(merged, targets, request):
    windows = list(request.windows.values())
    spans = [windows[grain][window] for grain, window in zip(targets.grain, targets.window)]
    quarantined = merged.mass[:, merged.mass.shape[1] - 5].astype(float)
    rows = merged.finite.astype(float)
    return {"rows": rows, "quarantined": quarantined, "rows_in": rows + quarantined, "newest_us": merged.maximum,
            "slices": np.array([span.slices for span in spans], float),
            "window_end_us": np.array([span.end for span in spans], float)}


def _of_duplicates(grain, table, request):
    cells = Cells.of(table)
    targets = find_targets(cells, request, (grain,))
    counted = np.unique(targets.groups)
    duplicates, rows = np.full(len(targets), np.nan), np.zeros(len(targets))
    block = to_block(table, "categorical", 2).merge(targets.groups, len(targets), targets.rows)
    duplicates[counted] = block.mass[counted, 1]
    rows[counted] = block.mass[counted].sum(axis=1)
    context = Context.of(request, targets, cells, None, rows.astype(np.int64))
    yield from _table_metric(TABLE_METRICS["duplicate_rate"], {"duplicates": duplicates, "rows": rows}, (), context)


def _of_columns(table, request):
    """The columns of a log are a fact of each slice when it was counted; a window shows the most of any slice."""
    cells = Cells.of(table)
    targets = find_targets(cells, request)
    star = np.flatnonzero(targets.version == len(cells.version_names))
    counts = np.stack(table.column("counts").combine_chunks().to_pylist()).astype(float)
    facts = np.full((len(targets), counts.shape[1]), np.nan)
    np.fmax.at(facts, targets.groups, counts[targets.rows])
    context = Context.of(request, targets, cells, None, np.ones(len(targets), np.int64))
    for place, (name, key) in enumerate(OF_COLUMNS.items()):
        spec = TABLE_METRICS[name]
        picked = np.intersect1d(context.wanted(name, spec.family), star)
        if len(picked):
            estimate = spec.compute({key: facts[picked, place]})
            yield metric_rows(spec, spec.family, None, estimate, picked, context)
