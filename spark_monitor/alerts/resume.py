"""Alerts replayed from a moment on, rather than from the beginning.

What happens to an alert in a window rests on how it stood before, on the window's verdict and, where its rule asks for
several breached or clean windows, on the last verdicts before. The first is in the alerts table, the others are kept.
"""

import pyarrow as pa

from spark_monitor.alerts.changes import difference, ends_of, open_alerts, standing
from spark_monitor.alerts.replay import Before, replay
from spark_monitor.alerts.standing import of_rules
from spark_monitor.windows import to_micros


def resume(state, verdicts, log):
    """Return the rows to append to the alerts table, by `LOG_SCHEMA`, and the alerts that are open then.

    Parameters
    ----------
    state : AlertState
        Where it has a persistence of rules at all, alerts of other rules stay as the log says: those are gone.
    verdicts : pyarrow.Table
        By `VERDICT_SCHEMA`: of the windows from `state.starts` on, those of every fingerprint that was breached in
        them or is among `state.fingerprints`.
    log : pyarrow.Table
        By `LOG_SCHEMA`: the alerts table's rows of those windows.

    Examples
    --------
    >>> import datetime as dt
    >>> from spark_monitor.alerts.changes import LOG_SCHEMA
    >>> from spark_monitor.alerts.standing import AlertState
    >>> from spark_monitor.rules.judge import VERDICT_SCHEMA
    >>> days = [dt.datetime(2024, 5, day, tzinfo=dt.timezone.utc) for day in (1, 2)]
    >>> opened = {"fingerprint": "f", "window_start": days[0], "state": "opened", "severity": "warn", "sequence": 1}
    >>> state = AlertState({"day": 0}, pa.Table.from_pylist([opened], LOG_SCHEMA), {"f": 1})
    >>> fine = {"fingerprint": "f", "window_start": days[1], "verdict": "ok"}
    >>> news, still_open = resume(state, pa.Table.from_pylist([fine], VERDICT_SCHEMA), LOG_SCHEMA.empty_table())
    >>> [(row["state"], row["severity"], row["sequence"]) for row in news.to_pylist()], still_open.num_rows
    ([('resolved', 'warn', 2)], 0)
    """
    before = standing(state.log)
    stand = {name: row["severity"] for name, row in before.items() if row["state"] != "resolved"}
    ended = {name: (to_micros(row["window_start"]), row["severity"]) for name, row in before.items()
             if row["state"] == "resolved"}
    ours, own = (of_rules(rows, state.persistence) for rows in (verdicts, log))
    events = replay(ours, state.persistence, ends_of(log), Before(stand, ended, state.recent))
    news = difference(events, own, state.last)
    return news, open_alerts(pa.concat_tables([state.log, log, news]))
