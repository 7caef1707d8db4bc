"""The last lines of a run: what ran, what is wrong, what could not be computed and why, where to look."""

from collections import Counter
from zoneinfo import ZoneInfo

from spark_monitor.alerts.ranking import SEVERITIES, rank
from spark_monitor.alerts.wording import local_date, one_line, subject, written
from spark_monitor.decisions.log import is_open
from spark_monitor.decisions.spec import RETRAIN, ROLL_BACK
from spark_monitor.windows import to_datetime

FAIL_ON = (*SEVERITIES, RETRAIN, ROLL_BACK)
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
    return [*_what_ran(summary.run, zone), *_what_is_wrong(summary.alerts, zone), *_what_to_do(summary, zone),
            *_what_is_missing(summary),
            f"{'look':<14}tables in {summary.results}", f"{'next':<14}{hint}"]


def summary_line(summary):
    """Return the summary of one of many runs in one line."""
    run = summary.run
    return (f"{one_line(run['model'])}, {len(run['windows']):,} {plural('window', len(run['windows']))}, "
            f"{run['rows_counted']:,} rows counted, {run['rows_quarantined']:,} quarantined, "
            f"open alerts: {severities(summary.alerts)}")


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


def tripping(summary, word):
    """Return what of a summary trips ``--fail-on``: open alerts of a severity or a worse one, or open decisions.

    Parameters
    ----------
    summary : Summary
    word : str
        One of `FAIL_ON`.
    """
    if word in SEVERITIES:
        return at_least(summary.alerts, word)
    return [row for row in summary.decisions if row["decision"] == word and is_open(row)]


def tripped_by(word):
    """Return what trips such a ``--fail-on``, in words."""
    return "such alerts" if word in SEVERITIES else "such decisions"


def at_least(alerts, severity):
    """Return the alerts of a severity or a worse one, but for those that are muted."""
    wanted = SEVERITIES[SEVERITIES.index(severity):]
    return [alert for alert in alerts if alert["severity"] in wanted and alert.get("action") != "muted"]


def _what_ran(run, zone):
    windows = [label.partition("/") for label in run["windows"]]
    restated = f", {len(run['restated']):,} of them restated" if run["restated"] else ""
    yield f"{run['command']:<14}{one_line(run['model'])}, {run['status']} as {run['run_id']}"
    if windows:
        grains = Counter(grain for grain, _, _ in windows)
        starts = sorted(start for _, _, start in windows)
        counted = ", ".join(f"{number:,} {plural(grain, number)}" for grain, number in grains.items())
        first, last = (local_date(start, zone) for start in (starts[0], starts[-1]))
        yield f"{'windows':<14}{counted}{restated}; beginning {first} to {last}"
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
    yield f"{'open alerts':<14}{severities(alerts)}"
    for alert in worst_first(alerts)[:WORST]:
        action = alert.get("action")
        yield f"  {alert['severity']:<12}{open_alert(alert, zone)}{f', {action}' if action else ''}"
    if len(alerts) > WORST:
        yield f"  and {len(alerts) - WORST:,} more"


def open_alert(alert, zone):
    """Return what an open alert is about, how large it is and since when, in one line."""
    return f"{evidence(alert, zone)}, open since {local_date(alert['opened_window_start'], zone)}"


def evidence(row, zone):
    """Return what a row of alerts or verdicts is about, how large it is and when, in one line."""
    return (f"{subject(row)} = {written(row['value'])}, bound {written(row['bound'])}, n {row['sample_size'] or 0:,}, "
            f"{row['grain']} of {local_date(row['window_start'], zone)}")


def severities(alerts):
    """Return how many alerts there are of each severity."""
    counts = Counter(alert["severity"] for alert in alerts)
    return ", ".join(f"{counts[word]:,} {word}" for word in reversed(SEVERITIES) if counts[word]) or "none"


def _what_to_do(summary, zone):
    waiting = [row for row in summary.decisions if is_open(row)]
    if waiting:
        yield f"{'decisions':<14}{len(waiting):,} to be made or carried out"
    for row in waiting:
        yield (f"  {row['decision']:<12}{row['status']} by policy {one_line(row['policy'])}, {row['grain']} of "
               f"{local_date(to_datetime(row['window_start']), zone)}, id {row['decision_id'][:12]}")
    if summary.reviews:
        kinds = Counter(row["kind"] for row in summary.reviews)
        aged = sum(row["level"] > 0 for row in summary.reviews)
        yield (f"{'reviews':<14}{len(summary.reviews):,} to be judged: "
               f"{', '.join(f'{many:,} {kind}' for kind, many in sorted(kinds.items()))}"
               f"{f'; {aged:,} overdue' if aged else ''}")


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


def plural(word, number):
    """Return a word for one of it or for several."""
    return word if number == 1 else f"{word}s"
