"""The last lines of a run: what ran, what is wrong, what could not be computed and why, where to look."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from spark_monitor.alerts.ranking import SEVERITIES, rank
from spark_monitor.cli.terminal import one_line

WORST = 5
REASONS = 5
NAMES = 6


def summary_lines(summary, time_zone, hint):
    """Return the summary of a run as lines.

    Parameters
    ----------
    summary : Summary
    time_zone : str
        Of `windows`: windows are told as its dates.
    hint : str
        The command to go on with.
    """
    zone = ZoneInfo(time_zone)
    return [*_what_ran(summary.run, zone), *_what_is_wrong(summary.alerts, zone), *_what_is_missing(summary),
            f"{'look':<14}tables in {summary.results}", f"{'next':<14}{hint}"]


def summary_line(summary):
    """Return the summary of one of many runs in one line."""
    run = summary.run
    return (f"{one_line(run['model'])}, {len(run['windows']):,} {plural('window', len(run['windows']))}, "
            f"{run['rows_counted']:,} rows counted, {run['rows_quarantined']:,} quarantined, "
            f"open alerts: {_severities(summary.alerts)}")


def worst_first(alerts):
    """Return alerts by severity, then by how many times the bound the value is, the largest first.

    Examples
    --------
    >>> alerts = [{"severity": "warn", "value": 9.0, "bound": 1.0},
    ...           {"severity": "critical", "value": 0.3, "bound": 0.2},
    ...           {"severity": "critical", "value": 0.2, "bound": 0.8}]
    >>> [alert["value"] for alert in worst_first(alerts)]
    [0.2, 0.3, 9.0]
    """
    return sorted(alerts, key=lambda alert: (*rank(alert["severity"], alert), subject(alert)))


def at_least(alerts, severity):
    """Return the alerts of a severity or a worse one."""
    wanted = SEVERITIES[SEVERITIES.index(severity):]
    return [alert for alert in alerts if alert["severity"] in wanted]


def _what_ran(run, zone):
    windows = [label.partition("/") for label in run["windows"]]
    restated = f", {len(run['restated']):,} of them restated" if run["restated"] else ""
    yield f"{run['command']:<14}{one_line(run['model'])}, {run['status']} as {run['run_id']}"
    if windows:
        grains = Counter(grain for grain, _, _ in windows)
        starts = sorted(start for _, _, start in windows)
        counted = ", ".join(f"{number:,} {plural(grain, number)}" for grain, number in grains.items())
        yield (f"{'windows':<14}{counted}{restated}; beginning {local_date(starts[0], zone)} to "
               f"{local_date(starts[-1], zone)}")
    else:
        yield f"{'windows':<14}none"
    reasons = {name.removeprefix("quarantined_"): rows for name, rows in run.items() if name.startswith("quarantined_")}
    why = ", ".join(f"{name} {rows:,}" for name, rows in reasons.items() if rows)
    copies = f", {run['rows_deduplicated']:,} further copies" if run["rows_deduplicated"] else ""
    yield (f"{'rows':<14}{run['rows_in']:,} in, {run['rows_counted']:,} counted, "
           f"{run['rows_quarantined']:,} quarantined{f' ({why})' if why else ''}{copies}; "
           f"log at version {run['source_version']}")
    for note in run["notes"]:
        yield f"{'note':<14}{one_line(note)}"


def _what_is_wrong(alerts, zone):
    yield f"{'open alerts':<14}{_severities(alerts)}"
    for alert in worst_first(alerts)[:WORST]:
        since, action = local_date(alert["opened_window_start"], zone), alert.get("action")
        yield (f"  {alert['severity']:<12}{subject(alert)} = {short_number(alert['value'])}, "
               f"bound {short_number(alert['bound'])}, n {alert['sample_size'] or 0:,}, "
               f"{alert['grain']} of {local_date(alert['window_start'], zone)}, open since {since}"
               f"{f', {action}' if action else ''}")
    if len(alerts) > WORST:
        yield f"  and {len(alerts) - WORST:,} more"


def _severities(alerts):
    counts = Counter(alert["severity"] for alert in alerts)
    return ", ".join(f"{counts[word]:,} {word}" for word in reversed(SEVERITIES) if counts[word]) or "none"


def _what_is_missing(summary):
    if not summary.run["metric_rows"]:
        return
    yield f"{'not computed':<14}{summary.run['not_computed']:,} of {summary.run['metric_rows']:,} metric rows"
    for row in summary.undone[:REASONS]:
        names = row["metrics"][:NAMES]
        more = f" and {len(row['metrics']) - NAMES} more" if len(row["metrics"]) > NAMES else ""
        why = one_line(f"{row['status']}, {row['reason']}" if row["reason"] else row["status"])
        yield f"  {row['rows']:>9,}  {why}: {one_line(', '.join(names))}{more}"
    if len(summary.undone) > REASONS:
        yield f"  and {len(summary.undone) - REASONS} more reasons"


def subject(alert):
    """Return what an alert is about, as words."""
    about = f" of {alert['feature']}" if alert.get("feature") else ""
    where = f" where {alert['segment']} is {alert['segment_value']}" if alert.get("segment") else ""
    against = f" against {alert['reference']}" if alert.get("reference") else ""
    return one_line(f"{alert.get('metric')}{about}{where}{against}")


def short_number(value):
    """Return a number of few digits, as text."""
    return "unknown" if value is None else f"{value:.4g}"


def plural(word, number):
    """Return a word for one of it or for several."""
    return word if number == 1 else f"{word}s"


def local_date(moment, zone):
    """Return an instant, as a datetime or as ISO text, as a date of the zone; with the time where it is no midnight."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"
