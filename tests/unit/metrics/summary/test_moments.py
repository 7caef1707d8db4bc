"""Mean, standard deviation and extremes against pandas and SciPy on the rows."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from spark_monitor.metrics.summary import SUMMARY_METRICS


@pytest.fixture
def rows():
    return np.random.default_rng(11).normal(1e6, 3, 999)


@pytest.mark.parametrize("name", ["mean", "std", "min", "max"])
def test_a_moment_equals_pandas(of_rows, rows, name):
    estimate = SUMMARY_METRICS[name].compute(of_rows([*rows, None, np.nan, np.inf], bins=[1e6]))
    assert estimate.value[0] == pytest.approx(getattr(pd.Series(rows), name)(), rel=1e-12)
    assert (estimate.sample_size[0], estimate.error_bound[0]) == (999, 0)


def test_the_mean_has_the_normal_interval(of_rows, rows):
    estimate = SUMMARY_METRICS["mean"].compute(of_rows(rows, bins=[1e6]))
    truth = stats.norm.interval(0.95, rows.mean(), stats.sem(rows))
    assert (estimate.ci_low[0], estimate.ci_high[0]) == pytest.approx(truth, rel=1e-12)
    assert estimate.ci_method == "normal"


def test_a_single_row_has_a_mean_without_an_interval_and_no_deviation(of_rows):
    h = of_rows([4.0], bins=[1.0])
    mean, deviation = SUMMARY_METRICS["mean"].compute(h), SUMMARY_METRICS["std"].compute(h)
    assert mean.value[0] == 4 and np.isnan([mean.ci_low[0], mean.ci_high[0], deviation.value[0]]).all()
    assert deviation.reason == "fewer_than_two_finite_rows"


def test_a_constant_does_not_deviate(of_rows):
    assert SUMMARY_METRICS["std"].compute(of_rows([2.5] * 7, bins=[1.0])).value[0] == 0


def test_weights_change_no_summary(of_rows, rows):
    plain, weighted = of_rows(rows, bins=[1e6]), of_rows(rows, bins=[1e6], weights=[np.linspace(0, 9, 999)])
    for name in ("mean", "std", "min", "max", "p01", "p50", "p95"):
        compute = SUMMARY_METRICS[name].compute
        assert compute(plain).value[0] == compute(weighted).value[0]


@pytest.mark.parametrize("name, level", [("p01", 0.01), ("p05", 0.05), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75),
                                         ("p95", 0.95), ("p99", 0.99)])
def test_a_percentile_is_the_quantile_of_its_name(of_rows, name, level):
    rows = np.random.default_rng(2).permutation(np.arange(1000) % 100.0)
    h = of_rows(rows, kind="discrete", bins=np.arange(100.0))
    assert SUMMARY_METRICS[name].compute(h).value[0] == np.quantile(rows, level, method="inverted_cdf")
