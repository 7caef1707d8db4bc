"""Kolmogorov-Smirnov, Wasserstein and mean shift against SciPy on the rows themselves, within the stated bound."""

import numpy as np
import pytest
from scipy import stats

from spark_monitor.metrics.drift.ks import kolmogorov_smirnov
from spark_monitor.metrics.drift.mean_shift import mean_shift
from spark_monitor.metrics.drift.wasserstein import wasserstein_distance
from spark_monitor.metrics.drift.wasserstein_scaled import scaled_wasserstein_distance

SHAPES = {
    "normal": lambda draw, size: draw.normal(0, 1, size),
    "shifted": lambda draw, size: draw.normal(0.5, 1.5, size),
    "exponential": lambda draw, size: draw.exponential(3, size),
    "mixture": lambda draw, size: np.append(draw.normal(-2, 0.3, size - size // 3), draw.normal(5, 2, size // 3)),
    "ties": lambda draw, size: np.round(draw.normal(0, 2, size)),
    "constant": lambda draw, size: np.full(size, 0.1),
    "far away": lambda draw, size: draw.normal(40, 1, size),
    "heavy tail": lambda draw, size: draw.standard_t(1.2, size),
}
PAIRS = [(a, b) for a in SHAPES for b in SHAPES]
SIZES = [(1, 1), (2, 7), (30, 400), (1000, 3000)]


def quantile_edges(rows, bins=20):
    return np.unique(np.quantile(rows, np.linspace(0, 1, bins + 1)[1:-1]))


def true_ks(a, b):
    method = "exact" if min(len(a), len(b)) < 10 else "asymp"
    return stats.ks_2samp(a, b, method=method).statistic


def assert_within_bound(estimate, truth):
    slack = 1e-9 * (1 + abs(truth))
    assert abs(estimate.value[0] - truth) <= estimate.error_bound[0] + slack


@pytest.mark.parametrize("current_shape, reference_shape", PAIRS)
def test_the_distance_of_the_rows_lies_within_the_bound(current_shape, reference_shape, of_rows):
    draw = np.random.default_rng(PAIRS.index((current_shape, reference_shape)))
    for n, m in SIZES:
        a, b = SHAPES[current_shape](draw, n), SHAPES[reference_shape](draw, m)
        both = of_rows(a, b, bins=quantile_edges(b))
        current, reference = both.take([0]), both.take([1])
        ks = kolmogorov_smirnov(current, reference)
        assert_within_bound(ks, true_ks(a, b))
        assert ks.value[0] <= true_ks(a, b) + 1e-12
        assert_within_bound(wasserstein_distance(current, reference), stats.wasserstein_distance(a, b))


@pytest.mark.parametrize("seed", range(20))
def test_a_discrete_feature_is_exact_without_unseen_values_and_bounded_with_them(seed, of_rows):
    draw = np.random.default_rng(seed)
    values = np.unique(np.round(draw.normal(0, 3, draw.integers(1, 9)), 1))
    a, b = draw.choice(values, 60), draw.choice(values, 200)
    both = of_rows(a, b, kind="discrete", bins=values)
    for compute, truth in ((kolmogorov_smirnov, true_ks(a, b)),
                           (wasserstein_distance, stats.wasserstein_distance(a, b))):
        estimate = compute(both.take([0]), both.take([1]))
        np.testing.assert_allclose(estimate.value, truth, rtol=1e-9, atol=1e-12)
        assert estimate.error_bound[0] == 0
    new = np.concatenate([a, draw.normal(0, 5, draw.integers(1, 9))])
    both = of_rows(new, b, kind="discrete", bins=values)
    assert_within_bound(kolmogorov_smirnov(both.take([0]), both.take([1])),
                        true_ks(new, b))
    assert_within_bound(wasserstein_distance(both.take([0]), both.take([1])), stats.wasserstein_distance(new, b))


@pytest.mark.parametrize("current_shape", ["normal", "shifted", "exponential", "mixture", "heavy tail"])
def test_the_bound_is_tight_at_a_hundred_bins(current_shape, of_rows):
    draw = np.random.default_rng(8)
    b = SHAPES["normal"](draw, 20_000)
    a = SHAPES[current_shape](draw, 5_000)
    both = of_rows(a, b, bins=quantile_edges(b, 100))
    current, reference = both.take([0]), both.take([1])
    if current_shape in ("normal", "shifted"):
        assert kolmogorov_smirnov(current, reference).error_bound[0] < 0.03
    estimate = wasserstein_distance(current, reference)
    assert estimate.error_bound[0] < (0.7 if current_shape == "heavy tail" else 0.2) * max(b.std(), a.std())
    if current_shape != "heavy tail":
        assert abs(estimate.value[0] - stats.wasserstein_distance(a, b)) < 0.06 * max(b.std(), a.std())


def test_one_outlier_does_not_blow_up_the_bound(of_rows):
    b = np.random.default_rng(3).normal(size=4000)
    a = np.append(b[:1000], 1e6)
    both = of_rows(a, b, bins=quantile_edges(b, 100))
    estimate = wasserstein_distance(both.take([0]), both.take([1]))
    assert_within_bound(estimate, stats.wasserstein_distance(a, b))
    assert estimate.error_bound[0] < 1 < 900 < estimate.value[0]


def test_weighted_rows_are_compared_by_their_weights(of_rows):
    draw = np.random.default_rng(4)
    a, b = draw.integers(0, 5, 80).astype(float), draw.integers(0, 5, 90).astype(float)
    u, v = draw.exponential(1, 80), draw.exponential(1, 90)
    current = of_rows(a, kind="discrete", bins=[0.0, 1.0, 2.0, 3.0, 4.0], weights=[u])
    reference = of_rows(b, kind="discrete", bins=[0.0, 1.0, 2.0, 3.0, 4.0], weights=[v])
    np.testing.assert_allclose(wasserstein_distance(current, reference).value, stats.wasserstein_distance(a, b, u, v))
    current, reference = (of_rows(rows, bins=[0.5, 2.5], weights=[w]) for rows, w in ((a, u), (b, v)))
    assert_within_bound(wasserstein_distance(current, reference), stats.wasserstein_distance(a, b, u, v))


def test_strange_numbers_are_left_out_of_the_order(of_rows):
    both = of_rows([1.0, 5.0, None, np.nan, np.inf], [1.0, 5.0], bins=[2.0])
    for compute in (kolmogorov_smirnov, wasserstein_distance, mean_shift):
        estimate = compute(both.take([0]), both.take([1]))
        assert estimate.value[0] == 0
        assert estimate.sample_size[0] == 2


def test_the_p_value_of_ks_is_near_scipys_where_the_rows_are_known(of_rows):
    draw = np.random.default_rng(5)
    values = np.arange(3000.0)
    a, b = draw.permutation(values)[:150], draw.permutation(values)[:1000] * 0.9 // 1
    both = of_rows(a, b, kind="discrete", bins=list(values))
    ours = kolmogorov_smirnov(both.take([0]), both.take([1])).p_value[0]
    assert ours == pytest.approx(stats.ks_2samp(a, b, method="exact").pvalue, rel=0.1)


def test_mean_shift_and_its_p_value_agree_with_scipy(of_rows):
    draw = np.random.default_rng(6)
    a, b = draw.normal(1, 2, 50), draw.exponential(1, 300)
    both = of_rows(a, b, bins=[0.0, 1.0])
    estimate = mean_shift(both.take([0]), both.take([1]))
    assert estimate.value[0] == pytest.approx((a.mean() - b.mean()) / b.std(), rel=1e-12)
    assert estimate.p_value[0] == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue, rel=1e-9)


@pytest.mark.parametrize("compute", [mean_shift, scaled_wasserstein_distance])
def test_a_constant_reference_gives_nought_or_nothing(compute, of_rows):
    both = of_rows([0.1] * 3, [0.1] * 7, [0.2] * 3, bins=[0.1])
    assert compute(both.take([0]), both.take([1])).value[0] == 0
    assert np.isnan(compute(both.take([2]), both.take([1])).value[0])


@pytest.mark.parametrize("compute", [kolmogorov_smirnov, wasserstein_distance, scaled_wasserstein_distance, mean_shift])
@pytest.mark.parametrize("kind, bins", [("numeric", [0.0, 1.0]), ("numeric", []), ("discrete", [-1e308, 1e308])])
def test_numbers_at_the_edge_of_floating_point_give_no_infinite_value(compute, kind, bins, of_rows):
    with np.errstate(all="ignore"):
        both = of_rows([1e308, -1e308, 5.0], [1e-320, 2e-320, 3.0], kind=kind, bins=bins)
    for sides in (([0], [1]), ([1], [0]), ([0], [0])):
        assert not np.isinf(compute(*(both.take(side) for side in sides)).value[0])


def test_the_scaled_distance_is_the_distance_in_deviations(of_rows):
    draw = np.random.default_rng(7)
    a, b = draw.normal(1, 2, 100), draw.normal(0, 3, 100)
    both = of_rows(a, b, bins=quantile_edges(b))
    plain, scaled = (f(both.take([0]), both.take([1])) for f in (wasserstein_distance, scaled_wasserstein_distance))
    for name in ("value", "error_bound", "expected"):
        np.testing.assert_allclose(getattr(scaled, name), getattr(plain, name) / b.std(), rtol=1e-12)
