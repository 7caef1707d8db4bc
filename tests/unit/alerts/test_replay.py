"""Does a replay tell the story of each alert as one would by hand, going from window to window?"""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from spark_monitor.alerts.replay import EVENT_SCHEMA, replay
from spark_monitor.rules.judge import VERDICT_SCHEMA

START = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)


def verdict_table(stories):
    """Make verdicts from {fingerprint: [word of each day, or None where the day has no verdict]}."""
    rows = [{"fingerprint": name, "window_start": START + dt.timedelta(days=day), "verdict": word, "value": float(day)}
            for name, words in stories.items() for day, word in enumerate(words) if word]
    return pa.Table.from_pylist(rows, VERDICT_SCHEMA)


def told(events):
    return [(row["fingerprint"], (row["window_start"] - START).days, row["state"], row["severity"])
            for row in events.to_pylist()]


def story(*words):
    return [event[1:] for event in told(replay(verdict_table({"f": words})))]


def walk(words):
    """Tell the story by walking through the windows, one after the other."""
    state, events = None, []
    for day, word in enumerate(words):
        if word == "ok" and state:
            events.append((day, "resolved", state))
            state = None
        elif word in ("warn", "critical") and state is None:
            events.append((day, "opened", word))
            state = word
        elif word == "critical" and state == "warn":
            events.append((day, "escalated", word))
            state = word
    return events


@pytest.mark.parametrize(
    ("words", "events"),
    [
        (["ok", "ok"], []),
        (["ok", "warn", "warn", "ok"], [(1, "opened", "warn"), (3, "resolved", "warn")]),
        (["critical", "ok", "warn"], [(0, "opened", "critical"), (1, "resolved", "critical"), (2, "opened", "warn")]),
        (["warn", "critical", "critical"], [(0, "opened", "warn"), (1, "escalated", "critical")]),
        (["warn", "critical", "warn", "critical", "ok"],
         [(0, "opened", "warn"), (1, "escalated", "critical"), (4, "resolved", "critical")]),
        (["critical", "warn", "ok"], [(0, "opened", "critical"), (2, "resolved", "critical")]),
        (["warn", "not_judged", "config_error", None, "ok"], [(0, "opened", "warn"), (4, "resolved", "warn")]),
        (["warn", "not_judged", "warn"], [(0, "opened", "warn")]),
        (["not_judged", "config_error"], []),
    ],
)
def test_a_story_is_told_as_by_hand(words, events):
    assert story(*words) == events


@pytest.mark.parametrize("seed", range(20))
def test_many_series_in_any_order_are_told_as_by_walking_through_each(seed):
    draw = np.random.default_rng(seed)
    words = ["ok", "warn", "critical", "not_judged", None]
    stories = {f"f{n}": [words[i] for i in draw.integers(0, 5, draw.integers(1, 12))] for n in range(25)}
    table = verdict_table(stories)
    shuffled = table.take(pa.array(draw.permutation(table.num_rows)))
    expected = [(name, *event) for name in sorted(stories) for event in walk(stories[name])]
    assert told(replay(shuffled)) == told(replay(table)) == expected


def test_an_event_carries_the_evidence_of_its_window():
    row = {"fingerprint": "f", "model": "m", "model_version": "*", "rule": "r", "family": "drift", "metric": "psi",
           "feature": "age", "segment": "origin", "segment_value": "JFK", "grain": "day", "reference": "training",
           "window_start": START, "window_end": START + dt.timedelta(days=1), "severity": "warn", "value": 0.2,
           "bound": 0.1, "effect": 0.15, "sample_size": 900, "reference_value": 3.0}
    events = replay(pa.Table.from_pylist([row | {"verdict": "warn"}], VERDICT_SCHEMA))
    assert events.schema == EVENT_SCHEMA
    assert events.to_pylist() == [row | {"state": "opened"}]


def test_no_verdicts_are_no_events():
    assert replay(VERDICT_SCHEMA.empty_table()).equals(EVENT_SCHEMA.empty_table())


def test_two_verdicts_of_one_window_are_refused():
    with pytest.raises(ValueError, match="one window"):
        replay(pa.concat_tables([verdict_table({"f": ["warn"]})] * 2))


def test_windows_before_1970_are_in_order():
    rows = [{"fingerprint": "f", "window_start": dt.datetime(year, 1, 1, tzinfo=dt.timezone.utc), "verdict": verdict}
            for year, verdict in [(1971, "ok"), (1970, "warn"), (1969, "critical")]]
    events = replay(pa.Table.from_pylist(rows, VERDICT_SCHEMA)).to_pylist()
    assert [(row["window_start"].year, row["state"]) for row in events] == [(1969, "opened"), (1971, "resolved")]
