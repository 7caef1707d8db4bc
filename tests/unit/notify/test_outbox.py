"""Which changes are told, in which messages and order, and under which ids?"""

from datetime import timedelta

import pytest

from spark_monitor.notify.message import change_id, make_message
from spark_monitor.notify.outbox import pending, read_due, told
from spark_monitor.tables.results import ALERTS
from spark_monitor.windows import to_micros


def states(changes):
    return [(change.row["state"], change.row["sequence"], change.is_open, change.withdraws) for change in changes]


def titles(messages):
    return [message.title for message in messages]


def test_a_change_has_one_id_whichever_run_finds_it_and_another_one_where_it_says_something_else(alert):
    row = alert()
    assert change_id(row) == change_id({**row, "run_id": "other", "value": 9.0, "recorded_at": None})
    others = [{"model": "n"}, {"fingerprint": "g"}, {"sequence": 2}, {"state": "escalated"}, {"severity": "critical"},
              {"window_start": row["window_end"]}]
    assert len({change_id({**row, **other}) for other in [{}, *others]}) == 7


def test_a_message_has_the_worst_first(alert):
    rows = [alert("d"), alert("c", 2, "resolved", "critical", week=1), alert("b"), alert("f", severity="critical"),
            alert("a", 2, "resolved", week=1), alert("e", 2, "escalated", "critical", week=1)]
    message = make_message(told([alert("c", severity="critical"), alert("a"), alert("e"), *rows]))
    named = [(change.row["feature"], change.row["sequence"]) for change in message.changes]
    assert named == [("c", 1), ("e", 2), ("f", 1), ("c", 2), ("a", 1), ("b", 1), ("d", 1), ("e", 1), ("a", 2)]
    assert message.title == "m: 6 opened, 1 escalated, 2 resolved; worst is critical"


def test_what_is_ranked_comes_as_ranked(alert):
    rows = [{**alert(name), "rank": rank} for name, rank in (("a", 2), ("b", None), ("c", 1))]
    assert [change.row["feature"] for change in make_message(told(rows)).changes] == ["c", "a", "b"]


def test_each_run_has_a_message_of_its_own_the_oldest_first(alert):
    later = alert()["recorded_at"] + timedelta(days=1)
    rows = [alert("b", run_id="later", recorded_at=later), alert("a"), alert("c")]
    found = pending(rows, "desk", set(), to_micros(later))
    assert [(message.run_id, len(message.changes)) for message in found] == [("r1", 2), ("later", 1)]
    # A message that is sent again has the id it had, whatever came since.
    assert found[0].id == pending(rows[1:], "desk", set(), 0)[0].id


def test_two_rows_of_one_change_are_told_as_the_older_one(alert):
    rows = [alert(run_id="second", recorded_at=alert()["recorded_at"] + timedelta(seconds=1)), alert(run_id="first")]
    (message,) = pending(rows, "desk", set(), 0)
    assert (message.run_id, len(message.changes)) == ("first", 1)
    assert pending(rows, "desk", {("desk", change_id(rows[0]))}, 0) == []


def test_the_end_of_what_was_never_told_is_not_told(alert):
    assert told([alert("a", 2, "resolved", week=1)]) == []
    assert told([alert("a", 3, "withdrawn")]) == []
    assert states(told([alert("a", 2, "escalated", week=1), alert("a", 3, "resolved", week=2)])) == [
        ("escalated", 2, True, None), ("resolved", 3, False, None)]


def test_a_person_ends_an_alert_in_the_window_that_opened_it(alert):
    found = told([alert("a"), {**alert("a", 2, "resolved"), "who": "ada"}, alert("a", 3, week=1)])
    assert states(found) == [("opened", 1, True, None), ("resolved", 2, False, None), ("opened", 3, True, None)]
    assert states(told([{**alert("a", 2, "resolved"), "who": "ada"}])) == []


def test_an_alert_that_opens_again_is_told_again(alert):
    rows = [alert("a", 1), alert("a", 2, "resolved", week=1), alert("a", 3, week=2), alert("a", 4, "resolved", week=3)]
    assert [is_open for _, _, is_open, _ in states(told(rows))] == [True, False, True, False]


def test_a_change_that_is_taken_back_says_what_and_whether_the_alert_is_open(alert):
    opened, resolved = alert("a", 1), alert("a", 2, "resolved", week=2)
    assert states(told([opened, alert("a", 2, "withdrawn")]))[-1] == ("withdrawn", 2, False, "opened")
    (_, _, again) = told([opened, resolved, alert("a", 3, "withdrawn", week=2)])
    assert (again.is_open, again.withdraws, again.is_news) == (True, "resolved", True)


def test_an_end_that_moves_to_an_earlier_window_is_told_and_opens_nothing(alert):
    rows = [alert("a", 1), alert("a", 2, "resolved", week=3), alert("a", 3, "resolved", week=1),
            alert("a", 4, "withdrawn", week=3)]
    assert states(told(rows))[2:] == [("resolved", 3, False, None), ("withdrawn", 4, False, "resolved")]
    assert not told(rows)[-1].is_news


def test_what_is_beyond_the_budget_goes_with_the_others_or_a_day_later(alert):
    quiet = alert("b", delivery="digest")
    now = to_micros(quiet["recorded_at"])
    assert titles(pending([alert("a"), quiet], "desk", set(), now)) == ["m: 2 opened; worst is warn"]
    assert pending([quiet], "desk", set(), now) == []
    assert titles(pending([quiet], "desk", set(), now + 86_400_000_000)) == ["m: 1 opened; worst is warn"]


def test_a_channel_is_told_what_names_it(alert):
    rows = [alert("a", channels=["desk", "team"]), alert("b", channels=["team"]), alert("c", channels=[])]
    assert [len(message.changes) for name in ("desk", "team", "new") for message in pending(rows, name, set(), 0)] == [
        1, 2]


def test_an_alert_each_is_the_message_of_its_changes_in_the_order_they_came(alert):
    rows = [alert("a", 1), alert("a", 2, "resolved", week=1), alert("b", severity="critical")]
    parts = make_message(told(rows)).by_alert()
    assert [[change.row["sequence"] for change in part.changes] for part in parts] == [[1], [1, 2]]
    (rest,) = make_message(told(rows[:2])).by_alert()
    assert rest.id == parts[1].id


@pytest.mark.parametrize("columns", [None, [name for name in ALERTS.names if name not in ("delivery", "channels")]])
def test_where_no_run_said_whom_to_tell_nobody_is(columns, tables):
    found = tables()
    if columns is None:
        found.read = lambda table: None
    else:
        found.rows["alerts"] = found.rows["alerts"].select(columns)
    assert read_due(found, ["m"]) == {"m": []}
