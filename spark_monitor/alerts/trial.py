"""What rules would have done, in numbers: alerts by rule, how long open, held back by a budget, true or false."""

from collections import Counter
from statistics import median

from spark_monitor.alerts.budget import held_back
from spark_monitor.alerts.incidents import against
from spark_monitor.alerts.ranking import SEVERITIES

WEEK_SECONDS = 7 * 86_400


def trial(rules, said, alerts, windows, zone, budget=None, incidents=None):
    """Return what `spark-monitor backtest` tells of alerts.

    Parameters
    ----------
    rules : iterable of str
        Names, in the order in which they are told.
    said : dict of str to Counter
        Rule -> how many of its verdicts are which word.
    alerts : list of dict
        As `spells` returns them: those that opened in the windows.
    windows : dict of str to list of (datetime, datetime)
        Grain -> beginning and end of each window that was judged, in order.
    zone : tzinfo
        Of the days of a budget.
    budget : int, optional
        Alerts a day.
    incidents : list of Incident, optional

    Returns
    -------
    dict
        `windows` by grain, `weeks` from the first beginning to the last end, alerts `opened` and `opened_per_week`,
        `rules` with the same by rule; with a budget `budget`, with incidents `known`.
    """
    weeks = weeks_of(windows)
    found = {"windows": {grain: len(own) for grain, own in windows.items()}, "weeks": weeks, "opened": len(alerts),
             "opened_per_week": _per(len(alerts), weeks),
             "rules": [_by_rule(name, said.get(name, Counter()), [one for one in alerts if one["rule"] == name], weeks)
                       for name in rules]}
    if budget is not None:
        found["budget"] = _within(alerts, budget, zone)
    if incidents is not None:
        found["known"] = against(alerts, incidents, windows)
    return found


def weeks_of(windows):
    """Return how many weeks lie between the first beginning and the last end of windows."""
    spans = [span for own in windows.values() for span in own]
    if not spans:
        return 0.0
    return (max(end for _, end in spans) - min(start for start, _ in spans)).total_seconds() / WEEK_SECONDS


def _by_rule(name, said, alerts, weeks):
    worst = Counter(one["severity"] for one in alerts)
    lengths = [one["windows_open"] for one in alerts]
    return {"rule": name, "judged": sum(said[word] for word in ("ok", *SEVERITIES)),
            "breached": sum(said[word] for word in SEVERITIES), "not_judged": said["not_judged"],
            "config_errors": said["config_error"], "opened": len(alerts), "opened_per_week": _per(len(alerts), weeks),
            **{severity: worst[severity] for severity in SEVERITIES},
            "windows_open_median": median(lengths) if lengths else None,
            "windows_open_longest": max(lengths, default=None),
            "still_open": sum(one["resolved"] is None for one in alerts)}


def _within(alerts, budget, zone):
    beyond = held_back(alerts, budget, zone)
    return {"a_day": budget, "held_back": len(beyond), "critical_held_back":
            sum(one["opened_severity"] == "critical" for one in beyond),
            "by_rule": dict(Counter(one["rule"] for one in beyond))}


def _per(count, weeks):
    return count / weeks if weeks else None
