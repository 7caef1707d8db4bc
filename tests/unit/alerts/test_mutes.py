"""Do mutes silence what they are about, as long as they were meant to, and do people's rows outlive replays?"""

import datetime as dt

import pyarrow as pa
import pytest

from spark_monitor.alerts.actions import action, newest_judged
from spark_monitor.alerts.changes import LOG_SCHEMA, difference, numbered, open_alerts
from spark_monitor.alerts.mutes import RAN_OUT, hits, mute_changes, standing_mutes
from spark_monitor.alerts.replay import EVENT_SCHEMA
from spark_monitor.rules.judge import VERDICT_SCHEMA

FIRST = dt.datetime(2024, 5, 1, tzinfo=dt.timezone.utc)
TEMP = {"fingerprint": "t", "rule": "drift", "metric": "psi", "feature": "temp_min", "segment": "carrier",
        "segment_value": "UA"}
ROWS = {"fingerprint": "r", "rule": "volume", "metric": "volume_ratio", "feature": None, "segment": None,
        "segment_value": None}


def day(number):
    return FIRST + dt.timedelta(days=number)


def mute(name, until, state="muted", at=0, **about):
    return {"mute_id": name, "state": state, "until": day(until), "who": "ann", "why": f"{state} {name}",
            "recorded_at": day(at), **about}


def opened(*alerts, **more):
    return [{**alert, "window_start": day(0), "severity": "warn", "action": None, "until": None, **more}
            for alert in alerts]


def said(rows):
    return [(row["fingerprint"], row["state"], row["who"], row["why"], row["until"]) for row in rows]


@pytest.mark.parametrize(("about", "alerts"), [
    ({"fingerprint": "t"}, [TEMP]),
    ({"fingerprint": "t", "rule": "volume"}, [TEMP]),
    ({"feature": "temp_*"}, [TEMP]),
    ({"feature": "TEMP_*"}, []),
    ({"feature": "*"}, [TEMP, ROWS]),
    ({"feature": "?*"}, [TEMP]),
    ({"segment": "overall"}, [ROWS]),
    ({"segment": "carr*", "segment_value": "U?"}, [TEMP]),
    ({"segment": "carr*", "segment_value": "A?"}, []),
    ({"metric": "*", "rule": "*"}, [TEMP, ROWS]),
])
def test_a_mute_hits_what_all_its_globs_fit(about, alerts):
    assert [alert for alert in (TEMP, ROWS) if hits(about, alert)] == alerts


def test_a_mute_stands_until_it_is_lifted_or_runs_out():
    rows = [mute("a", 9), mute("b", 9), mute("b", 9, "lifted"), mute("c", 3)]
    assert [row["mute_id"] for row in standing_mutes(rows, day(2))] == ["a", "c"]
    assert [row["mute_id"] for row in standing_mutes(rows, day(3))] == ["a"]


def test_what_is_hit_is_muted_once_in_the_name_of_who_muted_it():
    rows = [mute("a", 9, feature="temp_*")]
    assert said(mute_changes(opened(TEMP, ROWS), rows, {}, day(2))) == [("t", "muted", "ann", "muted a", day(9))]
    assert mute_changes(opened(TEMP, action="muted", until=day(9)), rows, {}, day(2)) == []


def test_the_longest_of_several_mutes_counts():
    rows = [mute("a", 9, feature="temp_*"), mute("b", 20, rule="drift")]
    muted = opened(TEMP, action="muted", until=day(9))
    assert said(mute_changes(muted, rows, {}, day(2))) == [("t", "muted", "ann", "muted b", day(20))]
    lifted = [*rows, mute("b", 20, "lifted", rule="drift")]
    muted = opened(TEMP, action="muted", until=day(20))
    assert said(mute_changes(muted, lifted, {}, day(2))) == [("t", "muted", "ann", "muted a", day(9))]


def test_what_no_mute_hits_any_more_is_unmuted():
    muted = opened(TEMP, action="muted", until=day(9))
    rows = [mute("a", 9, fingerprint="t")]
    assert said(mute_changes(muted, rows, {}, day(9))) == [("t", "unmuted", None, RAN_OUT, None)]
    rows.append(mute("a", 9, "lifted", at=1, fingerprint="t"))
    assert said(mute_changes(muted, rows, {}, day(2))) == [("t", "unmuted", "ann", "lifted a", None)]
    assert mute_changes(opened(TEMP), rows, {}, day(2)) == []


def test_an_action_stands_in_the_newest_window_that_was_judged():
    verdicts = pa.Table.from_pylist(
        [{"fingerprint": "t", "window_start": day(number), "verdict": word, "value": float(number)}
         for number, word in [(5, "not_judged"), (4, "ok"), (3, "warn")]], VERDICT_SCHEMA)
    [alert] = opened(TEMP)
    newest = newest_judged(verdicts, ["t", "u"])
    row = action(alert, newest["t"], "acknowledged", "ann", None)
    assert (row["window_start"], row["value"], row["feature"], row["severity"]) == (day(4), 4.0, "temp_min", "warn")
    assert action(opened(TEMP, window_start=day(9))[0], newest["t"], "muted", "ann", "")["window_start"] == day(9)


def log_of(*rows):
    """Make a log of (day, state, who)."""
    return numbered([{"fingerprint": "f", "window_start": day(number), "state": state, "severity": "warn", "who": who}
                     for number, state, who in rows], LOG_SCHEMA.empty_table())


def desired(*rows):
    return pa.Table.from_pylist([{"fingerprint": "f", "window_start": day(number), "state": state, "severity": "warn"}
                                 for number, state in rows], EVENT_SCHEMA)


def test_a_window_restated_withdraws_its_alert_and_leaves_peoples_rows():
    log = log_of((1, "opened", None), (2, "acknowledged", "ann"), (2, "resolved", "ann"), (2, "muted", "ann"))
    news = difference(desired(), log)
    assert [(row["window_start"], row["state"], row["sequence"]) for row in news.to_pylist()] == [
        (day(1), "withdrawn", 5)]
    assert difference(desired(), pa.concat_tables([log, news])).num_rows == 0


def test_a_resolution_by_the_verdicts_and_one_by_a_person_in_one_window_are_two_rows():
    log = log_of((1, "opened", None), (2, "resolved", "ann"))
    assert open_alerts(log).num_rows == 0
    news = difference(desired((1, "opened"), (2, "resolved")), log)
    assert [(row["state"], row["who"], row["sequence"]) for row in news.to_pylist()] == [("resolved", None, 3)]


def test_a_log_that_holds_rows_twice_says_what_it_says_once():
    log = log_of((1, "opened", None), (1, "muted", "ann"), (3, "resolved", None), (4, "opened", None))
    twice = pa.concat_tables([log, log]).take(pa.array([5, 0, 3, 1, 2, 7, 4, 6]))
    assert open_alerts(twice).equals(open_alerts(log))
    assert difference(desired((1, "opened"), (3, "resolved"), (4, "opened")), twice).num_rows == 0
