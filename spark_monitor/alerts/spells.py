"""Changes of state -> alerts: from which window to which each was open, how bad it became, how long it lasted."""

from bisect import bisect_left

ABOUT = ("fingerprint", "rule", "family", "metric", "feature", "segment", "segment_value", "grain", "reference")
EVIDENCE = ("value", "bound", "effect", "sample_size", "reference_value")


def spells(events, windows):
    """Return one dict for each time that an alert was open, in the order of their windows.

    Parameters
    ----------
    events : pyarrow.Table
        As `replay` returns it.
    windows : dict of str to list of (datetime, datetime)
        Grain -> beginning and end of each published window, in order.

    Returns
    -------
    list of dict
        What it is about; `opened` and `opened_end`, the window that opened it, with that window's evidence;
        `opened_severity` and `severity`, at first and at worst; `resolved`, the beginning of the window that ended it,
        or None; `windows_open`, the published windows from the first of these to the one before the second.

    Examples
    --------
    >>> import datetime as dt
    >>> import pyarrow as pa
    >>> from spark_monitor.alerts.replay import EVENT_SCHEMA
    >>> days = [dt.datetime(2024, 5, day, tzinfo=dt.timezone.utc) for day in range(1, 8)]
    >>> rows = [{"fingerprint": "f", "grain": "day", "window_start": days[at], "state": state, "severity": severity}
    ...         for at, state, severity in [(1, "opened", "warn"), (2, "escalated", "critical"),
    ...                                     (4, "resolved", "critical"), (5, "opened", "warn")]]
    >>> found = spells(pa.Table.from_pylist(rows, EVENT_SCHEMA), {"day": list(zip(days, days[1:]))})
    >>> [(one["opened"].day, one["resolved"] and one["resolved"].day, one["severity"], one["windows_open"])
    ...  for one in found]
    [(2, 5, 'critical', 3), (6, None, 'warn', 1)]
    """
    found = _spells(events)
    starts = {grain: [start for start, _ in own] for grain, own in windows.items()}
    for one in found:
        own, end = starts[one["grain"]], one["resolved"]
        one["windows_open"] = (len(own) if end is None else bisect_left(own, end)) - bisect_left(own, one["opened"])
    return sorted(found, key=lambda one: (one["opened"], one["grain"], one["fingerprint"]))


def _spells(events):
    found, current = [], {}
    for row in events.sort_by([("fingerprint", "ascending"), ("window_start", "ascending")]).to_pylist():
        if row["state"] == "opened":
            current = {**{name: row[name] for name in (*ABOUT, *EVIDENCE)}, "opened": row["window_start"],
                       "opened_end": row["window_end"], "opened_severity": row["severity"],
                       "severity": row["severity"], "resolved": None}
            found.append(current)
        elif row["state"] == "escalated":
            current["severity"] = row["severity"]
        else:
            current["resolved"] = row["window_start"]
    return found
