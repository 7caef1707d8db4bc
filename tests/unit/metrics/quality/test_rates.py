"""Rates of one feature, counted by hand."""

import numpy as np
import pytest
from scipy import stats

from spark_monitor.metrics.quality import QUALITY_METRICS

NUMBERS = [None, None, np.nan, np.inf, -np.inf, -np.inf, 0.0, -0.0, 0.0, 5.0, -3.0, 130.0]
NUMERIC = {"missing_rate": 2, "nan_rate": 1, "infinite_rate": 3, "zero_rate": 3, "out_of_range_rate": 2}


@pytest.mark.parametrize("name", NUMERIC)
@pytest.mark.parametrize("kind, bins", [("numeric", [0.0, 10.0]), ("discrete", [-3.0, 0.0, 5.0])])
def test_a_rate_is_its_rows_over_all_rows(of_rows, name, kind, bins):
    estimate = QUALITY_METRICS[name].compute(of_rows(NUMBERS, kind=kind, bins=bins, limits=(0.0, 120.0)))
    truth = stats.binomtest(NUMERIC[name], 12).proportion_ci(method="wilson")
    assert estimate.value[0] == NUMERIC[name] / 12
    assert (estimate.ci_low[0], estimate.ci_high[0]) == pytest.approx((truth.low, truth.high), abs=1e-12)
    assert (estimate.sample_size[0], estimate.error_bound[0], estimate.ci_method) == (12, 0, "wilson")


def test_folded_categories_are_not_unseen_ones(of_rows):
    h = of_rows(["a", "b", "other1", "new", "newer", None], kind="categorical", bins=("a", "b"), has_other=True)
    assert QUALITY_METRICS["unseen_rate"].compute(h).value[0] == pytest.approx(2 / 6)
    assert QUALITY_METRICS["missing_rate"].compute(h).value[0] == pytest.approx(1 / 6)


def test_no_range_is_no_rate_of_rows_out_of_it(of_rows):
    estimate = QUALITY_METRICS["out_of_range_rate"].compute(of_rows(NUMBERS, bins=[0.0]))
    assert np.isnan([estimate.value[0], estimate.ci_low[0], estimate.ci_high[0], estimate.error_bound[0]]).all()
    assert estimate.reason == "no_range"


@pytest.mark.parametrize("name, weighed", [("missing_rate", 4.0), ("nan_rate", 3.0), ("infinite_rate", 3.5)])
def test_weights_count_where_there_are_any(of_rows, name, weighed):
    rows, weights = [None, np.nan, np.inf, -np.inf, 1.0, 0.0], [4.0, 3.0, 2.0, 1.5, 1.0, 0.5]
    estimate = QUALITY_METRICS[name].compute(of_rows(rows, bins=[0.5], weights=[weights]))
    share, size = weighed / 12, 12**2 / np.square(weights).sum()
    assert estimate.value[0] == pytest.approx(share, rel=1e-12)
    assert estimate.sample_size[0] == 6
    spread = 1.959963984540054 * np.sqrt(share * (1 - share) / size + 1.959963984540054**2 / (4 * size**2))
    assert estimate.ci_high[0] - estimate.ci_low[0] == pytest.approx(2 * spread / (1 + 1.959963984540054**2 / size))


def test_zeros_and_rows_out_of_range_are_not_weighed(of_rows):
    h = of_rows([0.0, 1.0, 9.0, None], bins=[0.5], limits=(0, 5), weights=[[100.0, 1.0, 1.0, 1.0]])
    assert [QUALITY_METRICS[name].compute(h).value[0] for name in ("zero_rate", "out_of_range_rate")] == [0.25, 0.25]


def test_an_unseen_category_weighs_its_weight(of_rows):
    h = of_rows(["a", "new"], kind="categorical", bins=("a",), weights=[[1.0, 3.0]])
    assert QUALITY_METRICS["unseen_rate"].compute(h).value[0] == 0.75


def test_rows_without_weight_say_nothing(of_rows):
    estimate = QUALITY_METRICS["missing_rate"].compute(of_rows([None, 1.0], bins=[0.5], weights=[[0.0, 0.0]]))
    assert np.isnan([estimate.value[0], estimate.ci_low[0], estimate.ci_high[0]]).all()
