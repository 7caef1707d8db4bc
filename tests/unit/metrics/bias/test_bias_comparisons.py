"""Differences and ratios in every way of comparing, against fairlearn's and by hand."""

import numpy as np
import pytest

from spark_monitor.metrics.bias.comparisons import to_group, to_overall, to_rest
from spark_monitor.metrics.bias.equalized_odds import equalized_odds
from spark_monitor.metrics.bias.extremes import between_groups, farthest_from_overall, to_extreme
from spark_monitor.metrics.bias.group_counts import GroupCounts
from spark_monitor.metrics.bias.group_rates import group_rates
from spark_monitor.metrics.score_cells import ScoreCells

WAYS = {"between_groups": between_groups, "to_overall": farthest_from_overall}


def sample(seed=1, n=1200):
    random = np.random.default_rng(seed)
    group, y = random.integers(0, 4, n), random.integers(0, 2, n)
    d = np.where(random.random(n) < 0.6 + 0.08 * group, y, 1 - y)
    w = random.choice([0.5, 1.0, 3.0], n)
    cells = ScoreCells.of_rows(np.full(n, 0.5), d, y, [], target=group, weight=w)
    return group, y, d, w, GroupCounts.of_cells(cells, 4)


def of_rates(shares, n=1000):
    """Return counts of groups with these selection rates."""
    hits = np.round(np.asarray(shares) * n)
    return GroupCounts.of_confusion(np.stack([np.stack([n - hits, 0 * hits], -1), np.stack([hits, 0 * hits], -1)],
                                             -2)[:, None])


@pytest.mark.parametrize("measure", ["difference", "ratio"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name, peer", [
    ("selection_rate", "selection_rate"), ("recall", "true_positive_rate"),
    ("false_positive_rate", "false_positive_rate"), ("false_negative_rate", "false_negative_rate"),
])
def test_all_groups_equal_fairlearn(name, peer, way, measure):
    fairlearn = pytest.importorskip("fairlearn.metrics")
    group, y, d, w, counts = sample()
    frame = fairlearn.MetricFrame(metrics=getattr(fairlearn, peer), y_true=y, y_pred=d, sensitive_features=group,
                                  sample_params={"sample_weight": w})
    truth = getattr(frame, measure)(method=way)
    assert WAYS[way](group_rates(counts, name), measure).value[0] == pytest.approx(truth, abs=1e-12)


@pytest.mark.parametrize("measure", ["difference", "ratio"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("average", [False, True])
def test_equalized_odds_equal_fairlearn(way, measure, average):
    fairlearn = pytest.importorskip("fairlearn.metrics")
    group, y, d, w, counts = sample()
    peer = getattr(fairlearn, f"equalized_odds_{measure}")
    truth = peer(y, d, sensitive_features=group, sample_weight=w, method=way,
                 agg="mean" if average else "worst_case")
    rates = [group_rates(counts, name) for name in ("recall", "false_positive_rate")]
    answer = equalized_odds(*rates, measure, way, average)
    assert answer.value[0] == pytest.approx(truth, abs=1e-12)
    assert answer.ci_low[0] <= answer.value[0] <= answer.ci_high[0]


def test_each_group_by_hand():
    rates = group_rates(of_rates([0.2, 0.3, 0.5]), "selection_rate")
    np.testing.assert_allclose(to_rest(rates, "difference").value[:, 0], [-0.2, -0.05, 0.25])
    np.testing.assert_allclose(to_rest(rates, "ratio").value[:, 0], [0.5, 0.3 / 0.35, 2.0])
    np.testing.assert_allclose(to_overall(rates, "ratio").value[:, 0], [0.6, 0.9, 1.5])
    np.testing.assert_allclose(to_group(rates, "difference", 1).value[:, 0], [-0.1, np.nan, 0.2])
    np.testing.assert_allclose(to_extreme(rates, "ratio").value[:, 0], [0.4, 0.6, 1.0])
    np.testing.assert_allclose(to_extreme(rates, "difference", best=False).value[:, 0], [0, 0.1, 0.3], atol=1e-12)


def test_the_best_group_has_the_lowest_error_rate():
    confusion = np.array([[[[80, 10], [10, 0]]], [[[95, 5], [0, 0]]]], float)
    rates = group_rates(GroupCounts.of_confusion(confusion), "error_rate")
    np.testing.assert_allclose(to_extreme(rates, "ratio").value[:, 0], [4.0, 1.0])


@pytest.mark.parametrize("measure", ["difference", "ratio"])
def test_values_lie_within_their_intervals(measure):
    random = np.random.default_rng(2)
    counts = GroupCounts.of_confusion(random.poisson(random.choice([0.3, 3, 60], (6, 300, 2, 2))))
    for name in ("selection_rate", "recall", "f1", "balanced_accuracy"):
        rates = group_rates(counts, name, min_rows=1)
        answers = [compare(rates, measure) for compare in (to_rest, to_overall, to_extreme, between_groups,
                                                           farthest_from_overall)]
        for answer in [*answers, to_group(rates, measure, 2), to_extreme(rates, measure, best=False)]:
            known = ~np.isnan(answer.value)
            assert known.any() and (known == np.equal(answer.reasons, None)).all()
            assert (answer.ci_low <= answer.value + 1e-12)[known].all()
            assert (answer.value <= answer.ci_high + 1e-12)[known].all()
            assert np.isnan(answer.ci_low[~known]).all()


def test_undefined_comparisons_say_why():
    lone = group_rates(of_rates([0.2], 100), "selection_rate")
    assert to_rest(lone, "ratio").reasons[0, 0] == "too_few_groups"
    assert between_groups(lone, "difference").reasons[0] == "too_few_groups"
    none = group_rates(of_rates([0.0, 0.0]), "selection_rate")
    assert between_groups(none, "ratio").reasons[0] == "zero_rate"
    assert between_groups(none, "difference").value[0] == 0
    assert to_rest(none, "ratio").reasons[0, 0] == "zero_rate"
    small = GroupCounts.of_confusion([[[[3, 0], [3, 0]]], [[[50, 0], [50, 0]]], [[[40, 0], [50, 0]]]])
    rates = group_rates(small, "selection_rate")
    np.testing.assert_array_equal(to_group(rates, "ratio", 0).reasons[:, 0], ["itself"] + ["no_reference_group"] * 2)
    np.testing.assert_array_equal(to_rest(rates, "ratio").reasons[:, 0], ["too_few_rows", None, None])


def test_a_target_does_not_depend_on_the_others():
    counts = of_rates([0.2, 0.3, 0.5, 0.4], 90)
    double = GroupCounts(*(np.repeat(a, 2, axis=1) for a in (counts.weight, counts.weight_sq, counts.rows)))
    one, two = (between_groups(group_rates(c, "selection_rate"), "ratio") for c in (counts, double))
    for name in ("value", "ci_low", "ci_high", "expected", "p_value"):
        np.testing.assert_allclose(getattr(two, name), np.repeat(getattr(one, name), 2), rtol=1e-12)
