"""What run, backfill and reference make of their options, and what they print; the pipeline itself is put aside."""

import importlib
import json
from datetime import datetime, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner

from spark_monitor.cli import main
from spark_monitor.pipeline.record import Summary
from spark_monitor.windows import to_micros

CONF = Path(__file__).parents[3] / "conf"
GOOD = str(CONF / "flights.yml")


def instant(*parts):
    return datetime(*parts, tzinfo=timezone.utc)


def micros(*parts):
    return to_micros(instant(*parts))


def alert(severity, metric="psi", value=0.5, bound=0.25, **more):
    return {"severity": severity, "metric": metric, "feature": "temp", "value": value, "bound": bound,
            "sample_size": 5321, "grain": "week", "window_start": instant(2013, 5, 6),
            "opened_window_start": instant(2013, 4, 8), "reference": "validation",
            "segment": None, "action": None, **more}


def a_run(**more):
    return {"command": "run", "model": "flight_delay", "status": "committed", "run_id": "r1", "rows_in": 1010,
            "windows": ["week/2013-03-04T00:00:00Z", "week/2013-03-11T00:00:00Z", "month/2013-03-01T00:00:00Z"],
            "restated": ["week/2013-03-04T00:00:00Z"], "rows_counted": 1000, "rows_quarantined": 10,
            "quarantined_no_time": 7, "quarantined_no_id": 3, "quarantined_absurd_time": 0, "rows_deduplicated": 0,
            "source_version": 4, "notes": [], "metric_rows": 500, "not_computed": 20, "config": "{}", "packages": "{}",
            "seconds": '{"count cells": 1.5}', "started_at": instant(2014, 1, 10), **more}


@pytest.fixture
def asked(monkeypatch):
    """Collect what the commands ask of the pipeline; `alerts` are open and `run` is the record of it."""
    asked = {"alerts": [], "undone": [], "run": a_run()}

    def monitor(config, wish, command):
        asked.update(wish=wish, command=command)
        return Summary(asked["run"], asked["alerts"], asked["undone"], "demo/results")

    for name in ("run", "backfill"):
        monkeypatch.setattr(importlib.import_module(f"spark_monitor.cli.{name}"), "monitor", monitor)
    return asked


def ask(*arguments):
    return CliRunner().invoke(main, arguments)


def test_without_a_span_everything_due_is_wished_for(asked):
    assert ask("run", "-c", GOOD).exit_code == 0
    assert (asked["wish"], asked["command"]) == ({}, "run")


def test_dates_are_midnights_in_the_time_zone(asked, tmp_path):
    file = tmp_path / "berlin.yml"
    file.write_text((CONF / "flights.yml").read_text().replace("time_zone: UTC", "time_zone: Europe/Berlin"))
    assert ask("run", "-c", str(file), "--start", "2013-03-01", "--end", "2013-04-01").exit_code == 0
    assert asked["wish"] == {"start": micros(2013, 2, 28, 23), "end": micros(2013, 3, 31, 22)}


def test_as_of_is_an_instant_of_its_own(asked):
    assert ask("run", "-c", GOOD, "--as-of", "2013-03-01T06:00:00+01:00").exit_code == 0
    assert asked["wish"] == {"as_of": micros(2013, 3, 1, 5)}


def test_a_backfill_does_windows_again(asked):
    assert ask("backfill", "-c", GOOD, "--start", "2013-03-01", "--end", "2013-04-01", "--force").exit_code == 0
    span = {"start": micros(2013, 3, 1), "end": micros(2013, 4, 1)}
    assert (asked["wish"], asked["command"]) == ({**span, "again": True, "force": True}, "backfill")


@pytest.mark.parametrize("arguments, told", [
    (["--start", "2013-03-01", "--end", "2013-03-01"], "say --as-of 2013-03-01"),
    (["--start", "2013-03-01", "--end", "2013-02-01"], "is after"),
    (["--start", "2013-03-01"], "go together"),
    (["--as-of", "2013-03-01", "--end", "2013-03-01"], "exclude each other"),
    (["--as-of", "2013-03-01T06:00:00"], "an offset such as Z"),
    (["--as-of", "yesterday"], "found yesterday"),
])
def test_a_span_that_means_nothing_is_exit_code_2(asked, arguments, told):
    answer = ask("run", "-c", GOOD, *arguments)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert told in " ".join(answer.stderr.split())
    assert "wish" not in asked


@pytest.mark.parametrize("open_now, fail_on, code", [
    ([], "warn", 0), (["warn"], "critical", 0), (["warn"], "warn", 1), (["critical"], "warn", 1),
    (["warn", "critical"], "critical", 1), (["critical"], None, 0),
])
def test_open_alerts_fail_only_where_that_was_asked_for(asked, open_now, fail_on, code):
    asked["alerts"] = [alert(severity) for severity in open_now]
    answer = ask("run", "-c", GOOD, *(["--fail-on", fail_on] if fail_on else []))
    assert answer.exit_code == code
    assert "committed as r1" in answer.stdout


def test_muted_alerts_fail_nothing(asked):
    asked["alerts"] = [alert("critical", action="muted"), alert("warn", action="acknowledged")]
    assert ask("run", "-c", GOOD, "--fail-on", "critical").exit_code == 0
    assert ask("run", "-c", GOOD, "--fail-on", "warn").exit_code == 1


def test_the_summary_says_what_ran_what_is_wrong_what_is_missing_and_where_to_look(asked):
    asked["alerts"] = [alert("warn"), alert("critical", segment="origin", segment_value="JFK", action="muted")]
    asked["undone"] = [{"status": "too_few_rows", "reason": "fewer_than_30", "rows": 20, "metrics": list("abcdefgh")}]
    assert ask("run", "-c", GOOD).stdout.splitlines() == [
        "run           flight_delay, committed as r1",
        "windows       2 weeks, 1 month, 1 of them restated; beginning 2013-03-01 to 2013-03-11",
        "rows          1,010 in, 1,000 counted, 10 quarantined (no_time 7, no_id 3); log at version 4",
        "open alerts   1 critical, 1 warn",
        "  critical    psi of temp where origin is JFK against validation = 0.5, bound 0.25, n 5,321, "
        "week of 2013-05-06, open since 2013-04-08, muted",
        "  warn        psi of temp against validation = 0.5, bound 0.25, n 5,321, week of 2013-05-06, "
        "open since 2013-04-08",
        "not computed  20 of 500 metric rows",
        "         20  too_few_rows, fewer_than_30: a, b, c, d, e, f and 2 more",
        "look          tables in demo/results",
        f'next          spark-monitor sql -c {GOOD} "SELECT * FROM alerts_open"',
    ]


def test_only_the_five_worst_alerts_are_told(asked):
    asked["alerts"] = [alert("warn", metric=f"m{size}", value=float(size)) for size in range(1, 9)]
    lines = ask("run", "-c", GOOD).stdout.splitlines()
    at = lines.index("open alerts   8 warn")
    assert [line.split()[1] for line in lines[at + 1:at + 6]] == ["m8", "m7", "m6", "m5", "m4"]
    assert lines[at + 6] == "  and 3 more"


def test_names_from_the_log_stay_in_their_line(asked):
    asked["alerts"] = [alert("warn", feature="temp\nopen alerts   none\x1b[2J")]
    answer = ask("run", "-c", GOOD).stdout
    assert "\x1b" not in answer
    assert len([line for line in answer.splitlines() if line.startswith("open alerts")]) == 1


def test_a_run_with_nothing_to_do_says_so(asked):
    asked["run"] = a_run(windows=[], restated=[], metric_rows=0, not_computed=0)
    lines = ask("run", "-c", GOOD).stdout.splitlines()
    assert "windows       none" in lines
    assert not [line for line in lines if line.startswith("not computed")]


def test_json_is_one_document_on_stdout(asked):
    asked["alerts"] = [alert("warn", value=float("nan"))]
    asked["undone"] = [{"status": "undefined", "reason": "empty", "rows": 2, "metrics": ["psi"]}]
    answer = ask("run", "-c", GOOD, "--json", "--fail-on", "warn")
    document = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert (document["schema"], document["command"], document["results"]) == (1, "run", "demo/results")
    assert document["run"]["started_at"] == "2014-01-10T00:00:00Z"
    assert document["run"]["seconds"] == {"count cells": 1.5}
    assert document["open_alerts"][0]["value"] == "NaN"
    assert document["open_alerts"][0]["opened_window_start"] == "2013-04-08T00:00:00Z"
    assert document["not_computed"] == asked["undone"]


def test_freezing_anew_tells_what_to_do_next(monkeypatch):
    module = importlib.import_module("spark_monitor.cli.reference")
    record = a_run(command="reference", windows=[], restated=[], metric_rows=0, notes=["frozen anew"])
    monkeypatch.setattr(module, "freeze", lambda config: Summary(record, results="demo/results"))
    lines = ask("reference", "-c", GOOD).stdout.splitlines()
    assert lines[0].startswith("reference     flight_delay")
    assert "note          frozen anew" in lines
    assert lines[-1].endswith(f"spark-monitor backfill -c {GOOD} --start DATE --end DATE")
