"""All metrics of one feature's cells: the loop over the catalogue, in arrays, without Spark."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.arrow import to_block
from spark_monitor.cells.block import CellBlock
from spark_monitor.metrics import DRIFT_STATISTICS, FEATURE_METRICS
from spark_monitor.metrics.prediction.class_share import class_shares, share_metric
from spark_monitor.results.compare import compare
from spark_monitor.results.context import Context, beside
from spark_monitor.results.rows import metric_rows
from spark_monitor.results.table_metrics import evaluate_rows
from spark_monitor.results.targets import Cells, find_targets

PREDICTION = "prediction"


def evaluate(table, request):
    """Yield the metric rows of one feature, as record batches of the `metrics` table.

    Parameters
    ----------
    table : pyarrow.Table
        Cells of one feature sorted by unit: current ones, and references' merged ones with their name in
        `reference`.
    request : EvaluationRequest
    """
    family, feature = table.column("family")[0].as_py(), table.column("feature")[0].as_py()
    if family == "rows":
        yield from evaluate_rows(feature, table, request)
    elif (family, feature) in request.bins:
        yield from _evaluate_feature(family, feature, table, request)


def _evaluate_feature(family, feature, table, request):
    bins = request.bins[family, feature]
    cells = Cells.of(table)
    of_reference = _mask(pc.is_valid(table.column("reference")))
    countable = _mask(pc.equal(table.column("bins_id"), bins.bins_id))
    marked = cells.where(~of_reference & ~countable)
    current = cells.where(~of_reference)
    targets = find_targets(current, request)
    if not len(targets):
        return
    # A row that was not counted on these bins stays in the list, empty, so that its windows are told apart from gaps.
    block = _block(current, bins, countable[~of_reference])
    histograms = block.merge(targets.groups, len(targets), targets.rows).histograms(bins)
    context = Context.of(request, targets, cells, bins.bins_id, histograms.rows, histograms.effective_size,
                         _failures(marked, countable[~of_reference], targets))
    sides = []
    for reference in request.references:
        mine = of_reference & countable & _mask(pc.equal(table.column("reference"), reference.name))
        stored = cells.where(mine)
        compared = compare(reference, current, stored, targets, request,
                           (block, to_block(stored.table, bins.kind, bins.size)))
        sides.append((reference, compared, compared.block.histograms(bins).take(compared.row)))
    yield from _plain_metrics(family, feature, histograms, sides, context)
    yield from _comparisons(family, feature, histograms, sides, context)


def _mask(answers):
    return answers.fill_null(False).to_numpy(zero_copy_only=False)


def _block(cells, bins, countable):
    """Return cells as a block; rows of other bins, whose counts have another length, are empty in it."""
    full = to_block(cells.table.filter(pa.array(countable)), bins.kind, bins.size)
    with_empty = full.joined(CellBlock.empty(1, bins.size, full.weights is not None))
    return with_empty.take(np.where(countable, np.cumsum(countable) - 1, len(full)))


def _failures(marked, countable, targets):
    """Return why rows of each target were not counted: the marker's word, or that the bins were others."""
    reasons = np.full(len(targets), None, object)
    if len(marked.slices):
        words = pc.fill_null(marked.table.column("failure"), "bins_changed").to_pylist()
        of_row = dict(zip(np.flatnonzero(~countable).tolist(), words))
        for row, group in zip(targets.rows, targets.groups):
            if row in of_row:
                reasons[group] = of_row[row]
    return reasons


def _plain_metrics(family, feature, histograms, sides, context):
    """Yield the metrics that compare nothing, with the first reference's number beside them."""
    reserved = family == PREDICTION
    reference = sides[0][2]
    for spec in FEATURE_METRICS.values():
        picked = context.wanted(spec.name, PREDICTION if reserved else spec.family)
        if spec.applies(histograms) and len(picked):
            estimate = beside(spec.compute(histograms.take(picked)), spec.compute(reference.take(picked)).value,
                              reference.rows[picked])
            yield metric_rows(spec, spec.family, feature, estimate, picked, context)
    if feature == PREDICTION and reserved and histograms.kind == "categorical":
        now, before = class_shares(histograms), class_shares(reference)
        for name, estimate in now.items():
            spec = share_metric(name.removeprefix("share:"))
            picked = context.wanted(name, PREDICTION)
            if len(picked):
                estimate = beside(_picked(estimate, picked), before[name].value[picked], reference.rows[picked])
                yield metric_rows(spec, PREDICTION, feature, estimate, picked, context)


def _comparisons(family, feature, histograms, sides, context):
    for spec in DRIFT_STATISTICS.values():
        picked = context.wanted(spec.name, family)
        if histograms.kind not in spec.applies_to or not len(picked):
            continue
        for reference, compared, before in sides:
            before = before.take(picked)
            estimate = spec.compute(histograms.take(picked), before)
            if estimate.reference_size is None:
                estimate = replace(estimate, reference_size=before.rows)
            yield metric_rows(spec, family, feature, estimate, picked, context, (reference, compared))


def _picked(estimate, picked):
    """Return an estimate of some of the histograms that it was made for."""
    arrays = {name: value[picked] for name, value in vars(estimate).items() if isinstance(value, np.ndarray)}
    return replace(estimate, **arrays)
