"""What would rules have said of the windows that are published? The same as if they had judged every run."""

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.alerts.replay import REPLAYED_SCHEMA, replay
from spark_monitor.pipeline.habits import reference_habits
from spark_monitor.pipeline.judging import directions
from spark_monitor.pipeline.published import as_datetimes, chunks, fetch_chunk, first_reference, rows_for, windows_of
from spark_monitor.results.habits import HABIT_SCHEMA
from spark_monitor.rules.habit.rows import judge_habits
from spark_monitor.rules.judge import VERDICT_SCHEMA, is_judged_together, judge_metrics
from spark_monitor.rules.persistence import persistence_of

MEMORY = pa.schema([VERDICT_SCHEMA.field(name) for name in ("fingerprint", "memory")])


@dataclass
class Replayed:
    """What rules say of published windows.

    Parameters
    ----------
    windows : dict of str to list of (datetime, datetime)
        Grain -> every window that was judged, in order.
    said : list of (str, datetime, str, int)
        Rule, beginning of a window, word of a verdict, and how many of them.
    events : pyarrow.Table
        Changes of alerts, by `EVENT_SCHEMA`.
    """

    windows: dict
    said: list = field(default_factory=list)
    events: object = None

    def counted(self, start=None):
        """Return how many verdicts are which word, by rule, in windows from a moment on."""
        found = {}
        for rule, begin, word, count in self.said:
            if start is None or begin >= start:
                found.setdefault(rule, Counter())[word] += count
        return found


def backtest(job, rules, end=None, known_at=None, look=None):
    """Judge published windows by rules, from the first one on, and replay the alerts.

    Parameters
    ----------
    job : Job
        By `reader_of`.
    rules : sequence of Rule
    end : int, optional
        Microseconds; only windows that end by then.
    known_at : int, optional
        Microseconds; metrics as they were published then.
    look : callable, optional
        Called with the metric rows of each chunk of windows, in Arrow.

    Returns
    -------
    Replayed
    """
    base, facts = job.config.windows.grain, directions(rules)
    with job.step("read what is frozen"):
        frozen = first_reference(job)
    rows = rows_for(job, rules, frozen.references[0].name, known_at)
    with job.step("find published windows") as told:
        windows = windows_of(rows, end)
        found = Replayed(as_datetimes(windows))
        told["text"] = ", ".join(f"{len(own):,} of a {grain}" for grain, own in windows.items()) or "none"
    kept, breached = [REPLAYED_SCHEMA.empty_table()], set()
    with job.step("judge") as told:
        for grain, own in windows.items():
            mine = [rule for rule in rules if (rule.grain or base) == grain]
            judge = _Judge(job, frozen, grain, mine, facts)
            for first, last in chunks(own):
                table = fetch_chunk(rows, grain, first, last)
                verdicts = judge(table)
                found.said += _words(verdicts)
                kept.append(_to_replay(verdicts, breached))
                if look is not None:
                    look(table)
        told["text"] = f"{sum(count for *_, count in found.said):,} verdicts"
    with job.step("replay alerts") as told:
        found.events = replay(pa.concat_tables(kept), persistence_of(rules))
        told["text"] = f"{found.events.num_rows:,} changes"
    return found


class _Judge:
    """Judges windows of one grain, chunk after chunk; what habits are is handed on."""

    def __init__(self, job, frozen, grain, rules, facts):
        self.rules, self.facts, self.base = rules, facts, job.config.windows.grain
        self.reference = frozen.references[0]
        self.together = [rule for rule in rules if is_judged_together(rule, facts.get(rule.metric))]
        self.known = reference_habits(job, frozen, grain, store=False) if self.together else HABIT_SCHEMA.empty_table()
        self.memory = {}

    def __call__(self, table):
        """Return the verdicts on the windows of a table that come after those before, without their memory."""
        about = self.base, self.reference.name
        found = [judge_metrics(table, self.rules, *about, self.facts)]
        if self.together:
            before = pa.Table.from_pylist([{"fingerprint": name, "memory": numbers}
                                           for name, numbers in self.memory.items()], MEMORY)
            found.append(judge_habits(table, self.together, *about, before, lambda: self.known, self.reference.span))
            # As from run to run: what has no row in the newest window begins anew.
            newest = found[-1].filter(pc.equal(found[-1]["window_start"], pc.max(found[-1]["window_start"])))
            self.memory = dict(zip(newest["fingerprint"].to_pylist(), newest["memory"].to_pylist()))
        return pa.concat_tables(found).select(REPLAYED_SCHEMA.names)


def _words(verdicts):
    counted = verdicts.group_by(["rule", "window_start", "verdict"]).aggregate([([], "count_all")]).to_pylist()
    return [(row["rule"], row["window_start"], row["verdict"], row["count_all"]) for row in counted]


def _to_replay(verdicts, breached):
    """Return the verdicts that alerts rest on, and note what is breached for the first time.

    What comes before the first breach of an alert never counts: k of n looks for breached windows only.
    """
    is_bad = pc.is_in(verdicts["verdict"], pa.array(["warn", "critical"]))
    breached.update(verdicts.filter(is_bad)["fingerprint"].unique().to_pylist())
    return verdicts.filter(pc.is_in(verdicts["fingerprint"], pa.array(sorted(breached), pa.string())))
