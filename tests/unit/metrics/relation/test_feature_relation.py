"""Loss, outcomes and their changes by the values of one feature."""

import numpy as np
import pytest
from scipy import stats

from spark_monitor.metrics.relation.by_feature import (
    feature_relation_shift,
    feature_wander,
    mean_loss,
    outcome_rate,
)
from spark_monitor.metrics.relation.failing_slices import discovery_rates, failing_slices
from spark_monitor.metrics.relation.relation_cells import RelationCells


def some_rows(rng, size, worse=None, by=0.0, mix=None, bins=8):
    bin = rng.choice(bins, size, p=mix)
    outcome = (rng.random(size) < 0.15 + 0.06 * bin + by * (bin == worse)).astype(int)
    return bin, outcome, rng.gamma(2, 0.2, size) + by * (bin == worse)


def test_means_and_intervals_are_those_of_the_rows():
    bin, outcome, loss = some_rows(np.random.default_rng(1), 700)
    cells = RelationCells.of_rows(bin, outcome, loss, bins=9)
    rates, losses = outcome_rate(cells), mean_loss(cells)
    for j in range(8):
        mine = bin == j
        assert rates.value[0, j] == pytest.approx(outcome[mine].mean(), abs=1e-12)
        truth = stats.norm.interval(0.95, loss[mine].mean(), stats.sem(loss[mine]))
        assert (losses.ci_low[0, j], losses.ci_high[0, j]) == pytest.approx(truth, rel=1e-9)
    assert np.isnan(rates.value[0, 8]) and np.isnan(losses.value[0, 8])


def test_equal_weights_are_no_weights():
    bin, outcome, loss = some_rows(np.random.default_rng(2), 700)
    plain, threes = (RelationCells.of_rows(bin, outcome, loss, 8, weight=np.full(700, w)) for w in (1.0, 3.0))
    for field in ("loss", "effect", "p_value", "q_value"):
        np.testing.assert_allclose(getattr(failing_slices(plain, [0]), field),
                                   getattr(failing_slices(threes, [0]), field), rtol=1e-9)
    np.testing.assert_allclose(mean_loss(plain).ci_low, mean_loss(threes).ci_low, rtol=1e-9)


def test_the_slice_test_equals_scipys_welch():
    bin, outcome, loss = some_rows(np.random.default_rng(3), 900, worse=2, by=0.3)
    found = failing_slices(RelationCells.of_rows(bin, outcome, loss, 8), [0])
    for j in range(8):
        mine, rest = loss[bin == j], loss[bin != j]
        truth = stats.ttest_ind(mine, rest, equal_var=False, alternative="greater")
        assert found.p_value[0, j] == pytest.approx(truth.pvalue, rel=1e-6)
        assert found.effect[0, j] == pytest.approx(
            np.sqrt(2) * (mine.mean() - rest.mean()) / np.sqrt(mine.var(ddof=1) + rest.var(ddof=1)))
    assert found.failing.nonzero()[1].tolist() == [2]


def test_discovery_rates_equal_scipys_in_each_window():
    rng = np.random.default_rng(4)
    p, group = rng.random(60) ** 3, rng.integers(0, 4, 60)
    p[::11] = np.nan
    found = discovery_rates(p, group)
    for window in range(4):
        mine = (group == window) & ~np.isnan(p)
        np.testing.assert_allclose(found[mine], stats.false_discovery_control(p[mine]), atol=1e-12)
    assert np.isnan(found[::11]).all()


def test_equal_slices_are_rarely_said_to_fail():
    rng = np.random.default_rng(5)
    rows = some_rows(rng, 400 * 10 * 600)
    cells = RelationCells.of_rows(*rows, 8, target=np.repeat(np.arange(4000), 600))
    found = failing_slices(cells, np.repeat(np.arange(400), 10), effect=0.0)
    assert found.failing.reshape(400, -1).any(axis=1).mean() <= 0.08


def test_small_slices_and_lone_ones_are_not_judged():
    cells = RelationCells.of_rows([0] * 100 + [1] * 5, [1] * 105, [0.1] * 105, 3)
    alone = RelationCells.of_rows([0] * 100, [1] * 100, [0.1] * 100, 3)
    for part in (cells, alone):
        found = failing_slices(part, [0])
        assert np.isnan(found.p_value).all() and np.isnan(found.effect).all() and not found.failing.any()


def test_losses_that_never_vary_are_told_apart_for_certain():
    found = failing_slices(RelationCells.of_rows([0] * 50 + [1] * 50, [1] * 100, [0.3] * 50 + [0.1] * 50, 2), [0])
    assert found.p_value.tolist() == [[0.0, 1.0]] and found.effect.tolist() == [[np.inf, -np.inf]]


@pytest.mark.parametrize("by, least, most", [(0.0, 0.03, 0.07), (0.25, 0.9, 1.0)])
def test_a_relation_that_changes_fires_and_a_mix_does_not(by, least, most):
    rng = np.random.default_rng(6)
    mix = np.arange(1, 9) / 36
    now, before = (RelationCells.of_rows(*rows, 8, target=np.repeat(np.arange(800), 1500)) for rows in
                   (some_rows(rng, 1_200_000, worse=5, by=by, mix=mix), some_rows(rng, 1_200_000)))
    assert least <= (feature_relation_shift(now, before).p_value < 0.05).mean() <= most


def test_features_that_wander_by_habit_are_no_change():
    rng = np.random.default_rng(7)
    fires = []
    for _ in range(200):
        levels = np.repeat(rng.normal(0, 0.06, 22), 500)
        bin = rng.choice(8, 11_000)
        outcome = (rng.random(11_000) < np.clip(0.2 + 0.05 * bin + levels, 0, 1)).astype(int)
        days = RelationCells.of_rows(bin, outcome, np.zeros(11_000), 8, target=np.repeat(np.arange(22), 500))
        slices, of = days.take(np.arange(21)), np.zeros(21, int)
        wander = feature_wander(slices, of, 1)
        fires.append(feature_relation_shift(days.take([21]), slices.merge(of, 1), wander).p_value)
    assert np.mean(np.array(fires) < 0.05) <= 0.09
