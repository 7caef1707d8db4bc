"""Every metric is found by its name, and by one name only."""

import pytest

from spark_monitor.metrics import DRIFT_STATISTICS, FEATURE_METRICS, METRICS, metric_facts
from spark_monitor.metrics.quality import QUALITY_METRICS, TABLE_METRICS
from spark_monitor.metrics.summary import SUMMARY_METRICS


def test_the_names_are_the_public_ones():
    assert set(QUALITY_METRICS) | set(TABLE_METRICS) == set(
        "row_count volume_ratio missing_rate nan_rate infinite_rate zero_rate out_of_range_rate unseen_rate "
        "duplicate_rate quarantined_rate freshness_hours column_missing column_new type_changed".split()
    )
    assert set(SUMMARY_METRICS) == set("mean std min max p01 p05 p25 p50 p75 p95 p99 distinct_count".split())
    assert set(DRIFT_STATISTICS) == set(
        "psi js_distance kl_divergence hellinger total_variation l_infinity ks wasserstein wasserstein_scaled "
        "chi_squared cramers_v mean_shift".split()
    )


def test_every_listed_metric_is_found_by_name():
    for name in (*FEATURE_METRICS, *TABLE_METRICS, *DRIFT_STATISTICS):
        assert metric_facts(name).name == name
        assert METRICS[name] is metric_facts(name)


def test_a_class_has_a_share_whatever_it_is_called():
    facts = metric_facts("share:on time: yes")
    assert (facts.name, facts.family, facts.direction) == ("share:on time: yes", "prediction", "two_sided")


def test_an_unknown_metric_is_refused():
    with pytest.raises(KeyError):
        metric_facts("pis")
    assert METRICS.suggest("pis") == "psi"
