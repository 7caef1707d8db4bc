"""What `spark-monitor notify` prints, and its exit codes; what a run tells of a delivery that fails."""

import json
from importlib import import_module

import pytest
from click.testing import CliRunner
from test_run_command import a_run

from spark_monitor.cli import main, work
from spark_monitor.notify.deliver import Sent
from spark_monitor.notify.message import Change, Message
from spark_monitor.notify.send import Outcome
from spark_monitor.pipeline.record import Summary

CONFIG = """
model: {model}
predictions: {{table: logs/credit, id: loan, time: at, score: probability}}
references: [{{name: launch, start: 2024-01-01, end: 2024-02-01}}]
results: results
notify: {{channels: [{{name: log, kind: log}}]}}
"""
CHANGE = Change("c1", {"state": "opened", "severity": "warn", "model": "a", "fingerprint": "f", "sequence": 1}, True)


def sent(outcome, model="a"):
    return Sent(Message("i1", model, "r1", (CHANGE,)), "team", outcome)


@pytest.fixture
def conf(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.yml").write_text(CONFIG.format(model=name))
    return tmp_path


@pytest.fixture
def asked(monkeypatch):
    """Collect for which models the command sends; `sent` is what became of it."""
    asked = {"sent": []}

    def send(configs):
        asked["models"] = [config.model for config in configs]
        return asked["sent"]

    monkeypatch.setattr(import_module("spark_monitor.cli.notify"), "send", send)
    return asked


def ask(*arguments):
    return CliRunner().invoke(main, [str(word) for word in arguments])


def test_where_everything_was_delivered_it_says_so(conf, asked):
    answer = ask("notify", "-c", conf / "a.yml")
    assert (answer.exit_code, answer.stdout, asked["models"]) == (0, "nothing is undelivered\n", ["a"])


def test_what_is_delivered_now_is_told_a_line_each(conf, asked):
    asked["sent"] = [sent(Outcome("delivered", 1))]
    answer = ask("notify", "-c", conf)
    assert (answer.exit_code, answer.stdout) == (0, "team: delivered: a: 1 opened; worst is warn\n")
    assert asked["models"] == ["a", "b"]


def test_what_stays_undelivered_is_exit_code_4(conf, asked):
    asked["sent"] = [sent(Outcome("failed", 4, "http_503")), sent(Outcome("held", reason="receiver_down"))]
    answer = ask("notify", "-c", conf)
    assert answer.exit_code == 4
    assert answer.stdout.splitlines()[0] == "team: failed (http_503): a: 1 opened; worst is warn"
    assert answer.stderr == "2 changes are still undelivered\n"


def test_json_has_every_message_with_its_ids(conf, asked):
    asked["sent"] = [sent(Outcome("failed", 4, "http_503"))]
    answer = ask("notify", "-c", conf, "--json")
    assert (answer.exit_code, json.loads(answer.stdout)["messages"]) == (4, [
        {"model": "a", "channel": "team", "id": "i1", "title": "a: 1 opened; worst is warn", "severity": "warn",
         "changes": ["c1"], "status": "failed", "attempts": 4, "reason": "http_503"}])


def test_a_wrong_configuration_is_told_and_the_others_are_sent(conf, asked):
    (conf / "a.yml").write_text("model: a")
    answer = ask("notify", "-c", conf)
    assert (answer.exit_code, asked["models"]) == (3, ["b"])
    assert answer.stderr.startswith(f"{conf}/a.yml:1:1 predictions: found nothing")
    (conf / "b.yml").write_text("model: b")
    assert ask("notify", "-c", conf).exit_code == 2


class Said(list):
    """A progress that keeps what it is told."""

    def note(self, line):
        self.append(line)

    def __call__(self, step, seconds, detail):
        self.append(f"{step} {detail}")


@pytest.mark.parametrize(("found", "told"), [
    ([], []),
    ([sent(Outcome("delivered", 1))], ["deliver alerts 1 of 1 messages"]),
    ([sent(Outcome("failed", 4, "timed_out"))], ["deliver alerts 0 of 1 messages",
                                                 "a: 1 change not delivered to team (timed_out)",
                                                 "the next run, or spark-monitor notify, sends what is undelivered"])])
def test_a_run_tells_of_its_deliveries(found, told, conf, monkeypatch):
    config = import_module("spark_monitor.config").load_config(conf / "a.yml")
    monkeypatch.setattr(work, "deliver", lambda *_: found)
    monkeypatch.setattr(work, "Store", lambda *_, **__: None)
    said = Said()
    work.tell_people(None, [config], work.Moment(0, "r1"), said)
    assert said == told


def test_a_run_whose_deliveries_can_not_be_written_down_is_no_failure(conf, monkeypatch):
    def fail(*_, **__):
        raise OSError("the disk is full")

    config = import_module("spark_monitor.config").load_config(conf / "a.yml")
    monkeypatch.setattr(work, "Store", fail)
    said = Said()
    work.tell_people(None, [config], work.Moment(0, "r1"), said)
    assert said[0] == "alerts were not delivered: OSError: the disk is full"


@pytest.mark.parametrize(("command", "more", "delivers"), [
    ("run", [], True), ("backfill", ["--start", "2024-03-01", "--end", "2024-03-02"], False)])
def test_a_run_delivers_after_it_and_a_backfill_does_not(command, more, delivers, conf, monkeypatch):
    order = []
    pipeline = import_module("spark_monitor.pipeline")
    monkeypatch.setattr(work, "start_spark", lambda *_: None)
    monkeypatch.setattr(pipeline, "run", lambda *_: order.append("run") or Summary(a_run(), results="results"))
    monkeypatch.setattr(work, "finish", lambda spark, config, summary, progress: summary)
    monkeypatch.setattr(work, "tell_people", lambda *_: order.append("deliver"))
    assert ask(command, "-c", conf / "a.yml", *more).exit_code == 0
    assert order == (["run", "deliver"] if delivers else ["run"])


def test_a_run_of_a_folder_delivers_for_the_models_that_ended_well(conf, monkeypatch):
    def run_many(spark, members, *_):
        members[0].summary, members[1].error = Summary(a_run(model="a"), results="results"), RuntimeError("no")

    told = []
    monkeypatch.setattr(work, "start_spark", lambda *_: None)
    monkeypatch.setattr(import_module("spark_monitor.pipeline.group"), "run_many", run_many)
    monkeypatch.setattr(work, "finish_all", lambda *_: None)
    monkeypatch.setattr(work, "tell_people", lambda spark, configs, *_: told.append([one.model for one in configs]))
    assert ask("run", "-c", conf).exit_code == 3
    assert ask("backfill", "-c", conf, "--start", "2024-03-01", "--end", "2024-03-02").exit_code == 3
    assert told == [["a"]]
