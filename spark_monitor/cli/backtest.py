"""``spark-monitor backtest``: what rules would have said of the windows that are published."""

import time
from zoneinfo import ZoneInfo

import click

from spark_monitor.alerts.incidents import Incident
from spark_monitor.alerts.spells import spells
from spark_monitor.alerts.trial import trial
from spark_monitor.cli.backtest_text import backtest_lines
from spark_monitor.cli.document import document
from spark_monitor.cli.options import config_option, instant, json_option, span, verbose_option
from spark_monitor.cli.terminal import Progress
from spark_monitor.config import load_config
from spark_monitor.config.lists import load_incidents, load_rules
from spark_monitor.windows import to_datetime


@click.command()
@config_option
@click.option("--rules", "rules_file", metavar="FILE",
              help="A YAML list of rules as under rules: of a configuration; its own where not given.")
@click.option("--start", metavar="DATE", help="Tell of windows from here on; habits are learnt from the first one.")
@click.option("--end", metavar="DATE", help="Only windows up to here.")
@click.option("--known", metavar="FILE", help="Known incidents, YAML or CSV: name, start, end, feature, segment.")
@click.option("--known-at", metavar="INSTANT", help="Metrics as they were published then; a plain date is midnight.")
@click.option("--budget", metavar="N", type=click.IntRange(0), help="Alerts that people take a day.")
@json_option
@verbose_option
def backtest(file, rules_file, start, end, known, known_at, budget, as_json):
    """Say which alerts rules would have made of the metrics that are published.

    No log is read and nothing is written. An alert is true if it opened in a window that overlaps a known incident
    whose feature and segment fit; recall is the share of incidents with a true alert; the delay is in windows.
    """
    config = load_config(file)
    zone = config.windows.time_zone
    low, high = (None, None) if start is None and end is None else span(start, end, zone)
    moment = None if known_at is None else instant(known_at, "--known-at", zone)
    if rules_file is not None:
        config = config.model_copy(update={"rules": load_rules(rules_file, config)})
    incidents = None if known is None else load_incidents(known, config)
    found = ask(config, low, high, moment, budget, incidents)
    if as_json:
        click.echo(document("backtest", **found))
        return
    for line in backtest_lines(found, zone):
        click.echo(line)


def ask(config, low=None, high=None, known_at=None, budget=None, incidents=None):
    """Start Spark and return what the command tells.

    Parameters
    ----------
    config : MonitorConfig
        With the rules to try.
    low, high : int, optional
        Microseconds; whole windows inside.
    known_at : int, optional
        Microseconds.
    budget : int, optional
    incidents : iterable of IncidentConfig, optional
    """
    # Spark is imported by the commands that need it, so that the others answer at once and without it.
    from spark_monitor.cli.work import start_spark
    from spark_monitor.pipeline.backtest import backtest as replayed_by
    from spark_monitor.pipeline.judging import rules_of
    from spark_monitor.pipeline.published import reader_of
    from spark_monitor.session import QUICK_START

    rules = rules_of(config)
    with Progress() as progress:
        job = reader_of(start_spark(progress, QUICK_START), config, progress)
        began = time.monotonic()
        replayed = replayed_by(job, rules, high, known_at)
        seconds = time.monotonic() - began
    return {"model": config.model, "results": config.results, "seconds": round(seconds, 3),
            **_told(config, rules, replayed, None if low is None else to_datetime(low), budget, incidents)}


def _told(config, rules, replayed, first, budget, incidents):
    """Return what is told of the windows from a moment on."""
    every = spells(replayed.events, replayed.windows)
    alerts = [one for one in every if first is None or one["opened"] >= first]
    before = [one for one in every if first is not None and one["opened"] < first
              and (one["resolved"] is None or one["resolved"] > first)]
    windows = {grain: [window for window in own if first is None or window[0] >= first]
               for grain, own in replayed.windows.items()}
    known = None if incidents is None else [Incident(**one.model_dump()) for one in incidents]
    found = trial([rule.name for rule in rules], replayed.counted(first), alerts, windows,
                  ZoneInfo(config.windows.time_zone), budget, known)
    return {"first": min((own[0][0] for own in windows.values() if own), default=None),
            "last": max((own[-1][1] for own in windows.values() if own), default=None),
            "open_before": len(before), **found, "alerts": alerts}
