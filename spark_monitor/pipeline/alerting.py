"""Alerts: verdicts replayed in window order, and the difference to what is written appended.

Where only windows were published from which on the last run knows how alerts stood, the replay begins there; else it
begins with the first window.
"""

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Window as Over
from pyspark.sql import functions as F

from spark_monitor.alerts.addressed import addressed
from spark_monitor.alerts.changes import LOG_SCHEMA
from spark_monitor.alerts.resume import AlertState, moved_on, resume
from spark_monitor.rules.judge import VERDICT_SCHEMA
from spark_monitor.tables.results import ALERTS, VERDICTS
from spark_monitor.tables.store import of_model
from spark_monitor.tables.table import literal
from spark_monitor.windows import to_datetime, to_text


def update_alerts(job, agenda, known=None, here=False):
    """Append the changes of state that the verdicts call for.

    Parameters
    ----------
    job : Job
    agenda : Agenda
        Whose windows have just been published.
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
    if known is not None and all(known.starts.get(grain, low) <= low for grain, low in lows.items()):
        state = AlertState({**lows, **known.starts}, known.log, known.last)
        log, series = _logged(job, _since(state.starts)), _verdicts(job, state, here)
    else:
        state, log = _from_the_first(job)
        series = _verdicts(job, state, here)
        lows = {**_after_all(series, log), **lows}
    news, opened = resume(state, series, log)
    if news.num_rows:
        owner, channels = job.config.owner, job.config.notify.channels
        stamp = {"owner": owner and (owner.contact or owner.name), "runbook": owner and owner.runbook,
                 "run_id": job.run_id, "recorded_at": to_datetime(job.started_at)}
        job.store.append(ALERTS, ALERTS.rows([{**row, **stamp, **addressed(row, channels, job.is_quiet)}
                                             for row in news.to_pylist()]))
    return news.num_rows, opened.to_pylist(), moved_on(state, pa.concat_tables([log, news]), lows)


def _from_the_first(job):
    """Return the state before the first verdict, and all rows of the alerts table from then on.

    Where verdicts expire, what the table says of the windows before the oldest ones stands.
    """
    log = _logged(job)
    if job.config.retention.metrics is None or not log.num_rows:
        return AlertState(), log
    oldest = job.store.read(VERDICTS, job.model).groupBy("grain").agg(
        F.expr("unix_micros(min(window_start))").alias("start")).collect()
    state = moved_on(AlertState(), log, {row["grain"]: row["start"] for row in oldest})
    begins = log["window_start"].cast(pa.int64()).to_pylist()
    stays = [begin >= state.starts.get(grain, begin) for grain, begin in zip(log["grain"].to_pylist(), begins)]
    return state, log.filter(pa.array(stays, pa.bool_()))


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
    known = state.log["fingerprint"].unique().to_pylist()
    if here:
        every = job.store.fetch(VERDICTS, of_model(job.model, _since(state.starts)), tuple(VERDICT_SCHEMA.names))
        bad = every.filter(pc.is_in(every["verdict"], pa.array(["warn", "critical"])))["fingerprint"].unique()
        wanted = pa.array({*bad.to_pylist(), *known}, pa.string())
        return every.filter(pc.is_in(every["fingerprint"], wanted)).cast(VERDICT_SCHEMA)
    breached = F.max(F.col("verdict").isin("warn", "critical")).over(Over.partitionBy("fingerprint"))
    rows = job.store.read(VERDICTS, job.model).where(_since(state.starts)).withColumn("breached", breached)
    return _collected(rows.where(F.col("breached") | F.col("fingerprint").isin(known)), VERDICT_SCHEMA)


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
