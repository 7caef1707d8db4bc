"""What should have happened to each alert, as a function of its verdicts in the order of their windows?"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.alerts.walk import LONG_AGO, Series, walk
from spark_monitor.rules.judge import VERDICT_SCHEMA
from spark_monitor.rules.persistence import AT_ONCE

EVIDENCE = ("value", "bound", "effect", "sample_size", "reference_value")
ABOUT = ("fingerprint", "model", "model_version", "rule", "family", "metric", "feature", "segment", "segment_value",
         "grain", "reference", "window_start", "window_end")
EVENT_SCHEMA = pa.schema([*(VERDICT_SCHEMA.field(name) for name in ABOUT), ("state", pa.string()),
                          ("severity", pa.string()), *(VERDICT_SCHEMA.field(name) for name in EVIDENCE)])
RECENT_SCHEMA = pa.schema([VERDICT_SCHEMA.field(name) for name in ("fingerprint", "rule", "grain", "window_start",
                                                                   "verdict")])
# What a rule remembers of a window is for the rule alone.
REPLAYED_SCHEMA = pa.schema([field for field in VERDICT_SCHEMA if field.name != "memory"])
LEVELS = pa.array(["ok", "warn", "critical"])
STATES = ("unchanged", "opened", "escalated", "resolved")


@dataclass(frozen=True)
class Before:
    """What is known of alerts before the first verdict that is replayed.

    Parameters
    ----------
    open : dict of str to str
        Fingerprint -> severity of the alert that is open.
    ended : dict of str to (int, str)
        Fingerprint -> window that resolved its last alert, microseconds, and the severity that this one had.
    recent : pyarrow.Table
        By `RECENT_SCHEMA`: the last judged verdicts, as many as decide about the next ones.
    """

    open: dict = field(default_factory=dict)
    ended: dict = field(default_factory=dict)
    recent: pa.Table = field(default_factory=RECENT_SCHEMA.empty_table)


def replay(verdicts, persistence=None, ends=(), before=None):
    """Return the state changes that the verdicts call for: at most one for each fingerprint and window.

    The window that opens an alert is "opened", the first one that makes a warn alert critical is "escalated", the one
    that ends it "resolved"; `Persistence` says which ones these are. An alert never becomes milder while it is open:
    critical followed by warn is no event. Windows that weren't judged change nothing, nor do windows that are not there.

    Parameters
    ----------
    verdicts : pyarrow.Table
        By `VERDICT_SCHEMA`, in any order: of each fingerprint in it every window so far, or every one since `before`.
    persistence : dict of str to Persistence, optional
        By rule; a rule that is not in it opens and resolves at once.
    ends : iterable of (str, int)
        Fingerprint and window, microseconds, of which a person said that the alert ended there: what comes after is
        as if there had been nothing before.
    before : Before, optional

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
    before = before or Before()
    rows, is_new = _judged(verdicts, before)
    coded = pc.dictionary_encode(rows["fingerprint"].combine_chunks())
    start = rows["window_start"].cast(pa.int64()).to_numpy()
    begins = np.diff(coded.indices.to_numpy(), prepend=-1) != 0
    if (~begins & (np.diff(start, prepend=0) == 0)).any():
        raise ValueError("two verdicts of one fingerprint are of one window")
    edges = [*np.flatnonzero(begins).tolist(), len(begins)]
    spans = dict(zip(coded.dictionary.to_pylist(), zip(edges, edges[1:])))
    for name, end in ends:
        low, high = spans.get(name, (0, 0))
        after = low + np.searchsorted(start[low:high], end, "right")
        if after < high:
            begins[after] = True
    series = _series(rows, begins, persistence or {})
    change, level = walk(series, is_new, *_standing(before, spans, start, np.cumsum(begins) - 1))
    changed = np.flatnonzero(change)
    made = {"state": pa.array(STATES).take(pa.array(change[changed])), "severity": LEVELS.take(pa.array(level[changed]))}
    rows = rows.take(changed)
    return pa.table([made[name] if name in made else rows[name] for name in EVENT_SCHEMA.names], EVENT_SCHEMA)


def judged(verdicts):
    """Return the verdicts that say how a window is."""
    return verdicts.filter(pc.is_in(verdicts["verdict"], LEVELS))


def _judged(verdicts, before):
    """Return the judged verdicts of what was ever breached or is open, by fingerprint and window; and which are new."""
    fresh = judged(verdicts)
    every = pa.concat_tables([before.recent, fresh], promote_options="default")
    breached = every.filter(pc.not_equal(every["verdict"], "ok"))["fingerprint"].unique().to_pylist()
    every = every.append_column("is_new", pa.array(np.arange(every.num_rows) >= before.recent.num_rows))
    every = every.filter(pc.is_in(every["fingerprint"], pa.array({*breached, *before.open}, pa.string())))
    every = every.sort_by([("fingerprint", "ascending"), ("window_start", "ascending")])
    return every, every["is_new"].to_numpy().astype(bool)


def _series(rows, begins, persistence):
    """Return the rows as series, each with what its rule asks for."""
    coded = pc.dictionary_encode(rows["rule"].combine_chunks(), null_encoding="encode")
    asked = [persistence.get(rule, AT_ONCE) for rule in coded.dictionary.to_pylist()]
    rule = coded.indices.to_numpy()
    numbers = [np.array([getattr(one, name) for one in asked], np.int64)[rule]
               for name in ("breaches", "within", "clear", "cool_off")]
    first = np.maximum.accumulate(np.where(begins, np.arange(len(begins)), 0))
    return Series(first, pc.index_in(rows["verdict"], LEVELS).to_numpy().astype(np.int8), *numbers)


def _standing(before, spans, start, number):
    """Return of each series the level that is open before it, and which row, at which level, ended the last alert."""
    many = number[-1] + 1 if len(number) else 0
    severity, ended_at, ended_as = np.zeros(many, np.int8), np.full(many, LONG_AGO), np.zeros(many, np.int8)
    levels = LEVELS.to_pylist()
    for name, (low, high) in spans.items():
        own = number[low]
        severity[own] = levels.index(before.open.get(name, "ok"))
        if name in before.ended:
            window, ended = before.ended[name]
            ended_at[own] = np.searchsorted(start[low:high], window, "right") - 1
            ended_as[own] = levels.index(ended)
    return severity, ended_at, ended_as
