"""Are values judged against fixed bounds as a reader of the rule would expect?"""

import numpy as np
import pytest

from spark_monitor.rules import RULES
from spark_monitor.rules.spec import PROBLEMS, VERDICTS, Rule
from spark_monitor.rules.threshold import find_problem, judge


def verdicts(rule, values, fact=None, sizes=None, statuses=None):
    count = len(values)
    sizes = np.full(count, 1000.0) if sizes is None else np.array(sizes, float)
    statuses = np.array(["ok"] * count if statuses is None else statuses, object)
    found = judge(rule, fact, np.array(values, float), sizes, statuses)
    return [VERDICTS[code] for code in found.verdict], found.bound.tolist(), found.reason.tolist()


@pytest.mark.parametrize(
    ("bounds", "fact", "value", "verdict", "bound"),
    [
        ({"warn": 0.1, "critical": 0.25}, "higher_is_worse", 0.05, "ok", 0.1),
        ({"warn": 0.1, "critical": 0.25}, "higher_is_worse", 0.1, "ok", 0.1),
        ({"warn": 0.1, "critical": 0.25}, "higher_is_worse", 0.2, "warn", 0.1),
        ({"warn": 0.1, "critical": 0.25}, "higher_is_worse", np.inf, "critical", 0.25),
        ({"warn": 0.9, "critical": 0.8}, "lower_is_worse", 0.95, "ok", 0.9),
        ({"warn": 0.9, "critical": 0.8}, "lower_is_worse", 0.85, "warn", 0.9),
        ({"warn": 0.9, "critical": 0.8}, "lower_is_worse", 0.1, "critical", 0.8),
        ({"critical": 0.25}, "higher_is_worse", 0.2, "ok", 0.25),
        ({"warn": 0}, "higher_is_worse", 0.0, "ok", 0.0),
        ({"warn": 0}, "higher_is_worse", 1e-9, "warn", 0.0),
        ({"warn": (0.5, 2), "critical": (0.1, 10)}, "two_sided", 1.0, "ok", 0.5),
        ({"warn": (0.5, 2), "critical": (0.1, 10)}, "two_sided", 0.0, "critical", 0.1),
        ({"warn": [0.5, 2], "critical": [0.1, 10]}, "two_sided", 3.0, "warn", 2.0),
        ({"warn": (0.5, 2), "critical": (0.1, 10)}, "two_sided", np.inf, "critical", 10.0),
        ({"critical": 100, "direction": "below"}, "two_sided", 99, "critical", 100.0),
        ({"critical": 100, "direction": "below"}, "higher_is_worse", 101, "ok", 100.0),
    ],
)
def test_a_value_beyond_a_bound_gets_that_bounds_verdict(bounds, fact, value, verdict, bound):
    rule = Rule("r", "m", **bounds)
    assert find_problem(rule, fact) is None
    assert verdicts(rule, [value], fact) == ([verdict], [bound], [None])


def test_good_accuracy_never_alarms():
    rule = Rule("r", "accuracy", warn=0.8)
    assert verdicts(rule, [0.99, 0.5], "lower_is_worse")[0] == ["ok", "warn"]


def test_what_cannot_be_judged_says_why_and_is_never_ok():
    statuses = ["too_few_rows", "immature", "undefined", "failed", "ok", "ok", "ok"]
    values = [np.nan, 0.9, np.nan, np.nan, np.nan, 0.9, 0.9]
    words, bounds, reasons = verdicts(
        Rule("r", "m", warn=0.1, min_rows=10), values, "higher_is_worse", [99, 99, 99, 99, 99, 9, np.nan], statuses
    )
    assert words == ["not_judged"] * 7
    assert np.isnan(bounds).all()
    assert reasons == ["too_few_rows", "immature", "undefined", "failed", "undefined", "too_few_rows", "too_few_rows"]


def test_without_a_minimum_an_empty_window_is_judged():
    assert verdicts(Rule("r", "m", critical=(0.1, 10)), [0.0], sizes=[np.nan])[0] == ["critical"]


@pytest.mark.parametrize(
    ("bounds", "fact", "problem"),
    [
        ({}, "higher_is_worse", "no_threshold"),
        ({"warn": np.nan}, "higher_is_worse", "not_finite"),
        ({"warn": (0.0, np.inf)}, "higher_is_worse", "not_finite"),
        ({"warn": 1.0}, "two_sided", "no_direction"),
        ({"warn": 1.0}, None, "no_direction"),
        ({"warn": (1, 2), "direction": "above"}, "two_sided", "bounds_for_one_side"),
        ({"warn": 1.0, "direction": "outside"}, "two_sided", "outside_needs_bounds"),
        ({"warn": 1.0, "critical": (0, 2)}, "two_sided", "outside_needs_bounds"),
        ({"warn": (2, 1)}, "two_sided", "bounds_reversed"),
        ({"warn": 0.25, "critical": 0.1}, "higher_is_worse", "critical_before_warn"),
        ({"warn": 0.8, "critical": 0.9}, "lower_is_worse", "critical_before_warn"),
        ({"warn": (0.1, 2), "critical": (0.5, 10)}, "two_sided", "critical_before_warn"),
        ({"warn": (0.1, 20), "critical": (0.1, 10)}, "two_sided", "critical_before_warn"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_named_a_problem(bounds, fact, problem):
    assert find_problem(Rule("r", "m", **bounds), fact) == problem
    assert PROBLEMS[problem]


def test_equal_bounds_for_warn_and_critical_are_critical():
    rule = Rule("r", "m", warn=1.0, critical=1.0)
    assert find_problem(rule, "higher_is_worse") is None
    assert verdicts(rule, [2.0], "higher_is_worse")[0] == ["critical"]


def test_every_kind_of_rule_that_judges_rows_by_themselves_judges_no_rows_without_complaint():
    none = np.array([], float)
    for kind in (kind for kind in RULES.values() if kind.judge):
        rule = Rule("r", "m", kind=kind.name, warn=1.0)
        found = kind.judge(rule, "higher_is_worse", none, none, none.astype(object))
        assert len(found.verdict) == len(found.bound) == len(found.reason) == 0
