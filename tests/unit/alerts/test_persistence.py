"""Do k of n, m clean windows, cooling-off and people's resolutions open and end alerts as one would by hand?"""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from spark_monitor.alerts.changes import LOG_SCHEMA, open_alerts
from spark_monitor.alerts.replay import replay
from spark_monitor.alerts.resume import resume
from spark_monitor.alerts.standing import AlertState, after_expiry, moved_on
from spark_monitor.rules.judge import VERDICT_SCHEMA
from spark_monitor.rules.persistence import Persistence, persistence_of
from spark_monitor.rules.spec import Rule

FIRST = dt.datetime(2024, 5, 1, tzinfo=dt.timezone.utc)
DAY_US = 86_400_000_000
START = int(FIRST.timestamp()) * 1_000_000
DAYS = 24
LEVELS = {"o": "ok", "w": "warn", "c": "critical", "-": "not_judged", " ": None}
RULES = {"once": Persistence(), "two of three": Persistence(2, 3), "slow to clear": Persistence(1, 1, 3),
         "cool": Persistence(1, 1, 1, 3), "all of it": Persistence(2, 4, 2, 4)}


def day(number):
    return FIRST + dt.timedelta(days=int(number))


def verdicts_of(stories, rule="r"):
    """Make verdicts from {fingerprint: one letter a day}; rules may be named after the fingerprint."""
    rows = [{"fingerprint": name, "rule": rule if isinstance(rule, str) else rule[name], "grain": "day",
             "window_start": day(number), "verdict": LEVELS[letter], "value": float(number)}
            for name, letters in stories.items() for number, letter in enumerate(letters) if LEVELS[letter]]
    return pa.Table.from_pylist(rows, VERDICT_SCHEMA)


def by_hand(letters, persistence, ends=()):
    """Walk through the windows of one alert, one after the other; returns (day, state, severity)."""
    levels, is_open, calm, ended, events = [], 0, None, 0, []
    for number, letter in enumerate(letters):
        if letter in "owc":
            level = "owc".index(letter)
            levels.append(level)
            reached = max([mark for mark in (1, 2) if level >= mark and
                           sum(one >= mark for one in levels[-persistence.within:]) >= persistence.breaches], default=0)
            calm = calm if calm is None else calm + 1
            if is_open:
                tail = levels[-persistence.clear:]
                if reached > is_open:
                    is_open = reached
                    events.append((number, "escalated", reached))
                elif len(tail) == persistence.clear and not any(tail):
                    events.append((number, "resolved", is_open))
                    is_open, ended, calm = 0, is_open, 0
            elif reached and (calm is None or calm > persistence.cool_off or reached > ended):
                is_open = reached
                events.append((number, "opened", reached))
        if number in ends:
            levels, is_open, calm, ended = [], 0, None, 0
    return [(number, state, ("", "warn", "critical")[level]) for number, state, level in events]


def told(events, name="f"):
    return [((row["window_start"] - FIRST).days, row["state"], row["severity"]) for row in events.to_pylist()
            if row["fingerprint"] == name]


def story(letters, *numbers, ends=()):
    events = replay(verdicts_of({"f": letters}), {"r": Persistence(*numbers)},
                    [("f", START + end * DAY_US) for end in ends])
    return [(number, state, severity[0]) for number, state, severity in told(events)]


def test_an_alert_opens_where_enough_of_the_last_windows_are_breached():
    assert story("wow", 2, 3) == [(2, "opened", "w")]
    assert story("woow", 2, 3) == []
    assert story("wwo", 2, 3) == [(1, "opened", "w"), (2, "resolved", "w")]
    assert story("w--w", 2, 2) == [(3, "opened", "w")]


def test_it_opens_only_in_a_breached_window():
    assert story("wwo", 2, 3, 9) == [(1, "opened", "w")]
    assert story("-ww-o", 3, 3) == []


def test_it_is_critical_only_where_enough_windows_are():
    assert story("wcc", 2, 2) == [(1, "opened", "w"), (2, "escalated", "c")]
    assert story("cc", 2, 2) == [(1, "opened", "c")]
    assert story("cwwc", 2, 3) == [(1, "opened", "w")]


def test_it_resolves_after_enough_clean_windows_in_a_row():
    assert story("wowoo", 1, 1, 2) == [(0, "opened", "w"), (4, "resolved", "w")]
    assert story("wo-o", 1, 1, 2) == [(0, "opened", "w"), (3, "resolved", "w")]


def test_while_it_cools_off_it_opens_again_only_if_it_is_worse():
    assert story("wowww", 1, 1, 1, 2) == [(0, "opened", "w"), (1, "resolved", "w"), (4, "opened", "w")]
    assert story("wocw", 1, 1, 1, 2) == [(0, "opened", "w"), (1, "resolved", "w"), (2, "opened", "c")]
    assert story("coc", 1, 1, 1, 2) == [(0, "opened", "c"), (1, "resolved", "c")]
    assert story("wo-w-w-w", 1, 1, 1, 2) == [(0, "opened", "w"), (1, "resolved", "w"), (7, "opened", "w")]


def test_after_a_person_ended_it_all_is_counted_anew():
    assert story("wwww", 2, 2, ends=[1]) == [(1, "opened", "w"), (3, "opened", "w")]
    assert story("wwoow", 1, 1, ends=[1]) == [(0, "opened", "w"), (4, "opened", "w")]
    assert story("wow", 1, 1, 1, 5, ends=[1]) == [(0, "opened", "w"), (1, "resolved", "w"), (2, "opened", "w")]
    assert story("ow", 1, 1, ends=[0, 1, 7]) == [(1, "opened", "w")]


@pytest.mark.parametrize("seed", range(30))
def test_many_alerts_of_several_rules_are_told_as_by_walking_through_each(seed):
    draw = np.random.default_rng(seed)
    names = {f"f{number}": list(RULES)[draw.integers(len(RULES))] for number in range(20)}
    stories = {name: "".join(draw.choice(list("oowc- "), draw.integers(1, 20))) for name in names}
    ends = {name: sorted(draw.integers(0, 20, draw.integers(0, 3))) for name in names}
    events = replay(verdicts_of(stories, names), RULES,
                    [(name, START + int(end) * DAY_US) for name, own in ends.items() for end in own])
    for name, letters in stories.items():
        assert told(events, name) == by_hand(letters, RULES[names[name]], ends[name]), (name, letters)


def of_days(table, low, high):
    starts = table["window_start"].to_pylist()
    return table.filter(pa.array([day(low) <= start < day(high) for start in starts], pa.bool_()))


def last_words(log):
    last = {(row["fingerprint"], row["window_start"]): (row["state"], row["severity"], row["value"])
            for row in log.sort_by("sequence").to_pylist() if row["who"] is None}
    return {key: said for key, said in last.items() if said[0] != "withdrawn"}


def ended(log, name, number):
    """Return the row of a person who resolves an alert in one window."""
    top = max((row["sequence"] for row in log.to_pylist() if row["fingerprint"] == name), default=0)
    row = {"fingerprint": name, "rule": None, "grain": "day", "window_start": day(number), "state": "resolved",
           "who": "ann", "sequence": top + 1}
    return pa.Table.from_pylist([row], LOG_SCHEMA)


@pytest.mark.parametrize("cut", range(1, DAYS, 2))
def test_from_any_moment_on_is_the_end_of_from_the_beginning(cut):
    draw = np.random.default_rng(cut)
    names = {f"f{number}": list(RULES)[number % len(RULES)] for number in range(30)}
    every = verdicts_of({name: "".join(draw.choice(list("ooowc- "), DAYS)) for name in names}, names)
    log = LOG_SCHEMA.empty_table()
    for name in ("f1", "f2", "f3", "f4"):
        log = pa.concat_tables([log, ended(log, name, draw.integers(DAYS))])
    beginning = AlertState(persistence=RULES)
    whole = pa.concat_tables([log, resume(beginning, every, log)[0]])
    first, _ = resume(beginning, of_days(every, 0, cut + 3), log)
    early = pa.concat_tables([log, first])
    state = moved_on(beginning, of_days(every, 0, cut + 3), early, {"day": START + cut * DAY_US})
    news, now = resume(state, of_days(every, cut, DAYS), of_days(early, cut, DAYS))
    assert last_words(pa.concat_tables([early, news])) == last_words(whole)
    assert now.equals(open_alerts(whole))


@pytest.mark.parametrize("seed", range(10))
def test_day_by_day_with_days_restated_is_all_at_once(seed):
    draw = np.random.default_rng(1000 + seed)
    names = {f"f{number}": list(RULES)[number % len(RULES)] for number in range(15)}
    before, after = (verdicts_of({name: "".join(draw.choice(list("ooowc- "), DAYS)) for name in names}, names)
                     for _ in range(2))
    state, log = AlertState(persistence=RULES), LOG_SCHEMA.empty_table()
    for number in range(DAYS):
        # Each day restates the third one before it.
        known = pa.concat_tables([of_days(after, 0, number - 2), of_days(before, max(number - 2, 0), number + 1)])
        low = max(0, number - 3)
        recent = of_days(log, low, DAYS)
        news, now = resume(state, of_days(known, low, number + 1), recent)
        log = pa.concat_tables([log, news])
        state = moved_on(state, of_days(known, low, number + 1), pa.concat_tables([recent, news]),
                         {"day": START + max(0, number - 2) * DAY_US})
        at_once = resume(AlertState(persistence=RULES), known, LOG_SCHEMA.empty_table())[0]
        assert last_words(log) == last_words(at_once)
        assert now.equals(open_alerts(at_once))


@pytest.mark.parametrize("oldest", [1, 4, 9, DAYS - 6])
def test_what_was_decided_by_verdicts_that_expired_stands(oldest):
    draw = np.random.default_rng(oldest)
    names = {f"f{number}": list(RULES)[number % len(RULES)] for number in range(30)}
    every = verdicts_of({name: "".join(draw.choice(list("ooowc"), DAYS)) for name in names}, names)
    log, now = resume(AlertState(persistence=RULES), every, LOG_SCHEMA.empty_table())
    windows = {"day": [START + number * DAY_US for number in range(oldest, DAYS)]}
    state, later, left = after_expiry(AlertState(persistence=RULES), log, of_days(every, oldest, DAYS), windows)
    news, still = resume(state, left, later)
    assert news.num_rows == 0 and still.equals(now)
    longest = max(one.memory for one in RULES.values())
    assert state.starts == {"day": windows["day"][longest]}


def test_little_is_remembered_where_little_is_asked_for():
    every = verdicts_of({"f": "wwww", "g": "oooo"}, {"f": "once", "g": "two of three"})
    state = moved_on(AlertState(persistence=RULES), every, LOG_SCHEMA.empty_table(), {"day": START + 4 * DAY_US})
    assert not state.recent.num_rows
    every = verdicts_of({"f": "wwow", "g": "oooo"}, {"f": "two of three", "g": "two of three"})
    state = moved_on(AlertState(persistence=RULES), every, LOG_SCHEMA.empty_table(), {"day": START + 4 * DAY_US})
    assert state.recent.select(["fingerprint", "verdict"]).to_pylist() == [
        {"fingerprint": "f", "verdict": "warn"}, {"fingerprint": "f", "verdict": "ok"}]


def test_alerts_of_rules_that_are_gone_stay_as_the_log_says():
    log, now = resume(AlertState(persistence={"r": Persistence()}), verdicts_of({"f": "w"}), LOG_SCHEMA.empty_table())
    news, still = resume(AlertState(persistence={"other": Persistence()}), verdicts_of({"f": "wo"}), log)
    assert not news.num_rows and still.equals(now)


def test_a_rule_says_what_its_alerts_ask_for():
    rules = [Rule("a", "psi"), Rule("b", "psi", persist=(2, 5), clear=3, cool_off=7)]
    assert persistence_of(rules) == {"a": Persistence(), "b": Persistence(2, 5, 3, 7)}
    assert persistence_of(rules)["b"].memory == 7
