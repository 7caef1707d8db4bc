"""Delay curves against row counts, against the estimator written out in loops, and against known distributions."""

import numpy as np
import pytest
from scipy.integrate import trapezoid

from spark_monitor.metrics.maturity import DelayCells, fit_curves
from spark_monitor.metrics.maturity.delay_bins import EDGES, delay_bin

HOUR = 3_600_000_000
DAY = 24 * HOUR


def log_of(rng, days=30, a_day=400, rate=0.2, mean=2.0, never=0.3):
    """Predictions of some days, the class, when its outcome comes (positives five times later), and whether ever."""
    predicted = np.repeat(np.arange(days), a_day) * DAY + rng.integers(0, DAY, days * a_day)
    positive = (rng.random(len(predicted)) < rate).astype(int)
    known = predicted + (rng.exponential(1, len(predicted)) * np.where(positive, 5 * mean, mean) * DAY).astype(np.int64)
    return predicted, known, positive, rng.random(len(predicted)) >= never


def cells_at(rows, as_of, days=30):
    predicted, known, positive, ever = rows
    start = np.arange(days) * DAY
    return DelayCells.of_rows(predicted, known, np.where(ever & (known <= as_of), positive, -1), start, start + DAY)


def test_a_reference_of_age_gives_the_plain_share_of_rows():
    predicted, known, positive, ever = rows = log_of(np.random.default_rng(1))
    curves = fit_curves(cells_at(rows, 4000 * DAY), 4000 * DAY)
    for outcome in (0, 1):
        delays = (known - predicted)[ever & (positive == outcome)]
        truth = [(delays <= edge).mean() for edge in EDGES]
        np.testing.assert_allclose(curves.arrived[0, outcome], truth, atol=1e-12)
        assert curves.ever[0, outcome] == pytest.approx((ever & (positive == outcome)).mean(), rel=1e-12)


def test_the_product_limit_equals_its_definition_in_loops():
    predicted, known, positive, ever = rows = log_of(np.random.default_rng(2), days=8, a_day=60, mean=1.0)
    as_of = 8 * DAY
    curves = fit_curves(cells_at(rows, as_of, days=8), as_of)
    ends = (predicted // DAY + 1) * DAY
    bins = delay_bin(known - predicted)
    for outcome in (0, 1):
        mine = ever & (known <= as_of) & (positive == outcome)
        counts = {}
        for j, edge in enumerate(EDGES):
            watched = mine & (as_of - ends >= edge)
            counts[j] = (watched & (bins == j)).sum(), (watched & (bins <= j)).sum()
        reach = max(j for j, (_, risk) in counts.items() if risk >= 5)
        truth = [np.prod([1 - counts[u][0] / counts[u][1] for u in range(j + 1, reach + 1) if counts[u][0]])
                 for j in range(reach + 1)]
        np.testing.assert_allclose(curves.arrived[0, outcome, :reach + 1] / curves.arrived[0, outcome, reach], truth,
                                   atol=1e-12)


def test_outcomes_that_had_no_time_to_arrive_do_not_bias_the_curve():
    estimates = []
    for seed in range(20):
        rows = log_of(np.random.default_rng(seed), a_day=300)
        curves = fit_curves(cells_at(rows, 60 * DAY), 60 * DAY)
        at = np.array([3, 10, 25]) * DAY
        estimates.append(curves.share_over(np.zeros(3, int), at, at)[:, 1])
    truth = 1 - np.exp(-np.array([3, 10, 25]) / 10)
    np.testing.assert_allclose(np.mean(estimates, axis=0), truth, atol=0.015)


def test_a_rate_that_changes_from_slice_to_slice_does_not_bend_the_curve():
    rng = np.random.default_rng(3)
    predicted = np.repeat(np.arange(40), 5000) * DAY
    positive = (rng.random(len(predicted)) < 0.05 + 0.01 * (predicted // DAY)).astype(int)
    known = predicted + (rng.exponential(5, len(predicted)) * DAY).astype(np.int64)
    curves = fit_curves(cells_at((predicted, known, positive, known < 41 * DAY), 41 * DAY, days=40), 41 * DAY)
    at = np.array([2, 5, 10]) * DAY
    found = curves.share_over(np.zeros(3, int), at, at)[:, 1]
    np.testing.assert_allclose(found, 1 - np.exp(-at / (5 * DAY)), atol=0.012)


def test_the_share_that_never_arrives_is_found_before_all_others_have_arrived():
    found = [fit_curves(cells_at(log_of(np.random.default_rng(seed)), 60 * DAY), 60 * DAY).ever.sum()
             for seed in range(10)]
    assert np.mean(found) == pytest.approx(0.7, abs=0.01)


def test_a_young_reference_errs_towards_not_yet():
    early = []
    for seed in range(20):
        rows = log_of(np.random.default_rng(seed), a_day=300)
        curves = fit_curves(cells_at(rows, 40 * DAY), 40 * DAY)
        early.append(curves.share_over(np.array([0]), np.array([30 * DAY]), np.array([30 * DAY]))[0, 1])
    assert np.mean(early) < 1 - np.exp(-3)


def test_outcomes_that_all_come_at_once_leave_no_room_for_a_tail():
    predicted = np.repeat(np.arange(10), 50) * DAY
    cells = cells_at((predicted, predicted + 30 * DAY, predicted % 2, np.ones(500, bool)), 41 * DAY, days=10)
    curves = fit_curves(cells, 41 * DAY)
    assert curves.arrived[0, 0, -1] == 1 and curves.ever[0].sum() == pytest.approx(1)
    at = np.array([28, 31]) * DAY
    np.testing.assert_allclose(curves.share_over(np.zeros(2, int), at, at)[:, 0], [0, 1], atol=1e-12)


def test_one_straggler_does_not_hold_the_gate():
    predicted = np.zeros(10_001, np.int64)
    known = np.append(np.linspace(1, 5 * DAY, 10_000), 50 * DAY).astype(np.int64)
    curves = fit_curves(cells_at((predicted, known, predicted, known > 0), 61 * DAY, days=1), 61 * DAY)
    at = np.array([10 * DAY])
    assert curves.share_over(np.array([0]), at, at)[0, 0] > 0.999


def test_a_class_of_four_outcomes_has_no_curve_unless_another_lends_it():
    predicted = np.zeros(104, np.int64)
    rows = (predicted, predicted + np.arange(104) * HOUR, (np.arange(104) < 4).astype(int), predicted == 0)
    own = fit_curves(cells_at(rows, 100 * DAY, days=1), 100 * DAY)
    whole = fit_curves(cells_at(log_of(np.random.default_rng(1)), 400 * DAY), 400 * DAY)
    assert np.isnan(own.arrived[0, 1]).all() and not np.isnan(own.arrived[0, 0]).any()
    lent = own.or_else(whole)
    np.testing.assert_array_equal(lent.arrived[0], [own.arrived[0, 0], whole.arrived[0, 1]])
    np.testing.assert_array_equal(lent.ever, own.ever)


def test_targets_are_fitted_together_as_if_alone():
    logs = [log_of(np.random.default_rng(seed), days=12, a_day=50) for seed in range(3)]
    start = np.arange(12) * DAY
    together = [np.concatenate(column) for column in zip(*logs, strict=True)]
    labels = np.where(together[3] & (together[1] <= 20 * DAY), together[2], -1)
    cells = DelayCells.of_rows(together[0], together[1], labels, start, start + DAY, np.repeat(np.arange(3), 600))
    curves = fit_curves(cells, 20 * DAY)
    for k, rows in enumerate(logs):
        alone = fit_curves(cells_at(rows, 20 * DAY, days=12), 20 * DAY)
        for name in ("arrived", "ever", "support", "observed", "dispersion"):
            np.testing.assert_allclose(getattr(curves.take([k]), name), getattr(alone, name), rtol=1e-12)


def test_the_mean_over_a_span_is_the_integral_of_the_curve():
    curves = fit_curves(cells_at(log_of(np.random.default_rng(4)), 400 * DAY), 400 * DAY)
    ages = np.linspace(2 * DAY, 9 * DAY, 20_001).astype(np.int64)
    points = curves.share_over(np.zeros(len(ages), int), ages, ages)
    mean = curves.share_over(np.array([0]), np.array([2 * DAY]), np.array([9 * DAY]))[0]
    np.testing.assert_allclose(mean, trapezoid(points, axis=0) / 20_000, rtol=1e-6)


def test_outcomes_known_before_their_prediction_count_as_arrived_at_once():
    predicted = np.zeros(40, np.int64)
    known = np.where(np.arange(40) < 10, -HOUR, 5 * DAY)
    curves = fit_curves(cells_at((predicted, known, predicted, predicted == 0), 100 * DAY, days=1), 100 * DAY)
    assert curves.arrived[0, 0, 0] == 0.25


def test_nothing_watched_gives_nothing_known():
    cells = cells_at(log_of(np.random.default_rng(1)), 0)
    curves = fit_curves(cells, 0)
    assert np.isnan(curves.arrived).all() and np.isnan(curves.ever).all() and (curves.observed == 0).all()
