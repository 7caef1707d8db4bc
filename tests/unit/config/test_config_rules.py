"""Rules: what they accept, what of the rest of the configuration they may name."""

import pytest

from spark_monitor.rules.spec import Rule

REST = "windows: {grain: day, rollups: [week]}\nsegments: [origin, carrier, [origin, carrier]]\n"


def test_a_rule_of_the_configuration_is_a_rule_of_the_engine(load):
    config = load(
        rules="""
rules:
  - name: scores
    metric: mean
    warn: [0.1, 0.5]
    critical: [0, 1]
    feature: [score, score:*]
    segment: carrier
    segment_value: [AA, U*]
    grain: week
    reference: launch
    version: "2"
    min_rows: 500
""",
        more=REST,
    )
    assert Rule(**config.rules[0].model_dump()) == Rule(
        name="scores", metric="mean", warn=(0.1, 0.5), critical=(0.0, 1.0), feature=("score", "score:*"),
        segment=("carrier",), segment_value=("AA", "U*"), grain="week", reference="launch", version="2", min_rows=500,
    )  # fmt: skip


def test_a_rule_may_judge_limits_and_ask_for_a_p_value(load, messages):
    config = load(rules="rules: [{name: r, metric: recall_ratio, warn: [0.9, 1.1], on: limit, p_below: 0.01}]")
    assert Rule(**config.rules[0].model_dump()) == Rule("r", "recall_ratio", warn=(0.9, 1.1), on="limit", p_below=0.01)
    [on, p_below] = messages(rules="rules: [{name: r, metric: recall_ratio, warn: 0.9, on: point, p_below: 2}]")
    assert on.startswith("rules[0].on: found 'point'") and p_below.startswith("rules[0].p_below: found 2")


def test_a_rule_may_ask_for_windows_that_persist(load, messages):
    rule = "name: r, metric: nan_rate, warn: 0"
    config = load(rules=f"rules: [{{{rule}, persist: [2, 5], clear: 3, cool_off: 7}}]")
    assert Rule(**config.rules[0].model_dump()) == Rule("r", "nan_rate", warn=0.0, persist=(2, 5), clear=3, cool_off=7)
    assert messages(rules=f"rules: [{{{rule}, persist: [3, 2]}}]") == [
        "rules[0].persist: found [3, 2], expected [k, n] with k <= n"]
    assert messages(rules=f"rules: [{{{rule}, persist: [2]}}]") == [
        "rules[0].persist: found [2], expected two numbers, [k, n]"]
    assert messages(rules=f"rules: [{{{rule}, persist: [0, 2], clear: 0}}]") == [
        "rules[0].persist[0]: found 0, expected at least 1", "rules[0].clear: found 0, expected at least 1"]


def test_a_threshold_may_be_zero(load):
    config = load(rules="rules: [{name: r, metric: missing_rate, warn: 0, critical: 0.0}]")
    assert (config.rules[0].warn, config.rules[0].critical) == (0.0, 0.0)


@pytest.mark.parametrize("segment", ["overall", "origin", "origin × carrier", "'*'", "'* × *'", "[overall, 'c*']"])
def test_a_rule_may_narrow_to_segments(load, segment):
    assert (
        load(rules=f"rules: [{{name: r, metric: nan_rate, warn: 0, segment: {segment}}}]", more=REST).rules[0].segment
    )


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            "metric: misisng_rate, warn: 1",
            "rules[0].metric: found 'misisng_rate', expected the name of a metric. Did you mean 'missing_rate'?",
        ),
        ("metric: quality, warn: 1", "rules[0].metric: found 'quality', expected the name of a metric"),
        ("metric: 'share:*', warn: 1", "rules[0].metric: found 'share:*', expected one class, share:<class>"),
        ("metric: mean", "rules[0]: found neither warn nor critical, expected one of the two at least"),
        (
            "metric: mean, warn: 1",
            "rules[0]: found no direction, expected direction above or below, or bounds [low, high]: "
            "mean can be bad both ways",
        ),
        (
            "metric: mean, warn: 1, direction: outside",
            "rules[0]: found one number, expected bounds [low, high] for warn and critical alike",
        ),
        (
            "metric: mean, warn: [0, 1], direction: above",
            "rules[0]: found bounds [low, high], expected one number, as direction above and below take",
        ),
        ("metric: mean, warn: [2, 1]", "rules[0].warn: found [2, 1], expected [low, high] with low <= high"),
        ("metric: mean, warn: high", "rules[0].warn: found 'high', expected a number"),
        ("metric: mean, warn: .inf, direction: above", "rules[0].warn: found '.inf', expected a number"),
        (
            "metric: missing_rate, warn: 0.5, critical: 0.1",
            "rules[0]: found critical reached before warn, expected warn to be reached first",
        ),
        ("metric: nan_rate, warn: 1, grain: month", "rules[0].grain: found 'month', expected one of day, week"),
        (
            "metric: nan_rate, warn: 1, reference: lunch",
            "rules[0].reference: found 'lunch', expected a reference, launch. Did you mean 'launch'?",
        ),
        ("metric: nan_rate, warn: 1, min_rows: -1", "rules[0].min_rows: found -1, expected at least 0"),
        (
            "metric: nan_rate, warn: 1, warning: 2",
            "rules[0].warning: found an unknown key, expected one of name, metric, kind, warn, critical, direction, feature, "
            "segment, family, segment_value, grain, reference, version, min_rows, on, p_below, .... "
            "Did you mean 'warn'?",
        ),
    ],
)
def test_wrong_rules_are_told(messages, written, told):
    assert messages(rules=f"rules: [{{name: r, {written}}}]", more=REST) == [told]


def test_a_segment_that_is_none_is_told_with_a_hint(messages):
    [told] = messages(rules="rules: [{name: r, metric: nan_rate, warn: 0, segment: [origin, carier]}]", more=REST)
    assert told.startswith("rules[0].segment[1]: found 'carier', expected one of ")
    assert told.endswith("Did you mean 'carrier'?")


def test_rules_have_names_of_their_own(messages):
    rule = "{name: r, metric: nan_rate, warn: 0}"
    assert messages(rules=f"rules: [{rule}, {rule}]") == [
        "rules[1].name: found the name of another rule, 'r', expected a name of its own"
    ]


def test_each_share_of_a_class_can_be_judged(load):
    config = load(rules="rules: [{name: r, metric: 'share:late', warn: [0.1, 0.3]}]")
    assert config.rules[0].metric == "share:late"
