"""Does each rule judge the rows in its scope, and only those, and say everything that an alert needs?"""

import datetime as dt

import pyarrow as pa
import pytest

from spark_monitor.rules.judge import VERDICT_SCHEMA, judge_metrics
from spark_monitor.rules.spec import Rule

DAY = dt.datetime(2024, 5, 1, tzinfo=dt.timezone.utc)
DIRECTIONS = {"psi": "higher_is_worse", "accuracy": "lower_is_worse", "row_count": "two_sided"}
TYPES = {
    **{name: pa.string() for name in ("model", "model_version", "grain", "segment", "segment_value", "feature",
                                      "family", "metric", "reference", "status", "reason")},
    **{name: pa.timestamp("us", tz="UTC") for name in ("window_start", "window_end")},
    **{name: pa.float64() for name in ("value", "reference_value", "expected_value", "p_value")},
    "sample_size": pa.int64(),
}


def metrics(*rows):
    usual = {"model": "m", "model_version": "*", "grain": "day", "window_start": DAY, "feature": "age",
             "window_end": DAY + dt.timedelta(days=1), "family": "drift", "metric": "psi", "reference": "training",
             "value": 0.3, "sample_size": 1000, "status": "ok"}
    return pa.Table.from_pylist([usual | row for row in rows], pa.schema(list(TYPES.items())))


def judged(table, *rules):
    found = judge_metrics(table, rules, "day", "training", DIRECTIONS)
    assert found.schema == VERDICT_SCHEMA
    return found.to_pylist()


def values_in_scope(table, **scope):
    return [row["value"] for row in judged(table, Rule("r", "psi", critical=0.0, **scope))]


def test_a_rule_by_default_judges_the_base_grain_all_versions_and_the_first_reference():
    table = metrics({"value": 1}, {"value": 2, "grain": "week"}, {"value": 3, "model_version": "2"},
                    {"value": 4, "reference": "rolling"}, {"value": 5, "metric": "ks"}, {"value": 6, "reference": None})
    assert values_in_scope(table) == [1, 6]
    assert values_in_scope(table, grain="week") == [2]
    assert values_in_scope(table, version="2") == [3]
    assert values_in_scope(table, reference="rolling") == [4, 6]


def test_a_rule_by_default_judges_overall_and_single_segments_and_no_crossings():
    table = metrics({"value": 1}, {"value": 2, "segment": "origin", "segment_value": "JFK"},
                    {"value": 3, "segment": "origin × carrier", "segment_value": "JFK × UA"},
                    {"value": 4, "segment": "carrier", "segment_value": "UA"})
    assert values_in_scope(table) == [1, 2, 4]
    assert values_in_scope(table, segment=("overall",)) == [1]
    assert values_in_scope(table, segment=("*",)) == [2, 4]
    assert values_in_scope(table, segment=("overall", "origin")) == [1, 2]
    assert values_in_scope(table, segment=("* × *",)) == [3]
    assert values_in_scope(table, segment=("* × origin",)) == []
    assert values_in_scope(table, segment_value=("JFK*",)) == [2]
    assert values_in_scope(table, segment_value=("*",)) == [1, 2, 4]


def test_features_and_families_are_chosen_by_case_sensitive_globs():
    table = metrics({"value": 1, "feature": "age"}, {"value": 2, "feature": "Age"}, {"value": 3, "feature": None},
                    {"value": 4, "feature": "score:a", "family": "prediction"})
    assert values_in_scope(table) == [1, 2, 3, 4]
    assert values_in_scope(table, feature=("a*", "score:?")) == [1, 4]
    assert values_in_scope(table, feature=("*",), family=("drift",)) == [1, 2, 3]
    assert values_in_scope(table, family=("pred*",)) == [4]


def test_a_verdict_carries_its_row_its_bound_and_its_effect():
    table = metrics({"value": 0.3, "expected_value": 0.05, "reference_value": 7.0, "p_value": 1e-9})
    [row] = judged(table, Rule("drift", "psi", warn=0.1, critical=0.25))
    told = {name: row[name] for name in ("model", "rule", "window_start", "feature", "severity", "verdict", "value",
                                         "bound", "sample_size", "reference_value", "p_value", "q_value", "reason")}
    assert told == {"model": "m", "rule": "drift", "window_start": DAY, "feature": "age", "severity": "critical",
                    "verdict": "critical", "value": 0.3, "bound": 0.25, "sample_size": 1000, "reference_value": 7.0,
                    "p_value": 1e-9, "q_value": None, "reason": None}
    assert row["effect"] == pytest.approx(0.25)


def test_the_effect_is_the_value_where_nothing_is_expected():
    [row] = judged(metrics({"value": 0.3}), Rule("drift", "psi", warn=0.1))
    assert row["effect"] == 0.3


def test_a_row_without_a_value_is_not_judged_and_has_no_numbers():
    [row] = judged(metrics({"value": None, "status": "undefined", "expected_value": 0.1}), Rule("r", "psi", warn=0.1))
    assert (row["verdict"], row["reason"], row["severity"]) == ("not_judged", "undefined", None)
    assert row["value"] is row["bound"] is row["effect"] is None


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Rule("r", "row_count", warn=5.0), "no_direction"),
        (Rule("r", "row_count", warn=(5, 9), reference="training"), "compares_nothing"),
        (Rule("r", "row_count", warn=(5, 9), kind="oracle"), "unknown_kind"),
        (Rule("r", "row_count"), "no_threshold"),
    ],
)
def test_a_rule_that_cannot_be_evaluated_is_a_config_error_and_no_alarm(rule, reason):
    [row] = judged(metrics({"metric": "row_count", "reference": None, "feature": None, "value": 1.0}), rule)
    assert (row["verdict"], row["severity"], row["reason"], row["bound"]) == ("config_error", None, reason, None)


def test_a_wrong_rule_leaves_the_others_alone():
    rows = judged(metrics({}), Rule("wrong", "psi"), Rule("right", "psi", warn=0.1))
    assert [(row["rule"], row["verdict"]) for row in rows] == [("wrong", "config_error"), ("right", "warn")]


def test_two_rules_of_one_name_are_refused():
    with pytest.raises(ValueError, match="'r'"):
        judged(metrics({}), Rule("r", "psi", warn=0.1), Rule("r", "psi", warn=0.2))


def test_a_rule_without_rows_and_a_table_without_rows_give_no_verdicts():
    rule = Rule("r", "psi", warn=0.1)
    assert judged(metrics(), rule) == []
    assert judged(metrics({"metric": "ks"}), rule) == []
    assert judged(metrics({})) == []


def test_chunks_and_dictionary_columns_change_nothing():
    table = metrics({"value": 0.05}, {"value": 0.2, "segment": "origin", "segment_value": "JFK"}, {"value": None})
    rule = Rule("r", "psi", warn=0.1)
    pieces = pa.concat_tables([table.slice(2), table.slice(0, 2)])
    types = [pa.dictionary(pa.int32(), pa.string()) if kind == pa.string() else kind for kind in TYPES.values()]
    coded = table.cast(pa.schema(list(zip(TYPES, types, strict=True))))
    whole = judged(table, rule)
    assert judged(coded, rule) == whole
    assert judged(pieces, rule) == [whole[2], *whole[:2]]


def test_one_fingerprint_is_one_series_of_windows():
    days = [DAY + dt.timedelta(days=n) for n in range(3)]
    places = [{}, {"segment": "origin", "segment_value": "JFK"}, {"segment": "carrier", "segment_value": "JFK"},
              {"feature": "hour"}, {"feature": None}, {"family": "prediction"}, {"model": "n"}]
    table = metrics(*({**place, "window_start": day} for day in days for place in places))
    rows = judged(table, Rule("r", "psi", warn=0.1), Rule("s", "psi", warn=0.1))
    series = {}
    for row in rows:
        series.setdefault(row["fingerprint"], []).append(row["window_start"])
    assert len(series) == 2 * len(places)
    assert all(windows == days for windows in series.values())


def test_an_alert_outlives_a_version_unless_its_rule_names_one():
    table = metrics({}, {"model_version": "2"})
    together, named = Rule("r", "psi", warn=0.1), Rule("r", "psi", warn=0.1, version="2")
    starred = Rule("r", "psi", warn=0.1, version="*")
    marks = [judged(table, rule)[0]["fingerprint"] for rule in (together, starred, named)]
    assert marks[0] == marks[1] != marks[2]
