"""Are groups' mean errors compared as statistics of raw rows would, and quiet where groups are equal?"""

import numpy as np
import pytest
import scipy.stats

from spark_monitor.metrics.bias.comparisons import to_overall, to_rest
from spark_monitor.metrics.bias.estimated import estimated_to_rest
from spark_monitor.metrics.bias.extremes import between_groups
from spark_monitor.metrics.bias.group_means import LAWS, error_means, mean_rates
from spark_monitor.metrics.bias.intervals import newcombe, wilson_limits
from spark_monitor.metrics.error_cells import ErrorCells

WINDOWS, GROUPS = 400, 8


def means_of(errors, criterion="mae"):
    """Return the rates of rows of errors, shape (groups, windows, rows)."""
    groups, windows, rows = errors.shape
    target = np.repeat(np.arange(groups * windows), rows)
    cells = ErrorCells.of_rows(errors.ravel(), np.zeros(errors.size), target, size=groups * windows)
    found = error_means(cells, None, criterion)
    return mean_rates(**{name: values.reshape(groups, windows) for name, values in found.items()}, law=LAWS[criterion])


@pytest.fixture(scope="module")
def equal():
    random = np.random.default_rng(4)
    return means_of(random.laplace(0, 3, (GROUPS, WINDOWS, 60)))


def test_two_groups_are_compared_as_students_test_does():
    random = np.random.default_rng(3)
    errors = random.gamma(2, 1, (2, 1, 400)) * np.array([1.0, 1.2])[:, None, None]
    for criterion in ("mae", "mean_error"):
        found = to_rest(means_of(errors, criterion), "difference")
        truth = scipy.stats.ttest_ind(*errors[:, 0], equal_var=False)
        assert found.value[0, 0] == pytest.approx(errors[0].mean() - errors[1].mean(), abs=1e-12)
        assert found.p_value[0, 0] == pytest.approx(truth.pvalue, rel=0.1)
        low, high = truth.confidence_interval(0.95)
        assert (found.ci_low[0, 0], found.ci_high[0, 0]) == pytest.approx((low, high), abs=5e-3)


def test_equal_groups_are_seldom_found_unequal(equal):
    for measure in ("difference", "ratio"):
        found = to_rest(equal, measure)
        assert 0.02 <= (found.p_value.min(axis=0) < 0.05).mean() <= 0.08
        none = 0.0 if measure == "difference" else 1.0
        assert ((found.ci_low > none) | (found.ci_high < none)).any(axis=0).mean() <= 0.08
        assert ((found.ci_low <= found.value) & (found.value <= found.ci_high)).all()


def test_the_gap_between_the_extremes_is_what_equal_groups_give_by_chance(equal):
    found = between_groups(equal, "difference")
    assert found.value.mean() == pytest.approx(found.expected.mean(), rel=0.05)
    assert 0.02 <= (found.p_value < 0.05).mean() <= 0.08
    ratio = between_groups(equal, "ratio")
    assert ratio.value.mean() == pytest.approx(ratio.expected.mean(), rel=0.03)


def test_a_group_is_compared_with_all_itself_included():
    value, weight = np.array([[1.0], [2.0], [4.0]]), np.array([[50.0], [30.0], [20.0]])
    rates = mean_rates(value, value / 100, weight, weight + 100, weight, np.full((3, 1), "no_outcomes"),
                       law=LAWS["mae"])
    overall = (value * weight).sum() / weight.sum()
    assert to_overall(rates, "difference").value[:, 0] == pytest.approx((value - overall)[:, 0], abs=1e-12)
    assert to_overall(rates, "ratio").value[:, 0] == pytest.approx((value / overall)[:, 0], abs=1e-12)


def test_a_group_without_errors_is_not_compared():
    errors = np.stack([np.zeros((1, 40)), np.ones((1, 40)) * np.arange(40), np.arange(40)[None] * 2.0])
    found = to_rest(means_of(errors), "ratio")
    assert np.isnan(found.value[0, 0]) and found.value[1, 0] == pytest.approx(0.5)


def test_estimates_of_two_groups_are_compared_as_their_bands_say():
    share, size = np.array([[0.3], [0.45]]), np.array([[200.0], [300.0]])
    low, high = wilson_limits(share, size)
    found = estimated_to_rest(share, low, high, size, "difference")
    truth = newcombe(share[0], size[0], share[1], size[1])
    assert (found.ci_low[0, 0], found.ci_high[0, 0]) == pytest.approx((truth[0][0], truth[1][0]), abs=1e-12)
    ratio = estimated_to_rest(share, low, high, size, "ratio")
    assert ratio.value[:, 0] == pytest.approx([2 / 3, 1.5]) and (ratio.ci_high[0] < 1).all()


def test_estimates_of_zero_or_of_few_rows_say_so():
    share = np.array([[0.0], [0.5], [0.4]])
    found = estimated_to_rest(share, share, share + 0.1, np.full((3, 1), 50.0), "ratio",
                              rows=np.array([[50], [50], [9]]))
    assert found.value[0, 0] == 0 and found.ci_low[0, 0] == 0 and found.ci_high[0, 0] == pytest.approx(0.2)
    assert found.reasons[:, 0].tolist() == [None, "zero_rate", "too_few_rows"]
