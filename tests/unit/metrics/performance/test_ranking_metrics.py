"""Metrics of how scores rank rows, from binned counts, against scikit-learn and SciPy on the raw rows."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from spark_monitor.metrics.performance.average_precision import AVERAGE_PRECISION, average_precision
from spark_monitor.metrics.performance.fold_effects import influence_effect
from spark_monitor.metrics.performance.gini import GINI
from spark_monitor.metrics.performance.lift import LIFT_10, lift, precision_at, recall_at
from spark_monitor.metrics.performance.roc_auc import ROC_AUC, placements, roc_auc
from spark_monitor.metrics.performance.score_ks import SCORE_KS, score_ks
from spark_monitor.metrics.score_cells import FoldSums, ScoreCells

truth = pytest.importorskip("sklearn.metrics")

METRICS = (ROC_AUC, AVERAGE_PRECISION, GINI, SCORE_KS, LIFT_10, recall_at(0.2), precision_at(0.2))
EVERY_VALUE = (np.arange(40) + 0.5) / 40


def draw(seed, rows, base=0.2, signal=1.2):
    rng = np.random.default_rng(seed)
    outcome = (rng.random(rows) < base).astype(int)
    logits = np.log(base / (1 - base)) + rng.normal(size=rows) + signal * (outcome - base)
    return 1 / (1 + np.exp(-logits)), outcome, rng


def fine_edges(score):
    """Return 512 equal-width edges and 512 quantile edges of some scores together."""
    return np.unique(np.concatenate([np.arange(1, 512) / 512, np.quantile(score, np.arange(1, 512) / 512)]))


def discrete(seed, rows=400):
    score, outcome, rng = draw(seed, rows)
    return np.round(score * 40) / 40, outcome, rng.integers(1, 5, rows) / 2


@pytest.mark.parametrize("seed", range(5))
def test_scores_that_are_ties_in_their_bins_give_scikit_learns_values(seed):
    score, outcome, weight = discrete(seed)
    cells = ScoreCells.of_rows(score, None, outcome, EVERY_VALUE, weight=weight)
    area = truth.roc_auc_score(outcome, score, sample_weight=weight)
    assert roc_auc(cells).value[0] == pytest.approx(area, abs=1e-12)
    assert GINI.compute(cells, None).value[0] == pytest.approx(2 * area - 1, abs=1e-12)
    step = truth.average_precision_score(outcome, score, sample_weight=weight)
    assert average_precision(cells).value[0] == pytest.approx(step, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_distance_of_tied_scores_is_scipys(seed):
    score, outcome, _ = discrete(seed)
    cells = ScoreCells.of_rows(score, None, outcome, EVERY_VALUE)
    raw = stats.ks_2samp(score[outcome == 1], score[outcome == 0]).statistic
    assert score_ks(cells).value[0] == pytest.approx(raw, abs=1e-12)


@pytest.mark.parametrize("base", [0.02, 0.2])
@pytest.mark.parametrize("bins", [8, 50, 1000])
@pytest.mark.parametrize("rows", [300, 3000])
@pytest.mark.parametrize("weighted", [False, True])
def test_raw_scores_lie_within_the_bound(base, bins, rows, weighted):
    score, outcome, rng = draw(bins + rows, rows, base)
    outcome[:6] = 1
    weight = rng.random(rows) + 0.1 if weighted else None
    cells = ScoreCells.of_rows(score, None, outcome, np.arange(1, bins) / bins, weight=weight)
    area, precision, distance = roc_auc(cells), average_precision(cells), score_ks(cells)
    raw = truth.roc_auc_score(outcome, score, sample_weight=weight)
    assert abs(area.value[0] - raw) <= area.error_bound[0] + 1e-12
    raw = truth.average_precision_score(outcome, score, sample_weight=weight)
    assert abs(precision.value[0] - raw) <= precision.error_bound[0] + 1e-12
    if not weighted:
        raw = stats.ks_2samp(score[outcome == 1], score[outcome == 0]).statistic
        assert distance.value[0] - 1e-12 <= raw <= distance.value[0] + distance.error_bound[0] + 1e-12


@pytest.mark.parametrize("rows", [1000, 5000])
@pytest.mark.parametrize("base", [0.02, 0.2])
def test_a_thousand_bins_leave_the_area_right_to_a_thousandth(rows, base):
    edges = fine_edges(draw(99, 20_000, base)[0])
    for seed in range(10):
        score, outcome, _ = draw(seed, rows, base)
        value = roc_auc(ScoreCells.of_rows(score, None, outcome, edges)).value[0]
        assert abs(value - truth.roc_auc_score(outcome, score)) < 1e-3


def test_a_thousand_bins_leave_average_precision_right_to_a_thousandth_where_positives_are_many():
    edges = fine_edges(draw(99, 20_000)[0])
    for seed in range(10):
        score, outcome, _ = draw(seed, 4000)
        value = average_precision(ScoreCells.of_rows(score, None, outcome, edges)).value[0]
        assert abs(value - truth.average_precision_score(outcome, score)) < 1e-3


def test_different_scores_of_one_bin_give_the_mean_over_all_their_orders():
    # Twelve rows in bins of their own around one bin that holds two positives and three negatives.
    top, inside, low = [1, 0, 1, 1], (1, 1, 0, 0, 0), [0, 1, 0, 0, 0, 0, 0, 0]
    raw = [truth.average_precision_score(top + list(order) + low, -np.arange(17)) for order in permutations(inside)]
    score = np.concatenate([1 - np.arange(4) / 100, 0.5 + np.arange(5) / 1000, 0.3 - np.arange(8) / 100])
    edges = np.sort(np.concatenate([1 - np.arange(4) / 100, 0.3 - np.arange(8) / 100, [0.4, 0.6]])) + 0.001
    cells = ScoreCells.of_rows(score, None, np.array(top + list(inside) + low), edges[:-1])
    assert average_precision(cells).value[0] == pytest.approx(np.mean(raw), abs=1e-12)
    estimate = average_precision(cells)
    assert max(abs(np.array(raw) - estimate.value[0])) <= estimate.error_bound[0] + 1e-12


def test_delongs_interval_is_that_of_the_rows_taken_one_by_one():
    score, outcome, _ = discrete(7)
    right = np.array([[(p > n) + (p == n) / 2 for n in score[outcome == 0]] for p in score[outcome == 1]])
    variance = right.mean(axis=1).var(ddof=1) / right.shape[0] + right.mean(axis=0).var(ddof=1) / right.shape[1]
    estimate = roc_auc(ScoreCells.of_rows(score, None, outcome, EVERY_VALUE))
    a = estimate.value[0]
    half = (np.log(estimate.ci_high / (1 - estimate.ci_high)) - np.log(a / (1 - a)))[0]
    assert half == pytest.approx(1.96 * np.sqrt(variance) / (a * (1 - a)), rel=0.02)


def test_weights_of_equal_rows_are_as_good_as_no_weights():
    score, outcome, _ = discrete(3)
    plain, heavy = (ScoreCells.of_rows(score, None, outcome, EVERY_VALUE, weight=weight)
                    for weight in (None, np.full(len(score), 7.0)))
    for spec in METRICS:
        one, other = spec.compute(plain, None), spec.compute(heavy, None)
        for name in ("value", "ci_low", "ci_high"):
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-9, err_msg=spec.name)


def test_the_interval_of_average_precision_is_as_wide_as_the_bootstraps():
    score, outcome, _ = discrete(11, 2000)
    rng = np.random.default_rng(12)
    estimate = average_precision(ScoreCells.of_rows(score, None, outcome, EVERY_VALUE))
    again = []
    for _ in range(300):
        pick = rng.integers(0, len(score), len(score))
        again.append(truth.average_precision_score(outcome[pick], score[pick]))
    assert (estimate.ci_high - estimate.ci_low)[0] == pytest.approx(2 * 1.96 * np.std(again), rel=0.15)


def test_the_top_rows_hold_the_positives_counted_by_hand():
    # Ten scores, positives at the highest, the third and the seventh: the top 40 % hold two of three.
    score = np.arange(10, 0, -1) / 11
    outcome = np.array([1, 0, 1, 0, 0, 0, 1, 0, 0, 0])
    cells = ScoreCells.of_rows(np.tile(score, 3), None, np.tile(outcome, 3), np.arange(1, 22) / 22)
    assert recall_at(0.4).compute(cells, None).value[0] == pytest.approx(2 / 3)
    assert precision_at(0.4).compute(cells, None).value[0] == pytest.approx(2 / 4)
    assert lift(0.4).compute(cells, None).value[0] == pytest.approx((2 / 4) / (3 / 10))
    assert lift(1.0).compute(cells, None).value[0] == pytest.approx(1.0)


def test_rows_of_the_bin_at_the_cut_are_shared_and_the_bound_says_how_wrong_that_can_be():
    # Twenty rows a bin, ten of the higher one positive: the top quarter is half the higher bin.
    cells = ScoreCells.of_rows(np.repeat([0.2, 0.8], 20), None, np.array([0] * 30 + [1] * 10), edges=[0.5])
    gain = recall_at(0.25).compute(cells, None)
    assert gain.value[0] == pytest.approx(0.5)
    # The ten rows taken could be the ten positives, or none of them.
    assert gain.error_bound[0] == pytest.approx(0.5)


@pytest.mark.parametrize("share", [0, -0.1, 1.5])
def test_a_share_outside_its_range_is_refused(share):
    with pytest.raises(ValueError, match="share of rows"):
        lift(share)


def test_the_design_effect_is_the_jackknifes_where_the_influence_is_a_parabola():
    score, outcome, rng = draw(4, 600)
    fold, decision = rng.integers(0, 32, 600), (score > 0.3).astype(int)
    cells = ScoreCells.of_rows(score, decision, outcome, np.sort(score)[:-1])
    each = outcome - score
    mean = each.mean()
    left = np.array([each[fold != f].mean() for f in range(32)])
    jackknife = 31 / 32 * ((left - left.mean()) ** 2).sum()
    effect, count = influence_effect(cells, FoldSums.of_rows(score, decision, outcome, fold),
                                     np.where(cells.outcome == 1, 1.0, 0.0) - cells.score - mean)
    assert count[0] == 32
    assert effect[0] == pytest.approx(jackknife / ((each - mean) ** 2).sum() * 600**2, rel=0.03)


def test_more_of_the_same_score_in_an_entity_widens_the_interval():
    score, outcome, rng = draw(1, 400)
    entity = rng.integers(0, 32, 400)
    score, outcome, entity = (np.repeat(a, 10) for a in (score, outcome, entity))
    cells = ScoreCells.of_rows(score, None, outcome, EVERY_VALUE)
    folds = FoldSums.of_rows(score, None, outcome, entity)
    for spec in METRICS:
        alone, together = spec.compute(cells, None), spec.compute(cells, folds)
        # Ten copies of a row say what one does: the deviation is too small by a factor of about three.
        ratio = (together.ci_high - together.ci_low) / (alone.ci_high - alone.ci_low)
        assert 1.8 < ratio[0] < 6, spec.name
        assert together.ci_method == alone.ci_method + "_or_folds"
        np.testing.assert_array_equal(together.value, alone.value)


@pytest.mark.parametrize("spec", METRICS, ids=lambda spec: spec.name)
def test_what_can_not_be_told_has_its_reason(spec):
    rows = [([np.nan] * 12, [0, 1] * 6), ([0.4] * 12, [-1] * 12), ([0.4] * 12, [1] * 12),
            ([0.3, 0.7] * 6, [0] * 9 + [1] * 3), ([0.4] * 12, [0, 1] * 6)]
    score, outcome = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    cells = ScoreCells.of_rows(score, None, outcome, [0.5], target=np.repeat(np.arange(5), 12), size=6)
    estimate = spec.compute(cells, None)
    assert list(estimate.reasons) == ["no_scores", "no_outcomes", "one_class", "too_few_rows", None, "no_scores"]
    known = np.array([reason is None for reason in estimate.reasons])
    for values in (estimate.value, estimate.ci_low, estimate.ci_high, estimate.error_bound):
        np.testing.assert_array_equal(np.isfinite(values), known)


@pytest.mark.parametrize("spec", METRICS, ids=lambda spec: spec.name)
def test_rows_that_weigh_nothing_are_a_reason(spec):
    cells = ScoreCells.of_rows([0.3, 0.7] * 6, None, [0, 1] * 6, [0.5], weight=np.zeros(12))
    estimate = spec.compute(cells, None)
    assert np.isnan(estimate.value[0]) and estimate.reasons[0] == "no_weight"


@pytest.mark.parametrize("spec", METRICS, ids=lambda spec: spec.name)
def test_a_perfect_ranking_still_has_an_interval(spec):
    cells = ScoreCells.of_rows(np.repeat([0.1, 0.9], 10), None, np.repeat([0, 1], 10), [0.5])
    estimate = spec.compute(cells, None)
    assert estimate.ci_low[0] <= estimate.value[0] <= estimate.ci_high[0]
    if spec in (ROC_AUC, AVERAGE_PRECISION, GINI):
        assert estimate.value[0] == 1 and 0.3 < estimate.ci_low[0] < 0.9


def test_the_area_of_an_empty_target_is_unknown():
    area, _ = placements(np.zeros((1, 2, 3)))
    assert np.isnan(area).all()


@pytest.mark.parametrize("base, rows, entity", [(0.2, 500, 1), (0.02, 4000, 1), (0.2, 2000, 10)])
@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_intervals_cover_the_population_value(base, rows, entity, name):
    rng = np.random.default_rng(rows + entity)
    shift = np.log(base / (1 - base))

    def sample(windows, size):
        shared = np.repeat(rng.normal(size=(windows, size // entity)), entity, axis=1)
        logits = shift + rng.normal(size=(windows, size)) + (shared if entity > 1 else 0)
        return 1 / (1 + np.exp(-logits)), (rng.random((windows, size)) < 1 / (1 + np.exp(-logits))).astype(int)

    score, outcome = (a.ravel() for a in sample(1, 800_000))
    population = getattr(truth, f"{name}_score")(outcome, score)
    edges, windows = fine_edges(score[:50_000]), 300
    score, outcome = sample(windows, rows)
    fold = np.repeat(rng.integers(0, 32, (windows, rows // entity)), entity, axis=1).ravel()
    target = np.repeat(np.arange(windows), rows)
    cells = ScoreCells.of_rows(score.ravel(), None, outcome.ravel(), edges, target)
    folds = FoldSums.of_rows(score.ravel(), None, outcome.ravel(), fold, target) if entity > 1 else None
    estimate = {"roc_auc": roc_auc, "average_precision": average_precision}[name](cells, folds)
    covered = (estimate.ci_low <= population) & (population <= estimate.ci_high)
    # 300 windows: three standard errors around 95 %.
    assert 0.91 <= covered.mean() <= 0.99


def test_twenty_positives_far_above_most_negatives_are_still_covered():
    rng, windows, positives, negatives = np.random.default_rng(4), 1500, 20, 300
    score = np.c_[rng.normal(2.5, 1, (windows, positives)), rng.normal(0, 1, (windows, negatives))]
    edges, target = np.arange(1, 500) / 500, np.repeat(np.arange(windows), positives + negatives)
    outcome = np.tile(np.repeat([1, 0], [positives, negatives]), windows)
    estimate = roc_auc(ScoreCells.of_rows(stats.norm.cdf(score.ravel(), 1), None, outcome, edges, target))
    population = stats.norm.cdf(2.5 / np.sqrt(2))
    covered = (estimate.ci_low <= population) & (population <= estimate.ci_high)
    # Two standard errors of 1,500 windows are 1.1 %; DeLong's variance alone covers 91 %.
    assert 0.93 <= covered.mean() <= 0.97
