"""The story of one run, readable in a minute: pin, survey, freeze, plan, count, publish, alert, decide, record."""

from spark_monitor.decisions.log import is_open
from spark_monitor.logs.layout import bind
from spark_monitor.pipeline.agenda import make_agenda, slice_grain
from spark_monitor.pipeline.alerting import mute_only, update_alerts
from spark_monitor.pipeline.count import compare_columns, count_slices
from spark_monitor.pipeline.deciding import update_decisions
from spark_monitor.pipeline.tasks import shares_disk
from spark_monitor.pipeline.frozen import freeze_missing
from spark_monitor.pipeline.hand_on import hand_on
from spark_monitor.pipeline.job import Job
from spark_monitor.pipeline.judging import publish_verdicts
from spark_monitor.pipeline.label_cells import table_of
from spark_monitor.pipeline.labels import count_labels, follow_outcomes, open_labels, refresh_references
from spark_monitor.pipeline.past import read_past, ripening
from spark_monitor.pipeline.publish import publish_metrics
from spark_monitor.pipeline.record import Summary, published_rows, rows_counted, run_row, write_run
from spark_monitor.pipeline.relation_labels import note_unknown_features
from spark_monitor.pipeline.reviewing import update_reviews
from spark_monitor.pipeline.shared import Shared
from spark_monitor.pipeline.small import survey_changes
from spark_monitor.pipeline.versions import publish_versions
from spark_monitor.tables.store import Store
from spark_monitor.windows import Calendar


def quiet(step, seconds, detail):
    """Say nothing."""


def open_job(spark, config, wish, run_id, started_at, say=quiet, store=None, shared=None):
    """Pin both logs and bind their columns: what every command begins with.

    Parameters
    ----------
    spark : SparkSession
    config : MonitorConfig
    wish : Wish
    run_id : str
    started_at : int
        Microseconds.
    say : callable
        Told (step, seconds, detail) when a step has finished.
    store : Store, optional
        Where several models write together; else the model's own.
    shared : Shared, optional
        What models of one run find out once for all.

    Raises
    ------
    ContractError
        If the log is not there, or has not the columns that the configuration promises.
    """
    shared = shared or Shared()
    source = shared.pin(spark, config.predictions.table, shares_disk(spark))
    layout = bind(config, source.columns(spark), wish.as_of)
    store = store or Store(spark, config.results, stamp=run_id)
    job = Job(spark, config, store, Calendar(config.windows.time_zone), source, layout, run_id, started_at, say,
              shared=shared)
    job.labels = open_labels(job, wish.as_of)
    return job


def run(spark, config, wish, run_id, started_at, say=quiet, command="run", store=None, shared=None):
    """Monitor one model: publish every window that is due, and restate those that changed.

    Parameters
    ----------
    spark : SparkSession
    config : MonitorConfig
    wish : Wish
        Which windows, and as of when.
    run_id : str
        Unique; written beside every row.
    started_at : int
        Microseconds; the time that every row of this run carries.
    say : callable, optional
        Told (step, seconds, detail) when a step has finished.
    command : str
        What the run record calls it.
    store, shared : Store, Shared, optional
        As for `open_job`.

    Returns
    -------
    Summary

    Raises
    ------
    ContractError, ReferenceMissingError
        Before anything is written.
    """
    job = open_job(spark, config, wish, run_id, started_at, say, store, shared)
    past = read_past(job.store, job.model, job.calendar, slice_grain(config), started_at, table_of(config))
    job.is_quiet = command == "backfill" or not past.published
    with job.step("survey the log") as told:
        changes = job.shared.changes(spark, job.source, past.source_id, past.changes_through)
        survey = survey_changes(job, past, changes)
        told["text"] = f"{int(survey.rows.sum()):,} rows at version {job.source.version}"
    frozen = freeze_missing(job, survey.first)
    columns = compare_columns(config, job.layout.types, frozen)
    news = follow_outcomes(job, past)
    moved = refresh_references(job, frozen, news, survey.first)
    agenda = make_agenda(config, job.calendar, survey, past, wish,
                         changes is not None or past.changes_through is None, news, moved)
    take_notes(job, agenda, columns)
    note_unknown_features(job, frozen)
    with job.step("count cells") as told:
        count_slices(job, agenda, frozen, columns)
        stored, placeless = rows_counted(job, agenda)
        counted = sum(stored.values()) - placeless
        told["text"] = f"{counted:,} rows in {len(agenda.slices)} {slice_grain(config)}s"
    count_labels(job, agenda, frozen)
    counts = {"counted": counted, "placeless": placeless, "metric_rows": 0, "not_computed": 0, "verdict_rows": 0,
              "alert_rows": 0, "outcomes_changed": news.keys, "predictions_touched": news.predictions,
              "outcomes_orphaned": news.orphans}
    undone, alerts, found = [], None, {"stored": stored, "ripening": {}, "alerts": past.alerts, "fresh": None}
    if any(agenda.windows.values()):
        undone, alerts = _publish(job, agenda, past, frozen, counts, wish.as_of, found)
    else:
        counts["alert_rows"] = mute_only(job, wish.as_of)
        found["alerts"] = None if counts["alert_rows"] else past.alerts
    decisions, reviews = _conclude(job, agenda, past, alerts, wish.as_of, found["fresh"])
    found["reviews"] = len(reviews)
    row = run_row(job, wish, command, agenda, survey, columns, past, counts)
    write_run(job, {**row, "carried": hand_on(job, agenda, survey, past, row, found)})
    return Summary(row, alerts or [], undone, config.results, decisions, reviews)


def _publish(job, agenda, past, frozen, counts, as_of, found):
    """Metrics, verdicts and alerts of the agenda's windows, in this order; what the next run needs of it is `found`."""
    with job.step("publish metrics") as told:
        predicate, fresh = publish_metrics(job, agenda, frozen, as_of)
        found["fresh"] = fresh
        told["text"] = f"{sum(map(len, agenda.windows.values()))} windows, {len(agenda.restated)} restated"
    with job.step("judge and alert") as told:
        verdicts = publish_verdicts(job, agenda, past, frozen, fresh)
        counts["alert_rows"], alerts, found["alerts"] = update_alerts(job, agenda, as_of, found["alerts"],
                                                                      fresh is not None)
        counts["metric_rows"], counts["verdict_rows"], undone = published_rows(job, predicate, fresh, verdicts)
        counts["not_computed"] = sum(row["rows"] for row in undone)
        told["text"] = f"{counts['verdict_rows']:,} verdicts, {counts['alert_rows']} changes of alerts"
    if job.labels is not None:
        found["ripening"] = ripening(job.store, job.model, predicate)
    return undone, alerts


def _conclude(job, agenda, past, alerts, as_of, fresh):
    """Versions, decisions and reviews, in this order; returns what stands of decisions, and what waits for answers."""
    with job.step("decide and ask") as told:
        windows = agenda.windows[job.config.windows.grain]
        lifetimes = publish_versions(job, windows, fresh, bool(past.published)) if windows else None
        decisions = update_decisions(job, windows, lifetimes)
        reviews = update_reviews(job, alerts, decisions, as_of, past.reviews)
        told["text"] = f"{sum(map(is_open, decisions))} decisions and {len(reviews)} reviews wait"
    return decisions, reviews


def take_notes(job, agenda, columns):
    """Note what a reader of the run record should know."""
    if agenda.kept:
        job.notes.append(f"{len(agenda.kept)} slices have no rows in the log any more; what is stored stays: "
                         f"{', '.join(s.label for s in agenda.kept[:5])}")
    if not agenda.complete:
        job.notes.append("the log changed in windows outside the span asked for; a run without a span restates them")
    for word, names in (("missing", columns.missing), ("of another type", columns.changed), ("new", columns.new)):
        if names:
            job.notes.append(f"columns {word}: {', '.join(names)}")
