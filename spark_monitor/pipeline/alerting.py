"""Alerts: verdicts replayed in window order, and the difference to what is written appended.

Where only windows were published from which on the last run knows how alerts stood, the replay begins there; else it
begins with the first window.
"""

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Window as Over
from pyspark.sql import functions as F

from spark_monitor.alerts.actions import newest_judged
from spark_monitor.alerts.addressed import SILENT, addressed
from spark_monitor.alerts.changes import LOG_SCHEMA, numbered, open_alerts
from spark_monitor.alerts.mutes import mute_changes
from spark_monitor.alerts.replay import REPLAYED_SCHEMA
from spark_monitor.alerts.resume import resume
from spark_monitor.alerts.standing import AlertState, after_expiry, moved_on
from spark_monitor.pipeline.judging import rules_of
from spark_monitor.rules.judge import VERDICT_SCHEMA
from spark_monitor.rules.persistence import persistence_of
from spark_monitor.tables.results import ALERTS, MUTES, VERDICTS
from spark_monitor.tables.store import of_model
from spark_monitor.tables.table import literal, literals
from spark_monitor.windows import to_datetime, to_text


def update_alerts(job, agenda, as_of, known=None, here=False):
    """Append the changes of state that the verdicts, and what people muted, call for.

    Parameters
    ----------
    job : Job
    agenda : Agenda
        Whose windows have just been published.
    as_of : int
        Microseconds; mutes that end by then have run out.
    known : AlertState or None
        What the last run handed on; None where every verdict is to be replayed.
    here : bool
        Whether verdicts are few enough for all of them to come to this process.

    Returns
    -------
    appended : int
    opened : list of dict
        The alerts that are open now.
    state : AlertState
        What the next run may replay from.
    """
    lows = {grain: min(w.start for w in spans) for grain, spans in agenda.windows.items() if spans}
    persistence = persistence_of(rules_of(job.config))
    if known is not None and known.persistence == persistence and all(
            known.starts.get(grain, low) <= low for grain, low in lows.items()):
        state = replace(known, starts={**lows, **known.starts})
        log, series = _logged(job, _since(state.starts)), _verdicts(job, state, here)
    else:
        state, log, series = _from_the_first(job, persistence, here)
        lows = {**_after_all(series, log), **lows}
    news, opened = resume(state, series, log)
    if job.store.version(MUTES.name) >= 0:
        news, opened = _muted(job, pa.concat_tables([state.log, log]), news, opened, series, state.last, as_of)
    muted = {row["fingerprint"] for row in opened.to_pylist() if row["action"] == "muted"}
    append_changes(job.store, job.config, news, job.run_id, job.started_at, job.is_quiet, muted)
    return news.num_rows, opened.to_pylist(), moved_on(state, series, pa.concat_tables([log, news]), lows)


def mute_only(job, as_of):
    """Let mutes begin and run out where no window is due; returns how many rows were appended."""
    if job.store.version(MUTES.name) < 0:
        return 0
    log = _logged(job)
    opened = open_alerts(log)
    series = verdicts_of(job.store, job.model, opened["fingerprint"].to_pylist())
    news, _ = _muted(job, log, LOG_SCHEMA.empty_table(), opened, series, {}, as_of)
    append_changes(job.store, job.config, news, job.run_id, job.started_at)
    return news.num_rows


def verdicts_of(store, model, fingerprints):
    """Return all verdicts of some alerts of a model."""
    return store.fetch(VERDICTS, of_model(model, f"fingerprint IN ({literals(fingerprints)})"),
                       tuple(VERDICT_SCHEMA.names))


def append_changes(store, config, news, run_id, at, is_quiet=False, muted=frozenset()):
    """Append changes of alerts, by `LOG_SCHEMA`, with who is responsible, who wrote them when, and who is told.

    Nobody is told of what a quiet run finds, nor of the alerts whose fingerprints are `muted`.
    """
    if news.num_rows:
        owner, channels = config.owner, config.notify.channels
        stamp = {"owner": owner and (owner.contact or owner.name), "runbook": owner and owner.runbook,
                 "run_id": run_id, "recorded_at": to_datetime(at)}
        rows = [row | {"delivery": SILENT} if row["fingerprint"] in muted else row for row in news.to_pylist()]
        store.append(ALERTS, ALERTS.rows([{**row, **stamp, **addressed(row, channels, is_quiet)} for row in rows]))


def _muted(job, log, news, opened, series, last, as_of):
    """Return news and open alerts with what mutes call for."""
    mutes = job.store.fetch(MUTES, of_model(job.model)).to_pylist()
    verdicts = newest_judged(series, opened["fingerprint"].to_pylist())
    rows = mute_changes(opened.to_pylist(), mutes, verdicts, to_datetime(as_of))
    news = pa.concat_tables([news, numbered(rows, pa.concat_tables([log, news]), last)])
    return news, open_alerts(pa.concat_tables([log, news]))


def _from_the_first(job, persistence, here):
    """Return the state before the first verdict, and all rows of the alerts table and all verdicts from then on.

    Where verdicts expire, what the table says of the windows before the oldest ones stands.
    """
    log, state = _logged(job), AlertState(persistence=persistence)
    if job.config.retention.metrics is None or not log.num_rows:
        return state, log, _verdicts(job, state, here)
    windows = {}
    for row in job.store.read(VERDICTS, job.model).select("grain", F.expr("unix_micros(window_start) AS start")
                                                          ).distinct().orderBy("start").collect():
        windows.setdefault(row["grain"], []).append(row["start"])
    oldest = moved_on(state, REPLAYED_SCHEMA.empty_table(), log, {grain: own[0] for grain, own in windows.items()})
    return after_expiry(state, log, _verdicts(job, oldest, here), windows)


def _after_all(*tables):
    """Return, by grain, a moment after the beginnings of all windows of some tables."""
    found = {}
    for table in tables:
        starts = table["window_start"].cast(pa.int64()).to_pylist()
        for grain, start in zip(table["grain"].to_pylist(), starts):
            found[grain] = max(found.get(grain, 0), start + 1)
    return found


def _since(starts):
    """Return the condition of the windows from some moment of each grain on."""
    return " OR ".join(f"(grain = {literal(grain)} AND window_start >= TIMESTAMP{literal(to_text(start))})"
                       for grain, start in sorted(starts.items())) or "true"


def _logged(job, condition="true"):
    return job.store.fetch(ALERTS, of_model(job.model, condition), tuple(LOG_SCHEMA.names)).cast(LOG_SCHEMA)


def _verdicts(job, state, here):
    """Return the verdicts from a moment on, of the fingerprints that were ever breached then or are open before."""
    known = state.fingerprints()
    if here:
        every = job.store.fetch(VERDICTS, of_model(job.model, _since(state.starts)), tuple(REPLAYED_SCHEMA.names))
        bad = every.filter(pc.is_in(every["verdict"], pa.array(["warn", "critical"])))["fingerprint"].unique()
        wanted = pa.array({*bad.to_pylist(), *known}, pa.string())
        return every.filter(pc.is_in(every["fingerprint"], wanted)).cast(REPLAYED_SCHEMA)
    breached = F.max(F.col("verdict").isin("warn", "critical")).over(Over.partitionBy("fingerprint"))
    rows = job.store.read(VERDICTS, job.model).where(_since(state.starts)).withColumn("breached", breached)
    return _collected(rows.where(F.col("breached") | F.col("fingerprint").isin(known)), REPLAYED_SCHEMA)


def _collected(rows, schema):
    """Bring rows that alerts are made of to the driver.

    Times travel as numbers, since a collected timestamp is in the time zone of whichever machine collects it.
    """
    times = {field.name for field in schema if pa.types.is_timestamp(field.type)}
    found = rows.select(*[F.expr(f"unix_micros({name})").alias(name) if name in times else name
                          for name in schema.names]).collect()
    columns = [pa.array([row[field.name] for row in found], pa.int64() if field.name in times else field.type)
               for field in schema]
    return pa.Table.from_arrays([column.cast(field.type) for column, field in zip(columns, schema)], schema=schema)
