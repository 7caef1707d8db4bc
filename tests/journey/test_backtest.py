"""Does a back-test find the alerts of the real runs, whatever its chunks, and say what is true of them?"""

import math

import pyarrow as pa
import pytest
from equality import read_table
from small_log import AS_OF, append, moment, week_rows, week_start, wish
from small_outcomes import CONFIG, configure_with_outcomes, deliver, outcomes_of

from spark_monitor.alerts.changes import PEOPLES_ACTIONS
from spark_monitor.alerts.spells import spells
from spark_monitor.cli.backtest import ask
from spark_monitor.cli.backtest_text import backtest_lines
from spark_monitor.cli.rules import ask as ask_for_bounds
from spark_monitor.cli.rules_text import suggested_yaml
from spark_monitor.config.lists import load_incidents, load_rules
from spark_monitor.pipeline import published
from spark_monitor.pipeline.backtest import backtest
from spark_monitor.pipeline.judging import rules_of
from spark_monitor.windows import to_micros

DAY_US = 86_400_000_000
WITH_RULES = CONFIG.replace("[row_count, performance, outcome_conflict_rate]",
                            "[row_count, accuracy, base_rate, maturity, psi, mean_shift]").replace(
                            "[row_count, accuracy, maturity, roc_auc]", "[row_count, psi]") + """
min_maturity: 0
rules:
  - {{name: everybody says yes, metric: base_rate, direction: above, warn: 0.8}}
  - {{name: accuracy fell, metric: accuracy, warn: 0.62, critical: 0.55}}
  - {{name: beyond habit, metric: psi, kind: habit, warn: 0.02, critical: 1}}
  - {{name: amount moved, metric: psi, feature: amount, warn: 0.5, critical: 2, segment: [overall, region]}}
  - {{name: by month, metric: accuracy, grain: month, warn: 0.62}}
"""
EVENT = ("rule", "metric", "feature", "segment", "segment_value", "grain", "reference")
NUMBERS = ("value", "bound", "effect", "sample_size", "reference_value")


@pytest.fixture(scope="module")
def config(monitor, tmp_path_factory):
    """Return the configuration of a model that ran three times; outcomes of weeks long published came between.

    First those who say no are known, of two weeks; then all who say yes, then the others: by then half of the weeks had
    seemed to say yes throughout.
    """
    folder = tmp_path_factory.mktemp("backtest")
    log, outcomes = folder / "log", folder / "outcomes"
    config = configure_with_outcomes(log, outcomes, folder / "results", WITH_RULES)
    append(log, *[week_rows(number) for number in range(4)])
    late = outcomes_of().to_pylist()
    deliver(outcomes, pa.Table.from_pylist([row for row in late if to_micros(row["known"]) < week_start(3)
                                            and row["said"] == "no"]))
    monitor(config, wish(as_of=week_start(4)))
    append(log, week_rows(4))
    deliver(outcomes, pa.Table.from_pylist([row for row in late if row["said"] == "yes"]))
    monitor(config, wish(as_of=week_start(5)))
    append(log, week_rows(5))
    deliver(outcomes, pa.Table.from_pylist([row for row in late if to_micros(row["known"]) >= week_start(3)
                                            and row["said"] == "no"]))
    monitor(config, wish(as_of=AS_OF + 30 * DAY_US))
    return config


def written(config):
    """Return the last word of the table on each alert and window, people's actions and what was withdrawn left out."""
    rows = read_table(config.results, "alerts").sort_by("sequence").to_pylist()
    last = {(row["fingerprint"], row["window_start"]): row for row in rows if row["state"] not in PEOPLES_ACTIONS}
    return {key: row for key, row in last.items() if row["state"] != "withdrawn"}


def assert_same_alerts(events, rows):
    found = {(row["fingerprint"], row["window_start"]): row for row in events.to_pylist()}
    assert found.keys() == rows.keys()
    for key, row in found.items():
        assert all(row[name] == rows[key][name] for name in ("state", "severity", *EVENT))
        for name in NUMBERS:
            pair = row[name], rows[key][name]
            assert pair[0] is pair[1] is None or math.isclose(*pair, rel_tol=1e-9), (name, row)


def test_alerts_are_those_of_the_real_runs_late_outcomes_included(spark, config, monkeypatch):
    rows = written(config)
    log = read_table(config.results, "alerts").to_pylist()
    assert {row["rule"] for row in rows.values()} >= {"accuracy fell", "beyond habit", "amount moved"}
    assert any((row["rule"], row["state"]) == ("everybody says yes", "withdrawn") for row in log)
    assert any(row["rule"] == "accuracy fell" and to_micros(row["window_start"]) == week_start(0)
               and row["run_id"] != min(row["run_id"] for row in log) for row in log)
    versions = {name: read_table(config.results, name).num_rows for name in ("verdicts", "alerts", "habits", "runs")}
    for most in (published.MOST_ROWS, 1):
        monkeypatch.setattr(published.chunks, "__defaults__", (most,))
        assert_same_alerts(backtest(published.reader_of(spark, config), rules_of(config)).events, rows)
    assert versions == {name: read_table(config.results, name).num_rows for name in versions}


def test_a_span_a_moment_and_incidents_are_told_of(config, tmp_path):
    file = tmp_path / "known.csv"
    file.write_text("name,start,end,feature\nshifted,2024-01-22,2024-02-05,amount\nnever,2024-01-22,2024-02-05,flag\n"
                    "after,2025-01-01,2025-01-02,\n")
    found = ask(config, week_start(2), week_start(5), budget=0, incidents=load_incidents(file, config))
    rows = [row for row in written(config).values() if row["state"] == "opened"
            and week_start(2) <= to_micros(row["window_start"]) and to_micros(row["window_end"]) <= week_start(5)]
    assert found["opened"] == len(found["alerts"]) == len(rows) == found["budget"]["held_back"]
    assert found["windows"] == {"month": 0, "week": 3} and found["weeks"] == 3
    told = {one["name"]: one for one in found["known"]["each"]}
    true = sum(row["feature"] == "amount" and to_micros(row["window_start"]) >= week_start(3) for row in rows)
    assert (told["shifted"]["delay"], told["shifted"]["alerts"]) == (0, true) and true
    assert told["never"]["alerts"] == 0 and found["known"]["outside"] == ["after"]
    assert (found["known"]["recall"], found["known"]["precision"]) == (0.5, true / len(rows))
    assert any("shifted: after 0 weeks" in line for line in backtest_lines(found, "UTC"))
    # Before the second run only the windows of the first were published, without outcomes of the word yes.
    earlier = ask(config, known_at=moment(2024, 6, 1))
    assert earlier["windows"] == {} and earlier["opened"] == 0


def test_other_rules_are_tried_and_bounds_are_proposed(spark, config, tmp_path):
    bounds = ask_for_bounds(config, 0.25)
    by_rule = {one.rule.name: one for one in bounds}
    assert set(by_rule) == {"everybody says yes", "accuracy fell", "amount moved", "by month"}
    assert by_rule["by month"].found.problem == "too_few_windows"
    file = tmp_path / "rules.yml"
    file.write_text(suggested_yaml(bounds, 0.25))
    rules = load_rules(file, config)
    proposed = {rule.name: rule.warn for rule in rules}
    assert proposed["accuracy fell"] == by_rule["accuracy fell"].found.bound
    tried = config.model_copy(update={"rules": rules})
    replayed = backtest(published.reader_of(spark, tried), rules_of(tried))
    quiet = [one for one in spells(replayed.events, replayed.windows) if one["rule"] == "accuracy fell"]
    assert len(quiet) <= 0.25 * 6
