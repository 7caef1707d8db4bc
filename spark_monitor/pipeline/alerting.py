"""Alerts: verdicts replayed in window order, and the difference to what is written appended."""

import pyarrow as pa
from pyspark.sql import Window as Over
from pyspark.sql import functions as F

from spark_monitor.alerts.changes import LOG_SCHEMA, difference, open_alerts
from spark_monitor.alerts.replay import replay
from spark_monitor.rules.judge import VERDICT_SCHEMA
from spark_monitor.tables.results import ALERTS, VERDICTS
from spark_monitor.windows import to_datetime


def update_alerts(job):
    """Append the changes of state that the verdicts call for; return how many, and the open alerts.

    Returns
    -------
    appended : int
    opened : list of dict
        The alerts that are open now.
    """
    logged = job.store.read(ALERTS, job.model)
    log = _collected(logged, LOG_SCHEMA)
    breached = F.max(F.col("verdict").isin("warn", "critical")).over(Over.partitionBy("fingerprint"))
    verdicts = job.store.read(VERDICTS, job.model).withColumn("breached", breached)
    series = _collected(verdicts.where("breached"), VERDICT_SCHEMA)
    news = difference(replay(series), log)
    if news.num_rows:
        owner = job.config.owner
        stamp = {"owner": owner and (owner.contact or owner.name), "runbook": owner and owner.runbook,
                 "run_id": job.run_id, "recorded_at": to_datetime(job.started_at)}
        job.store.append(ALERTS, ALERTS.rows([{**row, **stamp} for row in news.to_pylist()]))
    return news.num_rows, open_alerts(pa.concat_tables([log, news])).to_pylist()


def _collected(rows, schema):
    """Bring rows that alerts are made of to the driver: verdicts of fingerprints that were ever breached, no others.

    Times travel as numbers, since a collected timestamp is in the time zone of whichever machine collects it.
    """
    if rows is None:
        return schema.empty_table()
    times = {field.name for field in schema if pa.types.is_timestamp(field.type)}
    found = rows.select(*[F.expr(f"unix_micros({name})").alias(name) if name in times else name
                          for name in schema.names]).collect()
    columns = [pa.array([row[field.name] for row in found], pa.int64() if field.name in times else field.type)
               for field in schema]
    return pa.Table.from_arrays([column.cast(field.type) for column, field in zip(columns, schema)], schema=schema)
