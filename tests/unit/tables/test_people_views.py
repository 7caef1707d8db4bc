"""Do the views on decisions and reviews say what the pipeline says? DuckDB runs them, over tables made by hand."""

import random

import pytest
from test_views import ask, day

from spark_monitor.decisions.log import standing
from spark_monitor.reviews.queue import waiting
from spark_monitor.tables.people import DECISIONS, REVIEWS


def decision(number, status, sequence, name="d", **more):
    return {"model": "m", "decision_id": name, "decision": "retrain", "status": status, "window_start": day(number),
            "who": None, "why": None, "model_version_after": None, "sequence": sequence, **more}


def test_what_was_done_stands_with_who_said_so_and_the_version_made():
    rows = [decision(3, "proposed", 1), decision(4, "approved", 2, who="eve", why="bad", model_version_after="2"),
            decision(5, "done", 3, who="bob", why="trained")]
    [row] = ask("decisions_standing", DECISIONS, rows)
    assert (row["window_start"], row["status"], row["who"], row["why"], row["model_version_after"]) == (
        day(3), "done", "bob", "trained", "2")
    assert list(row) == DECISIONS.names


def test_a_withdrawn_proposal_stands_no_more():
    assert ask("decisions_standing", DECISIONS, [decision(3, "proposed", 1), decision(3, "withdrawn", 2)]) == []


@pytest.mark.parametrize("seed", range(20))
def test_the_view_and_the_pipeline_say_the_same_of_decisions(seed):
    draw, rows = random.Random(seed), []
    for name in "abcdef":
        for sequence in range(1, draw.randint(1, 9)):
            about, number = {"name": name, "decision": draw.choice(["retrain", "keep"])}, draw.randint(0, 5)
            if draw.random() < 0.5:
                after = draw.choice([None, "2", "3"])
                rows.append(decision(number, draw.choice(["approved", "rejected", "done"]), sequence, **about,
                                     who=f"who {sequence}", why="so", model_version_after=after))
            else:
                rows.append(decision(number, draw.choice(["proposed", "withdrawn"]), sequence, **about))
    told = [[tuple(row[name] for name in ("decision_id", "decision", "window_start", "status", "who", "why",
                                          "model_version_after")) for row in found]
            for found in (ask("decisions_standing", DECISIONS, rows), standing(rows))]
    assert sorted(told[0], key=str) == sorted(told[1], key=str)


def test_what_waits_is_what_nobody_has_answered_by_the_last_word():
    rows = [{"model": model, "review_id": name, "state": state, "sequence": place, "due": day(9)}
            for model, name, states in [("m", "a", ["waiting", "aged"]), ("m", "b", ["waiting", "decided"]),
                                        ("m", "c", ["waiting", "withdrawn", "waiting"]), ("n", "b", ["waiting"])]
            for place, state in enumerate(states, 1)]
    found = ask("reviews_waiting", REVIEWS, rows)
    assert sorted((row["model"], row["review_id"], row["state"]) for row in found) == [
        ("m", "a", "aged"), ("m", "c", "waiting"), ("n", "b", "waiting")]
    mine = [row for row in rows if row["model"] == "m"]
    assert [row["review_id"] for row in waiting(mine)] == ["a", "c"]
