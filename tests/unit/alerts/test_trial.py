"""Are the numbers of a back-test those of a hand count?"""

import datetime as dt
from collections import Counter

import pyarrow as pa
import pytest

from spark_monitor.alerts.budget import held_back
from spark_monitor.alerts.incidents import Incident, against
from spark_monitor.alerts.replay import EVENT_SCHEMA
from spark_monitor.alerts.spells import spells
from spark_monitor.alerts.trial import trial

DAYS = [dt.datetime(2024, 5, day, tzinfo=dt.timezone.utc) for day in range(1, 16)]
# Two weeks of days; the sixth of May was never published.
WINDOWS = {"day": [(a, b) for a, b in zip(DAYS, DAYS[1:]) if a.day != 6]}


def event(name, day, state, severity, **more):
    return {"fingerprint": name, "rule": name[0], "metric": "psi", "feature": name, "grain": "day", "state": state,
            "severity": severity, "window_start": DAYS[day - 1], "window_end": DAYS[day], "value": 0.2, "bound": 0.1,
            **more}


EVENTS = pa.Table.from_pylist([
    event("a1", 2, "opened", "warn"), event("a1", 4, "escalated", "critical"), event("a1", 8, "resolved", "critical"),
    event("a1", 10, "opened", "warn", value=0.3), event("a1", 11, "resolved", "warn"),
    event("b1", 10, "opened", "critical"),
    event("b2", 10, "opened", "warn", value=0.4), event("b2", 14, "resolved", "warn"),
], EVENT_SCHEMA)
ALERTS = spells(EVENTS, WINDOWS)


def test_an_alert_is_open_from_its_first_window_to_the_one_before_it_ends_counting_published_ones():
    told = [(one["fingerprint"], one["opened"].day, one["resolved"] and one["resolved"].day, one["windows_open"],
             one["opened_severity"], one["severity"]) for one in ALERTS]
    # a1: 2, 3, 4, 5 and 7, as the sixth is not there; b1: 10 to 14.
    assert told == [("a1", 2, 8, 5, "warn", "critical"), ("a1", 10, 11, 1, "warn", "warn"),
                    ("b1", 10, None, 5, "critical", "critical"), ("b2", 10, 14, 4, "warn", "warn")]


def test_numbers_by_rule():
    said = {"a": Counter(ok=20, warn=3, critical=2, not_judged=4), "c": Counter(config_error=9)}
    found = trial(["a", "b", "c"], said, ALERTS, WINDOWS, dt.timezone.utc)
    assert (found["windows"], found["weeks"], found["opened"], found["opened_per_week"]) == ({"day": 13}, 2.0, 4, 2.0)
    a, b, c = found["rules"]
    assert a == {"rule": "a", "judged": 25, "breached": 5, "not_judged": 4, "config_errors": 0, "opened": 2,
                 "opened_per_week": 1.0, "warn": 1, "critical": 1, "windows_open_median": 3.0,
                 "windows_open_longest": 5, "still_open": 0}
    assert (b["opened"], b["windows_open_median"], b["windows_open_longest"], b["still_open"]) == (2, 4.5, 5, 1)
    assert (c["judged"], c["config_errors"], c["opened"], c["windows_open_median"]) == (0, 9, 0, None)
    assert "budget" not in found and "known" not in found


@pytest.mark.parametrize(("budget", "names"), [
    (0, ["a1 warn", "a1 warn", "b1 critical", "b2 warn"]), (1, ["a1 warn", "b2 warn"]), (2, ["a1 warn"]), (3, [])])
def test_a_budget_lets_the_critical_ones_through_and_then_those_furthest_beyond_their_bound(budget, names):
    # On the tenth b1 is critical, b2 is at four times its bound, a1 at three times.
    beyond = held_back(ALERTS, budget, dt.timezone.utc)
    assert [f"{one['fingerprint']} {one['opened_severity']}" for one in beyond] == names
    told = trial([], {}, ALERTS, WINDOWS, dt.timezone.utc, budget=budget)["budget"]
    assert (told["held_back"], told["critical_held_back"]) == (len(names), int(budget == 0))


def test_hours_of_one_day_share_the_budget_of_that_day_where_people_live():
    hours = [dt.datetime(2024, 5, 1, 21, tzinfo=dt.timezone.utc) + dt.timedelta(hours=n) for n in range(3)]
    alerts = [{"opened_end": end, "opened_severity": "warn", "value": 0.2, "bound": 0.1} for end in hours]
    # In UTC they end by midnight on the first; two hours ahead at 23:00, 24:00 and 01:00.
    assert len(held_back(alerts, 1, dt.timezone.utc)) == 2
    assert len(held_back(alerts, 1, dt.timezone(dt.timedelta(hours=2)))) == 1


def test_precision_recall_and_delay():
    incidents = [
        Incident("two days after its start", DAYS[7], DAYS[11], ("b*",)),
        Incident("at once, of any feature", DAYS[1] + dt.timedelta(hours=5), DAYS[3]),
        Incident("over before an alert opened", DAYS[8], DAYS[9], ("b1",)),
        Incident("of a segment without alerts", DAYS[0], DAYS[13], segment=("carrier",)),
        Incident("of another year", DAYS[0].replace(year=2020), DAYS[1].replace(year=2020)),
    ]
    found = against(ALERTS, incidents, WINDOWS)
    assert [(one["alerts"], one["delay"]) for one in found["each"]] == [(2, 2), (1, 0), (0, None), (0, None)]
    assert found["outside"] == ["of another year"]
    # b1, b2 and the first a1 of four alerts are true; two of four incidents were found.
    assert (found["true"], found["precision"], found["found"], found["recall"]) == (3, 0.75, 2, 0.5)


def test_windows_that_are_not_there_are_no_delay():
    found = against(ALERTS, [Incident("on the day that is missing", DAYS[5], DAYS[13], ("a1",))], WINDOWS)
    # 7, 8, 9, 10: the alert opened in the fourth published window.
    assert found["each"][0]["delay"] == 3


def test_of_nothing_there_is_no_precision_and_no_recall():
    found = against([], [], WINDOWS)
    assert found["precision"] is None and found["recall"] is None
    assert trial([], {}, [], {}, dt.timezone.utc)["opened_per_week"] is None
