"""p-values and expected values against simulations of windows in which nothing has changed."""

import itertools
from math import comb

import numpy as np
import pytest
from scipy import stats

from spark_monitor.metrics.drift import DRIFT_STATISTICS
from spark_monitor.metrics.histogram import Histograms
from spark_monitor.metrics.no_change import pearson, pearson_moments, pearson_p_value, pool_rare_cells

SIMULATIONS = 20_000
UNIFORM, SKEWED = np.full(20, 1 / 20), 1 / np.arange(1, 11) / (1 / np.arange(1, 11)).sum()
RARE = np.append(np.full(10, 0.0998), np.full(10, 0.0002))


def draw_cells(shares, sizes, simulations=SIMULATIONS):
    draw = np.random.default_rng(11)
    return [draw.multinomial(size, shares, simulations) for size in sizes]


def with_special_cells(counts):
    return np.pad(counts.astype(float), ((0, 0), (0, 5)))


@pytest.mark.parametrize("size", [100, 1000, 100_000])
@pytest.mark.parametrize("reference_size", ["same", "ten times", 25_000])
@pytest.mark.parametrize("shares", [UNIFORM, SKEWED, RARE], ids=["uniform", "skewed", "rare"])
def test_p_values_are_uniform_when_nothing_has_changed(size, reference_size, shares):
    rows = {"same": size, "ten times": 10 * size}.get(reference_size, reference_size)
    sides = [with_special_cells(side) for side in draw_cells(shares, (size, rows))]
    p = pearson_p_value(*sides)
    for level in (0.01, 0.05):
        noise = 4 * np.sqrt(level / SIMULATIONS)
        if shares is RARE and size == 100:
            noise += 0.1 * level
        assert np.mean(p <= level) == pytest.approx(level, abs=0.1 * level + noise)


def test_rare_cells_break_the_plain_chi_squared_and_not_this_p_value():
    a, b = (with_special_cells(side) for side in draw_cells(RARE, (1000, 25_000)))
    plain = stats.chi2.sf(pearson(a, b), (a + b > 0).sum(axis=1) - 1)
    assert np.mean(pearson_p_value(a, b) <= 0.05) < 0.055
    assert np.mean(plain <= 0.05) > 0.09


def test_a_large_table_has_the_p_value_of_scipy():
    a, b = draw_cells(SKEWED, (100_000, 300_000), simulations=20)
    truth = [stats.chi2_contingency(np.stack(pair), correction=False).pvalue for pair in zip(a, b)]
    np.testing.assert_allclose(pearson_p_value(with_special_cells(a), with_special_cells(b)), truth, rtol=5e-3)


def test_a_few_rows_of_a_new_category_are_noticed():
    reference = np.array([[12_500.0, 12_500, 0, 0, 0, 0, 0]])
    current = np.array([[48.0, 48, 0, 0, 0, 0, 4]])
    assert pearson_p_value(current, reference)[0] < 1e-6


def test_mean_and_variance_are_those_of_all_tables_with_the_same_margins():
    columns, size = np.array([3, 4, 1, 2]), 4
    tables = [a for a in itertools.product(*(range(c + 1) for c in columns)) if sum(a) == size]
    chance = np.array([np.prod([comb(c, x) for c, x in zip(columns, a)]) / comb(10, size) for a in tables])
    values = np.array([stats.chi2_contingency([a, columns - a], correction=False).statistic for a in tables])
    mean = (values * chance).sum()
    moments = pearson_moments(np.array([4.0]), np.array([6.0]), columns[None, :].astype(float))
    assert moments[0][0] == pytest.approx(mean)
    assert moments[1][0] == pytest.approx(((values - mean) ** 2 * chance).sum())


def test_pooling_loses_no_row_and_keeps_special_cells_apart():
    draw = np.random.default_rng(2)
    a, b = draw.poisson(4.0, (50, 25)).astype(float), draw.poisson(6.0, (50, 25)).astype(float)
    pooled = pool_rare_cells(a, b)
    for side, cells in zip((a, b), pooled):
        np.testing.assert_array_equal(cells.sum(axis=1), side.sum(axis=1))
        np.testing.assert_array_equal(cells[:, 50:].sum(axis=1) + cells[:, 20:25].sum(axis=1), side[:, 20:].sum(axis=1))


def test_there_is_no_p_value_without_rows():
    empty, some = np.zeros((1, 7)), np.array([[5.0, 5, 0, 0, 0, 0, 0]])
    for sides in ((empty, some), (some, empty), (some / 10, some / 10)):
        assert np.isnan(pearson_p_value(*sides)[0])


@pytest.mark.parametrize("name", [name for name in DRIFT_STATISTICS if name != "mean_shift"])
@pytest.mark.parametrize("cells", [2, 12])
def test_the_expected_value_is_the_mean_when_nothing_has_changed(name, cells):
    shares = np.arange(cells, 2.0 * cells) / np.arange(cells, 2.0 * cells).sum()
    edges = np.arange(cells, dtype=float) ** 1.5
    sides = []
    for counts in draw_cells(shares, (1500, 4000), 2000):
        mean = counts @ edges / counts.sum(axis=1)
        sides.append(Histograms.of_counts(
            counts, kind="discrete", edges=edges, minimum=np.full(2000, edges[0]), maximum=np.full(2000, edges[-1]),
            mean=mean, m2=counts @ edges**2 - counts.sum(axis=1) * mean**2))
    estimate = DRIFT_STATISTICS[name].compute(*sides)
    found, stated = estimate.value.mean(), estimate.expected.mean()
    assert found <= 1.1 * stated
    # Between two and infinitely many bins that of ks is a ceiling.
    assert found >= (0.75 if name == "ks" and cells > 2 else 0.9) * stated


@pytest.mark.parametrize("name", ["ks", "mean_shift"])
def test_p_values_of_numbers_are_no_smaller_than_uniform(name):
    cuts = np.linspace(-2, 2, 99)
    shares = np.diff(np.concatenate([[0], stats.norm.cdf(cuts), [1]]))
    middle = np.linspace(-2.02, 2.02, 100)
    sides = []
    for counts in draw_cells(shares, (200, 3000), 4000):
        mean = counts @ middle / counts.sum(axis=1)
        sides.append(Histograms.of_counts(counts, edges=cuts, mean=mean,
                                          m2=counts @ middle**2 - counts.sum(axis=1) * mean**2))
    p = DRIFT_STATISTICS[name].compute(*sides).p_value
    assert 0.03 < np.mean(p <= 0.05) < 0.06
