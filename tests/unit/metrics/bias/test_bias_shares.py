"""Shrunken rates, scoring rates, composition and differential fairness against counts by hand."""

import numpy as np
import pytest

from spark_monitor.metrics.bias import BIAS_METRICS
from spark_monitor.metrics.bias.composition import class_imbalance, conditional_disparity, selected_share_ratio
from spark_monitor.metrics.bias.differential_fairness import differential_fairness
from spark_monitor.metrics.bias.extremes import to_extreme
from spark_monitor.metrics.bias.group_counts import GroupCounts
from spark_monitor.metrics.bias.group_rates import group_rates
from spark_monitor.metrics.bias.scoring import scoring_rates
from spark_monitor.metrics.bias.shrinkage import shrunk


def selections(selected, rejected):
    selected, rejected = np.asarray(selected, float), np.asarray(rejected, float)
    return GroupCounts.of_confusion(np.stack([np.stack([rejected, 0 * rejected], -1),
                                              np.stack([selected, 0 * selected], -1)], -2))


def test_every_criterion_is_listed_as_difference_and_ratio():
    assert {"selection_rate_ratio", "recall_difference", "f1_ratio", "average_odds_difference"} <= set(BIAS_METRICS)


def test_shrunken_rates_are_nearer_to_the_truth_and_covered():
    random = np.random.default_rng(8)
    truth = random.beta(12, 28, (20, 3000))
    n = random.integers(10, 200, (20, 1))
    hits = random.binomial(n, truth)
    rates = group_rates(selections(hits, n - hits), "selection_rate")
    answer = shrunk(rates)
    assert ((answer.value - truth) ** 2).mean() < 0.85 * ((rates.value - truth) ** 2).mean()
    covered = (answer.ci_low <= truth) & (truth <= answer.ci_high)
    assert 0.93 <= covered.mean() <= 0.97


def test_groups_that_differ_by_chance_alone_are_shrunk_to_the_overall_rate():
    answer = shrunk(group_rates(selections([[30], [31], [29]], [[70], [69], [71]]), "selection_rate"))
    np.testing.assert_allclose(answer.value, 0.3)
    assert (answer.effective_size <= 300 + 1e-9).all()


def test_scoring_rates_are_those_of_the_scores_within_their_bound():
    random = np.random.default_rng(4)
    group = random.integers(0, 3, 3000)
    score = random.beta(2 + group, 3)
    edges = np.linspace(0, 1, 41)
    counts = np.stack([np.histogram(score[group == g], edges)[0] for g in range(3)])[:, None]
    rates = scoring_rates(counts)
    truth = np.array([(score[group == g] > np.median(score)).mean() for g in range(3)])
    assert (np.abs(rates.value[:, 0] - truth) <= rates.error[:, 0]).all() and rates.error.max() < 0.07
    impact, exact = to_extreme(rates, "ratio"), truth / truth.max()
    assert (np.abs(impact.value[:, 0] - exact) <= impact.error_bound[:, 0]).all()


def test_ties_at_the_median_are_within_the_bound():
    rates = scoring_rates([[[10, 80, 10]], [[40, 50, 10]]])
    assert (np.abs(rates.value[:, 0] - [0.1, 0.1]) <= rates.error[:, 0]).all()


def test_a_median_between_two_bins_is_exact():
    rates = scoring_rates([[[30, 70]], [[70, 30]]])
    np.testing.assert_allclose(rates.value[:, 0], [0.7, 0.3])
    np.testing.assert_array_equal(rates.error, 0)


def test_class_imbalance_and_shares_of_selections_by_hand():
    counts = selections([[60], [20], [20]], [[40], [30], [30]])
    np.testing.assert_allclose(class_imbalance(counts).value[:, 0], [0, -0.5, -0.5])
    answer = selected_share_ratio(counts, 0)
    np.testing.assert_allclose(answer.value[:, 0], [np.nan, 1 / 3, 1 / 3])
    assert (answer.ci_low[1:] < 1 / 3).all() and (answer.ci_high[1:] > 1 / 3).all()


def test_the_ratio_of_shares_of_selections_is_covered():
    random = np.random.default_rng(2)
    hits = random.poisson(np.array([[90.0], [60.0]]), (2, 20_000))
    answer = selected_share_ratio(selections(hits, 100 + 0 * hits), 0)
    assert ((answer.ci_low[1] <= 2 / 3) & (2 / 3 <= answer.ci_high[1])).mean() == pytest.approx(0.95, abs=0.01)


def test_conditional_disparity_sees_through_a_mix_of_strata():
    # Admission rates are equal within each department; the groups apply to different ones.
    strata = selections([[[80], [8]], [[10], [100]]], [[[20], [2]], [[40], [400]]])
    whole = GroupCounts(*(a.sum(axis=0, keepdims=True) for a in (strata.weight, strata.weight_sq, strata.rows)))
    inside, across = conditional_disparity(strata), conditional_disparity(whole)
    np.testing.assert_allclose(inside.value, 0, atol=1e-12)
    np.testing.assert_allclose(across.value[:, 0], [60 / 462 - 90 / 198, 402 / 462 - 108 / 198])
    assert (across.ci_high[0] < 0).all() and (inside.ci_low < 0).all() and (inside.ci_high > 0).all()


def test_strata_without_a_selection_say_nothing():
    strata = selections([[[30], [10]], [[0], [0]]], [[[10], [30]], [[5], [7]]])
    np.testing.assert_allclose(conditional_disparity(strata).value[:, 0], [-0.5, 0.5])
    nothing = conditional_disparity(selections([[[0], [0]]], [[[5], [7]]]))
    assert (nothing.reasons == "no_decisions").all() and np.isnan(nothing.value).all()


def test_differential_fairness_takes_the_worse_outcome():
    answer = differential_fairness(group_rates(selections([[98], [80]], [[2], [20]]), "selection_rate"))
    assert answer.value[0] == pytest.approx(np.log(20.5 / 2.5))
    assert 0 < answer.ci_low[0] < answer.value[0] < answer.ci_high[0] and answer.p_value[0] < 0.001


def test_differential_fairness_is_the_same_for_one_window_as_for_many():
    one, many = (differential_fairness(group_rates(selections([[98] * n, [80] * n], [[2] * n, [20] * n]),
                                                   "selection_rate")) for n in (1, 3000))
    assert one.value[0] == many.value[-1] and one.expected[0] == many.expected[-1]
