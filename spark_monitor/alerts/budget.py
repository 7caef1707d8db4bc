"""Of many alerts of one day, which would a budget let through, and which would it hold back?"""

from datetime import timedelta

from spark_monitor.alerts.ranking import rank


def held_back(alerts, budget, zone):
    """Return the alerts beyond a budget of so many a day, in the order given.

    An alert counts on the day on which the window that opened it ends, so that of windows of a day or longer the budget
    is one a window. Of one day those come first that opened as critical, then those furthest beyond their bound.

    Parameters
    ----------
    alerts : list of dict
        As `spells` returns them.
    budget : int
    zone : tzinfo
        Of the days.

    Examples
    --------
    >>> import datetime as dt
    >>> noon = dt.datetime(2024, 5, 1, 12, tzinfo=dt.timezone.utc)
    >>> alerts = [{"opened_end": noon, "opened_severity": severity, "value": value, "bound": 1.0}
    ...           for severity, value in (("warn", 2.0), ("critical", 2.0), ("warn", 3.0))]
    >>> [alert["value"] for alert in held_back(alerts, 2, dt.timezone.utc)]
    [2.0]
    """
    days = {}
    for at, alert in enumerate(alerts):
        day = (alert["opened_end"] - timedelta(microseconds=1)).astimezone(zone).date()
        days.setdefault(day, []).append(at)
    beyond = [at for own in days.values()
              for at in sorted(own, key=lambda at: rank(alerts[at]["opened_severity"], alerts[at]))[budget:]]
    return [alerts[at] for at in sorted(beyond)]
