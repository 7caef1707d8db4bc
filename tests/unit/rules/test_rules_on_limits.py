"""Do rules on limits wait for the whole interval, and rules with a p-value for more than chance?"""

import datetime as dt

import pyarrow as pa
import pytest

from spark_monitor.rules.judge import judge_metrics
from spark_monitor.rules.spec import Rule

DAY = dt.datetime(2024, 5, 1, tzinfo=dt.timezone.utc)
DIRECTIONS = {"ratio": "lower_is_worse", "gap": "higher_is_worse"}
NUMBERS = ("value", "ci_low", "ci_high", "p_value")


def verdict(rule, metric="ratio", status="ok", **numbers):
    row = {"model": "m", "model_version": "*", "grain": "day", "window_start": DAY, "window_end": DAY, "segment": None,
           "segment_value": None, "feature": None, "family": "bias", "metric": metric, "reference": None,
           "sample_size": 900, "reference_value": None, "expected_value": None, "status": status,
           **dict.fromkeys(NUMBERS), **numbers}
    [found] = judge_metrics(pa.Table.from_pylist([row]), [rule], "day", "training", DIRECTIONS).to_pylist()
    return found["verdict"], found["bound"], found["reason"]


BELOW = Rule("r", "ratio", warn=0.95, critical=0.8, on="limit")
ABOVE = Rule("r", "gap", warn=0.0, on="limit")
OUTSIDE = Rule("r", "ratio", warn=(0.95, 1.05), critical=(0.8, 1.25), on="limit")


@pytest.mark.parametrize(("rule", "metric", "low", "value", "high", "expected"), [
    (BELOW, "ratio", 0.5, 0.7, 0.97, "ok"), (BELOW, "ratio", 0.5, 0.7, 0.94, "warn"),
    (BELOW, "ratio", 0.5, 0.7, 0.79, "critical"), (ABOVE, "gap", -0.01, 0.2, 0.4, "ok"),
    (ABOVE, "gap", 0.01, 0.2, 0.4, "warn"), (OUTSIDE, "ratio", 0.5, 0.7, 0.9, "warn"),
    (OUTSIDE, "ratio", 0.5, 0.7, 1.6, "ok"), (OUTSIDE, "ratio", 1.1, 1.2, 1.6, "warn"),
    (OUTSIDE, "ratio", 1.3, 1.5, 1.6, "critical"), (OUTSIDE, "ratio", 0.6, 1.4, 1.6, "ok"),
    (OUTSIDE, "ratio", 0.0, 0.0, 0.1, "critical"), (OUTSIDE, "ratio", 1.5, 2.0, float("inf"), "critical"),
])
def test_a_bound_is_crossed_when_the_whole_interval_lies_beyond(rule, metric, low, value, high, expected):
    assert verdict(rule, metric, value=value, ci_low=low, ci_high=high)[0] == expected


def test_the_bound_that_was_crossed_is_told():
    assert verdict(OUTSIDE, value=1.2, ci_low=1.1, ci_high=1.3) == ("warn", 1.05, None)
    assert verdict(OUTSIDE, value=0.7, ci_low=0.6, ci_high=0.75) == ("critical", 0.8, None)


def test_a_row_without_an_interval_is_not_judged_on_its_limit():
    assert verdict(BELOW, value=0.5) == ("not_judged", None, "no_interval")
    assert verdict(BELOW, status="too_few_rows") == ("not_judged", None, "too_few_rows")
    assert verdict(BELOW) == ("not_judged", None, "undefined")


def test_chance_is_not_a_finding():
    rule = Rule("r", "ratio", warn=0.95, p_below=0.01)
    assert verdict(rule, value=0.5, p_value=0.009)[0] == verdict(rule, value=0.5, p_value=0.01)[0] == "warn"
    assert verdict(rule, value=0.5, p_value=0.011) == ("ok", 0.95, None)
    assert verdict(rule, value=0.99, p_value=0.001)[0] == "ok"
    assert verdict(rule, value=0.5) == ("not_judged", None, "no_p_value")
    assert verdict(rule, status="immature", value=0.5, p_value=0.001) == ("not_judged", None, "immature")


def test_both_can_be_asked_for_at_once():
    rule = Rule("r", "ratio", warn=(0.95, 1.05), on="limit", p_below=0.01)
    assert verdict(rule, value=0.7, ci_low=0.6, ci_high=0.8, p_value=0.001)[0] == "warn"
    assert verdict(rule, value=0.7, ci_low=0.6, ci_high=0.8, p_value=0.02)[0] == "ok"
    assert verdict(rule, value=0.7, ci_low=0.6, ci_high=1.0, p_value=0.001)[0] == "ok"
