"""Are the default rules usable with every metric they name, quiet on clean data, and loud on broken data?"""

import datetime as dt

import pyarrow as pa
import pytest

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics import metric_facts
from spark_monitor.rules import RULES
from spark_monitor.rules.defaults import DEFAULT_RULES
from spark_monitor.rules.judge import judge_metrics

DIRECTIONS = {
    "psi": "higher_is_worse", "missing_rate": "higher_is_worse", "infinite_rate": "higher_is_worse",
    "unseen_rate": "higher_is_worse", "column_missing": "higher_is_worse", "type_changed": "higher_is_worse",
    "volume_ratio": "two_sided", "duplicate_rate": "higher_is_worse", "quarantined_rate": "higher_is_worse",
    "freshness_hours": "higher_is_worse", "selection_rate_ratio": "lower_is_worse", "recall_ratio": "lower_is_worse",
    "precision_ratio": "lower_is_worse", "accuracy_ratio": "lower_is_worse",
    "false_positive_rate_ratio": "lower_is_worse", "arrival_ratio": "lower_is_worse",
    "outcome_early_rate": "higher_is_worse", "outcome_unknown_rate": "higher_is_worse",
    "outcome_conflict_rate": "higher_is_worse",
    "mae_ratio": "lower_is_worse",
    "relation_shift": "higher_is_worse", "feature_relation_shift": "higher_is_worse",
    "worst_slice_loss_ratio": "higher_is_worse",
}
DAY = dt.datetime(2024, 5, 1, tzinfo=dt.timezone.utc)
CLEAN = {"missing_rate": 0.2, "infinite_rate": 0.0, "unseen_rate": 0.0, "column_missing": 0.0, "type_changed": 0.0,
         "volume_ratio": 0.8, "duplicate_rate": 0.0, "quarantined_rate": 0.0, "freshness_hours": 54.0,
         "outcome_early_rate": 0.0, "outcome_unknown_rate": 0.0, "outcome_conflict_rate": 0.0}


def alarms(values, size=1000, feature=None, segment=None, family="quality"):
    rows = [{"model": "m", "model_version": "*", "grain": "day", "window_start": DAY, "window_end": DAY,
             "segment": segment, "segment_value": segment and "a", "feature": feature, "family": family,
             "metric": metric, "reference": None, "value": value, "sample_size": size, "reference_value": None,
             "expected_value": None, "p_value": None, "ci_low": None, "ci_high": None, "status": "ok"}
            for metric, value in values]
    found = judge_metrics(pa.Table.from_pylist(rows), DEFAULT_RULES, "day", "training", DIRECTIONS)
    return [(row["rule"], row["severity"]) for row in found.to_pylist() if row["severity"]]


def test_no_default_rule_has_a_problem():
    rules = Catalogue(*DEFAULT_RULES)
    problems = {rule.name: RULES[rule.kind].problem(rule, DIRECTIONS[rule.metric]) for rule in rules.values()}
    assert set(problems.values()) == {None}


def test_the_directions_used_here_are_those_that_the_metrics_declare():
    assert {name: metric_facts(name).direction for name in DIRECTIONS} == DIRECTIONS


def test_clean_numbers_raise_no_alarm():
    assert alarms(CLEAN.items()) == []


@pytest.mark.parametrize(
    ("metric", "value", "alarm"),
    [
        ("missing_rate", 1.0, ("feature_empty", "critical")),
        ("infinite_rate", 0.001, ("infinite_values", "warn")),
        ("unseen_rate", 0.02, ("unseen_values", "warn")),
        ("column_missing", 1.0, ("column_missing", "critical")),
        ("type_changed", 2.0, ("type_changed", "critical")),
        ("volume_ratio", 0.0, ("volume", "critical")),
        ("volume_ratio", 2.5, ("volume", "warn")),
        ("duplicate_rate", 0.005, ("duplicates", "warn")),
        ("quarantined_rate", 0.02, ("quarantined", "critical")),
        ("freshness_hours", 100.0, ("stale", "warn")),
        ("outcome_conflict_rate", 0.02, ("outcomes_in_conflict", "warn")),
    ],
)
def test_a_broken_number_raises_its_own_alarm(metric, value, alarm):
    assert alarms([(metric, value)]) == [alarm]


def test_a_slice_fails_by_what_its_interval_excludes_and_a_relation_by_its_p_value():
    def found(metric, value, **more):
        row = {"model": "m", "model_version": "*", "grain": "day", "window_start": DAY, "window_end": DAY,
               "segment": None, "segment_value": None, "feature": "x", "family": "relation", "metric": metric, "reference": None,
               "value": value, "sample_size": 500, "reference_value": None, "expected_value": None, "p_value": None,
               "ci_low": None, "ci_high": None, "status": "ok", **more}
        table = judge_metrics(pa.Table.from_pylist([row]), DEFAULT_RULES, "day", "training", DIRECTIONS)
        return [(one["rule"], one["severity"]) for one in table.to_pylist()]

    assert found("worst_slice_loss_ratio", 3.0, ci_low=1.4, ci_high=5.0) == [("failing_slice", None)]
    assert found("worst_slice_loss_ratio", 3.0, ci_low=1.6, ci_high=5.0) == [("failing_slice", "warn")]
    assert found("feature_relation_shift", 0.1, p_value=0.01) == [("feature_relation_changed", None)]
    assert found("feature_relation_shift", 0.1, p_value=0.0005) == [("feature_relation_changed", "warn")]
