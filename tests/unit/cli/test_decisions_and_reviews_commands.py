"""What people say of decisions and reviews on the command line, and what a run tells of them; Spark is put aside."""

import importlib
import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from spark_monitor.cli import main
from spark_monitor.cli.people import Desk
from spark_monitor.pipeline.record import Summary
from spark_monitor.tables.people import DECISIONS, MODELS, REVIEWS
from spark_monitor.windows import to_datetime

GOOD = str(Path(__file__).parents[3] / "conf" / "flights.yml")
DAY = 86_400_000_000
RETRAIN, KEEP, BIAS = "ab12" * 8, "cd34" * 8, "ef56" * 8


def decision(name, decision="retrain", status="proposed", **more):
    return {"decision_id": name, "decision": decision, "status": status, "policy": "worse", "grain": "day",
            "window_start": 10 * DAY, "window_end": 11 * DAY, "evidence": '{"asked": "2 of 3"}',
            "who": None, "why": None, "training_start": 0, "training_end": 11 * DAY, "training_rows": 70,
            "model_version_before": "1", "model_version_after": None, "sequence": 1, **more}


def review(name, kind, subject, **more):
    return {"review_id": name, "kind": kind, "subject": subject, "state": "waiting", "level": 0, "evidence": "{}",
            "window_start": 10 * DAY, "due": 24 * DAY, "decision": None, "reason": None, "reviewer": None,
            "sequence": 1, **more}


class Rows:
    """Stands for a store: what was fetched from it, and appended to it."""

    def __init__(self):
        window = {"last_window_start": to_datetime(12 * DAY), "last_window_end": to_datetime(13 * DAY)}
        self.rows = {"models": MODELS.rows([{"model": "flight_delay", **window}])}

    def fetch(self, table, _):
        return self.rows.get(table.name, table.rows([]))

    def append(self, table, rows):
        self.rows[table.name] = table.rows([*self.fetch(table, None).to_pylist(), *rows.to_pylist()])

    def put(self, table, rows):
        times = {name for name in ("window_start", "window_end", "training_start", "training_end", "due")}
        self.append(table, table.rows([{name: to_datetime(value) if name in times and value is not None else value
                                        for name, value in row.items()} for row in rows]))


class Given:
    now, run_id = 20 * DAY, "r7"


@pytest.fixture
def rows(monkeypatch):
    rows = Rows()
    rows.put(DECISIONS, [decision(RETRAIN), decision(KEEP, "keep", "done", window_start=2 * DAY, policy="old")])
    rows.put(REVIEWS, [review(BIAS, "bias", "f1"), review("aa" * 16, "retrain", RETRAIN)])

    def at_the_desk(config, work):
        return work(Desk(rows, config.model, Given))

    for name in ("decisions", "reviews"):
        monkeypatch.setattr(importlib.import_module(f"spark_monitor.cli.{name}"), "at_the_desk", at_the_desk)
    return rows


def ask(*arguments):
    return CliRunner().invoke(main, arguments)


def last(rows, table):
    return rows.fetch(table, None).to_pylist()[-1]


def test_decisions_are_listed_with_what_they_are_about(rows):
    told = ask("decisions", "list", "-c", GOOD)
    assert told.exit_code == 0
    assert told.stdout.splitlines() == [
        "cd34cd34cd34  done      keep of version 1 by policy old, since 1970-01-03",
        "ab12ab12ab12  proposed  retrain of version 1 by policy worse, since 1970-01-11"]


def test_decisions_are_one_document_with_their_evidence(rows):
    found = json.loads(ask("decisions", "list", "-c", GOOD, "--json").stdout)
    assert (found["command"], found["model"]) == ("decisions", "flight_delay")
    assert found["decisions"][1]["evidence"] == {"asked": "2 of 3"}
    assert found["decisions"][1]["window_start"] == "1970-01-11T00:00:00Z"


def test_what_is_approved_has_who_why_and_the_newest_window_and_answers_its_review(rows):
    told = ask("decisions", "approve", "ab12", "-c", GOOD, "--who", "eve", "--why", "it is worse")
    assert told.exit_code == 0 and told.stdout.startswith("ab12ab12ab12  approved  retrain of version 1")
    row = last(rows, DECISIONS)
    assert (row["status"], row["who"], row["why"], row["sequence"]) == ("approved", "eve", "it is worse", 2)
    assert (row["window_start"], row["recorded_at"]) == (to_datetime(12 * DAY), to_datetime(20 * DAY))
    assert row["run_id"] == "r7"
    answered = last(rows, REVIEWS)
    assert (answered["review_id"], answered["state"], answered["decision"]) == ("aa" * 16, "decided", "approved")


def test_what_is_done_names_the_version_that_was_made(rows):
    assert ask("decisions", "done", "ab12", "-c", GOOD, "--who", "e", "--why", "w", "--version", "2").exit_code == 0
    assert last(rows, DECISIONS)["model_version_after"] == "2"
    told = ask("decisions", "reject", "ab12", "-c", GOOD, "--who", "e", "--why", "w")
    assert (told.exit_code, told.stdout) == (2, "") and "found no such id" in told.stderr


@pytest.mark.parametrize("arguments, told", [
    (["--why", "w"], "--who"), (["--who", "e"], "--why"), (["--who", " ", "--why", "w"], "a text that is not empty")])
def test_nobody_acts_without_name_and_reason(rows, arguments, told):
    answer = ask("decisions", "approve", "ab12", "-c", GOOD, *arguments)
    assert answer.exit_code == 2 and told in answer.stderr
    assert last(rows, DECISIONS)["decision_id"] == KEEP


def test_reviews_are_listed_and_judged(rows):
    assert "ef56ef56ef56  waiting   bias f1, since 1970-01-11" in ask("reviews", "list", "-c", GOOD).stdout
    told = ask("reviews", "decide", "ef56", "-c", GOOD, "--decision", "justified", "--who", "eve", "--why", "by law")
    assert told.exit_code == 0 and "decided   bias f1: justified" in told.stdout
    row = last(rows, REVIEWS)
    assert (row["decision"], row["reason"], row["reviewer"]) == ("justified", "by law", "eve")
    assert "ef56" not in ask("reviews", "list", "-c", GOOD).stdout


def test_the_review_of_a_decision_is_answered_by_acting_on_it(rows):
    told = ask("reviews", "decide", "aaaa", "-c", GOOD, "--decision", "fine", "--who", "eve", "--why", "so")
    assert told.exit_code == 2 and "decisions approve" in " ".join(told.stderr.split())


@pytest.fixture
def run_with(monkeypatch):
    """Return a function: decisions and reviews -> let `run` end with them."""
    from test_run_command import a_run

    def put(decisions, reviews=()):
        summary = Summary(a_run(), [], [], "demo/results", list(decisions), list(reviews))
        monkeypatch.setattr(importlib.import_module("spark_monitor.cli.run"), "monitor", lambda *_: summary)

    return put


@pytest.mark.parametrize("stands, fail_on, code", [
    (decision(RETRAIN), "retrain", 1), (decision(RETRAIN, status="approved"), "retrain", 1),
    (decision(RETRAIN, status="rejected"), "retrain", 0), (decision(RETRAIN, status="done"), "retrain", 0),
    (decision(RETRAIN), "roll_back", 0), (decision(RETRAIN, "roll_back"), "roll_back", 1),
    (decision(RETRAIN), "critical", 0), (decision(KEEP, "keep", "done"), "retrain", 0)])
def test_open_decisions_fail_only_where_that_was_asked_for(run_with, stands, fail_on, code):
    run_with([stands])
    assert ask("run", "-c", GOOD, "--fail-on", fail_on).exit_code == code


def test_a_run_tells_what_waits(run_with):
    run_with([decision(RETRAIN), decision(KEEP, "keep", "done")],
             [review(BIAS, "bias", "f1", level=1), review("aa" * 16, "retrain", RETRAIN)])
    lines = ask("run", "-c", GOOD).stdout.splitlines()
    at = lines.index("decisions     1 to be made or carried out")
    assert lines[at + 1:at + 3] == [
        "  retrain     proposed by policy worse, day of 1970-01-11, id ab12ab12ab12",
        "reviews       2 to be judged: 1 bias, 1 retrain; 1 overdue"]


def test_decisions_are_handed_on_as_a_file_whether_the_run_fails_or_not(run_with, tmp_path):
    run_with([decision(RETRAIN)])
    file = tmp_path / "decisions.json"
    assert ask("run", "-c", GOOD, "--fail-on", "retrain", "--decisions-out", str(file)).exit_code == 1
    found = json.loads(file.read_text())
    assert (found["schema"], found["command"]) == (1, "decisions")
    [row] = found["decisions"]
    assert (row["model"], row["decision"], row["training_end"]) == ("flight_delay", "retrain", "1970-01-12T00:00:00Z")
    assert [path.name for path in tmp_path.iterdir()] == ["decisions.json"]
