"""The run record: one row of `runs` that says what was read, counted, published and left undone."""

import json
from dataclasses import dataclass, field
from importlib import metadata

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F

from spark_monitor.cells.bins import ROWS
from spark_monitor.cells.survey_files import REASONS
from spark_monitor.pipeline.past import span_texts
from spark_monitor.tables.results import METRICS, RUNS, VERDICTS
from spark_monitor.tables.state import FEATURE_CELLS
from spark_monitor.tables.store import instants, of_model
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
    decisions : list of dict
        What stands of the model's decisions: rows of `decisions`, times as microseconds.
    reviews : list of dict
        Those that wait for an answer: rows of `reviews`, likewise.
    """

    run: dict
    alerts: list = field(default_factory=list)
    undone: list = field(default_factory=list)
    results: str = ""
    decisions: list = field(default_factory=list)
    reviews: list = field(default_factory=list)


def rows_counted(job, agenda):
    """Return the rows in the cells of each slice just counted, and how many were quarantined among all of them."""
    if not agenda.slices:
        return {}, 0
    mine = of_model(job.model, instants("slice", [s.start for s in agenda.slices]), "segment IS NULL",
                    f"feature = '{ROWS}'")
    cells = job.store.fetch(FEATURE_CELLS, mine)
    rows = {}
    for start, many in zip(cells["slice"].cast(pa.int64()).to_pylist(), cells["row_count"].to_pylist()):
        rows[start] = rows.get(start, 0) + many
    return {start: many for start, many in rows.items() if many}, pc.sum(cells["nulls"]).as_py() or 0


def published_rows(job, predicate, fresh=None, judged=None):
    """Return how many metric rows and verdicts the windows have, and what could not be computed, by reason.

    Parameters
    ----------
    job : Job
    predicate : str
    fresh, judged : pyarrow.Table or None
        Those rows and verdicts, where this process has made both of them.
    """
    if judged is not None:
        return fresh.num_rows, judged.num_rows, _undone(fresh)
    metrics = job.store.read(METRICS, job.model).where(predicate)
    groups = metrics.groupBy("status", "reason").agg(
        F.count("*").alias("rows"), F.sort_array(F.collect_set("metric")).alias("metrics")).collect()
    undone = [{"status": row["status"], "reason": row["reason"], "rows": row["rows"], "metrics": row["metrics"]}
              for row in groups if row["status"] not in ("ok", "immature")]
    verdicts = job.store.read(VERDICTS, job.model).where(predicate).count()
    return sum(row["rows"] for row in groups), verdicts, sorted(undone, key=lambda row: -row["rows"])


def _undone(fresh):
    groups = {}
    for status, reason, metric in zip(*(fresh[name].to_pylist() for name in ("status", "reason", "metric"))):
        if status not in ("ok", "immature"):
            groups.setdefault((status, reason), []).append(metric)
    found = [{"status": status, "reason": reason, "rows": len(metrics), "metrics": sorted(set(metrics))}
             for (status, reason), metrics in groups.items()]
    return sorted(found, key=lambda row: -row["rows"])


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
    job.store.append(RUNS, RUNS.rows([row]))


def _packages():
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found
