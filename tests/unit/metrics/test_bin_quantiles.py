"""Quantiles from bins against NumPy's quantiles of the rows, which must lie within the stated bound."""

import numpy as np
import pytest

from spark_monitor.metrics.quantiles import quantile

LEVELS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def shapes(seed):
    draw = np.random.default_rng(seed)
    return {
        "normal": draw.normal(size=5000),
        "exponential": draw.exponential(size=777),
        "mixture": np.concatenate([draw.normal(-8, 0.1, 300), draw.normal(8, 3, 50)]),
        "ties": draw.integers(0, 4, 1000) * 1.5,
        "few": draw.normal(size=3),
        "one": draw.normal(size=1),
        "constant": np.full(40, 2.5),
        "beyond the edges": draw.normal(50, 1, 100),
        "heavy tails": draw.standard_cauchy(2000),
        "largest floats": draw.choice([-1.7e308, 0.0, 1.7e308], 30),
    }


def bins_of(rows, count):
    return np.unique(np.quantile(rows, np.linspace(0, 1, count + 1)[1:-1], method="inverted_cdf"))


@pytest.mark.parametrize("count", [1, 2, 10, 100])
@pytest.mark.parametrize("seed", range(5))
def test_the_rows_quantile_is_within_the_bound(of_rows, seed, count):
    edges = bins_of(np.random.default_rng(seed + 100).normal(size=2000), count)
    for name, rows in shapes(seed).items():
        h = of_rows(rows, bins=edges)
        for level in LEVELS:
            estimate = quantile(h, level)
            truth = np.quantile(rows, level, method="inverted_cdf")
            assert abs(truth - estimate.value[0]) <= estimate.error_bound[0], (name, level)
            assert rows.min() <= estimate.value[0] <= rows.max(), (name, level)


def test_the_bound_is_as_narrow_as_the_bin(of_rows):
    rows = np.random.default_rng(1).normal(size=20_000)
    edges = bins_of(rows, 100)
    for level in (0.25, 0.5, 0.75):
        assert quantile(of_rows(rows, bins=edges), level).error_bound[0] <= np.diff(edges)[20:80].max()


def test_evenly_spread_rows_lose_nothing_to_the_bins(of_rows):
    h = of_rows(np.arange(1, 1001.0), bins=np.arange(100, 1000, 100.0))
    for level in LEVELS:
        assert quantile(h, level).value[0] == pytest.approx(level * 1000, abs=1.0)


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_discrete_values_without_unseen_ones_are_exact(of_rows, count):
    values = np.array([-2.0, 0.0, 1.0, 7.0, 40.0])
    rows = np.random.default_rng(count).choice(values, count)
    h = of_rows(rows, kind="discrete", bins=values)
    for level in LEVELS:
        estimate = quantile(h, level)
        assert estimate.value[0] == np.quantile(rows, level, method="inverted_cdf")
        assert estimate.error_bound[0] == 0


@pytest.mark.parametrize("seed", range(20))
def test_discrete_values_with_unseen_ones_are_within_the_bound(of_rows, seed):
    draw = np.random.default_rng(seed)
    rows = np.concatenate([draw.integers(0, 5, 30), draw.normal(3, 4, 5)])
    h = of_rows(rows, kind="discrete", bins=np.arange(5.0))
    assert h.unseen[0] == 5
    for level in LEVELS:
        estimate = quantile(h, level)
        assert abs(np.quantile(rows, level, method="inverted_cdf") - estimate.value[0]) <= estimate.error_bound[0]


def test_the_first_and_the_last_row_are_exact(of_rows):
    rows = np.random.default_rng(5).normal(size=50)
    h = of_rows(rows, bins=[0.0])
    first, last = quantile(h, 0.01), quantile(h, 0.99)
    assert (first.value[0], last.value[0]) == (rows.min(), rows.max())
    assert (first.error_bound[0], last.error_bound[0]) == (0, 0)


def test_only_finite_rows_count(of_rows):
    h = of_rows([None, np.nan, np.inf, -np.inf, 3.0], [None, np.nan], bins=[1.0])
    estimate = quantile(h, 0.5)
    np.testing.assert_array_equal(estimate.value, [3.0, np.nan])
    np.testing.assert_array_equal(estimate.error_bound, [0.0, np.nan])
    np.testing.assert_array_equal(estimate.sample_size, [1, 0])
    assert estimate.reason == "no_finite_rows"
