"""What ``spark-monitor doctor`` prints and how it ends, with no session started."""

import json
from importlib import import_module

from click.testing import CliRunner

# Imported by name: in `spark_monitor.cli` the command of the same name may stand before the module.
module = import_module("spark_monitor.cli.doctor")


def test_every_check_is_one_line(monkeypatch):
    monkeypatch.setattr(module, "check_java", lambda: module.Check("Java", "ok", "17.0.15"))
    answer = CliRunner().invoke(module.doctor, ["--offline"])
    lines = answer.output.splitlines()
    assert answer.exit_code == 0
    assert {"ok", "skipped"} == {line.split()[0] for line in lines}
    assert any("Spark session" in line and "--offline" in line for line in lines)


def test_something_that_is_missing_ends_with_exit_code_3(monkeypatch):
    monkeypatch.setattr(module, "check_java", lambda: module.Check("Java", "failed", "found no Java"))
    answer = CliRunner().invoke(module.doctor, ["--offline", "--json"])
    document = json.loads(answer.output)
    assert answer.exit_code == 3
    assert document["ok"] is False
    assert {"name": "Java", "state": "failed", "found": "found no Java"} in document["checks"]
