"""Which cells a task's predictions are counted into beside their outcomes, and the plan that the kernel follows."""

import numpy as np
from pyspark.sql import functions as F

from spark_monitor.cells.bins import Bins
from spark_monitor.cells.class_feed import class_features, count_classes
from spark_monitor.cells.error_arrow import error_bins
from spark_monitor.cells.error_feed import count_errors
from spark_monitor.cells.freeze import score_edges
from spark_monitor.cells.kernel.class_scores import ClassPlan, fold_classes
from spark_monitor.cells.kernel.error_counter import ErrorPlan
from spark_monitor.cells.kernel.plan import QUARANTINED
from spark_monitor.cells.kernel.scores import DECISION, FOLD, OUTCOME, SCORE, ScorePlan
from spark_monitor.cells.score_feed import count_scores
from spark_monitor.cells.wider_bins import wider_edges
from spark_monitor.logs.copies import first_copies
from spark_monitor.logs.matches import beside_outcomes, neighbours, reach_of_outcomes
from spark_monitor.logs.names import quote
from spark_monitor.logs.outcomes import key_columns, keys_of, known_outcomes, known_within, usable
from spark_monitor.logs.packing import pack_outcomes, pack_roles
from spark_monitor.logs.spans import spans_of
from spark_monitor.metrics.score_cells import FOLDS
from spark_monitor.pipeline.freezing import batch_columns, segments_on
from spark_monitor.tables.state import ERROR_CELLS, SCORE_CELLS
from spark_monitor.windows import to_micros

TRUE_FALSE = (("0", "false"), ("1", "true"))


def table_of(config):
    """Return the table that the cells of a task stand in."""
    return ERROR_CELLS if config.task == "regression" else SCORE_CELLS


def bins_of(config, frozen):
    """Return the bins that the cells are counted in: of the score, of nothing where there is none, or of the error."""
    if config.task == "regression":
        said = frozen.bins.get(("prediction", "prediction"))
        return error_bins(0.0) if said is None else error_bins(said.pivot, wider_edges(said))
    return frozen.scores.get("score") or Bins("prediction", "numeric", family="performance")


def class_bins(config, frozen):
    """Return the score bins of each class, in the order of `classes_of`; none where the model gives no scores."""
    if not frozen.scores:
        return []
    # Labels that are put together have no bins of their own.
    even = Bins("score", "numeric", family="performance", edges=score_edges(np.empty(0))[1])
    return [frozen.scores.get(f"score:{name}", even) for name in classes_of(config)[0]]


def class_requests(config, frozen):
    """Return (name, `bins_id`, inner edges) of each class, and the `bins_id` of all together, for their evaluation."""
    names, texts = classes_of(config)
    bins = class_bins(config, frozen)
    whole, *ids = class_features(names, texts, bins).values()
    edges = [len(one.edges) for one in bins] or [0] * len(names)
    return tuple(zip(names, ids or [""] * len(names), edges)), whole


def label_cells(job, layout, rows, frozen, bounds, wanted=None):
    """Return the cells of some rows of a log beside their outcomes, as a DataFrame of the table's columns.

    Parameters
    ----------
    job : Job
    layout : Layout
        How these rows are read.
    rows : pyspark.sql.DataFrame
    frozen : Frozen
    bounds : ndarray of int64
        Bounds of the slices.
    wanted : ndarray of bool, optional
        Which of the slices to count.
    """
    config, bins = job.config, bins_of(job.config, frozen)
    batch = batch_columns([name for s in frozen.segments for name in s.columns])
    roles, packed = role_columns(config, layout), None
    if config.task == "binary":
        packed = pack_roles(roles, layout.spark_types.get(config.predictions.prediction, "string"), label_texts(config))
    joined = joined_rows(job, layout, rows, batch, bounds, packed or roles)
    common = {"slice_bounds": bounds, "segments": segments_on(batch, frozen.segments, config),
              "versioned": layout.version is not None, "weighted": layout.weight is not None, "folded": FOLD in roles,
              "wanted": wanted, "contested": True}
    if config.task == "regression":
        plan = ErrorPlan(pivot=bins.pivot, edges=bins.edges, bounded="low" in roles, **common)
        return count_errors(joined, plan, bins.bins_id)
    common.update(labels=label_texts(config), decided=DECISION in roles, coded=True)
    if config.task == "multiclass":
        own = class_bins(config, frozen)
        plan = ClassPlan(edges=tuple(one.edges for one in own), scores=class_scores(config) if own else (), **common)
        return count_classes(joined, plan, class_features(*classes_of(config), own))
    plan = ScorePlan(edges=bins.edges, scored=SCORE in roles, **common)
    return count_scores(pack_outcomes(joined) if packed else joined, plan, bins.feature, bins.bins_id, bool(packed))


def rows_to_label(job, bounds, wanted):
    """Return the rows of the log's slices that are to be counted beside their outcomes; of no other are files read.

    Where copies of ids are left out, which of them is the first may depend on the slices in between.

    Parameters
    ----------
    job : Job
    bounds : ndarray of int64
        Bounds of the slices.
    wanted : ndarray of bool
        Which of them to count.
    """
    spans = spans_of(bounds, None if job.config.predictions.deduplicate else wanted)
    return job.layout.within(job.rows(), spans)


def joined_rows(job, layout, rows, batch, bounds, roles, with_keys=False):
    """Return canonical rows beside what is known of their outcomes; those of a regression are numbers.

    Parameters
    ----------
    job : Job
    layout : Layout
    rows : pyspark.sql.DataFrame
    batch : dict of str to str
        Column of the log -> name in a batch.
    bounds : ndarray of int64
        Bounds of the slices.
    roles : dict of str to pyspark.sql.Column
        What else a batch holds, of `role_columns`.
    with_keys : bool
        Whether the columns of their keys stay.
    """
    labels, versioned = job.labels, layout.version is not None
    keys = key_columns(layout.identity, labels.layout.as_text)
    named = [column.alias(name) for name, column in roles.items()]
    canonical = _canonical(job, layout, rows, batch, bounds[[0, -1]], [*keys, *named])
    told = labels.source.read(job.spark)
    if labels.layout.horizon is not None:
        told = known_within(told, labels.layout, int(bounds[0]), int(bounds[-1]) + labels.layout.horizon)
    known = known_outcomes(usable(told, labels.layout, labels.as_of), labels.layout)
    siblings = None
    if labels.layout.match != "each":
        # Who else an outcome could be the truth of may lie outside the slices that are counted.
        wide = reach_of_outcomes(bounds, labels.layout.horizon, to_micros(job.config.windows.start), labels.as_of)
        others = job.layout.between(job.rows(), *wide) if layout is job.layout else rows
        siblings = neighbours(_canonical(job, layout, others, {}, wide, keys), labels.layout, versioned)
    counted = canonical.where(~F.col(QUARANTINED)).drop(QUARANTINED)
    joined = beside_outcomes(counted, known, labels.layout, labels.as_of, versioned, siblings)
    if job.config.task == "regression":
        joined = joined.withColumn(OUTCOME, F.col(OUTCOME).cast("double"))
    return joined if with_keys else joined.drop(*keys_of(labels.layout))


def _canonical(job, layout, rows, batch, span, more):
    """Return canonical rows of a span, each id once a window where copies are left out."""
    if job.config.predictions.deduplicate and layout is job.layout:
        windows = job.calendar.windows(int(span[0]), int(span[1]), job.config.windows.grain)
        return first_copies(rows, layout, batch, windows, more)
    return layout.canonical(rows, batch, more)


def classes_of(config):
    """Return the names of a classifier's classes, and the texts that mean each; none for a regression."""
    if config.task == "multiclass":
        return fold_classes(config.labels)
    if config.task != "binary":
        return (), ()
    return ("negative", "positive"), tuple((label,) for label in config.classes) or TRUE_FALSE


def class_scores(config):
    """Return the columns of a batch whose sum is the score of each class; none where scores do not come by class."""
    if not isinstance(config.predictions.score, dict):
        return ()
    return tuple(tuple(f"{SCORE}:{text}" for text in texts) for texts in classes_of(config)[1])


def label_texts(config):
    """Return the texts that mean each class; for a binary model negative, then positive."""
    return tuple(map(frozenset, classes_of(config)[1]))


def role_columns(config, layout):
    """Return what the kernel reads beside times and segments, by its name in a batch.

    Each role that is configured is there; where the rows have lost its column, every value is missing.
    """
    log, by_class = config.predictions, isinstance(config.predictions.score, dict)
    named = {SCORE: None if by_class else log.score, DECISION: log.prediction, "low": log.low, "high": log.high}
    named |= {f"{SCORE}:{label}": column for label, column in log.score.items()} if by_class else {}
    found = {}
    for name, column in named.items():
        if column is not None:
            value = F.col(quote(column)) if column in layout.spark_types else F.lit(None).cast("string")
            found[name] = value if name == DECISION and config.task != "regression" else value.cast("double")
    if log.entity is not None and all(name in layout.spark_types for name in log.entity):
        found[FOLD] = F.pmod(F.xxhash64(*[F.col(quote(name)) for name in log.entity]), F.lit(FOLDS))
    return found
