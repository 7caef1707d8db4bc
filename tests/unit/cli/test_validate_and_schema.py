"""The commands that need no Spark: validate and schema."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from spark_monitor.cli.schema import schema
from spark_monitor.cli.validate import validate

CONF = Path(__file__).parents[3] / "conf"
GOOD = str(CONF / "flights.yml")


@pytest.fixture
def bad(tmp_path):
    file = tmp_path / "bad.yml"
    file.write_text("modle: m\n" + (CONF / "minimal.yml").read_text().replace("model: credit_risk\n", ""))
    return str(file)


def test_a_good_file_is_one_line_and_exit_code_0():
    run = CliRunner().invoke(validate, ["-c", GOOD])
    assert (run.exit_code, run.stdout, run.stderr) == (0, f"{GOOD}: ok, model flight_delay\n", "")


def test_problems_go_to_stderr_and_exit_code_is_2(bad):
    run = CliRunner().invoke(validate, ["-c", GOOD, "--config", bad])
    assert run.exit_code == 2
    assert run.stdout == f"{GOOD}: ok, model flight_delay\n"
    assert run.stderr.startswith(f"{bad}:1:1 modle: found an unknown key")
    assert run.stderr.endswith("Did you mean 'model'?\n")


def test_json_is_one_document(bad):
    run = CliRunner().invoke(validate, ["-c", GOOD, "-c", bad, "--json"])
    assert (run.exit_code, run.stderr) == (2, "")
    document = json.loads(run.stdout)
    assert document["ok"] is False
    [problem] = document["problems"]
    assert (problem["file"], problem["line"], problem["column"], problem["path"]) == (bad, 1, 1, "modle")
    assert problem["message"].startswith("found an unknown key")


def test_json_of_a_good_file_has_no_problems():
    run = CliRunner().invoke(validate, ["-c", GOOD, "--json"])
    assert (run.exit_code, json.loads(run.stdout)) == (0, {"ok": True, "problems": []})


def test_without_a_file_it_is_a_usage_error():
    assert CliRunner().invoke(validate, []).exit_code == 2


def test_schema_prints_what_is_committed():
    run = CliRunner().invoke(schema, [])
    assert run.exit_code == 0
    assert json.loads(run.stdout) == json.loads((CONF / "monitor.schema.json").read_text())
