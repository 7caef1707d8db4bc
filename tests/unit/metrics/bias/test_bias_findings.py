"""How often equal groups are called unequal, and unequal ones are found."""

import numpy as np
import pytest

from spark_monitor.metrics.bias.comparisons import to_rest
from spark_monitor.metrics.bias.extremes import between_groups
from spark_monitor.metrics.bias.findings import bias_finding
from spark_monitor.metrics.bias.group_counts import GroupCounts
from spark_monitor.metrics.bias.group_rates import group_rates

CRITERIA = ("selection_rate", "recall", "precision", "accuracy", "false_positive_rate")


def windows(sizes, base, recall, false_positive, factor=1.0, count=2000, seed=6):
    """Return counts of windows whose first group has `factor` times the others' rates of selection."""
    random = np.random.default_rng(seed)
    n = np.repeat(np.asarray(sizes)[:, None], count, axis=1)
    times = np.where(np.arange(len(sizes)) == 0, factor, 1.0)[:, None]
    positive = random.binomial(n, base)
    tp, fp = random.binomial(positive, recall * times), random.binomial(n - positive, false_positive * times)
    confusion = np.stack([np.stack([n - positive - fp, positive - tp], -1), np.stack([fp, tp], -1)], -2)
    return GroupCounts.of_confusion(confusion)


def found(counts, measure):
    answers = [to_rest(group_rates(counts, name), measure) for name in CRITERIA]
    return np.stack([bias_finding(measure, a.ci_low, a.ci_high, a.p_value, len(CRITERIA)) for a in answers])


@pytest.mark.parametrize("base, recall, false_positive", [
    (0.2, 0.7, 0.1), (0.02, 0.7, 0.05), (0.5, 0.8, 0.2), (0.3, 0.5, 0.3), (0.2, 0.95, 0.01),
])
def test_fifteen_equal_groups_are_called_unequal_in_at_most_one_window_of_twenty(base, recall, false_positive):
    counts = windows(np.linspace(50, 200, 15).astype(int), base, recall, false_positive)
    both = found(counts, "ratio").any(axis=(0, 1)) | found(counts, "difference").any(axis=(0, 1))
    assert both.mean() <= 0.05


@pytest.mark.parametrize("measure", ["ratio", "difference"])
@pytest.mark.parametrize("groups", [2, 5, 15])
@pytest.mark.parametrize("base, recall, false_positive", [(0.3, 0.7, 0.13), (0.5, 0.8, 0.2), (0.4, 0.6, 0.1)])
def test_a_group_at_seven_tenths_is_found_in_nine_windows_of_ten(groups, base, recall, false_positive, measure):
    hits = found(windows([1000] * groups, base, recall, false_positive, 0.7, 500), measure)
    assert hits[0, 0].mean() >= 0.9 and hits[1, 0].mean() >= 0.9


def test_the_plain_ratio_is_below_four_fifths_in_nearly_every_window_of_equal_groups():
    counts = windows(np.linspace(50, 200, 15).astype(int), 0.2, 0.7, 0.1, count=500)
    answer = between_groups(group_rates(counts, "selection_rate"), "ratio")
    assert (answer.value < 0.8).mean() > 0.95 and (answer.p_value < 0.05).mean() < 0.08
    assert np.median(answer.value / answer.expected) == pytest.approx(1, abs=0.05)


def test_a_finding_needs_more_than_a_sure_trifle():
    low, high, p = np.array([0.97, 0.80, np.nan]), np.array([0.99, 0.94, np.nan]), np.array([1e-9, 1e-9, np.nan])
    np.testing.assert_array_equal(bias_finding("ratio", low, high, p, 1), [False, True, False])
    np.testing.assert_array_equal(bias_finding("ratio", low, high, p, 1, margin=0.8), [False, False, False])
    np.testing.assert_array_equal(bias_finding("difference", np.array([0.02]), np.array([0.1]), np.array([0.04]), 2),
                                  [False])
