"""The table `models`: which versions there are, kept up from the windows that a run has just published."""

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F

from spark_monitor.decisions.lifetimes import Lifetimes, merge_windows
from spark_monitor.decisions.spec import ALL_VERSIONS
from spark_monitor.tables.people import MODELS
from spark_monitor.tables.results import METRICS
from spark_monitor.tables.store import of_model, of_windows
from spark_monitor.windows import to_datetime

OVERALL = f"segment IS NULL AND model_version <> '{ALL_VERSIONS}'"
IMMATURE = "immature"


def publish_versions(job, windows, fresh, earlier):
    """Replace the model's rows of `models`, and return the `Lifetimes` of its versions.

    Read are the windows just published and what `models` says of all others; where it says nothing, all windows.

    Parameters
    ----------
    job : Job
    windows : list of Window
        Of the base grain, just published.
    fresh : pyarrow.Table or None
        The rows of `metrics` just published, where they are in this process.
    earlier : bool
        Whether earlier runs have published windows.
    """
    grain = job.config.windows.grain
    stored = [row for row in job.store.fetch(MODELS, of_model(job.model)).to_pylist() if row["grain"] == grain]
    if earlier and not stored:
        counted = _of_frame(job, of_model(job.model, f"grain = '{grain}'"))
    else:
        counted = _of_frame(job, of_windows(job.model, windows)) if fresh is None else _of_table(fresh, grain)
    found = merge_windows(stored, counted, {window.start for window in windows})
    rows = [_row(job, version, own) for version, own in found.items()]
    job.store.replace(MODELS, MODELS.rows(rows), of_model(job.model))
    return Lifetimes(found, job.calendar, grain)


def _of_table(fresh, grain):
    """Return version, start, rows and labelled rows (-1 while outcomes are to come) of the windows of a grain."""
    mine = pc.and_(pc.equal(fresh["grain"], grain), pc.and_(pc.is_null(fresh["segment"]), pc.not_equal(
        fresh["model_version"], ALL_VERSIONS)))
    rows = fresh.filter(mine)
    counts = pc.equal(rows["metric"], "row_count")
    sizes = pc.if_else(counts, rows["value"].cast(pa.int64(), safe=False), rows["sample_size"])
    numbers = pa.table({"version": rows["model_version"], "start": rows["window_start"].cast(pa.int64()),
                        "rows": sizes, "labelled": rows["labelled_rows"],
                        "young": pc.equal(rows["status"], IMMATURE).cast(pa.int8())})
    found = numbers.group_by(["version", "start"]).aggregate([("rows", "max"), ("labelled", "max"), ("young", "max")])
    return [_numbers(*(row[name] for name in ("version", "start", "rows_max", "labelled_max", "young_max")))
            for row in found.to_pylist()]


def _of_frame(job, predicate):
    sizes = F.expr("IF(metric = 'row_count', CAST(value AS BIGINT), sample_size)")
    rows = job.store.read(METRICS, job.model).where(predicate).where(OVERALL)
    found = rows.groupBy("model_version", F.expr("unix_micros(window_start)").alias("start")).agg(
        F.max(sizes).alias("rows"), F.max("labelled_rows").alias("labelled"),
        F.max(F.expr(f"IF(status = '{IMMATURE}', 1, 0)")).alias("young")).collect()
    return [_numbers(*row) for row in found]


def _numbers(version, start, rows, labelled, young):
    return version, start, rows or 0, -1 if young else labelled or 0


def _row(job, version, windows):
    config, starts = job.config, list(windows)
    rows, labels = ([pair[place] for pair in windows.values()] for place in (0, 1))
    grain, owner = config.windows.grain, config.owner
    return {"model": job.model, "model_version": version, "grain": grain,
            "first_window_start": to_datetime(starts[0]), "last_window_start": to_datetime(starts[-1]),
            "last_window_end": to_datetime(job.calendar.following(starts[-1], grain)), "row_count": sum(rows),
            "labelled_rows": sum(max(many, 0) for many in labels), "reference": config.references[0].name,
            "task": config.task, "owner": owner and owner.name, "contact": owner and owner.contact,
            "runbook": owner and owner.runbook, "window_starts": starts, "window_rows": rows, "window_labels": labels,
            "run_id": job.run_id, "recorded_at": to_datetime(job.started_at)}
