"""Does the appended log end where a single replay in order ends, whatever came when?"""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from spark_monitor.alerts.changes import LOG_SCHEMA, OPEN_SCHEMA, difference, open_alerts
from spark_monitor.alerts.replay import EVENT_SCHEMA, replay
from spark_monitor.rules.judge import VERDICT_SCHEMA

START = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
EMPTY = LOG_SCHEMA.empty_table()


def verdicts(cells):
    """Make verdicts from {(fingerprint, day): (word, value)}."""
    rows = [{"fingerprint": name, "window_start": START + dt.timedelta(days=int(day)), "verdict": word, "value": value}
            for (name, day), (word, value) in cells.items()]
    return pa.Table.from_pylist(rows, VERDICT_SCHEMA)


def append(log, cells):
    return pa.concat_tables([log, difference(replay(verdicts(cells)), log)])


def last_words(log):
    """Read off the last state of each fingerprint and window, withdrawn ones being none."""
    last = {}
    for row in log.to_pylist():
        if row["state"] not in ("acknowledged", "muted"):
            last[row["fingerprint"], row["window_start"]] = (row["state"], row["severity"], row["value"])
    return {key: said for key, said in last.items() if said[0] != "withdrawn"}


def act(log, state, name, day):
    top = max(row["sequence"] for row in log.to_pylist() if row["fingerprint"] == name)
    row = {"fingerprint": name, "window_start": START + dt.timedelta(days=day), "state": state, "sequence": top + 1}
    return pa.concat_tables([log, pa.Table.from_pylist([row], LOG_SCHEMA)])


def random_cells(draw):
    words = ["ok", "warn", "critical", "not_judged"]
    return {(f"f{n}", day): (words[draw.integers(0, 4)], float(draw.integers(0, 3)))
            for n in range(6) for day in range(8) if draw.random() < 0.9}


@pytest.mark.parametrize("seed", range(15))
def test_windows_that_arrive_in_any_order_end_in_the_same_log(seed):
    draw = np.random.default_rng(seed)
    cells = random_cells(draw)
    log, seen = EMPTY, set()
    for day in draw.permutation(8):
        seen.add(day)
        log = append(log, {key: said for key, said in cells.items() if key[1] in seen})
    at_once = append(EMPTY, cells)
    assert last_words(log) == last_words(at_once)
    assert open_alerts(log).equals(open_alerts(at_once))


@pytest.mark.parametrize("seed", range(15))
def test_restated_windows_end_in_the_same_log_as_if_they_had_always_been_so(seed):
    draw = np.random.default_rng(100 + seed)
    before, after = random_cells(draw), random_cells(draw)
    log = append(append(EMPTY, before), after)
    assert last_words(log) == last_words(append(EMPTY, after))
    assert open_alerts(log).equals(open_alerts(append(EMPTY, after)))


@pytest.mark.parametrize("seed", range(5))
def test_running_twice_appends_nothing(seed):
    cells = random_cells(np.random.default_rng(seed))
    log = append(EMPTY, cells)
    assert append(log, cells).num_rows == log.num_rows


@pytest.mark.parametrize("seed", range(5))
def test_a_run_that_died_before_its_append_leaves_no_trace(seed):
    draw = np.random.default_rng(200 + seed)
    before, after = random_cells(draw), random_cells(draw)
    log = append(EMPTY, before)
    difference(replay(verdicts(after)), log)
    assert append(log, after).equals(append(append(EMPTY, before), after))


def test_what_opened_too_late_is_withdrawn_when_an_earlier_window_turns_bad():
    log = append(EMPTY, {("f", 0): ("ok", 0.0), ("f", 1): ("warn", 0.2)})
    log = append(log, {("f", 0): ("warn", 0.3), ("f", 1): ("warn", 0.2)})
    told = [(row["window_start"].day - 1, row["state"], row["value"], row["sequence"]) for row in log.to_pylist()]
    assert told == [(1, "opened", 0.2, 1), (0, "opened", 0.3, 2), (1, "withdrawn", 0.2, 3)]


def test_a_withdrawn_event_comes_back_when_the_window_turns_bad_again():
    bad, good = {("f", 0): ("warn", 0.2)}, {("f", 0): ("ok", 0.0)}
    log = append(append(append(EMPTY, bad), good), bad)
    assert log["state"].to_pylist() == ["opened", "withdrawn", "opened"]
    assert log["sequence"].to_pylist() == [1, 2, 3]


def test_only_a_real_change_of_value_or_severity_is_news():
    log = append(EMPTY, {("f", 0): ("warn", 0.2)})
    assert append(log, {("f", 0): ("warn", 0.2 * (1 + 1e-14))}).num_rows == 1
    assert append(log, {("f", 0): ("warn", 0.2 * (1 + 1e-9))}).num_rows == 2
    assert append(log, {("f", 0): ("critical", 0.2)})["severity"].to_pylist() == ["warn", "critical"]


def test_peoples_actions_are_neither_withdrawn_nor_in_the_way():
    cells = {("f", 0): ("warn", 0.2), ("f", 1): ("warn", 0.2)}
    log = act(act(append(EMPTY, cells), "acknowledged", "f", 0), "muted", "f", 1)
    assert append(log, cells).num_rows == log.num_rows
    log = append(log, {("f", 0): ("ok", 0.0), ("f", 1): ("critical", 0.5)})
    assert log["state"].to_pylist() == ["opened", "acknowledged", "muted", "withdrawn", "opened"]
    assert log["sequence"].to_pylist() == [1, 2, 3, 4, 5]


def test_an_open_alert_shows_its_beginning_its_severity_and_the_last_action_on_it():
    cells = {("f", 0): ("critical", 0.9), ("f", 1): ("ok", 0.0), ("f", 2): ("warn", 0.2), ("f", 3): ("critical", 0.6),
             ("g", 0): ("warn", 0.2), ("g", 1): ("ok", 0.0)}
    log = append(EMPTY, cells)
    old_action = act(log, "acknowledged", "f", 0)
    [row] = open_alerts(old_action).to_pylist()
    assert (row["fingerprint"], row["state"], row["severity"], row["value"], row["action"]) == (
        "f", "escalated", "critical", 0.6, None)
    assert (row["opened_window_start"], row["window_start"]) == (START + dt.timedelta(2), START + dt.timedelta(3))
    [row] = open_alerts(act(act(log, "acknowledged", "f", 2), "muted", "f", 3)).to_pylist()
    assert row["action"] == "muted"


def test_rows_of_the_log_are_read_by_sequence_and_more_columns_are_left_alone():
    log = append(append(EMPTY, {("f", 0): ("warn", 0.2)}), {("f", 0): ("ok", 0.0)})
    stored = log.take([1, 0]).append_column("run_id", pa.array(["b", "a"]))
    assert open_alerts(stored).num_rows == 0
    assert difference(replay(verdicts({("f", 0): ("ok", 0.0)})), stored).num_rows == 0


def test_nothing_makes_nothing():
    assert difference(EVENT_SCHEMA.empty_table(), EMPTY).equals(EMPTY)
    assert open_alerts(EMPTY).equals(OPEN_SCHEMA.empty_table())
