"""Maturity: the gate on a simulated feed whose positives come five times later, and what it says by hand."""

import numpy as np
import pytest

from scipy.stats import nbinom

from spark_monitor.metrics.maturity import MIN_MATURITY, DelayCells, fit_curves, is_open, next_pass, projected_rate
from spark_monitor.metrics.maturity.delay_bins import MINUTE
from spark_monitor.metrics.maturity.gate import needed_shares
from spark_monitor.metrics.maturity.maturity import arrived_shares, maturity

DAY = 24 * 60 * MINUTE
DELAYS = {"exponential": lambda rng, n: rng.exponential(1, n), "lognormal": lambda rng, n: rng.lognormal(0, 0.8, n),
          "weibull": lambda rng, n: rng.weibull(0.7, n)}


def feed(rng, first, days, a_day, rate=0.2, kind="exponential", never=0.3):
    """One log: prediction times, when outcomes are known, classes; positives come five times later, some never."""
    rows = days * a_day
    predicted = first * DAY + rng.integers(0, days * DAY, rows)
    positive = (rng.random(rows) < rate).astype(int)
    known = predicted + (DELAYS[kind](rng, rows) * np.where(positive, 5, 1) * DAY).astype(np.int64)
    return predicted, np.where(rng.random(rows) < never, 10**18, known), positive


def cells_of(log, as_of, first, days):
    predicted, known, positive = log
    start = np.arange(first, first + days) * DAY
    return DelayCells.of_rows(predicted, known, np.where(known <= as_of, positive, -1), start, start + DAY)


def curves_of(*shape, seed=0, as_of=400 * DAY, **options):
    return fit_curves(cells_of(feed(np.random.default_rng(seed), *shape, **options), as_of, *shape[:2]), as_of)


@pytest.mark.parametrize("kind", DELAYS)
@pytest.mark.parametrize("growing", [True, False], ids=["reference still growing", "reference complete"])
def test_the_gate_opens_when_the_seen_rate_is_within_a_per_cent_of_the_final_one_and_not_before(kind, growing):
    rng = np.random.default_rng(11)
    reference, log = feed(rng, 0, 30, 2000, kind=kind), feed(rng, 30, 7, 10_000, kind=kind)
    final = log[2][log[1] < 10**18].mean()
    errors, gates = [], []
    for day in range(37, 120, 2):
        as_of = day * DAY
        watched = as_of if growing else 400 * DAY
        curves = fit_curves(cells_of(reference, watched, 0, 30), watched)
        gates.append(is_open(cells_of(log, as_of, 30, 7), curves, as_of)[0])
        errors.append(abs(log[2][log[1] <= as_of].mean() / final - 1))
    opened = gates.index(True)
    assert all(gates[opened:])
    assert max(errors[opened:]) <= 0.01
    # It does not wait for the last outcomes, and shuts out every day of a worse rate.
    assert errors[opened] >= 0.001


@pytest.mark.parametrize("kind", DELAYS)
def test_it_waits_longer_where_the_reference_knows_few_positives(kind):
    # 400 positives in the reference, of which the gate at 0.995 would leave out the last two, and 1,000 in the window.
    rng, feeds = np.random.default_rng(12), 250

    def positives(first, days, rows):
        predicted = first * DAY + rng.integers(0, days * DAY, (feeds, rows))
        known = predicted + (DELAYS[kind](rng, (feeds, rows)) * 5 * DAY).astype(np.int64)
        start, target = np.arange(first, first + days) * DAY, np.repeat(np.arange(feeds), rows)
        return DelayCells.of_rows(predicted.ravel(), known.ravel(), target * 0, start, start + DAY, target,
                                  classes=1), known

    curves, (window, known) = fit_curves(positives(0, 28, 400)[0], 3000 * DAY), positives(30, 7, 1000)
    seen = {least: (known <= next_pass(window, curves, least)[:, None]).mean(axis=1) for least in (MIN_MATURITY, 0.99)}
    # Three standard errors of 250 feeds are 4 %; with no more than a share of 0.995 it is 15 to 19 % of the feeds.
    assert np.mean(seen[MIN_MATURITY] < 0.99) <= 0.09
    assert np.mean(seen[0.99] < 0.98) <= 0.09


@pytest.mark.parametrize(("known", "coming"), [(400, 1000), (3000, 150), (50_000, 50_000), (12, 900)])
def test_what_must_have_arrived_leaves_no_more_than_a_per_cent_to_come_in_19_cases_of_20(known, coming):
    rows, step = np.arange(known) * 0, np.arange(known) % 10 * MINUTE
    curves = fit_curves(DelayCells.of_rows(rows, step, rows, [0], [1], classes=1), 10**15)
    window = DelayCells.of_rows(np.zeros(coming, int), rows[:1], np.full(coming, -1), [0], [1], classes=1)
    needed = needed_shares(window, curves)[0, 0]
    late = (1 - needed) * known
    risk = nbinom(late + 0.5, known / (known + coming)).sf(max(0.01 * coming, 1))
    assert needed >= MIN_MATURITY
    assert risk == pytest.approx(0.05, abs=1e-6) if needed > MIN_MATURITY and late > 0.5 else risk < 0.05 or late <= 0.5


def test_a_window_that_is_95_per_cent_arrived_counts_by_its_late_positives():
    predicted = np.zeros(1000, np.int64)
    positive = (np.arange(1000) < 100).astype(int)
    known = np.where(positive, np.arange(1000) * DAY, MINUTE)
    curves = fit_curves(cells_of((predicted, known, positive), 10**17, 0, 1), 10**17)
    window = cells_of((predicted, known, positive), 50 * DAY, 0, 1)
    assert window.arrived().sum() / 1000 > 0.95
    assert maturity(window, curves, 50 * DAY).value[0] == pytest.approx(0.5, abs=0.015)


def test_it_is_the_mean_over_the_predictions_of_the_window():
    curves = curves_of(0, 20, 2000)
    log = feed(np.random.default_rng(5), 30, 7, 10_000, kind="exponential", never=0.0)
    as_of = 45 * DAY
    truth = [(log[1] <= as_of)[log[2] == outcome].mean() for outcome in (0, 1)]
    shares = arrived_shares(cells_of(log, as_of, 30, 7), curves, as_of)[0]
    np.testing.assert_allclose(shares, truth, atol=0.012)


def test_the_interval_covers_the_true_maturity():
    days, a_day, windows = 20, 40, 400
    rng = np.random.default_rng(7)
    target = np.repeat(np.arange(windows), days * a_day)
    predicted = np.tile(np.repeat(np.arange(days) * DAY, a_day), windows) + rng.integers(0, DAY, len(target))
    positive = (rng.random(len(target)) < 0.2).astype(int)
    known = predicted + (rng.exponential(1, len(target)) * np.where(positive, 10, 2) * DAY).astype(np.int64)
    start = np.arange(days) * DAY
    cells = DelayCells.of_rows(predicted, known, positive, start, start + DAY, target)
    as_of = 30 * DAY
    estimate = maturity(cells, fit_curves(cells, 900 * DAY), as_of)
    youngest = (as_of - start - DAY) / DAY
    truth = np.mean(1 - 10 * (np.exp(-youngest / 10) - np.exp(-(youngest + 1) / 10)))
    covered = np.mean((estimate.ci_low <= truth) & (truth <= estimate.ci_high))
    assert 0.935 <= covered <= 0.995


def test_next_pass_is_the_first_minute_at_which_the_gate_is_open():
    curves = curves_of(0, 20, 2000)
    window = cells_of(feed(np.random.default_rng(6), 30, 7, 100), 10**17, 30, 7)
    moment = int(next_pass(window, curves)[0])
    assert moment % MINUTE == 0
    assert is_open(window, curves, moment)[0]
    assert not is_open(window, curves, moment - MINUTE)[0]


def test_next_pass_is_never_where_the_reference_cannot_tell():
    too_few = curves_of(0, 1, 10, rate=0.0)
    window = cells_of(feed(np.random.default_rng(6), 30, 7, 100), 10**17, 30, 7)
    assert np.isnan(next_pass(window, too_few)[0])
    assert np.isnan(next_pass(window, curves_of(0, 20, 2000), 1.1)[0])


def test_undefined_maturity_says_why():
    start = np.array([0]) * DAY
    window = DelayCells.of_rows([1, 2], [0, 0], [-1, -1], start, start + DAY, target=[1, 1], size=2)
    few = curves_of(0, 1, 100, rate=0.0).take([0, 0])
    estimate = maturity(window, few, 5 * DAY)
    assert np.isnan(estimate.value).all() and list(estimate.reasons) == ["no_rows", "too_few_outcomes"]


def test_before_a_window_begins_nothing_has_arrived():
    window = cells_of(feed(np.random.default_rng(6), 30, 7, 100), 0, 30, 7)
    assert maturity(window, curves_of(0, 20, 2000), 0).value[0] == 0


def test_the_projected_rate_is_right_while_the_seen_rate_is_not():
    curves = curves_of(0, 20, 20_000)
    log = feed(np.random.default_rng(8), 30, 7, 20_000)
    window = cells_of(log, 38 * DAY, 30, 7)
    seen = window.arrived()[0, 1] / window.arrived()[0].sum()
    final = log[2][log[1] < 10**18].mean()
    estimate = projected_rate(window, curves, 38 * DAY)
    assert seen < 0.75 * final
    assert estimate.value[0] == pytest.approx(final, rel=0.03)
    assert estimate.ci_low[0] < 0.2 < estimate.ci_high[0]


def test_the_projected_rate_covers_the_true_one():
    curves = curves_of(0, 20, 5000)
    rng, windows, a_day = np.random.default_rng(9), 1000, 60
    start = np.arange(30, 37) * DAY
    target = np.repeat(np.arange(windows), 7 * a_day)
    predicted = np.tile(np.repeat(start, a_day), windows) + rng.integers(0, DAY, len(target))
    positive = (rng.random(len(target)) < 0.2).astype(int)
    known = predicted + (rng.exponential(1, len(target)) * np.where(positive, 5, 1) * DAY).astype(np.int64)
    cells = DelayCells.of_rows(predicted, known, np.where(known <= 40 * DAY, positive, -1), start, start + DAY, target)
    estimate = projected_rate(cells, curves.take(np.zeros(windows, int)), 40 * DAY)
    assert 0.935 <= np.mean((estimate.ci_low <= 0.2) & (0.2 <= estimate.ci_high)) <= 0.975


def test_no_outcome_gives_no_projected_rate():
    log = feed(np.random.default_rng(6), 30, 7, 100)
    estimate = projected_rate(cells_of(log, 0, 30, 7), curves_of(0, 20, 2000), 40 * DAY)
    assert np.isnan(estimate.value[0]) and estimate.reasons[0] == "no_outcomes"
    estimate = projected_rate(cells_of(log, 0, 30, 7), curves_of(0, 20, 2000), 0)
    assert np.isnan(estimate.value[0]) and estimate.reasons[0] == "immature"
