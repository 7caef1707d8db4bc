"""How estimates become rows of `metrics`: status and reason beside each value, NULL for what is not known."""

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from spark_monitor.results.targets import ALL_VERSIONS
from spark_monitor.tables.results import METRICS

NO_ROWS, UNDEFINED = "no_rows", "undefined"
WORST_CASE = "worst_case"
TOO_FEW = "fewer_than_two_finite_rows"
# Rows of which it is cheaper to make Python's texts than to call Arrow's take.
FEW = 50


def metric_rows(spec, family, feature, estimate, picked, context, compared=None, truth=None):
    """Return one metric of many targets as a record batch of the `metrics` table.

    Parameters
    ----------
    spec : DriftStatistic, FeatureMetric or TableMetric
    family : str
        The family that is written.
    feature : str or None
    estimate : Estimate
        For the targets picked, in their order.
    picked : ndarray of int64
        Which targets.
    context : Context
        Targets, keys, request and sizes that all metrics of a feature share.
    compared : (ReferenceRequest, Compared) or None
        What was compared with; None for a metric that compares nothing.
    truth : Truth or None
        How much of the outcomes has come, for a metric that needs them.
    """
    size = len(picked)
    value = np.asarray(estimate.value, float)
    status, reason = _status(value, estimate, picked, context, compared)
    if truth is not None:
        status, reason = _held_back(status, reason, truth, picked)
    known = (status == "ok") | (status == "immature")
    reference = compared[0] if compared else None
    columns = {**_shared(picked, context), "feature": feature, "family": family, "metric": spec.name,
               "reference": reference.name if reference else None, "value": _known(value, known)}
    for name, own in (("ci_low", "ci_low"), ("ci_high", "ci_high"), ("error_bound", "error_bound"),
                      ("expected_value", "expected"), ("p_value", "p_value"), ("reference_value", "reference_value")):
        given = getattr(estimate, own)
        # Worst-case bounds stand where there is no value; a reference's number does not depend on one.
        always = own == "reference_value" or (estimate.ci_method == WORST_CASE and own in ("ci_low", "ci_high"))
        keep = np.ones(size, bool) if always else known
        if given is not None:
            columns[name] = _known(given if np.shape(given) == (size,) else np.broadcast_to(given, size), keep)
    with_interval = "ci_low" in columns
    columns["ci_level"] = _known(np.full(size, estimate.ci_level or 0.95), known) if with_interval else None
    columns["ci_method"] = estimate.ci_method if with_interval else None
    if estimate.sample_size is not None:
        columns["sample_size"] = _whole(estimate.sample_size)
    own = estimate.effective_size
    if own is not None:
        columns["effective_size"] = _known(own, context.effective[picked] > 0)
    if truth is not None:
        columns.update(labelled_rows=truth.labelled[picked].astype(np.int64),
                       maturity=_known(truth.maturity[picked], np.ones(size, bool)))
    columns["reference_size"] = _whole(estimate.reference_size) if estimate.reference_size is not None else None
    columns.update(status=status, reason=reason, reference_id=reference.reference_id if reference else None,
                   definition_hash=definition_hash(spec, family, reference, context.bins_id))
    return pa.RecordBatch.from_arrays([_array(columns.get(f.name), f.type, size) for f in METRICS.schema],
                                      schema=METRICS.schema)


@dataclass(frozen=True)
class Truth:
    """How much of the outcomes of K targets has come.

    Parameters
    ----------
    labelled : ndarray, shape (K,)
        Rows with an outcome.
    maturity : ndarray of float64, shape (K,)
        NaN where it is not known.
    mature : ndarray of bool, shape (K,)
        Whether that is enough for a number to count.
    """

    labelled: np.ndarray
    maturity: np.ndarray
    mature: np.ndarray


def _held_back(status, reason, truth, picked):
    """Return status and reason of numbers whose outcomes have not all come."""
    share = truth.maturity[picked]
    young = (status == "ok") & ~truth.mature[picked]
    why = np.where(np.isnan(share), "maturity_unknown", "outcomes_to_come")
    return np.where(young, "immature", status), np.where(young, why, reason)


def definition_hash(spec, family, reference, bins_id):
    """Return the hash of what a number means: formula, source, what it is compared with, and on which bins."""
    facts = [spec.name, family, spec.formula, spec.source, bins_id,
             None if reference is None else [reference.kind, reference.rolling, reference.version,
                                             reference.by_version, reference.reference_id]]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _status(value, estimate, picked, context, compared):
    """Return status and reason of each value: why there is none, in the order in which one looks for a cause."""
    missing = np.isnan(value)
    reason = np.where(missing, estimate.reason or UNDEFINED, None)
    if estimate.reasons is not None:
        reason = np.where(missing & (estimate.reasons != None), estimate.reasons, reason)  # noqa: E711 - by element
    if compared:
        against = compared[1].reason[picked]
        reason = np.where(missing & against.astype(bool), against, reason)
    empty = context.rows[picked] == 0
    reason = np.where(missing & empty, NO_ROWS, reason)
    few = (reason == TOO_FEW) | (reason == "too_few_rows")
    status = np.where(missing, np.where(few, "too_few_rows", "undefined"), "ok")
    failure = context.failure[picked]
    marked = failure.astype(bool)
    reason = np.where(marked & ~missing, np.array([f"{word}_in_part" for word in failure], object), reason)
    return np.where(marked & empty, "failed", status), np.where(marked & empty, failure, reason)


def _shared(picked, context):
    """Return the columns that all metrics of the same targets have in common, in Arrow; unless they say otherwise."""
    own = picked.tobytes()
    if own not in context.written:
        request = context.request
        columns = {**_keys(picked, context), "sample_size": context.rows[picked].astype(np.int64),
                   "effective_size": context.effective[picked], "bins_id": context.bins_id, "revision": 1,
                   "run_id": request.run_id, "computed_at": request.computed_at, "model": request.model}
        context.written[own] = {name: _array(values, METRICS.schema.field(name).type, len(picked))
                                for name, values in columns.items()}
    return context.written[own]


def _keys(picked, context):
    targets, request = context.targets, context.request
    versions = [*context.version_names, ALL_VERSIONS]
    grains = list(request.windows)
    windows = [(grain, window.start, window.end) for grain in grains for window in request.windows[grain]]
    before = np.cumsum([0, *[len(request.windows[grain]) for grain in grains]])
    of_window = before[targets.grain[picked]] + targets.window[picked]
    grain, start, end = zip(*windows) if windows else ((), (), ())
    segment, value = zip(*context.unit_keys) if context.unit_keys else ((), ())
    unit = targets.unit[picked]
    return {"model_version": _taken(versions, targets.version[picked]), "grain": _taken(grain, of_window),
            "window_start": np.array(start, np.int64)[of_window], "window_end": np.array(end, np.int64)[of_window],
            "segment": _taken(segment, unit), "segment_value": _taken(value, unit)}


def _taken(texts, places):
    if len(places) < FEW:
        return pa.array([texts[place] for place in places.tolist()], pa.string())
    return pa.array(texts, pa.string()).take(pa.array(places))


def _known(values, keep):
    values = np.asarray(values, float)
    return pa.array(values, mask=~keep | ~np.isfinite(values))


def _whole(given):
    values = np.asarray(given, float)
    finite = np.isfinite(values)
    return pa.array(np.where(finite, values, 0.0).astype(np.int64), mask=~finite)


def _array(values, kind, size):
    if values is None:
        return pa.nulls(size, kind)
    if isinstance(values, (str, int)):
        return pa.repeat(pa.scalar(values, kind), size)
    if pa.types.is_timestamp(kind):
        return pa.array(values, pa.int64()).cast(kind)
    if isinstance(values, pa.Array):
        return values if values.type == kind else values.cast(kind)
    return pa.array(values, kind, from_pandas=False)
