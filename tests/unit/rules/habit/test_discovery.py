"""Are discoveries those of Benjamini, Hochberg and Bogomolov, and false ones as rare as promised?"""

import numpy as np
import pytest
from scipy.stats import chi2, false_discovery_control

from spark_monitor.rules.habit.discovery import adjusted, calmed, q_values


def _by_the_book(p, feature, level):
    names = np.unique(feature)
    simes = np.array([false_discovery_control(p[feature == name]).min() for name in names])
    found = names[false_discovery_control(simes) <= level]
    wanted = np.zeros(len(p), bool)
    for name in found:
        mine = np.flatnonzero(feature == name)
        wanted[mine] = false_discovery_control(p[mine]) <= level * len(found) / len(names) + 1e-15
    return wanted


@pytest.mark.parametrize("seed", range(40))
def test_discoveries_at_every_level_are_those_of_the_two_steps_by_the_book(seed):
    random = np.random.default_rng(seed)
    p, feature = random.random(15) ** 3, random.integers(0, 5, 15)
    for level in (0.02, 0.05, 0.1, 0.3, 0.6, 0.9):
        assert (q_values(p, feature) <= level + 1e-12).tolist() == _by_the_book(p, feature, level).tolist()


def test_adjusted_p_values_are_scipys_family_by_family():
    random = np.random.default_rng(1)
    p, family = random.random(60), np.sort(random.integers(0, 7, 60))
    for name in np.unique(family):
        assert adjusted(p, family)[family == name] == pytest.approx(false_discovery_control(p[family == name]))


def test_tiny_p_values_of_many_families_keep_their_digits():
    p, feature = np.full(3000, 0.5), np.arange(3000)
    p[2999] = 1e-250
    assert q_values(p, feature)[2999] == pytest.approx(3000e-250)


def test_no_tests_give_no_numbers():
    assert q_values(np.empty(0), np.empty(0, int)).shape == (0,)


def test_under_no_change_at_most_one_window_in_twenty_has_a_discovery():
    random = np.random.default_rng(5)
    feature = np.repeat(np.arange(100), 6)
    found = sum((q_values(random.random(600), feature) <= 0.05).any() for _ in range(400))
    assert found <= 20 + 3 * np.sqrt(19)


def test_a_shift_in_one_segment_of_one_feature_among_hundreds_is_found_alone():
    p, feature = np.tile([0.2, 0.4, 0.6, 0.8, 0.9, 0.7], 200), np.repeat(np.arange(200), 6)
    p[77] = 1e-6
    assert np.flatnonzero(q_values(p, feature) <= 0.05).tolist() == [77]


def test_a_window_that_is_further_out_as_a_whole_is_calmed_and_a_quiet_one_is_left_alone():
    random = np.random.default_rng(2)
    wild = chi2.sf(2 * chi2.rvs(1, size=1001, random_state=random), 1)
    assert np.median(calmed(wild, np.full(1001, True), 1.0)) == pytest.approx(0.5, abs=1e-9)
    quiet = np.linspace(0.1, 1, 1001)
    assert calmed(quiet, np.full(1001, True), 1.0) is quiet


def test_a_failure_of_most_columns_still_shows():
    broken = np.append(np.full(70, 1e-40), np.full(30, 0.5))
    assert (q_values(calmed(broken, np.full(100, True), 3.0), np.arange(100)) <= 0.05).sum() == 70


def test_the_more_windows_are_known_the_less_is_put_down_to_not_knowing():
    p = np.full(100, 1e-6)
    few, many = (calmed(p, np.full(100, True), windows)[0] for windows in (3.0, 60.0))
    assert p[0] < many < 1e-5 < few
