"""From a command to a run: the clock, the name of the run, the session, and the alerts that are open at the end."""

import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone

from pyspark.sql import functions as F

from spark_monitor.cli.failures import cause_of
from spark_monitor.cli.query import answer
from spark_monitor.session import local_session
from spark_monitor.tables.make_views import create_views, with_all_columns
from spark_monitor.tables.results import ALERTS
from spark_monitor.tables.store import Store
from spark_monitor.tables.views import VIEWS
from spark_monitor.windows import to_datetime, to_micros


@dataclass(frozen=True)
class Moment:
    """When a command was given and how the run that it makes is called: the one look at the clock.

    Parameters
    ----------
    now : int
        Microseconds.
    run_id : str
    """

    now: int
    run_id: str

    @classmethod
    def given(cls):
        """Return the present moment."""
        now = to_micros(datetime.now(timezone.utc))
        return cls(now, f"{to_datetime(now):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}")


def start_spark(progress, extra=None):
    """Return the session, the platform's or a local one, and tell how long that took."""
    began = time.monotonic()
    spark = local_session(extra=extra)
    progress("start Spark", time.monotonic() - began, f"version {spark.version}")
    return spark


def finish(spark, config, summary, progress):
    """Renew the views of a catalog, and complete the summary where no window was due: alerts stay open all the same."""
    finish_all(spark, [(config, summary)], progress)
    return summary


def finish_all(spark, ended, progress):
    """Do what `finish` does for several models, once for those that share their result tables.

    Parameters
    ----------
    spark : SparkSession
    ended : list of (MonitorConfig, Summary)
    progress : Progress
    """
    roots = {}
    for config, summary in ended:
        roots.setdefault(config.results, []).append((config.model, summary))
    for root, models in roots.items():
        store = Store(spark, root)
        try:
            create_views(store)
        except Exception as error:
            # The results are committed; a schema where views may not be made is no reason to do them again.
            progress.note(f"views not renewed: {cause_of(error)}")
        idle = {model: summary for model, summary in models if not summary.run["windows"]}
        for alert in open_now(store, list(idle)) if idle else ():
            idle[alert["model"]].alerts.append(alert)


def open_now(store, models):
    """Return the alerts of some models that are open, as dicts."""
    log = store.read(ALERTS)
    if log is None:
        return []
    with_all_columns(log, ALERTS).where(F.col("model").isin(models)).createOrReplaceTempView("spark_monitor_alerts")
    return answer(store.spark.sql(VIEWS["alerts_open"].query("spark_monitor_alerts"))).records()
