"""Alerts as lines of text: a list of them, everything about one, and what was done."""

from spark_monitor.alerts.mutes import GLOBS
from spark_monitor.cli.alert_options import key_length
from spark_monitor.alerts.wording import local_date, one_line, subject, written
from spark_monitor.cli.summary import evidence, open_alert, severities
from spark_monitor.tables.table import literal

SAME = ("model_version", "segment", "segment_value", "feature", "family", "reference")


def list_lines(model, opened, shown, mutes, zone):
    """Return open alerts and mutes as lines.

    Parameters
    ----------
    model : str
    opened, shown : list of dict
        Of `open_alerts`; those that are not shown are muted.
    mutes : list of dict
    zone : ZoneInfo
    """
    hidden, length = len(opened) - len(shown), key_length(alert["fingerprint"] for alert in opened)
    more = f", {hidden:,} more muted (--all)" if hidden else ""
    yield f"{'open alerts':<14}{severities(shown)} of {one_line(model)}{more}"
    for alert in shown:
        yield f"  {alert['fingerprint'][:length]}  {alert['severity']:<10}{open_alert(alert, zone)}{_said(alert, zone)}"
    for mute in mutes:
        yield (f"{'mute':<14}{mute['mute_id'][:8]} of {_about(mute)} until {local_date(mute['until'], zone)}, "
               f"by {one_line(mute['who'])}: {one_line(mute['why'])}")


def alert_lines(name, alert, verdict, rows, query, zone):
    """Return everything about one alert as lines.

    Parameters
    ----------
    name : str
    alert : dict or None
        Of `open_alerts`, where it is open.
    verdict : dict or None
        Its newest one.
    rows : list of dict
        Its rows of the alerts table, in order.
    query : str
    zone : ZoneInfo
    """
    last = rows[-1]
    yield f"{'alert':<14}{name}"
    yield f"{'about':<14}{subject(last)}, {last['grain']} by {last['grain']}, rule {one_line(str(last['rule']))}"
    yield f"{'stands':<14}{_stands(alert, last, zone)}"
    shown = alert or last
    yield (f"{'evidence':<14}{evidence(shown, zone)}, effect {written(shown['effect'])}, "
           f"in the reference {written(shown['reference_value'])}")
    if verdict is not None:
        yield f"{'verdict now':<14}{verdict['verdict']}: {evidence(verdict, zone)}"
    for word in ("owner", "runbook"):
        if last.get(word):
            yield f"{word:<14}{one_line(last[word])}"
    for row in rows:
        yield (f"  {row['sequence']:>3}  {local_date(row['window_start'], zone):<12}{row['state']:<14}"
               f"{row['severity'] or '':<10}{written(row['value'])}{_said(row, zone)}, "
               f"written {local_date(row['recorded_at'], zone)}")
    yield f"{'query':<14}{query}"


def action_lines(rows, zone):
    """Return rows just appended as lines."""
    for row in rows:
        yield f"{row['state']:<14}{row['fingerprint']}  {evidence(row, zone)}{_said(row, zone)}"


def query_of(row):
    """Return the query for the numbers that an alert is about, window after window.

    Examples
    --------
    >>> query_of({"model": "m", "grain": "day", "metric": "psi", "model_version": "*", "feature": "it's"})[-169:-71]
    "metric = 'psi' AND model_version = '*' AND segment IS NULL AND segment_value IS NULL AND feature ="
    """
    same = [f"{name} IS NULL" if row.get(name) is None else f"{name} = {literal(row[name])}"
            for name in ("model", "grain", "metric", *SAME)]
    return ("SELECT window_start, value, ci_low, ci_high, expected_value, reference_value, sample_size, status, reason "
            f"FROM metrics WHERE {' AND '.join(same)} ORDER BY window_start")


def _stands(alert, last, zone):
    if alert is not None:
        return f"open, {alert['severity']}, since {local_date(alert['opened_window_start'], zone)}{_said(alert, zone)}"
    return f"not open: {last['state']} in {last['grain']} of {local_date(last['window_start'], zone)}{_said(last, zone)}"


def _said(row, zone):
    """Return what a person did about an alert, as the end of a line."""
    parts = [f"{row['action']}"] if row.get("action") else []
    if row.get("until"):
        parts.append(f"until {local_date(row['until'], zone)}")
    if row.get("who"):
        parts.append(f"by {one_line(row['who'])}")
    return (f", {' '.join(parts)}" if parts else "") + (f": {one_line(row['why'])}" if row.get("why") else "")


def _about(mute):
    if mute["fingerprint"]:
        return f"alert {mute['fingerprint'][:8]}"
    return one_line(", ".join(f"{name}={mute[name]}" for name in GLOBS if mute[name] is not None))
