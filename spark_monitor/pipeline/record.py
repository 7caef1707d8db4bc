"""The run record: one row of `runs` that says what was read, counted, published and left undone."""

import json
from dataclasses import dataclass, field
from importlib import metadata

from pyspark.sql import functions as F

from spark_monitor.cells.bins import ROWS
from spark_monitor.logs.layout import REASONS
from spark_monitor.pipeline.past import span_texts
from spark_monitor.tables.results import METRICS, RUNS, VERDICTS
from spark_monitor.tables.state import FEATURE_CELLS
from spark_monitor.tables.store import instants
from spark_monitor.windows import to_datetime

PACKAGES = ("spark-monitor", "pyspark", "delta-spark", "pyarrow", "numpy", "scipy", "pydantic")


@dataclass
class Summary:
    """What a run did, for the terminal and for machines.

    Parameters
    ----------
    run : dict
        The row of `runs`.
    alerts : list of dict
        The alerts that are open now.
    undone : list of dict
        Reason, metrics and rows of what could not be computed.
    results : str
        Where the tables are.
    """

    run: dict
    alerts: list = field(default_factory=list)
    undone: list = field(default_factory=list)
    results: str = ""


def rows_counted(job, agenda):
    """Return the rows in the cells of each slice just counted, and how many were quarantined among all of them."""
    if not agenda.slices:
        return {}, 0
    cells = job.store.read(FEATURE_CELLS, job.model).where(instants("slice", [s.start for s in agenda.slices]))
    mine = cells.where((F.col("feature") == ROWS) & F.col("segment").isNull())
    found = mine.groupBy(F.expr("unix_micros(slice)").alias("slice")).agg(
        F.sum("row_count").alias("rows"), F.sum("nulls").alias("nulls")).collect()
    return {row["slice"]: row["rows"] for row in found if row["rows"]}, sum(row["nulls"] or 0 for row in found)


def published_rows(job, predicate):
    """Return how many metric rows and verdicts the windows have, and what could not be computed, by reason."""
    metrics = job.store.read(METRICS, job.model).where(predicate)
    groups = metrics.groupBy("status", "reason").agg(
        F.count("*").alias("rows"), F.sort_array(F.collect_set("metric")).alias("metrics")).collect()
    undone = [{"status": row["status"], "reason": row["reason"], "rows": row["rows"], "metrics": row["metrics"]}
              for row in groups if row["status"] not in ("ok", "immature")]
    verdicts = job.store.read(VERDICTS, job.model).where(predicate).count()
    return sum(row["rows"] for row in groups), verdicts, sorted(undone, key=lambda row: -row["rows"])


def run_row(job, wish, command, agenda, survey, columns, past, counts):
    """Return the row of `runs`.

    Parameters
    ----------
    counts : dict
        metric_rows, not_computed, verdict_rows, alert_rows, counted, placeless (rows of the counted slices without an
        id or a usable weight), outcomes_changed, predictions_touched, outcomes_orphaned.
    """
    reasons = {reason: int(survey.reasons.get(reason, 0)) for reason in REASONS}
    quarantined = sum(reasons.values())
    copies = int(survey_rows(survey, agenda)) - counts["counted"] - counts["placeless"]
    followed = agenda.complete or past.changes_through is None
    heard = agenda.complete or past.outcomes_through is None
    outcomes = job.labels and job.labels.source
    return {
        "model": job.model, "run_id": job.run_id, "command": command, "status": "committed",
        "started_at": to_datetime(job.started_at), "as_of": to_datetime(wish.as_of),
        "windows": [w.label for spans in agenda.windows.values() for w in spans],
        "restated": [w.label for w in agenda.restated], "slices": span_texts([*agenda.slices, *agenda.empty]),
        "source_table": job.source.table, "source_id": job.source.id, "source_version": job.source.version,
        "changes_through": job.source.version if followed else past.changes_through,
        "outcome_table": outcomes and outcomes.table, "outcome_id": outcomes and outcomes.id,
        "outcome_version": outcomes and outcomes.version, "outcome_slices": span_texts(agenda.label_slices),
        "outcome_changes_through": outcomes and (outcomes.version if heard else past.outcomes_through),
        "rows_in": counts["counted"] + copies + quarantined, "rows_counted": counts["counted"],
        "rows_quarantined": quarantined, "rows_deduplicated": copies,
        **{f"quarantined_{reason}": rows for reason, rows in reasons.items()},
        "columns_missing": list(columns.missing), "columns_changed": list(columns.changed),
        "columns_new": list(columns.new), "feed": job.feed and job.feed.kind,
        "feed_reason": job.feed.reason if job.feed else "nothing to count", "seconds": json.dumps(job.seconds),
        "notes": job.notes, "config_hash": job.config.config_hash,
        "config": json.dumps(job.config.masked(), ensure_ascii=False, sort_keys=True),
        "packages": json.dumps(_packages()),
        **{name: counts[name] for name in ("metric_rows", "not_computed", "verdict_rows", "alert_rows",
                                           "outcomes_changed", "predictions_touched", "outcomes_orphaned")}}


def survey_rows(survey, agenda):
    """Return the rows with a time that the survey saw in the slices counted."""
    return sum(int(rows) for s in agenda.slices for rows in survey.rows[
        (survey.quarters >= s.start) & (survey.quarters < s.end)])


def write_run(job, row):
    """Append the row of `runs`: the last write of a run, which makes its windows done."""
    job.store.append(RUNS, job.store.frame(RUNS, [row]))


def _packages():
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found
