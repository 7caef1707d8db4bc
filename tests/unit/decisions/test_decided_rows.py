"""Are the rows of `decisions` a function of windows in order and of people's actions, however windows were run?"""

import json
import random

import pytest
from history import facts, lifetimes, metric_row

from spark_monitor.decisions.act import act
from spark_monitor.decisions.decide import decide, decision_id, resets_of
from spark_monitor.decisions.log import is_open, last_words, standing
from spark_monitor.decisions.spec import DAY_US, Policy
from spark_monitor.errors import ActionError

POLICIES = [Policy("worse", "performance_loss", metric="roc_auc", margin=0.05, windows=2, of=3)]
BAD, GOOD = 0.70, 0.80


def appended(values, log=(), low=0):
    """Return the log after windows from a day on were published with these values."""
    known = facts(values, low, resets=resets_of(log))
    news = decide("m", POLICIES, known, list(log))
    return [*log, *({"who": None, "why": None, **row} for row in news)]


def said(log, status, newest, **more):
    row = act(log, decision_id("m", "worse"), status, "eve", "so", (newest * DAY_US, (newest + 1) * DAY_US), **more)
    return [*log, row]


def told(log):
    return [(row["window_start"] // DAY_US, row["decision"], row["status"], row["sequence"]) for row in log]


def test_a_row_is_written_only_where_the_decision_changes():
    log = appended([GOOD, GOOD, BAD, BAD, BAD, GOOD, GOOD])
    assert told(log) == [(0, "keep", "done", 1), (3, "retrain", "proposed", 2), (6, "keep", "done", 3)]


def test_running_the_same_windows_again_writes_nothing():
    log = appended([GOOD, BAD, BAD])
    assert appended([GOOD, BAD, BAD], log) == log and appended([GOOD, BAD, BAD], log, low=2) == log


def test_a_proposal_whose_ground_a_restated_window_takes_is_withdrawn():
    log = appended([GOOD, BAD, BAD])
    log = appended([GOOD, GOOD, BAD], log, low=1)
    assert told(log)[2:] == [(2, "retrain", "withdrawn", 3)]
    assert [row["decision"] for row in standing(log)] == ["keep"]
    log = appended([GOOD, BAD, BAD], log, low=1)
    assert told(log)[3:] == [(2, "retrain", "proposed", 4)]


def test_approved_and_done_come_in_order_and_the_next_windows_begin_anew():
    log = appended([GOOD, BAD, BAD])
    log = said(log, "approved", 2)
    assert [row["status"] for row in standing(log)] == ["approved"] and is_open(standing(log)[0])
    # Windows that recover do not end what somebody works on.
    log = appended([GOOD, BAD, BAD, GOOD, GOOD], log, low=3)
    log = said(log, "done", 4, version="2")
    assert standing(log)[0]["model_version_after"] == "2" and not is_open(standing(log)[0])
    log = appended([GOOD, BAD, BAD, GOOD, GOOD, BAD, BAD], log, low=5)
    assert told(log)[1:] == [(2, "retrain", "proposed", 2), (2, "retrain", "approved", 3), (4, "retrain", "done", 4),
                             (5, "keep", "done", 5), (6, "retrain", "proposed", 6)]


def test_what_is_rejected_is_proposed_again_only_after_a_window_without_ground():
    log = said(appended([BAD, BAD]), "rejected", 1)
    log = appended([BAD, BAD, BAD], log, low=2)
    assert not any(map(is_open, standing(log)))
    log = appended([BAD, BAD, BAD, GOOD, GOOD, BAD, BAD], log, low=3)
    assert [row[:3] for row in told(log)[-2:]] == [(4, "keep", "done"), (6, "retrain", "proposed")]


def test_what_was_approved_and_has_no_ground_any_more_is_withdrawn_all_the_same():
    log = said(appended([GOOD, BAD, BAD]), "approved", 2)
    log = appended([GOOD, BAD, GOOD], log, low=2)
    assert told(log)[-1] == (2, "retrain", "withdrawn", 4)
    assert [(row["decision"], row["status"]) for row in standing(log)] == [("keep", "done")]


@pytest.mark.parametrize("seed", range(20))
def test_days_run_in_any_order_leave_the_last_words_of_one_run(seed):
    drawn = random.Random(seed)
    values = [drawn.choice([GOOD, BAD]) for _ in range(9)]
    days, known, log = list(range(9)), {}, []
    drawn.shuffle(days)
    for day in days:
        known[day] = metric_row(day, values[day])
        rows = [known[one] for one in sorted(known)]
        news = decide("m", POLICIES, facts([], day, rows=rows), log)
        log += [{"who": None, "why": None, **row} for row in news]
    kept = {key: row for key, row in last_words(log).items() if row["status"] != "withdrawn"}
    expected = last_words(appended(values))
    assert {key: row["evidence"] for key, row in kept.items()} == {k: row["evidence"] for k, row in expected.items()}
    assert {key: row["decision"] for key, row in kept.items()} == {k: row["decision"] for k, row in expected.items()}


def test_the_training_window_ends_with_the_window_judged_and_begins_no_earlier_than_the_log():
    policy = [Policy("old", "age", after=3 * DAY_US, training=2 * DAY_US)]
    [_, row] = decide("m", policy, facts([], versions=lifetimes(v1={0: (5, 5), 1: (5, 4), 2: (5, -1)})), [])
    assert (row["training_start"], row["training_end"], row["training_rows"]) == (DAY_US, 3 * DAY_US, 4)
    longer = [Policy("old", "age", after=3 * DAY_US)]
    [_, row] = decide("m", longer, facts([], versions=lifetimes(v1={0: (5, 5), 1: (5, 4), 2: (5, -1)})), [])
    assert (row["training_start"], row["training_rows"]) == (0, 9)
    assert json.loads(row["evidence"]) == {"when": "age", "model_version": "1", "began": "1970-01-01T00:00:00Z",
                                           "age_days": 3.0, "after_days": 3.0}


def test_only_what_waits_can_be_acted_on():
    log = appended([GOOD, BAD, BAD])
    with pytest.raises(ActionError, match="no such id"):
        said([row for row in log if row["decision"] == "keep"], "approved", 2)
    approved = said(log, "approved", 2)
    with pytest.raises(ActionError, match="is approved: it can't be approved any more"):
        said(approved, "approved", 2)
    with pytest.raises(ActionError, match="no such id"):
        said(said(approved, "done", 2), "rejected", 2)
