"""Estimates without outcomes: equal to expectations over raw rows, and their bands hold what was realised."""

import numpy as np
import pytest
from scipy.special import expit, logit

from spark_monitor.metrics.estimation import ESTIMATED_METRICS, Calibrator, SegmentCurves, calibrate
from spark_monitor.metrics.estimation.bands import estimation_error, ratio_band
from spark_monitor.metrics.estimation.calibrator import Chances
from spark_monitor.metrics.estimation.cbpe import estimate
from spark_monitor.metrics.score_cells import ScoreCells
from spark_monitor.metrics.spec import Estimate

EDGES = np.arange(1, 200) / 200


def scored(rng, rows, base=0.2, shift=0.0):
    """Return scores that are no chances, outcomes, and the chances."""
    chance = expit(logit(base) - 0.9 + 1.6 * rng.normal(shift, 1, rows))
    return expit(1.3 * logit(chance) + 0.3), (rng.random(rows) < chance).astype(int), chance


def known(cells, chance):
    """Return chances that are known without error."""
    size = len(cells.target)
    return Chances(chance, np.zeros(size), np.zeros(size, np.int64), np.zeros(size), np.zeros((cells.size, 2, 2)))


def rows_of_one_bin_each(seed, rows=60, weighted=False):
    rng = np.random.default_rng(seed)
    score = np.sort((rng.choice(199, rows, replace=False) + 0.5) / 200)
    weight = rng.uniform(0.5, 2, rows) if weighted else np.ones(rows)
    return score, (score > 0.4).astype(int), weight, score**1.2


def mean_over_outcomes(cells, chance, rng, draws=2000):
    """Return the mean of each realised metric over outcomes drawn with these chances, where it is defined."""
    outcome = (rng.random((draws, len(chance))) < chance).astype(np.int64)
    target = np.repeat(np.arange(draws), len(chance))

    def tiled(values):
        return np.tile(values, draws)

    drawn = ScoreCells.of_rows(tiled(cells[0]), tiled(cells[1]), outcome.ravel(), EDGES, target, tiled(cells[2]))
    return {name: np.nanmean(metric.realised.compute(drawn, None).value) for name, metric in ESTIMATED_METRICS.items()}


@pytest.mark.parametrize("weighted", [False, True])
def test_estimates_are_the_mean_of_what_is_realised(weighted):
    score, decision, weight, chance = rows_of_one_bin_each(1, weighted=weighted)
    cells = ScoreCells.of_rows(score, decision, None, EDGES, weight=weight)
    mean = mean_over_outcomes((score, decision, weight), chance, np.random.default_rng(2))
    for name, metric in ESTIMATED_METRICS.items():
        value = metric.compute(cells, known(cells, chance)).value[0]
        # Ratios of random sums have means a little off the ratio of means.
        assert value == pytest.approx(mean[name], abs=0.006), name


def test_threshold_metrics_are_those_of_fractional_rows_in_scikit_learn():
    truth = pytest.importorskip("sklearn.metrics")
    score, decision, weight, chance = rows_of_one_bin_each(3, weighted=True)
    cells = ScoreCells.of_rows(score, decision, None, EDGES, weight=weight)
    outcome, decided, s = np.repeat([1, 0], len(score)), np.tile(decision, 2), np.tile(score, 2)
    each = {"sample_weight": np.r_[weight * chance, weight * (1 - chance)]}
    expected = {
        "accuracy": truth.accuracy_score(outcome, decided, **each),
        "balanced_accuracy": truth.balanced_accuracy_score(outcome, decided, **each),
        "precision": truth.precision_score(outcome, decided, **each),
        "recall": truth.recall_score(outcome, decided, **each),
        "specificity": truth.recall_score(outcome, decided, pos_label=0, **each),
        "f1": truth.f1_score(outcome, decided, **each),
        "mcc": truth.matthews_corrcoef(outcome, decided, **each),
        "selection_rate": np.average(decision, weights=weight),
        "base_rate": np.average(chance, weights=weight),
        "brier": truth.brier_score_loss(outcome, s, **each),
        "log_loss": truth.log_loss(outcome, s, **each),
    }
    for name, value in expected.items():
        found = ESTIMATED_METRICS[name].compute(cells, known(cells, chance)).value[0]
        assert found == pytest.approx(value, abs=1e-9), name


@pytest.mark.parametrize("name", list(ESTIMATED_METRICS))
def test_slopes_are_those_of_small_differences(name):
    score, decision, weight, chance = rows_of_one_bin_each(4, weighted=True)
    cells = ScoreCells.of_rows(score, decision, None, EDGES, weight=weight)
    metric = ESTIMATED_METRICS[name]
    at = metric.expect(cells, chance)
    for row in (5, 30, 55):
        moved = chance.copy()
        step = 1e-6
        moved[row] += step
        after = metric.expect(cells, moved)
        value = at.top[0] / at.bottom[0]
        difference = (after.top[0] / after.bottom[0] - value) / step
        top, bottom = (slope[1] - slope[0] for slope in (at.top_slope, at.bottom_slope))
        by_slope = (top - value * bottom) / at.bottom[0]
        # What a row has to do with itself, in its own precision or as a pair, is left out of slopes.
        near = {"rel": {"average_precision": 0.15, "roc_auc": 0.03}.get(name, 1e-4), "abs": 1e-7}
        assert difference == pytest.approx(by_slope[row] * weight[row], **near)


COVERED = ("accuracy", "precision", "recall", "f1", "roc_auc")


def covered(base, rows, reference, shift, seed, references=40, windows=10):
    """Return how often the band held the realised value, by metric, over windows of several references."""
    rng = np.random.default_rng(seed)
    threshold = np.quantile(scored(rng, 100000, base)[0], 1 - base)
    held = {name: [] for name in COVERED}
    for _ in range(references):
        score, outcome, _ = scored(rng, reference, base)
        edges = np.unique(np.r_[np.arange(1, 256) / 256, np.quantile(score, np.arange(1, 256) / 256), threshold])
        curve = calibrate(ScoreCells.of_rows(score, score > threshold, outcome, edges))
        score, outcome, _ = scored(rng, rows * windows, base, shift)
        cells = ScoreCells.of_rows(score, score > threshold, outcome, edges, np.repeat(np.arange(windows), rows))
        chances = curve.chances(cells)
        for name in COVERED:
            error = estimation_error(estimate(ESTIMATED_METRICS[name], cells, chances),
                                     ESTIMATED_METRICS[name].realised.compute(cells, None))
            inside = (error.ci_low <= 1e-12) & (error.ci_high >= -1e-12)
            held[name].extend(inside[~np.isnan(error.value)])
    return {name: np.mean(values) for name, values in held.items()}


@pytest.mark.parametrize(("base", "rows", "reference", "shift"), [
    (0.2, 300, 5000, 0.0), (0.2, 2000, 5000, 0.5), (0.02, 300, 5000, 0.5), (0.02, 2000, 20000, 0.5),
])
def test_the_band_holds_the_realised_value_when_only_covariates_shift(base, rows, reference, shift):
    share = covered(base, rows, reference, shift, seed=7)
    for name, value in share.items():
        # 400 windows of 40 references: two standard errors are about 2.5 %.
        assert 0.92 <= value <= 0.995, (name, share)


def test_the_band_fails_when_the_relation_changes():
    rng = np.random.default_rng(11)
    score, outcome, _ = scored(rng, 20000)
    curve = calibrate(ScoreCells.of_rows(score, score > 0.5, outcome, EDGES))
    score, _, chance = scored(rng, 5000)
    changed = (rng.random(5000) < expit(logit(chance) + 0.8)).astype(int)
    cells = ScoreCells.of_rows(score, score > 0.5, changed, EDGES)
    error = estimation_error(ESTIMATED_METRICS["base_rate"].compute(cells, curve.chances(cells)),
                             ESTIMATED_METRICS["base_rate"].realised.compute(cells, None))
    assert error.ci_high[0] < 0


def test_wander_between_slices_keeps_the_band_wide_enough():
    rng = np.random.default_rng(12)
    inside = []
    for _ in range(15):
        offset = np.repeat(rng.normal(0, 0.3, 30), 800)
        score, _, chance = scored(rng, 24000)
        outcome = (rng.random(24000) < expit(logit(chance) + offset)).astype(int)
        whole, slices = (ScoreCells.of_rows(score, score > 0.5, outcome, EDGES, target=target)
                         for target in (None, np.repeat(np.arange(30), 800)))
        curve = calibrate(whole, slices)
        offset = np.repeat(rng.normal(0, 0.3, 30), 800)
        score, _, chance = scored(rng, 24000)
        outcome = (rng.random(24000) < expit(logit(chance) + offset)).astype(int)
        cells = ScoreCells.of_rows(score, score > 0.5, outcome, EDGES, np.repeat(np.arange(30), 800))
        error = estimation_error(ESTIMATED_METRICS["base_rate"].compute(cells, curve.chances(cells)),
                                 ESTIMATED_METRICS["base_rate"].realised.compute(cells, None))
        inside.extend((error.ci_low <= 0) & (error.ci_high >= 0))
    assert 0.92 <= np.mean(inside) <= 0.98


def test_segments_of_other_calibration_are_estimated_by_their_own_curves():
    rng = np.random.default_rng(13)
    offset = rng.normal(0, 0.5, 20)

    def draw(rows):
        segment = np.repeat(np.arange(20), rows)
        score, _, chance = scored(rng, 20 * rows)
        outcome = (rng.random(20 * rows) < expit(logit(chance) + offset[segment])).astype(int)
        return score, score > 0.5, outcome, segment

    score, decision, outcome, segment = draw(1000)
    curve = calibrate(ScoreCells.of_rows(score, decision, outcome, EDGES))
    curves = SegmentCurves.of(curve, ScoreCells.of_rows(score, decision, outcome, EDGES, segment))
    own, plain = [], []
    for _ in range(10):
        score, decision, outcome, segment = draw(400)
        cells = ScoreCells.of_rows(score, decision, outcome, EDGES, segment)
        realised = ESTIMATED_METRICS["base_rate"].realised.compute(cells, None)
        for found, chances in ((own, curve.chances(cells, curves, np.arange(20))), (plain, curve.chances(cells))):
            error = estimation_error(ESTIMATED_METRICS["base_rate"].compute(cells, chances), realised)
            found.extend((error.ci_low <= 0) & (error.ci_high >= 0))
    assert 0.92 <= np.mean(own)
    assert np.mean(plain) < 0.7


def test_the_band_of_the_population_narrows_with_rows_to_what_the_reference_leaves():
    rng = np.random.default_rng(14)
    score, outcome, _ = scored(rng, 5000)
    curve = calibrate(ScoreCells.of_rows(score, score > 0.5, outcome, EDGES))
    widths = []
    for rows in (300, 3000, 30000):
        score, _, _ = scored(rng, rows)
        cells = ScoreCells.of_rows(score, score > 0.5, None, EDGES)
        found = ESTIMATED_METRICS["accuracy"].compute(cells, curve.chances(cells), "population")
        widths.append((found.ci_high - found.ci_low)[0])
    assert widths[0] > widths[1] > widths[2] > 0.005


def test_labels_that_are_known_change_nothing():
    rng = np.random.default_rng(15)
    score, outcome, _ = scored(rng, 2000)
    curve = calibrate(ScoreCells.of_rows(score, score > 0.5, outcome, EDGES))
    with_labels = ScoreCells.of_rows(score[:300], score[:300] > 0.5, outcome[:300], EDGES)
    without = ScoreCells.of_rows(score[:300], score[:300] > 0.5, None, EDGES)
    for name, metric in ESTIMATED_METRICS.items():
        first, second = (metric.compute(cells, curve.chances(cells)) for cells in (with_labels, without))
        # Log loss takes each cell at its mean score, so that it sees which rows share one.
        np.testing.assert_allclose(first.value, second.value, rtol=1e-3 if name == "log_loss" else 1e-12)
        np.testing.assert_allclose(first.ci_low, second.ci_low, rtol=1e-3 if name == "log_loss" else 1e-5)


def test_the_selection_rate_is_exact_and_its_own_rows_leave_no_doubt():
    cells = ScoreCells.of_rows([0.2] * 30 + [0.8] * 10, [0] * 30 + [1] * 10, None, [0.5])
    found = ESTIMATED_METRICS["selection_rate"].compute(cells, known(cells, np.full(2, 0.5)))
    assert (found.value[0], found.ci_low[0], found.ci_high[0]) == (0.25, 0.25, 0.25)


@pytest.mark.parametrize(("score", "decision", "name", "reason"), [
    ([], None, "accuracy", "no_rows"), ([0.2, 0.7], None, "accuracy", "no_decisions"),
    ([np.nan, 2.0], None, "roc_auc", "no_scores"), ([0.2, 0.7], [0, 1], "recall", "too_few_rows"),
    ([0.2, 0.7] * 20, [0, 0] * 20, "precision", "no_predicted_positives"),
    ([0.2, 0.7] * 20, [0, 0] * 20, "mcc", "one_decision"),
])
def test_what_can_not_be_estimated_has_a_reason(score, decision, name, reason):
    cells = ScoreCells.of_rows(score, decision, None, [0.5], size=1)
    found = ESTIMATED_METRICS[name].compute(cells, known(cells, np.full(len(cells.target), 0.5)))
    assert np.isnan([found.value[0], found.ci_low[0], found.ci_high[0]]).all()
    assert found.reasons.tolist() == [reason]


def test_rows_that_weigh_nothing_harm_no_other_target():
    cells = ScoreCells.of_rows([0.2, 0.7] * 40, [0, 1] * 40, None, [0.5], np.repeat([0, 1], 40),
                               np.repeat([0.0, 1.0], 40))
    for metric in ESTIMATED_METRICS.values():
        found = metric.compute(cells, known(cells, np.where(cells.bin == 1, 0.7, 0.2)))
        assert found.reasons.tolist() == ["no_weight", None]
        assert np.isnan(found.value).tolist() == [True, False]


def test_the_band_of_a_count_that_is_nearly_none_reaches_zero_and_leans_upwards():
    one = np.ones(1)
    third = np.zeros((4, 1))
    third[0] = 2.0
    low, high = ratio_band(2 * one, 100 * one, np.array([2.0, 0, 0])[:, None], third, 0, 1)
    assert low[0] == 0
    # Poisson with mean 2: P(X > 5) = 0.017.
    assert 0.05 <= high[0] < 0.06


def test_past_errors_say_why_they_are_unknown():
    one = np.ones(1)
    gone = Estimate(np.nan * one, reasons=np.array(["no_outcomes"], object))
    error = estimation_error(Estimate(one, one, one), gone)
    assert error.reasons.tolist() == ["no_outcomes"] and np.isnan(error.value[0])


def test_what_the_curve_gets_wrong_about_its_own_reference_is_taken_back():
    rng = np.random.default_rng(16)
    score, outcome, _ = scored(rng, 2000)
    cells = ScoreCells.of_rows(score, score > 0.5, outcome, EDGES)
    curve = calibrate(cells)
    assert Calibrator.of(cells).gaps == {}
    assert curve.gaps["roc_auc"] < 0
    for name, metric in ESTIMATED_METRICS.items():
        found = metric.compute(cells, curve.chances(cells)).value[0]
        assert found == pytest.approx(metric.realised.compute(cells, None).value[0], abs=1e-9), name
