"""Ten months of verdicts run weekly, backfilled in one go and shuffled, with the same actions: are the alerts the same?"""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from spark_monitor.alerts.actions import action, newest_judged
from spark_monitor.alerts.changes import LOG_SCHEMA, by_people, numbered, open_alerts
from spark_monitor.alerts.mutes import mute_changes
from spark_monitor.alerts.resume import resume
from spark_monitor.alerts.standing import AlertState, moved_on
from spark_monitor.rules.judge import VERDICT_SCHEMA
from spark_monitor.rules.persistence import Persistence

FIRST = dt.datetime(2013, 3, 1, tzinfo=dt.timezone.utc)
START, DAY_US = int(FIRST.timestamp()) * 1_000_000, 86_400_000_000
WEEKS, NAMES = 44, 24
RULES = {"once": Persistence(), "two of three": Persistence(2, 3, 2), "calm": Persistence(1, 1, 5, 7)}
RULE_OF = {f"f{number:02}": list(RULES)[number % 3] for number in range(NAMES)}


def day(number):
    return FIRST + dt.timedelta(days=int(number))


def verdicts(draw):
    """Draw verdicts of calm and of troubled months, with days that were not judged and days that are not there."""
    rows = []
    for name, rule in RULE_OF.items():
        troubled = np.repeat(draw.random(WEEKS // 4) < 0.3, 28)
        for number in np.flatnonzero(draw.random(7 * WEEKS) < 0.95):
            chances = [0.1, 0.6, 0.2, 0.1] if troubled[number] else [0.9, 0.03, 0.01, 0.06]
            word = ["ok", "warn", "critical", "not_judged"][draw.choice(4, p=chances)]
            rows.append({"fingerprint": name, "rule": rule, "feature": name, "grain": "day", "window_start": day(number),
                         "verdict": word, "value": float(number)})
    return pa.Table.from_pylist(rows, VERDICT_SCHEMA)


class Book:
    """The alerts table and what runs hand on, kept as the pipeline keeps them."""

    def __init__(self, every):
        self.every, self.log, self.mutes = every, LOG_SCHEMA.empty_table(), []
        self.number = (every["window_start"].cast(pa.int64()).to_numpy() - START) // DAY_US
        self.published, self.state = np.zeros(7 * WEEKS, bool), None

    def run(self, days, as_of):
        """Publish days, replay from where the last run left off, or from the first where it must."""
        self.published[days] = True
        low = min(days, default=0)
        state = self.state
        if state is None or state.starts["day"] > START + low * DAY_US:
            state = AlertState(persistence=RULES)
        since = state.starts.get("day", START)
        series = self.every.filter(pa.array(self.published[self.number] & (START + self.number * DAY_US >= since)))
        begins = self.log["window_start"].cast(pa.int64()).to_numpy()
        log = self.log.filter(pa.array(begins >= since))
        news, opened = resume(state, series, log)
        every = pa.concat_tables([state.log, log, news])
        rows = mute_changes(opened.to_pylist(), self.mutes, newest_judged(series, RULE_OF), day(as_of))
        news = pa.concat_tables([news, numbered(rows, every, state.last)])
        self.log = pa.concat_tables([self.log, news])
        self.state = moved_on(state, series, pa.concat_tables([log, news]), {"day": START + low * DAY_US})

    def say(self, name, number, state, who):
        """Append what a person did about an alert in one window; the next run reads everything."""
        about = {"fingerprint": name, "rule": RULE_OF[name], "grain": "day", "window_start": day(number),
                 "severity": "warn"}
        self.log = pa.concat_tables([self.log, numbered([action(about, None, state, who, "because")], self.log)])
        self.state = None

    def open(self):
        names = ("fingerprint", "severity", "window_start", "opened_window_start", "action", "who", "until")
        return [tuple(row[name] for name in names) for row in open_alerts(self.log).to_pylist()]

    def last_states(self):
        machine = self.log.filter(pa.array([not said for said in by_people(self.log).to_pylist()], pa.bool_()))
        last = {(row["fingerprint"], row["window_start"]): (row["state"], row["severity"], row["value"])
                for row in machine.sort_by("sequence").to_pylist()}
        return {key: said for key, said in last.items() if said[0] != "withdrawn"}

    def said(self):
        rows = self.log.filter(by_people(self.log)).to_pylist()
        return sorted((row["fingerprint"], row["window_start"], row["state"], row["who"]) for row in rows
                      if row["state"] not in ("muted", "unmuted"))


def mute(number, until, **about):
    return {"mute_id": f"m{number}{until}", "state": "muted", "until": day(until), "who": "ops", "why": "storm",
            "recorded_at": day(number), **about}


def weekly(every, draw):
    """Run week by week; people do things about what is open. Returns the book, what they did and muted."""
    book, done, mutes = Book(every), [], {5: mute(35, 200, feature="f*"), 40: mute(280, 900, feature="f1*")}
    for week in range(WEEKS):
        if week in mutes:
            book.mutes.append(mutes[week])
        book.run(np.arange(7 * week, 7 * week + 7), 7 * week + 7)
        newest = newest_judged(every.filter(pa.array(book.number < 7 * week + 7)), RULE_OF)
        for alert in open_alerts(book.log).to_pylist():
            if draw.random() < 0.05:
                name, state = alert["fingerprint"], ("acknowledged", "resolved")[draw.integers(2)]
                window = max(newest[name]["window_start"], alert["window_start"])
                done.append((name, (window - FIRST).days, state, f"person {draw.integers(5)}"))
                book.say(*done[-1])
    book.run([], 7 * WEEKS)
    return book, done, list(mutes.values())


@pytest.fixture(scope="module", params=range(2))
def year(request):
    draw = np.random.default_rng(request.param)
    every = verdicts(draw)
    return every, *weekly(every, draw), draw


def assert_the_same(book, other):
    assert book.open() == other.open()
    assert book.last_states() == other.last_states()
    assert book.said() == other.said()


def test_there_is_something_to_see(year):
    _, book, done, mutes, _ = year
    states = set(book.log["state"].to_pylist())
    assert states >= {"opened", "escalated", "resolved", "acknowledged", "muted", "unmuted"}
    assert len({state for _, _, state, _ in done}) == 2 and len(book.open()) > 3
    assert any(action == "muted" for *_, action, _, _ in book.open())


def test_in_one_go_is_week_by_week(year):
    every, book, done, mutes, _ = year
    backfill = Book(every)
    backfill.run(np.arange(7 * WEEKS), 7 * WEEKS)
    backfill.mutes = mutes
    for said in done:
        backfill.say(*said)
    backfill.run([], 7 * WEEKS)
    assert_the_same(backfill, book)


def test_shuffled_is_week_by_week(year):
    every, book, done, mutes, draw = year
    shuffled, waiting = Book(every), list(done)
    for week in draw.permutation(WEEKS):
        shuffled.run(np.arange(7 * week, 7 * week + 7), 7 * week + 7)
        for said in [said for said in waiting if shuffled.published[said[1]] and draw.random() < 0.5]:
            waiting.remove(said)
            shuffled.say(*said)
        if draw.random() < 0.1:
            shuffled.mutes = mutes
    shuffled.mutes = mutes
    for said in waiting:
        shuffled.say(*said)
    shuffled.run([], 7 * WEEKS)
    assert_the_same(shuffled, book)


def test_a_run_more_says_nothing_new(year):
    _, book, *_ = year
    before = book.log.num_rows
    book.run([], 7 * WEEKS)
    book.run(np.arange(7 * WEEKS), 7 * WEEKS)
    assert book.log.num_rows == before
