"""Publishing: metric rows with their revisions, and what they replace kept in history."""

from functools import reduce

from pyspark.sql import functions as F

from spark_monitor.metrics.selection import selected
from spark_monitor.pipeline.agenda import slice_grain
from spark_monitor.pipeline.count import anchors
from spark_monitor.pipeline.label_cells import bins_of, class_requests, table_of
from spark_monitor.pipeline.pair_cells import loss_of
from spark_monitor.pipeline.protected import protected_request
from spark_monitor.pipeline.reach import reach_back
from spark_monitor.pipeline.relation_labels import relation_request
from spark_monitor.pipeline.small import is_evaluated_here
from spark_monitor.results.plan import champion_metrics_of, metrics_here, metrics_of, score_metrics_of
from spark_monitor.results.relation_plan import relation_metrics_of
from spark_monitor.results.request import EvaluationRequest, ScoreRequest, WindowRequest
from spark_monitor.tables.local import to_frame, union
from spark_monitor.tables.results import HISTORY, KEY, METRICS
from spark_monitor.tables.state import FEATURE_CELLS, PAIR_CELLS, REFERENCE_CELLS, RELATION_CELLS
from spark_monitor.tables.store import of_model, of_windows
from spark_monitor.tables.table import literal
from spark_monitor.windows import merged, to_datetime, to_text

TOLERANCE = 1e-12
# As long as the longest slice: a day whose clocks go back.
SLICE_US = 25 * 3_600_000_000
NUMBERS = ("value", "ci_low", "ci_high", "error_bound", "effective_size", "reference_value", "expected_value",
           "p_value", "maturity")
EXACT = ("sample_size", "labelled_rows", "reference_size", "status", "reason", "reference_id", "bins_id",
         "definition_hash", "window_end", "ci_level", "ci_method")


def request_for(job, agenda, frozen, as_of):
    """Return what the evaluation of an agenda's windows needs beside the cells."""
    unit = slice_grain(job.config)
    windows = {grain: tuple(_window_request(job, w, agenda.first, unit) for w in spans)
               for grain, spans in agenda.windows.items()}
    words = job.config.metrics
    return EvaluationRequest(
        model=job.model, run_id=job.run_id, computed_at=job.started_at, bins=frozen.bins,
        frozen_values={s.name: frozenset(s.values) for s in frozen.segments if s.name is not None}, windows=windows,
        references=frozen.references,
        scores=_score_request(job, frozen, unit, as_of), relations=relation_request(job.config, frozen),
        selections={scope: selected(getattr(words, scope), scope) for scope in ("overall", "segments", "crossings")})


def _score_request(job, frozen, unit, as_of):
    if job.labels is None:
        return None
    bins = bins_of(job.config, frozen)
    classes, bins_id = class_requests(job.config, frozen) if job.config.task == "multiclass" else ((), bins.bins_id)
    return ScoreRequest(bins_id, len(bins.edges), bins.coarse, job.config.min_maturity, as_of, unit,
                        job.config.windows.time_zone, job.config.references[0].name, pivot=bins.pivot, classes=classes,
                        reference_as_of=frozen.references[0].outcomes_as_of, costs=job.config.costs,
                        benchmark=tuple(job.config.benchmark.items()), champion=job.config.champion,
                        loss=loss_of(job.config), **protected_request(job.config))


def _window_request(job, window, first, unit):
    def slices(span):
        return len(job.calendar.windows(span.start, span.end, unit))

    before = reach_back(job.config, job.calendar, window, first)
    return WindowRequest(window.start, window.end, slices(window), tuple(w.start for w in before),
                         tuple(slices(w) for w in before))


def publish_metrics(job, agenda, frozen, as_of):
    """Replace the metrics of an agenda's windows in one commit; superseded rows go to history first.

    Returns
    -------
    predicate : str
        Of the windows.
    fresh : pyarrow.Table or None
        Their rows, where this process has evaluated them.
    """
    request = request_for(job, agenda, frozen, as_of)
    windows = [w for spans in agenda.windows.values() for w in spans]
    spans = merged((min((w.start, *w.before)), w.end) for span in request.windows.values() for w in span)
    predicate = of_windows(job.model, windows)
    slices = sum(len(job.calendar.windows(low, high, slice_grain(job.config))) for low, high in spans)
    if is_evaluated_here(job, frozen, slices):
        return predicate, _publish_here(job, request, _in_slices(spans), predicate)
    fresh = _evaluated(job, request, windows, _in_slices(spans))
    published = job.store.read(METRICS, job.model)
    published = None if published is None else published.where(predicate)
    if published is not None and not published.limit(1).count():
        published = None
    if published is not None:
        _keep_history(job, fresh, published, predicate)
        fresh = revised(fresh, published)
    job.store.replace(METRICS, fresh, predicate)
    return predicate, None


def _publish_here(job, request, span, predicate):
    """Publish windows whose cells are few; return their rows."""
    current = job.store.fetch(FEATURE_CELLS, of_model(job.model, span))
    stored = job.store.fetch(REFERENCE_CELLS, of_model(job.model, "slice IS NULL"))
    fresh = metrics_here(union(job.spark, [anchors(job), current]), stored, request)
    published = job.store.fetch(METRICS, predicate)
    if published.num_rows:
        frames = to_frame(job.spark, fresh), to_frame(job.spark, published)
        _keep_history(job, *frames, predicate)
        fresh = revised(*frames).toArrow().cast(METRICS.schema)
    job.store.replace(METRICS, fresh, predicate)
    return fresh


def _evaluated(job, request, windows, span):
    """Return the rows of metrics of some windows, as a DataFrame."""
    current = job.store.read(FEATURE_CELLS, job.model)
    if current is None:
        job.store.create(FEATURE_CELLS)
        current = job.store.read(FEATURE_CELLS, job.model)
    stored = job.store.read(REFERENCE_CELLS, job.model)
    stored = None if stored is None else stored.where(F.col("slice").isNull())
    around = to_frame(job.spark, anchors(job))
    fresh = metrics_of(current.where(span).unionByName(around, allowMissingColumns=True), stored, request)
    scores = job.store.read(table_of(job.config), job.model) if request.scores else None
    if scores is not None:
        own = _own_scores(scores, windows, request)
        fresh = fresh.unionByName(score_metrics_of(own, request))
        relations = job.store.read(RELATION_CELLS, job.model) if request.relations else None
        if relations is not None:
            fresh = fresh.unionByName(relation_metrics_of(_own_scores(relations, windows, request), own, request))
        pairs = job.store.read(PAIR_CELLS, job.model) if request.scores.champion else None
        if pairs is not None:
            inside = pairs.withColumn("reference", F.lit(None).cast("string"))
            fresh = fresh.unionByName(champion_metrics_of(own, _own_scores(inside, windows, request), request))
    return fresh


def _own_scores(scores, windows, request):
    """Return the score cells of the windows' own slices and of the first reference."""
    own = F.expr(_in_slices((w.start, w.end) for w in windows))
    then, span = F.col("reference") == request.scores.reference, request.references[0].span
    if span is not None:
        # Its first slice may begin before it; the times are there for files to be skipped by.
        then &= F.expr(_in_slices([(span[0] - SLICE_US, span[1])]))
    return scores.where((F.col("reference").isNull() & own) | then)


def _in_slices(spans):
    """Return the SQL condition of slices that begin in one of some spans, by which files are skipped."""
    edges = [(f"TIMESTAMP{literal(to_text(low))}", f"TIMESTAMP{literal(to_text(high))}") for low, high in merged(spans)]
    return f"({' OR '.join(f'slice >= {low} AND slice < {high}' for low, high in edges)})"


def _same(new, old):
    """Return the condition that two rows say the same: texts and counts exactly, floats to 1e-12 relative."""
    def close(name):
        a, b = F.col(f"{new}.{name}"), F.col(f"{old}.{name}")
        near = F.abs(a - b) <= TOLERANCE * F.greatest(F.abs(a), F.abs(b))
        return (a.isNull() & b.isNull()) | F.coalesce(near, F.lit(False))

    exact = [F.col(f"{new}.{name}").eqNullSafe(F.col(f"{old}.{name}")) for name in EXACT]
    return reduce(lambda a, b: a & b, [*exact, *[close(name) for name in NUMBERS]])


def _joined(fresh, published, how):
    keys = [F.col(f"n.{name}").eqNullSafe(F.col(f"o.{name}")) for name in KEY]
    return fresh.alias("n").join(published.alias("o"), reduce(lambda a, b: a & b, keys), how)


def revised(fresh, published):
    """Return fresh rows with their revision: a row that says the same as before stays as it was written."""
    joined = _joined(fresh, published, "left")
    there, same = F.col("o.model").isNotNull(), _same("n", "o")
    columns = []
    for name in METRICS.names:
        new = F.col(f"n.{name}")
        if name == "revision":
            new = F.coalesce(F.col("o.revision") + 1, F.lit(1))
        columns.append(F.when(there & same, F.col(f"o.{name}")).otherwise(new).alias(name))
    return joined.select(*columns)


def _keep_history(job, fresh, published, predicate):
    """Append the published rows that the fresh ones change or no longer have; each revision is kept once."""
    joined = _joined(fresh, published, "right").where(F.col("n.model").isNull() | ~_same("n", "o"))
    superseded = joined.select(*[F.col(f"o.{name}").alias(name) for name in METRICS.names],
                               F.lit(to_datetime(job.started_at)).alias("superseded_at"))
    kept = job.store.read(HISTORY, job.model)
    if kept is not None:
        once = [F.col(f"s.{name}").eqNullSafe(F.col(f"k.{name}")) for name in HISTORY.key]
        kept = kept.where(predicate).alias("k")
        superseded = superseded.alias("s").join(kept, reduce(lambda a, b: a & b, once), "left_anti")
    job.store.append(HISTORY, superseded)
