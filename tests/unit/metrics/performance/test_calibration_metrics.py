"""Metrics of scores as probabilities, from binned counts, against scikit-learn and SciPy on the raw rows."""

import numpy as np
import pytest
from scipy import optimize
from scipy.special import expit, logit

from spark_monitor.metrics.performance.brier import BRIER, brier
from spark_monitor.metrics.performance.calibration_line import (
    CALIBRATION_INTERCEPT,
    CALIBRATION_SLOPE,
    calibration_intercept,
    calibration_slope,
)
from spark_monitor.metrics.performance.expected_calibration_error import (
    EXPECTED_CALIBRATION_ERROR,
    expected_calibration_error,
)
from spark_monitor.metrics.performance.log_loss import LOG_LOSS, log_loss
from spark_monitor.metrics.performance.reliability import reliability
from spark_monitor.metrics.score_cells import FoldSums, ScoreCells

truth = pytest.importorskip("sklearn.metrics")

METRICS = (LOG_LOSS, BRIER, EXPECTED_CALIBRATION_ERROR, CALIBRATION_SLOPE, CALIBRATION_INTERCEPT)
EDGES = np.arange(1, 1000) / 1000


def draw(seed, rows, level=0.0, slope=1.0, centre=-1.0):
    """Return scores and outcomes whose log odds are level + slope x those of the scores."""
    rng = np.random.default_rng(seed)
    x = centre + rng.normal(size=rows)
    return expit(x), (rng.random(rows) < expit(level + slope * x)).astype(int), rng


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("bins", [2, 30])
def test_losses_are_scikit_learns_whatever_the_bins(seed, weighted, bins):
    score, outcome, rng = draw(seed, 500)
    score[:2], outcome[:2] = (0, 1), (1, 0)
    weight = rng.random(500) if weighted else None
    cells = ScoreCells.of_rows(score, None, outcome, np.arange(1, bins) / bins, weight=weight)
    raw = truth.brier_score_loss(outcome, score, sample_weight=weight)
    assert brier(cells).value[0] == pytest.approx(raw, abs=1e-9)
    clipped = np.clip(score, 1e-15, 1 - 1e-15)
    raw = truth.log_loss(outcome, clipped, sample_weight=weight)
    assert log_loss(cells).value[0] == pytest.approx(raw, abs=1e-9)
    assert log_loss(cells).error_bound[0] == 0 and brier(cells).error_bound[0] == 0


def test_the_interval_of_a_loss_is_that_of_the_mean_of_the_rows_losses():
    score, outcome, _ = draw(3, 4000)
    cells = ScoreCells.of_rows(score, None, outcome, EDGES)
    log = -np.where(outcome == 1, np.log(score), np.log1p(-score))
    for estimate, losses in ((log_loss(cells), log), (brier(cells), (score - outcome) ** 2)):
        deviation = losses.std(ddof=1) / np.sqrt(len(losses))
        assert (estimate.ci_high - estimate.ci_low)[0] == pytest.approx(2 * 1.96 * deviation, rel=0.01)


def test_the_line_is_the_one_that_maximises_the_likelihood_of_the_rows():
    score, outcome, rng = draw(5, 3000, level=0.3, slope=0.7)
    weight = rng.integers(1, 4, 3000).astype(float)
    cells = ScoreCells.of_rows(score, None, outcome, EDGES, weight=weight)
    x = logit(score)

    def loss(line):
        eta = line[0] + line[-1] * x if len(line) == 2 else line[0] + x
        return (weight * (np.logaddexp(0, eta) - outcome * eta)).sum()

    both = optimize.minimize(loss, [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-8}).x
    assert calibration_slope(cells).value[0] == pytest.approx(both[1], abs=1e-3)
    alone = optimize.minimize_scalar(lambda level: loss([level]), bounds=(-3, 3), method="bounded").x
    assert calibration_intercept(cells).value[0] == pytest.approx(alone, abs=1e-3)


def test_the_lines_intervals_are_those_of_the_information_where_the_line_is_true():
    score, outcome, _ = draw(6, 20_000)
    cells = ScoreCells.of_rows(score, None, outcome, EDGES)
    x = logit(score)
    slack = score * (1 - score)
    information = np.array([[slack.sum(), (slack * x).sum()], [(slack * x).sum(), (slack * x**2).sum()]])
    slope, level = calibration_slope(cells), calibration_intercept(cells)
    assert (slope.ci_high - slope.ci_low)[0] == pytest.approx(
        2 * 1.96 * np.sqrt(np.linalg.inv(information)[1, 1]), rel=0.05)
    assert (level.ci_high - level.ci_low)[0] == pytest.approx(2 * 1.96 / np.sqrt(slack.sum()), rel=0.05)


def test_scores_without_a_line_are_separated():
    same, split = ([0.4] * 20, [0, 1] * 10), ([0.2] * 10 + [0.8] * 10, [0] * 10 + [1] * 10)
    score, outcome = (np.concatenate(parts) for parts in zip(same, split, strict=True))
    cells = ScoreCells.of_rows(score, None, outcome, [0.5], target=np.repeat([0, 1], 20))
    estimate = calibration_slope(cells)
    assert list(estimate.reasons) == ["separated", "separated"] and np.isnan(estimate.value).all()
    assert np.isfinite(calibration_intercept(cells).value).all()


def test_a_reliability_table_equals_scikit_learns_curve():
    curve = pytest.importorskip("sklearn.calibration").calibration_curve
    score, outcome, _ = draw(8, 2000)
    score += np.arange(2000) * 1e-12
    edges = np.sort(score)[:-1]
    table = reliability(ScoreCells.of_rows(score, None, outcome, edges), 10)
    rate, mean = curve(outcome, score, n_bins=10, strategy="quantile")
    np.testing.assert_allclose(table.rate[0], rate, atol=1e-12)
    np.testing.assert_allclose(table.score[0], mean, atol=1e-12)
    np.testing.assert_array_equal(table.rows[0], np.full(10, 200))
    gaps = (outcome - score)[np.argsort(score)].reshape(10, 200)
    np.testing.assert_allclose(table.noise[0], gaps.var(axis=1, ddof=1) / 200, rtol=1e-9)


def test_the_squared_calibration_error_is_free_of_noise_on_average():
    # Rates are 0.1 above every score: the population's error is 0.1, whatever the groups.
    rng = np.random.default_rng(12)
    windows, rows = 400, 300
    score = rng.uniform(0.2, 0.8, windows * rows)
    outcome = (rng.random(windows * rows) < score + 0.1).astype(int)
    target = np.repeat(np.arange(windows), rows)
    estimate = expected_calibration_error(ScoreCells.of_rows(score, None, outcome, EDGES, target))
    assert (estimate.value**2).mean() == pytest.approx(0.01, rel=0.08)
    covered = (estimate.ci_low <= 0.1) & (estimate.ci_high >= 0.1)
    assert 0.92 <= covered.mean() <= 0.985


def test_a_calibrated_model_may_well_have_no_error():
    windows, rows = 400, 500
    score, outcome, _ = draw(13, windows * rows)
    target = np.repeat(np.arange(windows), rows)
    estimate = expected_calibration_error(ScoreCells.of_rows(score, None, outcome, EDGES, target))
    # Two standard errors of 400 windows are 2.2 %.
    assert 0.925 <= (estimate.ci_low == 0).mean() <= 0.975
    assert (estimate.value == 0).mean() > 0.3
    assert (estimate.ci_low <= estimate.value).all() and (estimate.value <= estimate.ci_high).all()


def test_scores_that_are_never_wrong_have_no_error():
    cells = ScoreCells.of_rows([0.0] * 10 + [1.0] * 10, None, [0] * 10 + [1] * 10, [0.5])
    for estimate in (expected_calibration_error(cells), brier(cells)):
        assert (estimate.value[0], estimate.ci_low[0], estimate.ci_high[0]) == (0, 0, 0)


def test_more_of_the_same_row_in_an_entity_widens_the_interval():
    score, outcome, rng = draw(1, 400, level=1.0)
    score, outcome, entity = (np.repeat(a, 10) for a in (score, outcome, rng.integers(0, 32, 400)))
    cells, folds = ScoreCells.of_rows(score, None, outcome, EDGES), FoldSums.of_rows(score, None, outcome, entity)
    for spec in METRICS:
        alone, together = spec.compute(cells, None), spec.compute(cells, folds)
        ratio = (together.ci_high - together.ci_low) / (alone.ci_high - alone.ci_low)
        assert 1.8 < ratio[0] < 6, spec.name
        assert together.ci_method == alone.ci_method + "_or_folds"
        assert together.effective_size[0] < alone.effective_size[0] / 3


@pytest.mark.parametrize("name, spec", [("log_loss", LOG_LOSS), ("brier", BRIER), ("slope", CALIBRATION_SLOPE)])
@pytest.mark.parametrize("entity", [1, 10])
def test_intervals_cover_the_population_value(name, spec, entity):
    rng = np.random.default_rng(entity)
    windows, rows = 400, 2000
    shared = np.repeat(rng.normal(size=(windows, rows // entity)), entity, axis=1)
    x = -1 + rng.normal(size=(windows, rows)) * 0.7 + (shared if entity > 1 else 0)
    score, outcome = expit(x).ravel(), (rng.random(windows * rows) < expit(x).ravel()).astype(int)
    target = np.repeat(np.arange(windows), rows)
    # Calibrated scores: the expected losses are entropy and variance, the slope is 1.
    expected = {"log_loss": -(score * np.log(score) + (1 - score) * np.log1p(-score)).mean(),
                "brier": (score * (1 - score)).mean(), "slope": 1.0}[name]
    fold = np.repeat(rng.integers(0, 32, (windows, rows // entity)), entity, axis=1).ravel()
    folds = FoldSums.of_rows(score, None, outcome, fold, target=target) if entity > 1 else None
    estimate = spec.compute(ScoreCells.of_rows(score, None, outcome, EDGES, target), folds)
    covered = (estimate.ci_low <= expected) & (expected <= estimate.ci_high)
    assert 0.92 <= covered.mean() <= 0.985


@pytest.mark.parametrize("spec", METRICS, ids=lambda spec: spec.name)
def test_what_can_not_be_told_has_its_reason(spec):
    rows = [([np.nan] * 12, [0, 1] * 6), ([0.4] * 12, [-1] * 12), ([0.4] * 12, [1] * 12),
            ([0.3, 0.7] * 6, [0] * 9 + [1] * 3), ([0.3, 0.7, 0.7] * 4, [0, 1, 0, 1] * 3)]
    score, outcome = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    target = np.repeat(np.arange(5), 12)
    cells = ScoreCells.of_rows(score, None, outcome, [0.5], target=target, size=6)
    for folds in (None, FoldSums.of_rows(score, None, outcome, np.arange(60) % 32, target=target, size=6)):
        estimate = spec.compute(cells, folds)
        assert list(estimate.reasons) == ["no_scores", "no_outcomes", "one_class", "too_few_rows", None, "no_scores"]
        known = np.array([reason is None for reason in estimate.reasons])
        for values in (estimate.value, estimate.ci_low, estimate.ci_high):
            np.testing.assert_array_equal(np.isfinite(values), known)


def test_a_probability_outside_its_range_harms_no_other_row():
    score, outcome, _ = draw(2, 200)
    odd = ScoreCells.of_rows(np.append(score, [1.5, -0.1, np.nan]), None, np.append(outcome, [1, 0, 1]), EDGES)
    plain = ScoreCells.of_rows(score, None, outcome, EDGES)
    for spec in METRICS:
        np.testing.assert_allclose(spec.compute(odd, None).value, spec.compute(plain, None).value, rtol=1e-12)
