"""Is each question asked once, does it age where nobody answers, and does it go when what raised it is over?"""

import pytest

from spark_monitor.errors import ActionError
from spark_monitor.reviews.kinds import Question, questions
from spark_monitor.reviews.queue import Terms, answer, answered, changes, waiting

DAY = 86_400_000_000
TERMS = Terms(14 * DAY, 7 * DAY)
BIAS = Question("bias", "f1", '{"metric": "recall_ratio"}', 3 * DAY)


def after(asked, log=(), day=0, **more):
    """Return the log after a run of a day that asked these."""
    return [*log, *changes("m", asked, list(log), day * DAY, TERMS, **more)]


def states(log):
    return [(row["state"], row["level"], row["sequence"]) for row in log]


def test_a_question_is_asked_once_and_due_two_weeks_later():
    log = after([BIAS], after([BIAS], day=4), day=5)
    assert states(log) == [("waiting", 0, 1)] and log[0]["due"] == 18 * DAY


def test_what_nobody_answers_ages_and_escalates_each_week():
    log = after([BIAS], day=4)
    for day in (17, 18, 19, 24, 25, 40):
        log = after([BIAS], log, day)
    assert states(log) == [("waiting", 0, 1), ("aged", 1, 2), ("aged", 2, 3), ("aged", 4, 4)]


def test_a_run_without_windows_only_lets_reviews_age():
    log = after([BIAS], day=4)
    assert states(after(None, log, 5)) == states(log)
    assert states(after(None, log, 18))[-1] == ("aged", 1, 2)


def test_what_is_over_is_withdrawn_and_asked_anew_when_it_comes_back():
    log = after([BIAS], after([], after([BIAS], day=4), day=5), day=9)
    assert states(log) == [("waiting", 0, 1), ("withdrawn", 0, 2), ("waiting", 0, 3)]
    assert log[-1]["due"] == 23 * DAY


def test_what_is_decided_is_asked_again_only_by_a_later_window():
    log = after([BIAS], day=4)
    log.append(answer(log, log[0]["review_id"][:6], "justified", "by law", "eve"))
    assert waiting(log) == [] and (log[-1]["decision"], log[-1]["reviewer"]) == ("justified", "eve")
    assert after([BIAS], log, 30) == log and after([], log, 30) == log
    later = Question("bias", "f1", "{}", 20 * DAY)
    assert states(after([later], log, 30))[-1] == ("waiting", 0, 3)


def test_a_proposal_is_decided_by_what_is_said_of_the_decision():
    log = after([Question("retrain", "d1", "{}", 0)], day=4)
    action = {"decision_id": "d1", "status": "approved", "why": "yes", "who": "eve"}
    [row] = answered(log, action)
    assert (row["state"], row["decision"], row["reason"], row["reviewer"]) == ("decided", "approved", "yes", "eve")
    # A run that comes before that row was written writes the same.
    assert changes("m", [], log, 5 * DAY, TERMS, [action]) == [row]
    with pytest.raises(ActionError, match="decisions approve"):
        answer(log, log[0]["review_id"], "fine", "so", "eve")


def test_an_id_that_nothing_waiting_has_is_refused():
    with pytest.raises(ActionError, match="found no such id, expected one"):
        answer(after([BIAS]), "0000", "fine", "so", "eve")


def alert(family, metric, **more):
    return {"fingerprint": metric, "rule": "r", "family": family, "metric": metric, "severity": "warn", "value": 0.5,
            "bound": 0.8, "sample_size": 40, "opened_window_start": 3 * DAY, "segment": "sex", "segment_value": "f",
            **more}


def test_questions_come_from_bias_slices_proposals_and_a_missing_owner():
    alerts = [alert("bias", "recall_ratio"), alert("drift", "psi"), alert("relation", "worst_slice_loss_ratio")]
    decisions = [{"decision_id": f"d{place}", "decision": decision, "status": status, "evidence": "{}",
                  "window_start": 0} for place, (decision, status) in enumerate([
                      ("retrain", "proposed"), ("retrain", "approved"), ("keep", "done"), ("roll_back", "proposed")])]
    found = questions({"model": "m", "owned": False, "alerts": alerts, "decisions": decisions})
    assert [(one.kind, one.subject) for one in found] == [
        ("bias", "recall_ratio"), ("slice", "worst_slice_loss_ratio"), ("retrain", "d0"), ("roll_back", "d3"),
        ("no_owner", "m")]
    assert '"segment_value": "f"' in found[0].evidence and found[0].start == 3 * DAY
    assert questions({"model": "m", "owned": True, "alerts": [], "decisions": []}) == []
