"""What earlier runs left behind: as the newest one handed it on, else read from `runs` and the result tables."""

from dataclasses import replace
from datetime import datetime

from pyspark.sql import functions as F

from spark_monitor.cells.bins import COLUMNS, ROWS
from spark_monitor.metrics.maturity.matures_at import MATURES_AT
from spark_monitor.pipeline.agenda import Past
from spark_monitor.pipeline.carried import unpack
from spark_monitor.tables.commits import is_undisturbed
from spark_monitor.tables.results import ALERTS, METRICS, RUNS, VERDICTS
from spark_monitor.tables.state import FEATURE_CELLS, SCORE_CELLS
from spark_monitor.tables.store import of_model
from spark_monitor.windows import DAY, to_datetime, to_micros, to_text

# The newest run is looked for among those of so many days: of a daily run it is in one file, and in a few of others.
DAYS_BACK = (3, 40)


def read_past(store, model, calendar, unit, now, label_table=SCORE_CELLS):
    """Return the `Past` of a model: empty where it never ran.

    Parameters
    ----------
    store : Store
    model : str
    calendar : Calendar
    unit : {"day", "hour"}
        What cells are stored by.
    now : int
        Microseconds; when this run began.
    label_table : Table
        Where predictions beside their outcomes are counted.
    """
    watched = {table.name: table for table in (RUNS, FEATURE_CELLS, label_table, METRICS, VERDICTS, ALERTS)}
    since = {name: store.version(name) for name in watched}
    setting = f"{unit} of {calendar.zone.key}, {label_table.name}"
    runs = store.read(RUNS, model)
    if runs is None:
        return Past(since=since, setting=setting)
    past = _handed_on(store, runs, model, now, setting)
    if past is None:
        past = read_fully(store, runs, model, calendar, unit, label_table)
    return replace(past, since=since, setting=setting)


def _handed_on(store, runs, model, now, setting):
    """Return the past as the newest run handed it on; None where it did not, or anything was written since.

    What people do about alerts makes nothing unknown but the alerts.
    """
    if "carried" not in runs.columns:
        return None
    for days in DAYS_BACK:
        since = to_text(to_micros(to_datetime(now) - days * DAY))
        recent = store.fetch(RUNS, of_model(model, f"started_at >= TIMESTAMP'{since}'"), ("started_at", "carried"))
        if recent.num_rows:
            break
    newest = max(recent.to_pylist(), key=lambda row: row["started_at"], default={})
    found = newest.get("carried") and unpack(newest["carried"])
    if not found or found[0].setting != setting:
        return None
    past, stamp = found
    if is_undisturbed(store, past.since, model, stamp):
        return past
    others = {name: version for name, version in past.since.items() if name != ALERTS.name}
    return replace(past, alerts=None) if is_undisturbed(store, others, model, stamp) else None


def read_fully(store, runs, model, calendar, unit, label_table):
    """Return the `Past` of all rows of `runs` and all that the tables hold of the model; arguments as `read_past`."""
    names = ("run_id", "windows", "slices", "source_id", "changes_through", "started_at", "outcome_slices",
             "outcome_id", "outcome_changes_through")
    picked = [name if name in runs.columns else F.lit(None).alias(name) for name in names]
    found = runs.select(*picked, F.expr("unix_micros(as_of)").alias("as_of")).collect()
    rows = sorted(found, key=lambda row: row["started_at"])
    followed = [row for row in rows if row["changes_through"] is not None]
    recounted = {s.start: place for place, row in enumerate(rows) for text in row["slices"] or ()
                 for s in slices_named(text, calendar, unit)}
    published = {read_label(text): place for place, row in enumerate(rows) for text in row["windows"] or ()}
    labelled = {s.start: (place, row["as_of"]) for place, row in enumerate(rows)
                for text in row["outcome_slices"] or () for s in slices_named(text, calendar, unit)}
    heard = [row for row in rows if row["outcome_changes_through"] is not None]
    committed = {row["run_id"] for row in rows}
    stored, unfinished = _stored_slices(store, model, committed)
    return Past(done=frozenset(published), counted=frozenset(recounted), stored=stored,
                source_id=followed[-1]["source_id"] if followed else None,
                changes_through=followed[-1]["changes_through"] if followed else None,
                published=published, recounted=recounted, unfinished=unfinished,
                outcome_id=heard[-1]["outcome_id"] if heard else None,
                outcomes_through=heard[-1]["outcome_changes_through"] if heard else None,
                outcomes_as_of=heard[-1]["as_of"] if heard else None,
                labelled=labelled, labels_unfinished=_unfinished_labels(store, label_table, model, committed),
                ripening=ripening(store, model) if labelled else {}, places=len(rows))


def _stored_slices(store, model, committed):
    """Return the rows of each slice with cells, and the slices that a run counted which never committed."""
    cells = store.read(FEATURE_CELLS, model)
    if cells is None:
        return {}, frozenset()
    counted = cells.where(F.col("feature").isin(ROWS, COLUMNS) & F.col("segment").isNull()).groupBy(
        F.expr("unix_micros(slice)").alias("slice"), "run_id").agg(
        F.sum(F.expr(f"IF(feature = '{ROWS}', row_count, 0)")).alias("rows")).collect()
    return ({row["slice"]: row["rows"] for row in counted if row["rows"]},
            frozenset(row["slice"] for row in counted if row["run_id"] not in committed))


def _unfinished_labels(store, table, model, committed):
    """Return the slices whose score cells were counted by a run that never committed."""
    cells = store.read(table, model)
    if cells is None:
        return frozenset()
    found = cells.where("reference IS NULL AND segment IS NULL").select(
        F.expr("unix_micros(slice)").alias("slice"), "run_id").distinct().collect()
    return frozenset(row["slice"] for row in found if row["run_id"] not in committed)


def ripening(store, model, predicate="true"):
    """Return the windows that were published as immature, and when the delay curves say that they are mature."""
    rows = store.read(METRICS, model)
    if rows is None:
        return {}
    found = rows.where(predicate).where(f"metric = '{MATURES_AT}' AND segment IS NULL AND model_version = '*' AND value IS NOT NULL "
                       "AND status = 'immature'")
    found = found.select("grain", F.expr("unix_micros(window_start)").alias("start"), "value").collect()
    return {(row["grain"], row["start"]): int(row["value"] * 1e6) for row in found}


def read_label(text):
    """Return grain and start of a window named as in `runs`.

    Examples
    --------
    >>> read_label("day/1970-01-02T00:00:00Z")
    ('day', 86400000000)
    """
    grain, _, start = text.partition("/")
    return grain, read_moment(start)


def read_moment(text):
    """Return ISO text with offset Z as microseconds."""
    return to_micros(datetime.fromisoformat(text.replace("Z", "+00:00")))


def span_texts(slices):
    """Return slices as few texts, start/end each: neighbours are written as one.

    Examples
    --------
    >>> from spark_monitor.windows import Calendar
    >>> span_texts(Calendar("UTC").windows(0, 3 * 86_400_000_000, "day"))
    ['1970-01-01T00:00:00Z/1970-01-04T00:00:00Z']
    """
    spans = []
    for s in sorted(slices):
        if spans and spans[-1][1] == s.start:
            spans[-1][1] = s.end
        else:
            spans.append([s.start, s.end])
    return [f"{to_text(low)}/{to_text(high)}" for low, high in spans]


def slices_named(text, calendar, unit):
    """Return the slices of one such text."""
    low, _, high = text.partition("/")
    return calendar.windows(read_moment(low), read_moment(high), unit)
