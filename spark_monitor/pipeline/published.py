"""Metric rows as they are published, or were at a moment, in chunks of windows: no log is read, nothing written."""

from dataclasses import replace

import pyarrow as pa
from pyspark.sql import functions as F

from spark_monitor.errors import ContractError
from spark_monitor.pipeline.frozen_before import reference_request, stored_bins, stored_references
from spark_monitor.pipeline.habits import COLUMNS
from spark_monitor.pipeline.job import Job
from spark_monitor.pipeline.run import quiet
from spark_monitor.rules.habit import rows as habit_rows
from spark_monitor.rules.spec import ALL_VERSIONS
from spark_monitor.tables.known_at import metrics_known_at
from spark_monitor.tables.results import METRICS
from spark_monitor.tables.store import Store, of_model
from spark_monitor.tables.table import literal, literals
from spark_monitor.windows import Calendar, to_datetime, to_text

JUDGED = (*COLUMNS, "ci_low", "ci_high")
SCHEMA = pa.schema([METRICS.schema.field(name) for name in JUDGED])
# Rows that are judged at once: some hundred megabytes with all that is made of them.
MOST_ROWS = 200_000


def reader_of(spark, config, say=quiet):
    """Return a job that reads the result tables of a model and knows no logs.

    Parameters
    ----------
    spark : SparkSession
    config : MonitorConfig
    say : callable
        Told (step, seconds, detail) when a step has finished.
    """
    return Job(spark, config, Store(spark, config.results), Calendar(config.windows.time_zone), None, None, "", 0, say)


def first_reference(job):
    """Return what is frozen, with the first reference alone.

    Raises
    ------
    ContractError
        If nothing is.
    """
    frozen, known, first = stored_bins(job), stored_references(job), job.config.references[0]
    if frozen is None or first.name not in known or job.store.version(METRICS.name) < 0:
        raise ContractError(f"nothing of model {job.model} is published in {job.config.results}; "
                            "`spark-monitor run` publishes it")
    return replace(frozen, references=(reference_request(known[first.name], first),))


def rows_for(job, rules, reference, known_at=None):
    """Return the metric rows that rules can judge, as a DataFrame of the columns that they need.

    Parameters
    ----------
    job : Job
    rules : iterable of Rule
    reference : str
        The first one's name.
    known_at : int, optional
        Microseconds; as published then.
    """
    rows = job.store.read(METRICS, job.model) if known_at is None else metrics_known_at(job.store, known_at, job.model)
    metrics = {name for rule in rules for name in (habit_rows.METRICS if rule.kind == "habit" else (rule.metric,))}
    base = job.config.windows.grain
    return rows.where(of_model(
        job.model, f"grain IN ({literals(rule.grain or base for rule in rules)})", f"metric IN ({literals(metrics)})",
        f"model_version IN ({literals(rule.version or ALL_VERSIONS for rule in rules)})",
        f"reference IS NULL OR reference IN ({literals(rule.reference or reference for rule in rules)})")).select(*JUDGED)


def windows_of(rows, end=None):
    """Return the windows that rows are of, in order, as {grain: [(start, end, number of rows)]}.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
    end : int, optional
        Microseconds; only windows that end by then.
    """
    found = {}
    for row in rows.groupBy("grain", F.expr("unix_micros(window_start)").alias("low"),
                            F.expr("unix_micros(window_end)").alias("high")).count().collect():
        if end is None or row["high"] <= end:
            found.setdefault(row["grain"], []).append((row["low"], row["high"], row["count"]))
    return {grain: sorted(own) for grain, own in sorted(found.items())}


def chunks(windows, most=MOST_ROWS):
    """Yield beginnings of the first and the last window of each chunk of few rows, in order.

    Examples
    --------
    >>> list(chunks([(0, 1, 5), (1, 2, 5), (2, 3, 7)], most=10))
    [(0, 1), (2, 2)]
    """
    first, last, size = None, None, 0
    for low, _, rows in windows:
        if first is not None and size + rows > most:
            yield first, last
            first, size = None, 0
        first, last, size = low if first is None else first, low, size + rows
    if first is not None:
        yield first, last


def fetch_chunk(rows, grain, first, last):
    """Return the rows of the windows of a grain that begin from one moment to another, in Arrow."""
    inside = (f"grain = {literal(grain)} AND window_start >= TIMESTAMP{literal(to_text(first))} "
              f"AND window_start <= TIMESTAMP{literal(to_text(last))}")
    return rows.where(inside).toArrow().cast(SCHEMA)


def as_datetimes(windows):
    """Return windows as {grain: [(start, end)]} of datetimes."""
    return {grain: [(to_datetime(low), to_datetime(high)) for low, high, _ in own] for grain, own in windows.items()}
