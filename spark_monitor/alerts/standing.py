"""How do alerts stand before a moment: what a replay from there on needs to know of the time before it."""

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.alerts.changes import LOG_SCHEMA, NEVER, ORDER, by_people, ends_of, open_alerts, standing
from spark_monitor.alerts.replay import RECENT_SCHEMA, judged
from spark_monitor.rules.persistence import AT_ONCE


@dataclass(frozen=True)
class AlertState:
    """What is known of a model's alerts before a moment of each grain.

    Parameters
    ----------
    starts : dict of str to int
        Grain -> beginning of the first window that is replayed, microseconds.
    log : pyarrow.Table
        By `LOG_SCHEMA`: of each alert that was open before, its rows that say so; of one that was resolved so lately
        that its rule still cools off, the row that resolved it.
    last : dict of str to int
        The last sequence of every fingerprint in the alerts table.
    recent : pyarrow.Table
        By `RECENT_SCHEMA`: the last verdicts before, where some rule needs them.
    persistence : dict of str to Persistence
        By rule, with which alerts came to stand so.
    """

    starts: dict = field(default_factory=dict)
    log: pa.Table = field(default_factory=LOG_SCHEMA.empty_table)
    last: dict = field(default_factory=dict)
    recent: pa.Table = field(default_factory=RECENT_SCHEMA.empty_table)
    persistence: dict = field(default_factory=dict)

    def fingerprints(self):
        """Return the alerts of which verdicts are needed from the moment on, breached or not."""
        return sorted({*self.log["fingerprint"].to_pylist(), *self.recent["fingerprint"].to_pylist()})


def moved_on(state, verdicts, log, starts):
    """Return the state before later moments.

    Parameters
    ----------
    state : AlertState
    verdicts, log : pyarrow.Table
        As for `resume`; of the alerts table those rows included that were just appended.
    starts : dict of str to int
        Grain -> the later moment; a grain that is not named stays.
    """
    starts = {**state.starts, **starts}
    lasting = [rule for rule, one in state.persistence.items() if one.memory]
    fresh = judged(verdicts.filter(pc.is_in(verdicts["rule"], pa.array(lasting, pa.string()))))
    before, _ = divided(pa.concat_tables([state.log, log]), starts)
    recent, _ = divided(pa.concat_tables([state.recent, fresh.select(RECENT_SCHEMA.names)]), starts)
    recent = _recent(recent, before, state.persistence)
    last = dict(state.last)
    for fingerprint, sequence in zip(log["fingerprint"].to_pylist(), log["sequence"].to_pylist()):
        last[fingerprint] = max(last.get(fingerprint, 0), sequence)
    cooling = _cooling(before, recent, state.persistence)
    kept = rows_of_open(before) + cooling
    needed = {row["fingerprint"] for row in kept}
    needed.update(recent.filter(pc.not_equal(recent["verdict"], "ok"))["fingerprint"].to_pylist())
    recent = recent.filter(pc.is_in(recent["fingerprint"], pa.array(needed, pa.string())))
    return AlertState(starts, pa.Table.from_pylist(kept, LOG_SCHEMA), last, recent, state.persistence)


def after_expiry(state, log, verdicts, windows):
    """Return the state from which on what is left of the verdicts decides, and log and verdicts from there on.

    Parameters
    ----------
    state : AlertState
        Before the first window of all.
    log, verdicts : pyarrow.Table
        All rows of the alerts table; all verdicts that are left.
    windows : dict of str to list of int
        Grain -> windows of which verdicts are left, in order. Of as many of the first ones as rules remember, what the
        log says stands, since they were decided by verdicts that are gone; the newest is decided anew in any case.
    """
    memory = max((one.memory for one in state.persistence.values()), default=0)
    starts = {grain: own[min(memory, len(own) - 1)] for grain, own in windows.items()}
    after = moved_on(state, verdicts, log, starts)
    return after, divided(log, starts)[1], divided(verdicts, starts)[1]


def rows_of_open(log):
    """Return the rows of a log that say which alerts are open: since each was opened, people's actions included.

    Parameters
    ----------
    log : pyarrow.Table
        By `LOG_SCHEMA`.

    Returns
    -------
    list of dict
    """
    since = {row["fingerprint"]: row["opened_window_start"] for row in open_alerts(log).to_pylist()}
    last, kept = {}, []
    log = log.sort_by(ORDER)
    rows = log.to_pylist()
    for place, (row, is_action) in enumerate(zip(rows, by_people(log).to_pylist())):
        if row["fingerprint"] in since and row["window_start"] >= since[row["fingerprint"]]:
            if is_action:
                kept.append(place)
            else:
                last[row["fingerprint"], row["window_start"]] = place
    chosen = sorted(kept + [place for place in last.values() if rows[place]["state"] != "withdrawn"])
    return [rows[place] for place in chosen]


def of_rules(rows, persistence):
    """Return the rows of rules that there are; all of them where none is named."""
    if not persistence:
        return rows
    return rows.filter(pc.is_in(rows["rule"], pa.array(list(persistence), pa.string())))


def divided(rows, starts):
    """Return the rows of windows before some moment of each grain, and the others."""
    begins = rows["window_start"].cast(pa.int64()).to_pylist()
    is_before = [begin < starts.get(grain, begin) for grain, begin in zip(rows["grain"].to_pylist(), begins)]
    is_before = pa.array(is_before, pa.bool_())
    return rows.filter(is_before), rows.filter(pc.invert(is_before))


def _recent(rows, log, persistence):
    """Return the last rows of each fingerprint, as many as its rule remembers, after the last window people ended."""
    ended = dict(ends_of(log))
    rows = rows.sort_by([("fingerprint", "ascending"), ("window_start", "descending")])
    names, starts = rows["fingerprint"].to_pylist(), rows["window_start"].cast(pa.int64()).to_pylist()
    kept, seen = [], {}
    for name, rule, start in zip(names, rows["rule"].to_pylist(), starts):
        seen[name] = seen.get(name, 0) + 1
        kept.append(seen[name] <= persistence.get(rule, AT_ONCE).memory and start > ended.get(name, NEVER))
    return rows.filter(pa.array(kept, pa.bool_()))


def _cooling(log, recent, persistence):
    """Return the rows that resolved alerts so lately that their rules still cool off."""
    since = {}
    for name, start in zip(recent["fingerprint"].to_pylist(), recent["window_start"].to_pylist()):
        since.setdefault(name, []).append(start)
    return [row for name, row in standing(log).items() if row["state"] == "resolved"
            and sum(start > row["window_start"] for start in since.get(name, ()))
            < persistence.get(row["rule"], AT_ONCE).cool_off]
