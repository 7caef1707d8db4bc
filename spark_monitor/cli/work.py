"""From a command to a run: the clock, the name of the run, the session, and the alerts that are open at the end."""

import os
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone

from pyspark.sql import functions as F

from spark_monitor.cli.failures import cause_of
from spark_monitor.cli.query import answer
from spark_monitor.notify.deliver import deliver, undelivered
from spark_monitor.notify.send import DELIVERED
from spark_monitor.notify.wire import Outside
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


def tell_people(spark, configs, moment, progress):
    """Deliver after a run: a delivery that fails is told, and never fails the run, whose results are committed."""
    try:
        left = undelivered(deliver_all(spark, configs, moment, progress))
    except Exception as error:
        left = [f"alerts were not delivered: {cause_of(error)}"]
    for line in left:
        progress.note(line)
    if left:
        progress.note("the next run, or spark-monitor notify, sends what is undelivered")


def deliver_all(spark, configs, moment, progress):
    """Send what is undelivered of some models, once for those that share their result tables.

    Parameters
    ----------
    spark : SparkSession
    configs : list of MonitorConfig
    moment : Moment
    progress : Progress

    Returns
    -------
    list of Sent
    """
    began, roots, sent = time.monotonic(), {}, []
    for config in configs:
        if config.notify.channels:
            roots.setdefault(config.results, []).append(config)
    for root, own in roots.items():
        sent += deliver(Store(spark, root, stamp=moment.run_id), own, moment.run_id, moment.now, Outside(os.environ))
    if sent:
        accepted = sum(one.outcome.status == DELIVERED for one in sent)
        progress("deliver alerts", time.monotonic() - began, f"{accepted:,} of {len(sent):,} messages")
    return sent


def open_now(store, models):
    """Return the alerts of some models that are open, as dicts."""
    log = store.read(ALERTS)
    if log is None:
        return []
    with_all_columns(log, ALERTS).where(F.col("model").isin(models)).createOrReplaceTempView("spark_monitor_alerts")
    return answer(store.spark.sql(VIEWS["alerts_open"].query("spark_monitor_alerts"))).records()
