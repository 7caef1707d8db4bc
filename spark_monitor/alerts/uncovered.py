"""Which windows of a series does no other alert speak for, so that an alarm in them would be a false one?"""

import numpy as np

from spark_monitor.windows import to_micros


def uncovered(about, starts, alerts, rule):
    """Return which windows no alert of another rule covers.

    An alert covers the windows in which it is open, of the feature and segment that it is about, and, where it is about
    all rows, of that feature in every segment. Those of the rule itself are no reason to leave windows out: its bound
    could then only fall.

    Parameters
    ----------
    about : dict
        grain, feature, segment and segment_value of the series.
    starts : ndarray of int64
        Beginnings of its windows, microseconds.
    alerts : list of dict
        As `spells` returns them.
    rule : str

    Returns
    -------
    ndarray of bool

    Examples
    --------
    >>> import datetime as dt
    >>> day = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
    >>> about = {"grain": "day", "feature": "age", "segment": None, "segment_value": None}
    >>> alert = {**about, "rule": "empty", "opened": day, "resolved": day + dt.timedelta(1)}
    >>> uncovered(about, np.array([0, 86_400_000_000]), [alert], "drift").tolist()
    [False, True]
    """
    free = np.ones(len(starts), bool)
    for alert in alerts:
        same = all(alert[name] == about[name] for name in ("grain", "feature"))
        where = alert["segment"], alert["segment_value"]
        if alert["rule"] != rule and same and where in ((None, None), (about["segment"], about["segment_value"])):
            end = np.inf if alert["resolved"] is None else to_micros(alert["resolved"])
            free &= (starts < to_micros(alert["opened"])) | (starts >= end)
    return free
