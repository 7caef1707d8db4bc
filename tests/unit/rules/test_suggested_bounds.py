"""Do suggested bounds hold the rate that was wanted, as surely as they say?"""

import datetime as dt
from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from spark_monitor.rules.held import SCHEMA, held_rows
from spark_monitor.rules.judge import judge_metrics
from spark_monitor.rules.rarely import least_windows, rank_of, rarely_passed
from spark_monitor.rules.spec import Rule
from spark_monitor.rules.suggest import ANY_BOUND, NOT_PUBLISHED, TOO_FEW, suggest, with_bound

HIGHER = "higher_is_worse"


@pytest.mark.parametrize("windows", [1, 4, 9])
@pytest.mark.parametrize("rate", [0.25, 0.5])
@pytest.mark.parametrize("confidence", [0.3, 0.8, 0.95])
def test_the_rank_is_the_smallest_that_is_sure_by_going_through_every_outcome(windows, rate, confidence):
    # Each value lies above the quantile of the wanted rate with that chance, below it with the other one.
    chance = np.zeros(windows + 1)
    for above in product((False, True), repeat=windows):
        chance[windows - sum(above)] += rate ** sum(above) * (1 - rate) ** (windows - sum(above))
    # The r-th of them lies above where fewer than r lie below.
    sure = [chance[:rank].sum() for rank in range(1, windows + 1)]
    wanted = next((rank for rank, one in enumerate(sure, 1) if one >= confidence), windows)
    rank, reached = rank_of(windows, rate, confidence)
    assert rank == wanted and np.isclose(reached, sure[rank - 1])


def test_the_known_sizes_of_wilks():
    # 59 and 93 values give a 95 % bound of the 95 % quantile by the largest and by the second largest.
    for windows, place in ((59, 1), (92, 1), (93, 2), (124, 3)):
        rank, confidence = rank_of(windows, 0.05)
        assert windows - rank + 1 == place and confidence >= 0.95
    assert rank_of(58, 0.05) == (58, pytest.approx(1 - 0.95**58))


def test_later_windows_pass_it_at_the_rate_as_surely_as_said():
    random = np.random.default_rng(3)
    truth = np.exp(1.2815515655446004)
    bounds = [rarely_passed(random.lognormal(size=60), 0.1).value for _ in range(3000)]
    confidence = rarely_passed(np.zeros(60), 0.1).confidence
    assert abs(np.mean(np.array(bounds) >= truth) - confidence) < 4 * np.sqrt(confidence * (1 - confidence) / 3000)


def test_fewer_windows_than_one_alarm_is_expected_in_are_refused():
    found = suggest(Rule("drift", "psi", warn=0.1), HIGHER, [np.arange(19.0), np.full(7, np.nan)], 0.05)
    assert (found.bound, found.problem, found.least, found.fewest, found.most) == (None, TOO_FEW, 20, 19, 19)
    assert suggest(Rule("drift", "psi", warn=0.1), HIGHER, [np.full(50, np.nan)], 0.05).problem == NOT_PUBLISHED
    assert least_windows(0.01) == 100


def test_the_bound_is_that_of_the_series_that_wanders_most_and_no_series_passes_it_more_often():
    random = np.random.default_rng(1)
    series = [random.gamma(2, scale, 120) for scale in (1.0, 3.0, 2.0)]
    found = suggest(Rule("drift", "psi", warn=0.1), HIGHER, series, 0.05)
    assert found.set_by == (1,) and found.series == 3 and found.confidence >= 0.95
    assert max((values > found.bound).mean() for values in series) <= 0.05


def test_below_and_outside_are_judged_on_their_own_sides():
    values = np.arange(200.0)
    below = suggest(Rule("few", "row_count", warn=5.0, direction="below"), None, [values], 0.05)
    mirrored = suggest(Rule("many", "row_count", warn=5.0, direction="above"), None, [-values], 0.05)
    assert below.bound == -mirrored.bound and (values < below.bound).mean() <= 0.05
    both = suggest(Rule("size", "volume_ratio", warn=(0.5, 2.0)), "two_sided", [values], 0.05)
    assert both.bound[0] < both.bound[1] and ((values < both.bound[0]) | (values > both.bound[1])).mean() <= 0.05
    assert both.least == 40


def test_where_chance_explains_every_window_any_bound_will_do():
    rule = Rule("drift", "psi", warn=0.1, p_below=0.01)
    assert suggest(rule, HIGHER, [np.full(50, -np.inf)], 0.05).problem == ANY_BOUND


@pytest.mark.parametrize(("warn", "critical", "bound", "direction", "kept"), [
    (0.1, 0.25, 0.2, "above", True), (0.1, 0.25, 0.3, "above", False), (0.9, 0.8, 0.85, "below", True),
    (0.9, 0.8, 0.7, "below", False), ((0.5, 2), (0.1, 10), (0.3, 3), "outside", True),
    ((0.5, 2), (0.1, 10), (0.05, 3), "outside", False), ((0.5, 2), (0.1, 10), (0.3, 12), "outside", False)])
def test_a_critical_bound_that_would_be_reached_first_is_left_out(warn, critical, bound, direction, kept):
    keys = with_bound(Rule("r", "psi", warn=warn, critical=critical), bound, direction)
    assert keys == {"warn": bound, **({"critical": critical} if kept else {})}


def rows_of(values, p_values):
    days = [dt.datetime(2024, 5, day, tzinfo=dt.timezone.utc) for day in range(1, len(values) + 2)]
    about = dict(model="m", model_version="*", grain="day", segment=None, segment_value=None, family="drift",
                 metric="psi", reference="r", sample_size=50, reference_value=None, expected_value=0.0, status="ok")
    return pa.Table.from_pylist([
        dict(about, feature=feature, window_start=start, window_end=end, value=value, p_value=p_value,
             ci_low=value - 0.05, ci_high=value + 0.05)
        for feature in ("a", "b") for start, end, value, p_value in zip(days, days[1:], values, p_values)])


@pytest.mark.parametrize("rule", [
    Rule("value", "psi", warn=0.15), Rule("limit", "psi", warn=0.15, on="limit"),
    Rule("chance", "psi", warn=0.15, p_below=0.01), Rule("two", "psi", warn=(0.15, 0.35), on="limit", p_below=0.5)],
    ids=lambda rule: rule.name)
def test_numbers_held_against_bounds_cross_them_where_the_rule_says_so(rule):
    table = rows_of([0.1, 0.18, 0.21, 0.4, 0.02], [0.001, 0.001, 0.3, 0.001, 0.001])
    facts = {"psi": HIGHER}
    verdicts = judge_metrics(table, [rule], "day", "r", facts)
    held = held_rows(table, [rule], "day", "r", facts)[rule.name]
    assert held.schema == SCHEMA and held["fingerprint"].to_pylist() == verdicts["fingerprint"].to_pylist()
    low, high = rule.warn if isinstance(rule.warn, tuple) else (-np.inf, rule.warn)
    numbers = held["held"].to_numpy()
    crossed = (numbers < low) | (numbers > high)
    if rule.name != "two":
        crossed = numbers > high
    assert crossed.tolist() == [word == "warn" for word in verdicts["verdict"].to_pylist()]
