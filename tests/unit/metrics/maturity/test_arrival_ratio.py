"""The arrival ratio: 1 while the feed runs, less when it breaks, and how often chance alone says so."""

import numpy as np
import pytest

from spark_monitor.metrics.maturity import DelayCells, fit_curves
from spark_monitor.metrics.maturity.arrival import arrival_ratio

DAY = 86_400_000_000


def blocks(rng, targets, first, days, a_day, as_of, ever=0.7, wander=0.0):
    """Cells of many equal logs; `wander` is how much the share ever arriving differs from day to day."""
    rows = targets * days * a_day
    target, day = np.repeat(np.arange(targets), days * a_day), np.tile(np.repeat(np.arange(days), a_day), targets)
    predicted = (first + day) * DAY + rng.integers(0, DAY, rows)
    positive = (rng.random(rows) < 0.2).astype(int)
    known = predicted + (rng.exponential(1, rows) * np.where(positive, 10, 2) * DAY).astype(np.int64)
    share = np.clip(ever + wander * rng.standard_normal((targets, days)), 0, 1)
    arrives = rng.random(rows) < share[target, day]
    start = np.arange(first, first + days) * DAY
    return DelayCells.of_rows(predicted, known, np.where(arrives & (known <= as_of), positive, -1), start, start + DAY,
                              target, targets)


def covered(estimate, truth=1.0):
    return np.mean((estimate.ci_low <= truth) & (truth <= estimate.ci_high))


@pytest.mark.parametrize("reference_day, day", [(200, 45), (200, 60), (60, 60), (30, 30)])
def test_a_feed_that_runs_has_ratio_one_as_often_as_the_interval_says(reference_day, day):
    rng = np.random.default_rng(day)
    curves = fit_curves(blocks(rng, 500, 0, 20, 40, reference_day * DAY), reference_day * DAY)
    estimate = arrival_ratio(blocks(rng, 500, 20, 7, 40, day * DAY), curves, day * DAY)
    assert estimate.value.mean() == pytest.approx(1, abs=0.01)
    assert 0.93 <= covered(estimate) <= 0.985


def test_shares_that_wander_from_day_to_day_widen_the_interval():
    rng = np.random.default_rng(2)
    curves = fit_curves(blocks(rng, 300, 0, 20, 100, 200 * DAY, wander=0.1), 200 * DAY)
    estimate = arrival_ratio(blocks(rng, 300, 20, 7, 100, 60 * DAY, wander=0.1), curves, 60 * DAY)
    assert np.mean(curves.dispersion) > 3
    assert covered(estimate) >= 0.91


def test_a_feed_that_lost_a_third_of_its_outcomes_is_seen():
    rng = np.random.default_rng(3)
    curves = fit_curves(blocks(rng, 200, 0, 20, 40, 200 * DAY), 200 * DAY)
    estimate = arrival_ratio(blocks(rng, 200, 20, 7, 40, 45 * DAY, ever=0.7 * 2 / 3), curves, 45 * DAY)
    assert estimate.value.mean() == pytest.approx(2 / 3, abs=0.01)
    assert np.mean(estimate.ci_high < 1) > 0.99


def test_it_counts_rows_over_predictions_times_the_share_of_the_reference():
    hours = np.arange(200) % 10 * 3_600_000_000
    reference = DelayCells.of_rows(hours * 0, hours, np.where(np.arange(200) < 150, np.arange(200) % 2, -1), [0], [1])
    curves = fit_curves(reference, 300 * DAY)
    window = DelayCells.of_rows(hours[:80] * 0, hours[:80], np.where(np.arange(80) < 30, 0, -1), [0], [1])
    assert arrival_ratio(window, curves, 300 * DAY).value[0] == pytest.approx((30 / 80) / (150 / 200), rel=1e-12)


def test_a_dead_feed_is_zero_and_not_undefined():
    rng = np.random.default_rng(4)
    curves = fit_curves(blocks(rng, 1, 0, 20, 40, 200 * DAY), 200 * DAY)
    estimate = arrival_ratio(blocks(rng, 1, 20, 7, 40, 45 * DAY, ever=0.0), curves, 45 * DAY)
    assert (estimate.value[0], estimate.ci_low[0], estimate.reasons[0]) == (0, pytest.approx(0), None)
    assert 0 < estimate.ci_high[0] < 0.1


def test_undefined_ratios_say_why():
    rng = np.random.default_rng(5)
    curves = fit_curves(blocks(rng, 1, 0, 20, 40, 200 * DAY), 200 * DAY)
    window = blocks(rng, 1, 20, 7, 40, 200 * DAY)
    assert list(arrival_ratio(window, curves, 20 * DAY).reasons) == ["nothing_expected"]
    tiny = fit_curves(blocks(rng, 1, 0, 2, 3, 200 * DAY), 200 * DAY)
    assert list(arrival_ratio(window, tiny, 60 * DAY).reasons) == ["reference_too_small"]
    unwatched = fit_curves(blocks(rng, 1, 0, 20, 40, 0), 0)
    assert list(arrival_ratio(window, unwatched, 60 * DAY).reasons) == ["reference_too_small"]
    empty = DelayCells.of_rows([], [], [], [0], [DAY], size=1)
    estimate = arrival_ratio(empty, curves, 60 * DAY)
    assert list(estimate.reasons) == ["no_rows"] and np.isnan(estimate.value[0])
