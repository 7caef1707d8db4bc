"""What every command has in common: exit codes, what is told of a failure, and how it ends on a platform."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from spark_monitor.cli import main
from spark_monitor.errors import ContractError

CONF = Path(__file__).parents[3] / "conf"
GOOD = str(CONF / "flights.yml")
run_module = importlib.import_module("spark_monitor.cli.run")


def ask(*arguments):
    return CliRunner().invoke(main, arguments)


def failing(monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(run_module, "monitor", fail)


@pytest.fixture(autouse=True)
def no_platform(monkeypatch):
    monkeypatch.delenv("DATABRICKS_RUNTIME_VERSION", raising=False)


def test_help_names_every_command():
    told = ask("--help")
    assert told.exit_code == 0
    for name in ("run", "backfill", "backtest", "rules", "reference", "alerts", "notify", "decisions", "reviews",
                 "maintain", "demo", "sql", "validate", "schema", "doctor"):
        assert f"\n  {name} " in told.stdout


def test_an_unknown_command_is_exit_code_2():
    told = ask("rnu")
    assert (told.exit_code, told.stdout) == (2, "")
    assert "rnu" in told.stderr


def test_a_wrong_configuration_is_exit_code_2_with_all_its_lines(tmp_path):
    file = tmp_path / "bad.yml"
    file.write_text("model: m\nwindow: {}\n")
    told = ask("run", "-c", str(file))
    assert (told.exit_code, told.stdout) == (2, "")
    assert len(told.stderr.splitlines()) == 4
    assert all(line.startswith(str(file)) for line in told.stderr.splitlines())


def test_a_broken_contract_is_its_message_and_exit_code_2(monkeypatch):
    failing(monkeypatch, ContractError("the log has no column id"))
    told = ask("run", "-c", GOOD)
    assert (told.exit_code, told.stdout, told.stderr) == (2, "", "the log has no column id\n")


def test_anything_unexpected_is_one_line_and_exit_code_3(monkeypatch):
    failing(monkeypatch, RuntimeError("the disk is full\nat line 7"))
    told = ask("run", "-c", GOOD)
    assert (told.exit_code, told.stdout) == (3, "")
    assert told.stderr == "failed: RuntimeError: the disk is full (--verbose tells where)\n"


def test_verbose_tells_where(monkeypatch):
    failing(monkeypatch, RuntimeError("the disk is full"))
    told = ask("run", "-c", GOOD, "--verbose")
    assert told.exit_code == 3
    assert told.stderr.startswith("Traceback") and "in fail" in told.stderr


def test_an_interrupted_run_is_exit_code_130(monkeypatch):
    failing(monkeypatch, KeyboardInterrupt())
    told = ask("run", "-c", GOOD)
    assert told.exit_code == 130
    assert told.stderr.strip().startswith("interrupted")


def test_an_input_that_ends_early_is_a_failure_and_no_interruption(monkeypatch):
    failing(monkeypatch, EOFError("worker"))
    assert ask("run", "-c", GOOD).exit_code == 3


def test_on_a_platform_success_returns_and_failure_raises(monkeypatch):
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "17.3")
    assert main(["validate", "-c", GOOD]) is None
    failing(monkeypatch, ContractError("the log has no column id"))
    with pytest.raises(ContractError):
        main(["run", "-c", GOOD])


def test_elsewhere_success_returns_too():
    assert main(["schema"]) is None


def test_commands_without_spark_answer_where_there_is_none():
    program = ("import sys; sys.modules['pyspark'] = sys.modules['sklearn'] = None; "
               f"from spark_monitor.cli import main; main(['validate', '-c', {GOOD!r}, '--json'])")
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(told.stdout)["ok"] is True


def test_the_job_is_the_same_command_line():
    job = CONF.parent / "jobs" / "run_monitor.py"
    told = subprocess.run([sys.executable, str(job), "validate", "-c", "no.yml"], capture_output=True, text=True,
                          cwd=CONF.parent, env={"PYTHONPATH": str(CONF.parent)}, check=False)
    assert told.returncode == 2
    assert told.stderr.startswith("no.yml")
