"""What `backtest` and `rules suggest` print, and what they refuse before Spark is started."""

import datetime as dt
import importlib
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from spark_monitor.alerts.incidents import Incident
from spark_monitor.alerts.trial import trial
from spark_monitor.cli import main
from spark_monitor.cli.rules_text import suggested_yaml
from spark_monitor.config.lists import load_rules
from spark_monitor.config.loader import load_config
from spark_monitor.pipeline.suggesting import Suggested
from spark_monitor.rules.spec import Rule
from spark_monitor.rules.suggest import suggest

GOOD = str(Path(__file__).parents[3] / "conf" / "flights.yml")
backtest_module = importlib.import_module("spark_monitor.cli.backtest")
rules_module = importlib.import_module("spark_monitor.cli.rules")
DAYS = [dt.datetime(2024, 5, day, tzinfo=dt.timezone.utc) for day in range(1, 9)]
ALERT = {"fingerprint": "f", "rule": "drift", "family": "drift", "metric": "psi", "feature": "age", "segment": None,
         "segment_value": None, "grain": "day", "reference": "training", "opened": DAYS[2], "opened_end": DAYS[3],
         "opened_severity": "warn", "severity": "critical", "resolved": None, "value": 0.3, "bound": 0.1, "effect": 0.3,
         "sample_size": 90, "reference_value": None, "windows_open": 5}


def ask(*arguments):
    return CliRunner().invoke(main, arguments)


def found():
    windows = {"day": list(zip(DAYS, DAYS[1:]))}
    said = {"drift": {"ok": 2, "warn": 4, "critical": 1, "not_judged": 0, "config_error": 0}}
    incidents = [Incident("unit", DAYS[0], DAYS[4])]
    return {"model": "m", "results": "r", "seconds": 1.25, "first": DAYS[0], "last": DAYS[7], "open_before": 0,
            **trial(["drift", "idle"], said, [ALERT], windows, dt.timezone.utc, 0, incidents), "alerts": [ALERT]}


@pytest.fixture
def asked(monkeypatch):
    """Answer without Spark, and return what was asked."""
    told = []
    monkeypatch.setattr(backtest_module, "ask", lambda *wish: told.append(wish) or found())
    return told


def test_lines_tell_of_windows_alerts_budget_and_incidents(asked):
    lines = ask("backtest", "-c", GOOD).stdout.splitlines()
    assert lines[:3] == ["backtest      m, 1.2 s", "windows       7 days; 2024-05-01 to 2024-05-08",
                         "alerts        1 opened, 1 a week"]
    assert lines[5].split() == ["drift", "7", "5", "1", "1", "1", "5", "5", "1"]
    assert lines[6:] == [
        "judge nothing idle",
        "  critical  drift: psi of age against training = 0.3, bound 0.1, day of 2024-05-03, still open, 5 windows",
        "budget        of 0 a day holds back 1, 0 critical: drift 1",
        "known         precision 1.00 (1 of 1 alerts), recall 1.00 (1 of 1 incidents)",
        "  unit: after 2 days by drift, 1 alert"]


def test_the_document_has_every_alert(asked):
    told = json.loads(ask("backtest", "-c", GOOD, "--json").stdout)
    assert (told["schema"], told["command"], told["opened"]) == (1, "backtest", 1)
    assert told["alerts"][0]["opened"] == "2024-05-03T00:00:00Z" and told["known"]["recall"] == 1.0


def test_rules_incidents_and_span_are_handed_on(asked, tmp_path):
    rules, known = tmp_path / "rules.yml", tmp_path / "known.yml"
    rules.write_text("- {name: tried, metric: psi, warn: 0.3}\n")
    known.write_text("- {name: unit, start: 2013-03-01, end: 2013-03-02}\n")
    ask("backtest", "-c", GOOD, "--rules", str(rules), "--known", str(known), "--start", "2013-03-01", "--end",
        "2013-04-01", "--budget", "3")
    config, low, high, known_at, budget, incidents = asked[0]
    assert [rule.name for rule in config.rules] == ["tried"] and [one.name for one in incidents] == ["unit"]
    assert (high - low, known_at, budget) == (31 * 86_400_000_000, None, 3)


@pytest.mark.parametrize("arguments", [
    ("backtest", "--start", "2013-03-01"), ("backtest", "--budget", "-1"), ("backtest", "--rules", "no.yml"),
    ("rules", "suggest"), ("rules", "suggest", "--false-alarms", "1"), ("rules", "suggest", "--false-alarms", "0"),
    ("rules", "suggest", "--false-alarms", "0.1", "--rule", "nothing of that name")])
def test_wrong_usage_is_exit_code_2_before_spark_is_started(arguments):
    told = ask(*arguments, "-c", GOOD)
    assert (told.exit_code, told.stdout) == (2, "")


def suggested(rule, direction, series, rate):
    result = suggest(rule, "higher_is_worse", series, rate)
    about = [{"feature": f"f{at}", "segment": None, "segment_value": None} for at in range(len(series))]
    return Suggested(rule, direction, result, 3, [about[at] for at in result.set_by])


def test_suggestions_are_rules_to_paste_and_say_what_they_rest_on(tmp_path):
    made = [suggested(Rule("drift: $x", "psi", warn=0.1, critical=0.25, feature=("a*",), min_rows=30), "above",
                      [np.linspace(0, 1, 40), np.linspace(0, 0.5, 70), np.zeros(9)], 0.05),
            suggested(Rule("short", "ks", warn=0.1), "above", [np.zeros(7)], 0.05)]
    text = suggested_yaml(made, 0.05)
    assert text.splitlines() == [
        "# bounds that at most 0.05 of the windows of each series pass",
        "# drift: $x, now warn 0.1, critical 0.25: rests on 2 series, 1 more have fewer than 20; 9 to 70 windows each, "
        "3 that other alerts cover left out",
        "#   confidence 87%; for more there are too few windows; set by f0",
        "#   critical 0.25 would be reached before: left out",
        '- {name: "drift: $$x", metric: "psi", warn: 1, feature: ["a*"], min_rows: 30}',
        "# short: too few windows: 7 to 7 a series, 20 needed"]
    (tmp_path / "rules.yml").write_text(text)
    rule, = load_rules(tmp_path / "rules.yml", load_config(GOOD))
    assert (rule.name, rule.warn, rule.critical, rule.min_rows) == ("drift: $x", 1.0, None, 30)


def test_the_document_of_suggestions_has_bounds_and_problems(monkeypatch):
    made = [suggested(Rule("drift", "psi", warn=0.1, critical=2.0), "above", [np.linspace(0, 1, 70)], 0.05),
            suggested(Rule("short", "ks", warn=0.1), "above", [np.zeros(7)], 0.05)]
    monkeypatch.setattr(rules_module, "ask", lambda *_: made)
    told = json.loads(ask("rules", "suggest", "-c", GOOD, "--false-alarms", "0.05", "--json").stdout)
    first, second = told["rules"]
    assert (first["warn"], first["critical"], first["problem"]) == (1.0, 2.0, None) and first["confidence"] > 0.95
    assert (second["warn"], second["problem"], second["least"]) == (None, "too_few_windows", 20)
