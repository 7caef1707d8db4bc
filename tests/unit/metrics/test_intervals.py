"""The intervals of shares and means against SciPy's."""

import numpy as np
import pytest
from scipy import stats

from spark_monitor.metrics.intervals import mean_interval, share_estimate, wilson_interval


@pytest.mark.parametrize("size", [1, 2, 10, 1000, 10**7])
def test_wilson_equals_scipy(size):
    hits = np.unique(np.array([0, 1, size // 3, size - 1, size]))
    low, high = wilson_interval(hits / size, np.full(len(hits), size))
    for k, hit in enumerate(hits):
        truth = stats.binomtest(int(hit), size).proportion_ci(method="wilson")
        assert (low[k], high[k]) == (pytest.approx(truth.low, abs=1e-12), pytest.approx(truth.high, abs=1e-12))


def test_wilson_encloses_the_share_even_at_its_ends():
    share = np.array([0.0, 1.0, 0.5])
    low, high = wilson_interval(share, np.array([7, 7, 7]))
    assert low[0] == 0 and high[1] == 1
    assert (low <= share).all() and (share <= high).all() and (low < high).all()


def test_wilson_covers_the_truth_as_often_as_it_says():
    hits = np.arange(201)
    low, high = wilson_interval(hits / 200, np.full(201, 200))
    covered = [stats.binom.pmf(hits, 200, p)[(low <= p) & (p <= high)].sum() for p in np.linspace(0.02, 0.98, 97)]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.005)


def test_no_rows_have_no_interval():
    low, high = wilson_interval(np.array([np.nan, 0.5]), np.array([0, 0]))
    assert np.isnan(low).all() and np.isnan(high).all()


def test_the_interval_of_a_mean_equals_scipy():
    rows = np.random.default_rng(3).normal(5, 2, 400)
    low, high = mean_interval(np.array([rows.mean()]), np.array([rows.std(ddof=1)]), np.array([400]))
    truth = stats.norm.interval(0.95, rows.mean(), stats.sem(rows))
    assert (low[0], high[0]) == pytest.approx(truth, rel=1e-12)


def test_a_wider_level_gives_a_wider_interval():
    narrow, wide = (wilson_interval(np.array([0.3]), np.array([50]), level) for level in (0.9, 0.99))
    assert wide[0] < narrow[0] and narrow[1] < wide[1]


def test_a_share_without_a_whole_is_undefined():
    estimate = share_estimate([0, 3], [0, 4], [0, 4], [0, 4])
    np.testing.assert_array_equal(estimate.value, [np.nan, 0.75])
    np.testing.assert_array_equal(estimate.error_bound, [np.nan, 0])
    assert (estimate.reason, estimate.ci_method, estimate.ci_level) == ("no_rows", "wilson", 0.95)
