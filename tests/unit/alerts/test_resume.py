"""Is a replay from any moment on, from the alerts that were open before, the end of a replay from the beginning?"""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from spark_monitor.alerts.changes import LOG_SCHEMA, difference, open_alerts
from spark_monitor.alerts.replay import replay
from spark_monitor.alerts.resume import resume
from spark_monitor.alerts.standing import AlertState, moved_on
from spark_monitor.rules.judge import VERDICT_SCHEMA

DAYS, DAY_US = 30, 86_400_000_000
FIRST = dt.datetime(2024, 5, 1, tzinfo=dt.timezone.utc)
START = int(FIRST.timestamp()) * 1_000_000
WORDS = ("ok", "warn", "critical", "not_judged")


def day(number):
    return FIRST + dt.timedelta(days=number)


def verdicts(random):
    rows = [{"fingerprint": name, "grain": "day", "window_start": day(number), "verdict": word,
             "value": round(float(random.random()), 3)}
            for name in "abcde" for number, word in enumerate(random.choice(WORDS, DAYS, p=[0.5, 0.2, 0.1, 0.2]))
            if random.random() < 0.9]
    return pa.Table.from_pylist(rows, VERDICT_SCHEMA)


def of_days(table, low, high):
    starts = [row["window_start"] for row in table.select(["window_start"]).to_pylist()]
    return table.filter(pa.array([day(low) <= start < day(high) for start in starts], pa.bool_()))


def rows(table):
    return sorted((row["fingerprint"], row["window_start"], row["state"], row["severity"], row["value"],
                   row["sequence"]) for row in table.to_pylist())


def opened(table):
    return sorted((row["fingerprint"], row["severity"], row["opened_window_start"], row["action"] or "")
                  for row in table.to_pylist())


def acknowledged(log, number, name):
    """Return the row of a person who acknowledges an alert in one window."""
    last = max([row["sequence"] for row in log.to_pylist() if row["fingerprint"] == name], default=0)
    row = {"fingerprint": name, "grain": "day", "window_start": day(number), "state": "acknowledged",
           "sequence": last + 1}
    return pa.Table.from_pylist([row], LOG_SCHEMA)


@pytest.mark.parametrize("seed", range(20))
def test_day_by_day_is_all_at_once(seed):
    every = verdicts(np.random.default_rng(seed))
    state, log, full = AlertState(), LOG_SCHEMA.empty_table(), LOG_SCHEMA.empty_table()
    for number in range(DAYS):
        low = (state.starts.get("day", START) - START) // DAY_US
        recent = of_days(log, low, DAYS)
        news, now = resume(state, of_days(every, low, number + 1), recent)
        full = pa.concat_tables([full, difference(replay(of_days(every, 0, number + 1)), full)])
        log = pa.concat_tables([log, news])
        assert rows(log) == rows(full)
        assert opened(now) == opened(open_alerts(full))
        state = moved_on(state, of_days(every, low, number + 1), pa.concat_tables([recent, news]), {"day": START + number * DAY_US})
        if number == 12 and now.num_rows:
            # People's commits make the next run begin from the first verdict again.
            said = acknowledged(log, number, now["fingerprint"][0].as_py())
            log, full = pa.concat_tables([log, said]), pa.concat_tables([full, said])
            state = moved_on(AlertState(), of_days(every, 0, number + 1), log, {"day": START + number * DAY_US})


def test_a_restated_window_after_the_moment_is_replayed_and_what_it_said_withdrawn():
    series = [{"fingerprint": "a", "grain": "day", "window_start": day(number), "verdict": word, "value": 1.0}
              for number, word in enumerate(["critical", "ok", "warn", "warn"])]
    log = difference(replay(pa.Table.from_pylist(series, VERDICT_SCHEMA)), LOG_SCHEMA.empty_table())
    state = moved_on(AlertState(), VERDICT_SCHEMA.empty_table(), log, {"day": START + DAY_US})
    assert [row["state"] for row in state.log.to_pylist()] == ["opened"] and state.last == {"a": 3}
    calm = [{**row, "verdict": "ok"} if row["window_start"] == day(2) else row for row in series]
    news, now = resume(state, of_days(pa.Table.from_pylist(calm, VERDICT_SCHEMA), 1, 4), of_days(log, 1, 4))
    assert [(row["window_start"], row["state"], row["sequence"]) for row in news.to_pylist()] == [
        (day(2), "withdrawn", 4), (day(3), "opened", 5)]
    assert opened(now) == [("a", "warn", day(3), "")]


def test_an_alert_that_was_critical_before_does_not_escalate_again():
    series = [{"fingerprint": "a", "grain": "day", "window_start": day(number), "verdict": word}
              for number, word in enumerate(["warn", "critical", "warn", "critical"])]
    every = pa.Table.from_pylist(series, VERDICT_SCHEMA)
    log = difference(replay(of_days(every, 0, 3)), LOG_SCHEMA.empty_table())
    state = moved_on(AlertState(), VERDICT_SCHEMA.empty_table(), log, {"day": START + 2 * DAY_US})
    news, now = resume(state, of_days(every, 2, 4), of_days(log, 2, 4))
    assert not news.num_rows and opened(now) == [("a", "critical", day(0), "")]
