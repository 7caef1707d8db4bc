"""Against incidents that are known: which alerts are true, which incidents were found, and how late?"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from spark_monitor.rules.scope import fits, fits_segment


@dataclass(frozen=True)
class Incident:
    """Something that is known to have been wrong, in a half-open span of time.

    Parameters
    ----------
    name : str
    start, end : datetime
        Aware.
    feature, segment : tuple of str
        Globs as of a rule; an empty tuple fits every alert.
    """

    name: str
    start: datetime
    end: datetime
    feature: tuple = ()
    segment: tuple = ()

    def overlaps(self, start, end):
        """Say whether a half-open span has a moment in common with the incident."""
        return start < self.end and end > self.start

    def tells(self, alert):
        """Say whether an alert is of this incident: its feature and segment fit, and it opened inside."""
        return (self.overlaps(alert["opened"], alert["opened_end"])
                and fits(alert["feature"], self.feature or ("*",))
                and (not self.segment or fits_segment(alert["segment"], self.segment)))


def against(alerts, incidents, windows):
    """Hold alerts against known incidents.

    Parameters
    ----------
    alerts : list of dict
        As `spells` returns them.
    incidents : list of Incident
    windows : dict of str to list of (datetime, datetime)
        As for `spells`.

    Returns
    -------
    dict
        `alerts` and how many of them are `true`; `incidents` that a window overlaps and how many of them are `found`;
        `precision`, true alerts of all; `recall`, found incidents of all; None of none. `each` says of every incident
        how many alerts are of it, and by the first of them the delay in windows of its grain: 0 where the very window
        opened it in which the incident began. `outside` names the incidents that no window overlaps.

    Examples
    --------
    >>> import datetime as dt
    >>> days = [dt.datetime(2024, 5, day, tzinfo=dt.timezone.utc) for day in range(1, 8)]
    >>> alert = {"rule": "drift", "feature": "age", "segment": None, "grain": "day", "opened": days[3],
    ...          "opened_end": days[4]}
    >>> found = against([alert], [Incident("unit", days[1], days[5])], {"day": list(zip(days, days[1:]))})
    >>> found["precision"], found["recall"], found["each"][0]["delay"]
    (1.0, 1.0, 2)
    """
    seen = [one for one in incidents
            if any(one.overlaps(*window) for own in windows.values() for window in own)]
    true = [alert for alert in alerts if any(one.tells(alert) for one in seen)]
    each = [_told(one, [alert for alert in alerts if one.tells(alert)], windows) for one in seen]
    found = sum(one["alerts"] > 0 for one in each)
    return {"alerts": len(alerts), "true": len(true), "precision": _share(len(true), len(alerts)),
            "incidents": len(seen), "found": found, "recall": _share(found, len(seen)), "each": each,
            "outside": [one.name for one in incidents if one not in seen]}


def _told(incident, alerts, windows):
    first = min(alerts, key=lambda alert: alert["opened_end"], default=None)
    delay = None
    if first is not None:
        own = windows[first["grain"]]
        began = bisect_right([end for _, end in own], incident.start)
        delay = [start for start, _ in own].index(first["opened"]) - began
    return {"name": incident.name, "alerts": len(alerts), "delay": delay, "grain": first and first["grain"],
            "rule": first and first["rule"]}


def _share(part, whole):
    return part / whole if whole else None
