"""Which cells a task's predictions are counted into beside their outcomes, and the plan that the kernel follows."""

from pyspark.sql import functions as F

from spark_monitor.cells.bins import Bins
from spark_monitor.cells.error_arrow import error_bins
from spark_monitor.cells.error_feed import count_errors
from spark_monitor.cells.kernel.error_counter import ErrorPlan
from spark_monitor.cells.kernel.scores import DECISION, FOLD, OUTCOME, SCORE, ScorePlan
from spark_monitor.cells.score_feed import count_scores
from spark_monitor.logs.copies import first_copies
from spark_monitor.logs.names import quote
from spark_monitor.logs.outcomes import beside_outcomes, key_columns, known_outcomes, usable
from spark_monitor.metrics.score_cells import FOLDS
from spark_monitor.pipeline.freezing import batch_columns, segments_on
from spark_monitor.tables.state import ERROR_CELLS, SCORE_CELLS

TRUE_FALSE = (frozenset({"0", "false"}), frozenset({"1", "true"}))


def table_of(config):
    """Return the table that the cells of a task stand in."""
    return ERROR_CELLS if config.task == "regression" else SCORE_CELLS


def bins_of(config, frozen):
    """Return the bins that the cells are counted in: of the score, of nothing where there is none, or of the error."""
    if config.task == "regression":
        said = frozen.bins.get(("prediction", "prediction"))
        return error_bins(said.pivot if said is not None else 0.0)
    return frozen.scores or Bins("prediction", "numeric", family="performance")


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
    roles = role_columns(config, layout)
    joined = _joined(job, layout, rows, batch, bounds, [column.alias(name) for name, column in roles.items()])
    common = {"slice_bounds": bounds, "segments": segments_on(batch, frozen.segments, config),
              "versioned": layout.version is not None, "weighted": layout.weight is not None, "folded": FOLD in roles,
              "wanted": wanted}
    if config.task == "regression":
        plan = ErrorPlan(pivot=bins.pivot, bounded="low" in roles, **common)
        return count_errors(joined.withColumn(OUTCOME, F.col(OUTCOME).cast("double")), plan, bins.bins_id)
    plan = ScorePlan(edges=bins.edges, labels=label_texts(config), scored=SCORE in roles, decided=DECISION in roles, **common)
    return count_scores(joined, plan, bins.feature, bins.bins_id)


def _joined(job, layout, rows, batch, bounds, roles):
    """Return canonical rows beside what is known of their outcomes."""
    config, labels = job.config, job.labels
    more = [*key_columns(layout.identity, labels.layout.as_text), *roles]
    if config.predictions.deduplicate and layout is job.layout:
        spans = job.calendar.windows(int(bounds[0]), int(bounds[-1]), config.windows.grain)
        canonical = first_copies(rows, layout, batch, spans, more)
    else:
        canonical = layout.canonical(rows, batch, more)
    known = known_outcomes(usable(labels.source.read(job.spark), labels.layout, labels.as_of), labels.layout)
    negative = F.lit(config.classes[0] if config.classes else 0).cast(labels.outcome_type)
    return beside_outcomes(canonical, known, labels.layout, labels.as_of, negative, layout.version is not None)


def label_texts(config):
    """Return the texts that mean negative, and those that mean positive."""
    return tuple(frozenset({label}) for label in config.classes) if config.classes else TRUE_FALSE


def role_columns(config, layout):
    """Return what the kernel reads beside times and segments, by its name in a batch: those that the rows have."""
    log, number = config.predictions, config.task == "regression"
    decision = F.col(quote(log.prediction)) if log.prediction else None
    wanted = {
        SCORE: (log.score, lambda: F.col(quote(log.score)).cast("double")),
        DECISION: (log.prediction, lambda: decision.cast("double") if number else decision),
        "low": (log.low, lambda: F.col(quote(log.low)).cast("double")),
        "high": (log.high, lambda: F.col(quote(log.high)).cast("double")),
    }
    found = {name: make() for name, (column, make) in wanted.items() if column is not None and column in layout.spark_types}
    if log.entity is not None and all(name in layout.spark_types for name in log.entity):
        found[FOLD] = F.pmod(F.xxhash64(*[F.col(quote(name)) for name in log.entity]), F.lit(FOLDS))
    return found
