"""Does the memory of a habit come out at the wander that there is, and is it neither deaf nor gullible?"""

import numpy as np
import pytest
from scipy import stats

from spark_monitor.rules.habit.memory import NEIGHBOURS, Memory, from_reference
from spark_monitor.rules.habit.reference import span_distances
from spark_monitor.rules.habit.shrink import UNKNOWN, shrunk


def _ar1(random, count, length):
    noise = random.standard_normal((length + 50, count)) * np.sqrt(1 - NEIGHBOURS**2)
    for before, now in zip(noise, noise[1:]):
        now += NEIGHBOURS * before
    return noise[50:]


@pytest.mark.parametrize("spans", [4, 10, 30])
def test_the_reference_foretells_how_far_later_windows_will_be_even_though_its_spans_are_alike(spans):
    random = np.random.default_rng(spans)
    deviation = _ar1(random, 20_000, spans + 60)
    middle = deviation[:spans].mean(axis=0)
    inside = ((deviation[:spans] - middle) ** 2).mean(axis=0)
    later = (deviation[-1] - middle) ** 2
    told = from_reference(inside, np.zeros(20_000), np.full(20_000, float(spans)))
    assert told.wander.mean() == pytest.approx(later.mean(), rel=0.05)
    assert told.windows[0] == spans - 1


def test_one_span_tells_nothing():
    assert from_reference(np.array([np.nan]), np.array([np.nan]), np.array([1.0])).windows.tolist() == [0]


def test_learning_finds_the_wander_that_there_is():
    random = np.random.default_rng(1)
    memory = from_reference(np.full(500, 0.005), np.zeros(500), np.full(500, 4.0))
    rows = np.arange(500)
    for _ in range(150):
        distance = 0.01 * random.standard_normal(500) ** 2
        memory = memory.learn(rows, distance, np.zeros(500), memory.habit)
    assert np.median(memory.habit) == pytest.approx(0.01, rel=0.15)


def test_one_terrible_window_teaches_no_more_than_one_at_the_edge():
    memory = Memory.of(np.array([0.01]), np.zeros(1), np.array([30.0]))
    after = memory.learn(np.arange(1), np.array([100.0]), np.zeros(1), memory.habit)
    assert after.wander[0] < 0.0125


def test_alarming_windows_teach_too_so_that_a_lasting_wander_becomes_the_habit():
    memory = Memory.of(np.array([0.001]), np.zeros(1), np.array([10.0]))
    for _ in range(60):
        memory = memory.learn(np.arange(1), np.array([0.05]), np.zeros(1), memory.habit)
    assert memory.habit[0] > 0.02


def _tail_after(distances, windows=20.0):
    memory = Memory.of(np.array([0.001]), np.zeros(1), np.array([windows]))
    for distance in distances:
        memory = memory.learn(np.arange(1), np.array([distance]), np.zeros(1), memory.habit)
    return memory.tail[0]


def test_bad_days_now_and_then_make_the_tail_heavy_and_a_change_that_lasts_is_one_of_them():
    quiet, bad = [0.001] * 30, ([1.0] + [0.001] * 4) * 6
    assert _tail_after(quiet) > 50
    assert _tail_after(bad) < 5
    assert _tail_after([1.0] * 30) == pytest.approx(_tail_after([1.0] + quiet[1:]))
    assert _tail_after([1.0] * 30) > 10


def test_a_tail_is_as_heavy_as_students_where_windows_are_out_as_often():
    for freedom in (1.0, 3.0, 8.0):
        rate = 2 * stats.t.sf(np.sqrt(1 + 4 * np.sqrt(2)), freedom)
        memory = Memory(np.ones(1), np.zeros(1), np.array([1e9]), np.array([rate]), np.zeros(1, bool))
        assert memory.tail[0] == pytest.approx(freedom, rel=0.01)


def test_windows_that_were_not_judged_leave_the_memory_alone():
    memory = Memory.of(np.array([0.01, 0.02]), np.zeros(2), np.array([5.0, 5.0]))
    after = memory.learn(np.array([1]), np.array([0.02]), np.zeros(1), np.array([0.02]))
    assert (after.wander[0], after.windows.tolist()) == (0.01, [5.0, 6.0])


def test_where_wander_drowns_in_noise_the_habit_is_what_the_noise_could_hide():
    quiet = Memory.of(np.array([0.0, -0.001]), np.full(2, 1e-4), np.full(2, 25.0))
    assert quiet.habit[0] == pytest.approx(0.002)
    assert 0 < quiet.habit[1] < 0.002


def test_spans_of_one_unchanging_process_are_no_distance_apart_on_average():
    random = np.random.default_rng(4)
    cells = random.multinomial(300, np.full(10, 0.1), size=(8, 4000)).astype(float)
    distance, noise = span_distances(cells)
    assert abs(distance.mean()) < 4 * distance.std() / np.sqrt(4000)
    # Of a mean over eight spans, which have their whole in common.
    assert distance.var() == pytest.approx(noise.mean() / 8, rel=0.2)


def test_spans_that_differ_are_as_far_from_the_whole_as_their_shares_say():
    shares = np.array([[0.5, 0.5], [0.6, 0.4], [0.4, 0.6], [0.5, 0.5]])
    distance, _ = span_distances((shares * 1e7)[:, None])
    by_hand = np.mean([0, 0.01 / 0.5 * 2, 0.01 / 0.5 * 2, 0])
    assert distance[0] == pytest.approx(by_hand, rel=0.03)


def test_a_span_without_rows_does_not_count():
    cells = np.array([[[60.0, 40.0]], [[0.0, 0.0]], [[40.0, 60.0]]])
    assert span_distances(cells)[0] == pytest.approx(span_distances(cells[[0, 2]])[0])
    assert np.isnan(span_distances(cells[:2])[0][0])


def test_habits_that_are_alike_are_pooled_and_those_that_are_not_are_left():
    random = np.random.default_rng(6)
    alike = Memory.of(0.01 * random.chisquare(3, 200) / 3, np.zeros(200), np.full(200, 9.0))
    pooled, tail, _ = shrunk(alike, np.zeros(200, int))
    assert np.log(pooled).std() < 0.4 * np.log(alike.habit).std() and tail[0] == 13.0
    apart = Memory.of(10.0 ** random.uniform(-6, 0, 200), np.zeros(200), np.full(200, 9.0))
    kept, tail, _ = shrunk(apart, np.zeros(200, int))
    assert np.corrcoef(np.log(kept), np.log(apart.habit))[0, 1] > 0.9 and tail[0] == 4.0


def test_few_windows_make_heavy_tails_and_nothing_known_is_borrowed_and_said():
    one = Memory.of(np.array([0.01, 0.0]), np.zeros(2), np.array([3.0, 0.0]))
    habit, tail, borrowed = shrunk(one, np.zeros(2, int))
    assert habit == pytest.approx([0.01, 0.01])
    assert (tail.tolist(), borrowed.tolist()) == ([2.0, 1.0], [False, True])
    assert shrunk(Memory.blank(1), np.zeros(1, int))[0].tolist() == [UNKNOWN]
