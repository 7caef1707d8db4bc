"""Alerts replayed from a moment on, rather than from the beginning: what must be known of the time before it?

An alert's state after a window rests on its state before and on the window's verdict, nothing else. So a replay from
any window on needs the alerts that were open just before, with their severity, and they are in the alerts table.
"""

from dataclasses import dataclass, field

import pyarrow as pa

from spark_monitor.alerts.changes import LOG_SCHEMA, PEOPLES_ACTIONS, difference, open_alerts
from spark_monitor.alerts.replay import replay
from spark_monitor.rules.judge import VERDICT_SCHEMA


@dataclass(frozen=True)
class AlertState:
    """What is known of a model's alerts before a moment of each grain.

    Parameters
    ----------
    starts : dict of str to int
        Grain -> beginning of the first window that is replayed, microseconds.
    log : pyarrow.Table
        By `LOG_SCHEMA`: of each alert that was open before, its rows that say so.
    last : dict of str to int
        The last sequence of every fingerprint in the alerts table.
    """

    starts: dict = field(default_factory=dict)
    log: pa.Table = field(default_factory=LOG_SCHEMA.empty_table)
    last: dict = field(default_factory=dict)


def resume(state, verdicts, log):
    """Return the rows to append to the alerts table, by `LOG_SCHEMA`, and the alerts that are open then.

    Parameters
    ----------
    state : AlertState
    verdicts : pyarrow.Table
        By `VERDICT_SCHEMA`: of the windows from `state.starts` on, those of every fingerprint that was breached in
        them or is open in `state.log`.
    log : pyarrow.Table
        By `LOG_SCHEMA`: the alerts table's rows of those windows.

    Examples
    --------
    >>> import datetime as dt
    >>> days = [dt.datetime(2024, 5, day, tzinfo=dt.timezone.utc) for day in (1, 2)]
    >>> opened = {"fingerprint": "f", "window_start": days[0], "state": "opened", "severity": "warn", "sequence": 1}
    >>> state = AlertState({"day": 0}, pa.Table.from_pylist([opened], LOG_SCHEMA), {"f": 1})
    >>> fine = {"fingerprint": "f", "window_start": days[1], "verdict": "ok"}
    >>> news, still_open = resume(state, pa.Table.from_pylist([fine], VERDICT_SCHEMA), LOG_SCHEMA.empty_table())
    >>> [(row["state"], row["severity"], row["sequence"]) for row in news.to_pylist()], still_open.num_rows
    ([('resolved', 'warn', 2)], 0)
    """
    before = _verdicts_of(open_alerts(state.log))
    events = replay(pa.concat_tables([before, verdicts]))
    keys = set(_keys(before))
    inside = pa.array([key not in keys for key in _keys(events)], pa.bool_())
    news = difference(events.filter(inside), log, state.last)
    return news, open_alerts(pa.concat_tables([state.log, log, news]))


def _verdicts_of(opened):
    """Return a verdict for each open alert that makes it open, with its severity."""
    rows = [{"fingerprint": row["fingerprint"], "window_start": row["window_start"], "verdict": row["severity"]}
            for row in opened.to_pylist()]
    return pa.Table.from_pylist(rows, VERDICT_SCHEMA)


def _keys(rows):
    return zip(rows["fingerprint"].to_pylist(), rows["window_start"].to_pylist())


def moved_on(state, log, starts):
    """Return the state before later moments.

    Parameters
    ----------
    state : AlertState
    log : pyarrow.Table
        By `LOG_SCHEMA`: the alerts table's rows of the windows from `state.starts` on, those just appended included.
    starts : dict of str to int
        Grain -> the later moment; a grain that is not named stays.
    """
    starts = {**state.starts, **starts}
    every = pa.concat_tables([state.log, log])
    begins = every["window_start"].cast(pa.int64()).to_pylist()
    is_before = [begin < starts.get(grain, begin) for grain, begin in zip(every["grain"].to_pylist(), begins)]
    last = dict(state.last)
    for fingerprint, sequence in zip(log["fingerprint"].to_pylist(), log["sequence"].to_pylist()):
        last[fingerprint] = max(last.get(fingerprint, 0), sequence)
    return AlertState(starts, rows_of_open(every.filter(pa.array(is_before, pa.bool_()))), last)


def rows_of_open(log):
    """Return the rows of a log that say which alerts are open: since each was opened, people's actions included.

    Parameters
    ----------
    log : pyarrow.Table
        By `LOG_SCHEMA`.
    """
    since = {row["fingerprint"]: row["opened_window_start"] for row in open_alerts(log).to_pylist()}
    last, kept = {}, []
    rows = log.sort_by("sequence").to_pylist()
    for place, row in enumerate(rows):
        if row["fingerprint"] in since and row["window_start"] >= since[row["fingerprint"]]:
            if row["state"] in PEOPLES_ACTIONS:
                kept.append(place)
            else:
                last[row["fingerprint"], row["window_start"]] = place
    chosen = sorted(kept + [place for place in last.values() if rows[place]["state"] != "withdrawn"])
    return pa.Table.from_pylist([rows[place] for place in chosen], LOG_SCHEMA)
