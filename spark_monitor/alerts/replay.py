"""What should have happened to each alert, as a function of its verdicts in the order of their windows?"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.rules.judge import VERDICT_SCHEMA

EVIDENCE = ("value", "bound", "effect", "sample_size", "reference_value")
ABOUT = ("fingerprint", "model", "model_version", "rule", "family", "metric", "feature", "segment", "segment_value",
         "grain", "reference", "window_start", "window_end")
EVENT_SCHEMA = pa.schema([*(VERDICT_SCHEMA.field(name) for name in ABOUT), ("state", pa.string()),
                          ("severity", pa.string()), *(VERDICT_SCHEMA.field(name) for name in EVIDENCE)])
LEVELS = pa.array(["ok", "warn", "critical"])
STATES = ("unchanged", "opened", "escalated", "resolved")


def replay(verdicts):
    """Return the state changes that the verdicts call for: at most one for each fingerprint and window.

    The first window with a warn or critical verdict is "opened"; the first critical one of an alert that was opened
    with warn is "escalated"; the next ok one is "resolved". An alert never becomes milder while it is open: critical
    followed by warn is no event. Windows that weren't judged change nothing, nor do windows that are not there.

    Parameters
    ----------
    verdicts : pyarrow.Table
        By `VERDICT_SCHEMA`, in any order: every window so far of each fingerprint in it, since an alert's state in a
        window rests on all earlier ones.

    Returns
    -------
    pyarrow.Table
        By `EVENT_SCHEMA`, by fingerprint and window. `severity` is that of the open alert, in a "resolved" row that of
        the alert that ends; the evidence is that of the window's verdict.

    Raises
    ------
    ValueError
        If two verdicts of one fingerprint are of one window.

    Examples
    --------
    >>> import datetime as dt
    >>> days = [dt.datetime(2024, 5, day, tzinfo=dt.timezone.utc) for day in (1, 2, 3, 4)]
    >>> rows = [{"fingerprint": "f", "window_start": day, "verdict": verdict}
    ...         for day, verdict in zip(days, ["warn", "critical", "not_judged", "ok"])]
    >>> events = replay(pa.Table.from_pylist(rows, VERDICT_SCHEMA))
    >>> [(row["window_start"].day, row["state"], row["severity"]) for row in events.to_pylist()]
    [(1, 'opened', 'warn'), (2, 'escalated', 'critical'), (4, 'resolved', 'critical')]
    """
    rows = _breached_series(verdicts)
    codes = pc.dictionary_encode(rows["fingerprint"].combine_chunks()).indices.to_numpy()
    starts = rows["window_start"].cast(pa.int64()).to_numpy()
    starts_series = np.diff(codes, prepend=-1) != 0
    if (~starts_series & (np.diff(starts, prepend=0) == 0)).any():
        raise ValueError("two verdicts of one fingerprint are of one window")
    state, is_critical = _state_changes(pc.index_in(rows["verdict"], LEVELS).to_numpy(), starts_series)
    changed = np.flatnonzero(state)
    rows = rows.take(changed)
    made = {
        "state": pa.array(STATES).take(pa.array(state[changed])),
        "severity": pc.if_else(pa.array(is_critical[changed]), "critical", "warn"),
    }
    return pa.table([made[name] if name in made else rows[name] for name in EVENT_SCHEMA.names], EVENT_SCHEMA)


def _breached_series(verdicts):
    """Return the judged verdicts of fingerprints that were ever breached, by fingerprint and window."""
    judged = verdicts.filter(pc.is_in(verdicts["verdict"], LEVELS))
    breached = judged.filter(pc.not_equal(judged["verdict"], "ok"))["fingerprint"].unique()
    judged = judged.filter(pc.is_in(judged["fingerprint"], breached))
    return judged.sort_by([("fingerprint", "ascending"), ("window_start", "ascending")])


def _state_changes(level, starts_series):
    """Return for each row its position in `STATES`, and whether the alert that it changes is or was critical."""
    before = np.where(starts_series, 0, np.roll(level, 1))
    opened, resolved = (level > 0) & (before == 0), (level == 0) & (before > 0)
    spell_start = np.maximum.accumulate(np.where(starts_series | opened | resolved, np.arange(len(level)), 0))
    criticals_before = np.cumsum(level == 2) - (level == 2)
    was_critical = criticals_before > criticals_before[np.where(resolved, np.roll(spell_start, 1), spell_start)]
    escalated = (level == 2) & ~opened & ~was_critical
    return np.select([opened, escalated, resolved], [1, 2, 3], 0), np.where(resolved, was_critical, level == 2)
