"""What run, backfill and validate make of a folder of configurations; the pipeline itself is put aside."""

import json

import pytest
from click.testing import CliRunner
from test_run_command import a_run, alert, micros

from spark_monitor.cli import folder, main
from spark_monitor.errors import ContractError
from spark_monitor.pipeline.record import Summary

CONFIG = """
model: {model}
predictions: {{table: logs/credit, id: loan, time: at, score: probability}}
references: [{{name: launch, start: 2024-01-01, end: 2024-02-01}}]
windows: {{time_zone: {zone}}}
results: results
"""


@pytest.fixture
def conf(tmp_path):
    """Return a folder of two models, the second in Berlin, and a file that is none."""
    (tmp_path / "a.yml").write_text(CONFIG.format(model="a", zone="UTC"))
    (tmp_path / "b.yaml").write_text(CONFIG.format(model="b", zone="Europe/Berlin"))
    (tmp_path / "notes.txt").write_text("none of ours")
    return tmp_path


@pytest.fixture
def asked(monkeypatch):
    """Collect what is asked of the pipeline; a model named in `errors` fails, one in `alerts` has such alerts open."""
    asked = {"errors": {}, "alerts": {}, "wishes": {}}

    def monitor_all(members, command, jobs):
        asked.update(command=command, jobs=jobs)
        for told, wish in members:
            asked["wishes"][told.config.model] = wish
            told.error = asked["errors"].get(told.config.model)
            if told.error is None:
                open_now = [alert(severity) for severity in asked["alerts"].get(told.config.model, [])]
                told.summary = Summary(a_run(model=told.config.model), open_now, [], "results")

    monkeypatch.setattr(folder, "monitor_all", monitor_all)
    return asked


def ask(*arguments):
    return CliRunner().invoke(main, [str(word) for word in arguments])


def test_every_configuration_of_the_folder_runs_with_dates_of_its_own_time_zone(conf, asked):
    answer = ask("run", "-c", conf, "--start", "2013-03-01", "--end", "2013-04-01", "--jobs", "3")
    assert answer.exit_code == 0
    assert (asked["command"], asked["jobs"]) == ("run", 3)
    assert asked["wishes"] == {"a": {"start": micros(2013, 3, 1), "end": micros(2013, 4, 1)},
                               "b": {"start": micros(2013, 2, 28, 23), "end": micros(2013, 3, 31, 22)}}
    assert [line.split(": ")[0] for line in answer.stdout.splitlines()] == [f"{conf}/a.yml", f"{conf}/b.yaml"]
    assert "3 windows, 1,000 rows counted" in answer.stdout


def test_a_backfill_of_a_folder_does_windows_again(conf, asked):
    assert ask("backfill", "-c", conf, "--start", "2013-03-01", "--end", "2013-04-01").exit_code == 0
    assert asked["command"] == "backfill"
    assert asked["wishes"]["a"] == {"start": micros(2013, 3, 1), "end": micros(2013, 4, 1), "again": True,
                                    "force": False}


@pytest.mark.parametrize("error, told", [
    (ContractError("no column"), "no column"), (RuntimeError("disk full"), "failed: RuntimeError: disk full"),
])
def test_a_model_that_fails_is_told_with_its_file_and_leaves_the_others_alone(conf, asked, error, told):
    asked["errors"]["a"] = error
    answer = ask("run", "-c", conf, "--fail-on", "warn")
    assert answer.exit_code == 3
    assert answer.stderr.splitlines() == [f"{conf}/a.yml: {told}"]
    assert answer.stdout.startswith(f"{conf}/b.yaml: b, 3 windows")


def test_a_wrong_configuration_among_others_is_told_and_the_others_run(conf, asked):
    (conf / "c.yml").write_text("model: c")
    answer = ask("run", "-c", conf)
    assert answer.exit_code == 3
    assert answer.stderr.startswith(f"{conf}/c.yml:1:1 predictions: found nothing")
    assert sorted(asked["wishes"]) == ["a", "b"]


def test_where_every_configuration_is_wrong_nothing_is_read(tmp_path, asked):
    (tmp_path / "c.yml").write_text("model: c")
    assert ask("run", "-c", tmp_path).exit_code == 2
    assert "command" not in asked


def test_two_files_of_one_model_are_not_run_both(conf, asked):
    (conf / "b2.yml").write_text(CONFIG.format(model="b", zone="UTC"))
    answer = ask("run", "-c", conf)
    assert answer.exit_code == 3
    assert answer.stderr.startswith(f"{conf}/b2.yml: found model b")
    assert sorted(asked["wishes"]) == ["a", "b"]


def test_open_alerts_of_any_model_fail_where_that_was_asked_for(conf, asked):
    asked["alerts"]["b"] = ["critical", "warn"]
    assert ask("run", "-c", conf).exit_code == 0
    answer = ask("run", "-c", conf, "--fail-on", "critical")
    assert answer.exit_code == 1
    assert "1 such alerts are open, of 1 models" in answer.stderr
    assert "open alerts: 1 critical, 1 warn" in answer.stdout


def test_json_lists_every_model_with_its_file(conf, asked):
    asked["errors"]["a"] = ContractError("no column")
    answer = ask("run", "-c", conf, "--json")
    document = json.loads(answer.stdout)
    assert (answer.exit_code, document["command"]) == (3, "run")
    assert document["models"][0] == {"file": f"{conf}/a.yml", "model": "a", "error": "no column", "exit_code": 2}
    assert (document["models"][1]["file"], document["models"][1]["run"]["model"]) == (f"{conf}/b.yaml", "b")


def test_a_folder_without_configurations_says_so(tmp_path, asked):
    answer = ask("run", "-c", tmp_path)
    assert answer.exit_code == 2
    assert f"{tmp_path}: found no file, expected configurations" in answer.stderr


def test_validate_checks_every_configuration_of_a_folder(conf):
    assert ask("validate", "-c", conf).stdout.splitlines() == [f"{conf}/a.yml: ok, model a",
                                                               f"{conf}/b.yaml: ok, model b"]
