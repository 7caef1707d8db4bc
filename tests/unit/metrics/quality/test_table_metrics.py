"""Numbers about all rows, counted by hand."""

import datetime as dt

import numpy as np
import pytest

from spark_monitor.metrics.quality import TABLE_METRICS
from spark_monitor.metrics.quality.table import TABLE_FACTS

FACTS = {
    "rows": [700, 0, 10], "slices": [7, 7, 1], "reference_rows": [5600, 5600, 0], "reference_slices": [28, 28, 28],
    "duplicates": [7, 0, 0], "quarantined": [10, 0, 0], "rows_in": [800, 0, 10],
    "newest_us": [1.0e15, np.nan, 1.0e15], "window_end_us": [1.0e15 + 9e9, 1.0e15, 1.0e15 + 1],
    "columns_missing": [1, 0, 0], "columns_new": [2, 0, 0], "types_changed": [3, 0, 0],
}
BY_HAND = {
    "row_count": [700, 0, 10], "volume_ratio": [0.5, 0, np.nan], "duplicate_rate": [0.01, np.nan, 0],
    "quarantined_rate": [0.0125, np.nan, 0], "freshness_hours": [2.5, np.nan, 1 / 3.6e9],
    "column_missing": [1, 0, 0], "column_new": [2, 0, 0], "type_changed": [3, 0, 0],
}


def test_the_facts_that_metrics_read_are_the_facts_that_are_described():
    assert set(FACTS) == set(TABLE_FACTS)


@pytest.mark.parametrize("name", TABLE_METRICS)
def test_a_table_metric_equals_the_hand_count(name):
    estimate = TABLE_METRICS[name].compute(FACTS)
    np.testing.assert_allclose(estimate.value, BY_HAND[name], rtol=1e-12)
    np.testing.assert_array_equal(np.isnan(estimate.error_bound), np.isnan(BY_HAND[name]))


@pytest.mark.parametrize("name", TABLE_METRICS)
def test_a_block_equals_its_single_windows(name):
    whole = TABLE_METRICS[name].compute(FACTS)
    for k in range(3):
        single = TABLE_METRICS[name].compute({key: [values[k]] for key, values in FACTS.items()})
        np.testing.assert_array_equal(single.value, whole.value[k:k + 1])
        assert single.reason == whole.reason


@pytest.mark.parametrize("name", TABLE_METRICS)
def test_a_table_metric_stays_in_its_bounds_and_its_interval(name):
    spec, estimate = TABLE_METRICS[name], TABLE_METRICS[name].compute(FACTS)
    known = ~np.isnan(estimate.value)
    assert ((estimate.value[known] >= spec.lower) & (estimate.value[known] <= spec.upper)).all()
    if estimate.ci_low is not None:
        inside = (estimate.ci_low <= estimate.value) & (estimate.value <= estimate.ci_high)
        assert inside[known].all()


def test_ids_that_are_not_compared_have_no_duplicate_rate():
    estimate = TABLE_METRICS["duplicate_rate"].compute({"duplicates": [None, None], "rows": [5, 0]})
    assert np.isnan(estimate.value).all() and estimate.reason == "not_counted"


def test_volume_is_compared_a_slice_and_expected_to_stay():
    estimate = TABLE_METRICS["volume_ratio"].compute(
        {"rows": [31_000], "slices": [31], "reference_rows": [14_000], "reference_slices": [7]}
    )
    assert (estimate.value[0], estimate.expected[0], estimate.reference_size[0]) == (0.5, 1, 14_000)


def test_freshness_of_today_and_of_2999_is_measured_to_the_windows_end():
    for year in (1600, 2013, 2999):
        end = dt.datetime(year, 7, 2, tzinfo=dt.timezone.utc)
        micros = (end - dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)) // dt.timedelta(microseconds=1)
        facts = {"newest_us": np.array([micros - 5_400_000_000]), "window_end_us": np.array([micros])}
        assert TABLE_METRICS["freshness_hours"].compute(facts).value[0] == pytest.approx(1.5, abs=1e-8)


def test_more_columns_gone_is_worse():
    assert {TABLE_METRICS[name].direction for name in ("column_missing", "column_new", "type_changed")} == {
        "higher_is_worse"
    }
    assert {TABLE_METRICS[name].direction for name in ("row_count", "volume_ratio")} == {"two_sided"}
