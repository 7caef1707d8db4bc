"""The delete-a-fold jackknife against SciPy's own sums, and what holds it at the ends of a scale."""

import numpy as np
import pytest
from scipy import stats

from spark_monitor.metrics.performance.folds import (
    fold_freedom, fold_interval, fold_variance, link_interval, wider, without_each_fold,
)

EVEN = np.ones((1, 32), bool)


def test_of_means_over_equal_folds_it_is_the_t_interval_of_the_fold_means():
    means = np.random.default_rng(5).normal(0.4, 0.1, 32)
    values = without_each_fold(means[None]) / 31
    low, high = fold_interval(values, EVEN, means.mean(keepdims=True))
    freedom = fold_freedom(values, EVEN)[0]
    truth = stats.t.interval(0.95, freedom, means.mean(), stats.sem(means))
    assert (low[0], high[0]) == pytest.approx(truth, rel=1e-12)


def test_degrees_of_freedom_are_one_less_than_folds_unless_a_few_decide():
    flat = np.tile([-1.0, 1.0], 16)[None]
    one = np.eye(32)[:1]
    assert fold_freedom(flat, EVEN)[0] == 31
    assert fold_freedom(one, EVEN)[0] == pytest.approx(2 * 31 / (stats.kurtosis(one[0], fisher=False) - 1))


def test_empty_folds_count_for_nothing():
    values = np.array([[0.5, 0.6, 0.7, np.nan, 99.0]])
    nonempty = np.array([[True, True, True, False, False]])
    variance, folds = fold_variance(values, nonempty)
    assert folds[0] == 3 and variance[0] == pytest.approx(2 / 3 * 0.02)
    assert fold_freedom(values, nonempty)[0] == fold_freedom(values[:, :3], nonempty[:, :3])[0]


@pytest.mark.parametrize("nonempty", [[False, False], [True, False]])
def test_fewer_than_two_folds_give_no_interval(nonempty):
    bounds = fold_interval(np.array([[0.5, 0.6]]), np.array([nonempty]), np.array([0.5]))
    assert np.isnan(bounds).all()


def test_a_number_that_is_undefined_without_one_fold_has_no_interval():
    bounds = fold_interval(np.array([[0.5, np.nan, 0.6]]), np.ones((1, 3), bool), np.array([0.5]), "logit")
    assert np.isnan(bounds).all()


def test_nothing_is_left_without_the_only_fold_whatever_the_weights():
    weights = np.zeros((1, 4))
    weights[0, 2] = sum([0.1] * 7)
    assert without_each_fold(weights)[0, 2] == 0
    left = without_each_fold(np.array([[0.1, 0.2, 0.3]]))
    assert left[0] == pytest.approx([0.5, 0.4, 0.3])


@pytest.mark.parametrize("link, point, ends", [
    ("logit", 0.97, (0, 1)), ("logit", 0.0, (0, 1)), ("logit", 1.0, (0, 1)), ("fisher", -0.98, (-1, 1)),
    ("fisher", 1.0, (-1, 1)), ("log", 0.01, (0, np.inf)), ("log", 0.0, (0, np.inf)),
])
def test_bounds_stay_on_the_scale_and_enclose_the_number(link, point, ends):
    low, high = link_interval(np.array([point]), np.array([0.2]), link)
    assert ends[0] <= low[0] <= point <= high[0] <= ends[1]
    assert low[0] < high[0]


def test_on_the_logit_scale_it_is_the_delta_method():
    low, high = link_interval(np.array([0.9]), np.array([0.05]), "logit")
    middle, half = np.log(9), 1.96 * 0.05 / 0.09
    assert (low[0], high[0]) == pytest.approx((1 / (1 + np.exp(half - middle)), 1 / (1 + np.exp(-half - middle))))


def test_the_wider_interval_wins_whole_and_an_unknown_one_never():
    first = np.array([0.1, 0.0, np.nan, np.nan]), np.array([0.3, 0.9, np.nan, np.nan])
    second = np.array([0.2, 0.4, 0.5, np.nan]), np.array([0.9, 0.5, 0.6, np.nan])
    low, high = wider(first, second)
    np.testing.assert_array_equal(low, [0.2, 0.0, 0.5, np.nan])
    np.testing.assert_array_equal(high, [0.9, 0.9, 0.6, np.nan])
