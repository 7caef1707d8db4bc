"""The intervals of differences and ratios against published tables, SciPy and simulated windows."""

import numpy as np
import pytest
from scipy import stats

from spark_monitor.metrics.bias.comparisons import to_group, to_rest
from spark_monitor.metrics.bias.extremes import between_groups, expected_if_equal, spread, to_extreme
from spark_monitor.metrics.bias.group_counts import GroupCounts
from spark_monitor.metrics.bias.group_rates import group_rates
from spark_monitor.metrics.bias.homogeneity import equal_pair, homogeneity
from spark_monitor.metrics.bias.intervals import katz, newcombe, sidak, tukey
from spark_monitor.metrics.bias.measures import MEASURES


@pytest.mark.parametrize("hits, size, others, other_size, truth", [
    (56, 70, 48, 80, (0.0524, 0.3339)), (9, 10, 3, 10, (0.1705, 0.8090)), (6, 7, 2, 7, (0.0582, 0.8062)),
    (5, 56, 0, 29, (-0.0381, 0.1926)), (0, 10, 0, 20, (-0.1611, 0.2775)), (10, 10, 0, 20, (0.6791, 1.0)),
])
def test_newcombe_equals_the_published_table(hits, size, others, other_size, truth):
    low, high = newcombe(np.array(hits / size), size, np.array(others / other_size), other_size)
    assert (low.round(4), high.round(4)) == truth


def test_katz_equals_scipy():
    low, high = katz(np.array(21 / 100), 100, np.array(45 / 150), 150)
    truth = stats.contingency.relative_risk(21, 100, 45, 150).confidence_interval(0.95)
    assert (low, high) == pytest.approx((truth.low, truth.high), rel=1e-12)


def test_a_ratio_of_or_to_zero_has_an_open_end():
    low, high = katz(np.array([0.0, 0.2, 1.0]), np.full(3, 50), np.array([0.2, 0.0, 1.0]), np.full(3, 50))
    assert low[0] == 0 and 0 < high[0] < 1 and np.isinf(high[1]) and low[1] > 1
    assert low[2] < 1 < high[2]


@pytest.mark.parametrize("groups", [2, 3, 15, 50])
def test_tukey_equals_the_studentised_range(groups):
    truth = stats.studentized_range.ppf(0.95, groups, 1e7) / np.sqrt(2)
    assert tukey([groups])[0] == pytest.approx(truth, rel=1e-5)
    assert sidak(1) == pytest.approx(stats.norm.ppf(0.975))


def test_the_test_of_homogeneity_equals_pearson_in_large_tables():
    hits, n = np.array([310, 280, 350, 260]), np.array([1000, 900, 1100, 950])
    confusion = np.stack([np.stack([n - hits, 0 * n], -1), np.stack([hits, 0 * n], -1)], -2)[:, None]
    p = homogeneity(group_rates(GroupCounts.of_confusion(confusion), "selection_rate"))
    assert p[0] == pytest.approx(stats.chi2_contingency([hits, n - hits]).pvalue, rel=0.02)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_equal_groups_are_rarely_called_unequal(share):
    n = np.random.default_rng(1).integers(50, 201, (15, 1))
    hits = np.random.default_rng(2).binomial(n, share, (15, 20_000))
    confusion = np.stack([np.stack([n - hits, 0 * hits], -1), np.stack([hits, 0 * hits], -1)], -2)
    p = homogeneity(group_rates(GroupCounts.of_confusion(confusion), "selection_rate"))
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.007)
    assert (p < 0.01).mean() < 0.014


@pytest.mark.parametrize("hits, n, others, m", [
    (6, 50, 20, 1500), (0, 150, 60, 1500), (38, 40, 1100, 1500), (30, 40, 700, 1500), (12, 100, 5, 100),
])
def test_a_rare_difference_of_a_pair_is_as_rare_as_fisher_says(hits, n, others, m):
    table = stats.hypergeom(n + m, hits + others, n)
    at_least, at_most = table.sf(hits - 1), table.cdf(hits)
    exact, middle = 2 * min(at_least, at_most), 2 * (min(at_least, at_most) - table.pmf(hits) / 2)
    assert 0.85 * middle < equal_pair(np.array(hits / n), n, np.array(others / m), m) < 1.25 * exact


def recall_windows(positives, base, share, windows, seed):
    random = np.random.default_rng(seed)
    n = np.array(positives)[:, None] / base
    positive = random.binomial(n.astype(int), base, (2, windows))
    hit = random.binomial(positive, np.array(share)[:, None])
    zero = np.zeros_like(hit)
    return GroupCounts.of_confusion(np.stack([np.stack([zero, positive - hit], -1), np.stack([zero, hit], -1)], -2))


@pytest.mark.parametrize("base", [0.02, 0.2])
@pytest.mark.parametrize("positives", [(60, 60), (60, 400), (300, 900)])
@pytest.mark.parametrize("share", [(0.7, 0.7), (0.8, 0.55), (0.93, 0.85)])
def test_a_difference_in_recall_is_covered(positives, base, share):
    answer = to_group(group_rates(recall_windows(positives, base, share, 10_000, 7), "recall"), "difference", 1)
    gap = share[0] - share[1]
    covered = (answer.ci_low[0] <= gap) & (gap <= answer.ci_high[0])
    assert 0.935 <= covered.mean() <= 0.965


@pytest.mark.parametrize("entities, tolerance", [(40, 0.002), (150, 0.0)])
def test_a_difference_in_recall_is_covered_where_rows_repeat(entities, tolerance):
    random = np.random.default_rng(11)
    windows, share = 3000, np.array([0.7, 0.55])
    # An entity's positives share a propensity: beta-binomial, 10 rows each.
    propensity = random.beta(1.5 * share, 1.5 * (1 - share), (windows, entities, 2))
    hits, fold = random.binomial(10, propensity), random.integers(0, 32, (windows, entities, 2))
    place = (np.arange(2) * windows + np.arange(windows)[:, None, None]) * 32 + fold
    hit, whole = (np.bincount(place.ravel(), v.ravel(), windows * 64).reshape(2, windows, 32)
                  for v in (hits, np.full(hits.shape, 10)))
    folds = np.stack([np.stack([0 * hit, whole - hit], -1), np.stack([0 * hit, hit], -1)], -2)
    counts = GroupCounts.of_confusion(folds.sum(axis=2), folds=folds)
    answer = to_group(group_rates(counts, "recall"), "difference", 1)
    covered = (answer.ci_low[0] <= 0.15) & (0.15 <= answer.ci_high[0])
    # 3,000 windows have an error of 0.004 of their own.
    assert 0.935 - 0.004 - tolerance <= covered.mean() <= 0.965 + 0.004


@pytest.mark.parametrize("measure", ["difference", "ratio"])
def test_intervals_that_were_chosen_hold_at_once(measure):
    share = np.array([0.30, 0.30, 0.30, 0.35, 0.40])[:, None]
    n = np.array([80, 150, 400, 200, 100])[:, None]
    hits = np.random.default_rng(4).binomial(n, share, (5, 5000))
    confusion = np.stack([np.stack([n - hits, 0 * hits], -1), np.stack([hits, 0 * hits], -1)], -2)
    rates = group_rates(GroupCounts.of_confusion(confusion), "selection_rate")
    point = MEASURES[measure].point
    rest = np.array([(n * share).sum() - n[g] * share[g] for g in range(5)]) / (n.sum() - n)
    for answer, truth in ((to_rest(rates, measure), point(share, rest)),
                          (to_extreme(rates, measure), point(share, share.max())),
                          (between_groups(rates, measure), spread(share, None, MEASURES[measure]))):
        held = (answer.ci_low <= truth + 1e-12) & (truth <= answer.ci_high + 1e-12)
        assert np.atleast_2d(held).all(axis=0).mean() >= 0.945


@pytest.mark.parametrize("share, sizes", [(0.3, [50, 90, 130, 200] * 4), (0.05, [40, 60, 300]), (0.9, [100, 100])])
def test_expected_is_the_mean_over_windows_of_equal_groups(share, sizes):
    n = np.array(sizes)[:, None]
    hits = np.round(n * share)
    confusion = np.stack([np.stack([n - hits, 0 * hits], -1), np.stack([hits, 0 * hits], -1)], -2)
    rates = group_rates(GroupCounts.of_confusion(confusion), "selection_rate")
    drawn = np.random.default_rng(9).binomial(n, rates.overall[0], (len(sizes), 40_000)) / n
    for how in MEASURES.values():
        truth = spread(drawn, None, how).mean()
        assert expected_if_equal(rates, spread, how)[0] == pytest.approx(truth, rel=0.02)
