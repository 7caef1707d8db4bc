"""Which windows breach, and which hypotheses stay in the family?"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from spark_monitor.rules.habit.memory import Memory
from spark_monitor.rules.habit.standing import Standing
from spark_monitor.rules.habit.window import Evidence, judge_window

FREEDOM, KAPPA = 9.0, 0.001


def evidence(chi_squared, effect=None, shift=np.nan, share=np.nan):
    """Return the evidence of hypotheses 0, 1, ... by their chi-squared."""
    x = np.asarray(chi_squared, float)
    count = len(x)
    full = np.full(count, FREEDOM)
    return Evidence(np.arange(count), x, full, np.full(count, KAPPA), stats.chi2.sf(x, FREEDOM),
                    (x - FREEDOM) * KAPPA if effect is None else np.asarray(effect, float),
                    np.broadcast_to(shift, count).astype(float), np.broadcast_to(share, count).astype(float))


def known(count, wander=1e-4, windows=40.0):
    return Standing.first(Memory.of(np.full(count, wander), np.full(count, 1e-8), np.full(count, windows)))


def judged(some, standing, **how):
    count = len(standing.is_open)
    return judge_window(some, standing, np.arange(count), np.zeros(count, int), np.full(count, 0.02),
                        np.full(count, -1), **how)


def test_a_change_that_is_certain_but_does_not_matter_is_no_breach():
    found, _ = judged(evidence([60.0, 9.0], effect=[0.015, 0.0]), known(2))
    assert found.q[0] < 0.05 and found.breached.tolist() == [False, False]


def test_a_shift_of_the_mean_or_of_a_share_matters_where_psi_is_small():
    assert judged(evidence([60.0], [0.015], shift=-0.2), known(1))[0].breached.tolist() == [True]
    assert judged(evidence([60.0], [0.015], share=0.04), known(1))[0].breached.tolist() == [True]
    assert judged(evidence([60.0], [0.015], shift=0.1, share=0.02), known(1))[0].breached.tolist() == [False]


def test_a_change_that_matters_but_is_within_the_habit_is_no_breach():
    found, _ = judged(evidence([100.0]), known(1, wander=0.05))
    assert found.p[0] > 0.05 and not found.breached[0]


def test_the_same_change_is_a_breach_where_many_windows_are_known_and_none_where_few_are():
    some = evidence([60.0])
    assert judged(some, known(1, wander=0.002, windows=60.0))[0].breached[0]
    assert not judged(some, known(1, wander=0.002, windows=2.0))[0].breached[0]


def test_a_hypothesis_with_an_open_alert_leaves_the_family_and_is_judged_alone():
    standing = replace(known(2), is_open=np.array([True, False]))
    found, _ = judged(evidence([60.0, 30.0]), standing)
    alone, _ = judged(evidence([30.0]), known(1))
    assert np.isnan(found.q[0]) and found.breached[0]
    assert found.q[1] == pytest.approx(alone.q[0])


def test_an_open_alert_goes_on_at_half_the_effect_that_opens_one():
    some = evidence([90.0], effect=[0.012])
    assert not judged(some, known(1))[0].breached[0]
    assert judged(some, replace(known(1), is_open=np.array([True])))[0].breached[0]


def test_a_window_inside_the_reference_is_judged_and_teaches_nothing():
    before = known(1)
    found, after = judged(evidence([60.0]), before, teaches=False)
    assert found.breached[0] and after.memory is before.memory


def test_an_alert_opens_when_two_of_three_windows_are_breached_and_ends_after_three_that_are_not():
    standing, states = known(1), []
    for x in (60.0, 9.0, 60.0, 9.0, 9.0, 60.0, 9.0, 9.0, 9.0, 9.0):
        _, standing = judged(evidence([x]), standing, persist=(2, 3), clear=3)
        states.append(bool(standing.is_open[0]))
    assert states == [False, False, True, True, True, True, True, True, False, False]


def test_a_failure_of_most_columns_is_found_in_spite_of_calming():
    found, _ = judged(evidence([3000.0] * 30 + [9.0] * 10), known(40))
    assert found.breached.tolist() == [True] * 30 + [False] * 10


def test_what_is_found_overall_is_not_found_again_in_each_segment():
    whole = np.array([-1, 0, 0])
    found, _ = judge_window(evidence([60.0, 60.0, 9.0]), known(3), np.zeros(3, int), np.arange(3), np.full(3, 0.02), whole)
    assert (found.breached.tolist(), found.told.tolist()) == ([True, False, False], [False, True, False])
    found, _ = judge_window(evidence([9.0, 60.0, 9.0]), known(3), np.zeros(3, int), np.arange(3), np.full(3, 0.02), whole)
    assert (found.breached.tolist(), found.told.tolist()) == ([False, True, False], [False, False, False])
