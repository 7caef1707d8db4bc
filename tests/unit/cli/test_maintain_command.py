"""What `spark-monitor maintain` asks for and prints; the tables are put aside."""

import json
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner

from spark_monitor.cli import main
from spark_monitor.tables.maintain import Upkeep, expiry
from spark_monitor.config import MonitorConfig

GOOD = str(Path(__file__).parents[3] / "conf" / "flights.yml")
DONE = [Upkeep("metrics", (365, 12), (9_500_000, 4_200_000), (365, 367), 40, True, 80),
        Upkeep("alerts", (1, 1), (9_000, 9_000), (3, 3), 0, False, 0)]


@pytest.fixture
def asked(monkeypatch):
    """Collect what the command asks for."""
    asked = {}

    def put_in_order(config, dry_run):
        asked.update(model=config.model, dry_run=dry_run)
        return DONE

    monkeypatch.setattr(import_module("spark_monitor.cli.maintain"), "put_in_order", put_in_order)
    return asked


def test_it_tells_of_each_table_what_was_done(asked):
    answer = CliRunner().invoke(main, ["maintain", "-c", GOOD])
    assert answer.exit_code == 0 and asked == {"model": "flight_delay", "dry_run": False}
    assert "40 rows expired; files merged; 80 files deleted" in answer.output
    assert answer.output.splitlines()[-1].split()[0] == "alerts" and answer.output.rstrip().endswith("nothing")


def test_a_dry_run_says_what_would_be_done(asked):
    answer = CliRunner().invoke(main, ["maintain", "-c", GOOD, "--dry-run"])
    assert asked["dry_run"] and "40 rows would expire; files would be merged; 80 files would be deleted" in answer.output


def test_the_document_has_the_numbers_before_and_after(asked):
    said = json.loads(CliRunner().invoke(main, ["maintain", "-c", GOOD, "--json"]).output)
    assert (said["command"], said["model"], said["dry_run"]) == ("maintain", "flight_delay", False)
    assert said["tables"][0] == {"table": "metrics", "files": [365, 12], "bytes": [9_500_000, 4_200_000],
                                 "commits": [365, 367], "expired": 40, "compacts": True, "vacuumed": 80}


def test_only_what_the_policy_names_expires():
    config = MonitorConfig(model="m", results="r", references=[{"start": "2024-01-01", "end": "2024-02-01"}],
                           predictions={"table": "t", "id": "i", "time": "at", "score": "p"},
                           retention={"cells": "100d", "metrics": "200d"})
    found = expiry(config, 300 * 86_400_000_000)
    assert set(found) == {"feature_cells", "score_cells", "error_cells", "relation_cells", "pair_cells", "metrics",
                          "verdicts"}
    assert found["feature_cells"] == "slice < TIMESTAMP'1970-07-20T00:00:00Z'"
    assert found["score_cells"].endswith("AND reference IS NULL")
    assert found["metrics"] == "window_start < TIMESTAMP'1970-04-11T00:00:00Z'"
