"""Numbers of decisions against outcomes: scikit-learn's on raw rows, their reasons, and how often intervals hold."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from spark_monitor.metrics.performance.balanced_accuracy import BALANCED_ACCURACY
from spark_monitor.metrics.performance.cohen_kappa import COHEN_KAPPA
from spark_monitor.metrics.performance.cost import cost
from spark_monitor.metrics.performance.f1 import F1, f_beta
from spark_monitor.metrics.performance.mcc import MCC
from spark_monitor.metrics.performance.rates import (
    ACCURACY, BASE_RATE, PRECISION, RECALL, SELECTION_RATE, SPECIFICITY,
)
from spark_monitor.metrics.score_cells import FoldSums, ScoreCells

COSTS = np.array([[0.0, 10.0], [1.0, -2.0]])
ALL = (ACCURACY, BALANCED_ACCURACY, PRECISION, RECALL, SPECIFICITY, F1, MCC, COHEN_KAPPA, SELECTION_RATE, BASE_RATE,
       cost(COSTS))
TRUTH = {
    ACCURACY: sk.accuracy_score,
    BALANCED_ACCURACY: sk.balanced_accuracy_score,
    PRECISION: sk.precision_score,
    RECALL: sk.recall_score,
    SPECIFICITY: lambda y, d, sample_weight: sk.recall_score(y, d, pos_label=0, sample_weight=sample_weight),
    F1: sk.f1_score,
    f_beta(2): lambda y, d, sample_weight: sk.fbeta_score(y, d, beta=2, sample_weight=sample_weight),
    f_beta(0.5): lambda y, d, sample_weight: sk.fbeta_score(y, d, beta=0.5, sample_weight=sample_weight),
    MCC: sk.matthews_corrcoef,
    COHEN_KAPPA: sk.cohen_kappa_score,
    SELECTION_RATE: lambda y, d, sample_weight: np.average(d, weights=sample_weight),
    BASE_RATE: lambda y, d, sample_weight: np.average(y, weights=sample_weight),
    cost(COSTS): lambda y, d, sample_weight: np.average(COSTS[d, y], weights=sample_weight),
}


def rows(seed, n=900, base=0.2):
    rng = np.random.default_rng(seed)
    outcome = (rng.random(n) < base).astype(int)
    score = np.clip(0.3 + 0.3 * outcome + rng.normal(0, 0.2, n), 0, 1)
    return score, (score > 0.5).astype(int), outcome, rng.exponential(2, n), rng.integers(0, 3, n)


def table_cells(tables, weights=1.0):
    """Return cells of tables (K, 2, 2) of rows, each row of an entry weighing the same."""
    k, d, y = np.nonzero(tables)
    count = tables[k, d, y]
    each = np.broadcast_to(weights, (2, 2))[d, y]
    none = np.zeros(len(k))
    return ScoreCells(len(tables), 1, k, np.zeros(len(k), int), d, y, count.astype(int), count * each,
                      count * each**2, none, none, none, none, none)


def table_folds(tables):
    """Return folds of tables (K, F, 2, 2) of unweighted rows."""
    sums = np.zeros((*tables.shape[:2], 3, 3, 8))
    sums[:, :, :2, :2, :3] = tables[..., None]
    return FoldSums(sums)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("metric", TRUTH, ids=lambda m: m.name)
def test_values_are_scikit_learns(metric, weighted):
    score, decision, outcome, weight, target = rows(1)
    cells = ScoreCells.of_rows(score, decision, outcome, [0.5], target, weight if weighted else None)
    estimate = metric.compute(cells, None)
    for k in range(3):
        of = target == k
        truth = TRUTH[metric](outcome[of], decision[of], sample_weight=weight[of] if weighted else None)
        assert estimate.value[k] == pytest.approx(truth, rel=1e-12, abs=1e-12)
    assert ((estimate.ci_low < estimate.value) & (estimate.value < estimate.ci_high)).all()
    assert (estimate.error_bound == 0).all() and all(reason is None for reason in estimate.reasons)


def test_folds_change_the_interval_but_not_the_value():
    score, decision, outcome, weight, target = rows(2)
    cells = ScoreCells.of_rows(score, decision, outcome, [0.5], target, weight)
    folds = FoldSums.of_rows(score, decision, outcome, target * 7 % 32, target=target, weight=weight)
    spread = FoldSums.of_rows(score, decision, outcome, np.arange(900) % 32, target=target, weight=weight)
    for metric in ALL:
        alone, one, many = (metric.compute(cells, f) for f in (None, folds, spread))
        assert many.ci_method == alone.ci_method + "_or_folds"
        np.testing.assert_array_equal(one.value, alone.value)
        # All rows in one fold: nothing can be learnt from folds.
        np.testing.assert_array_equal((one.ci_low, one.ci_high), (alone.ci_low, alone.ci_high))
        assert (many.ci_high - many.ci_low >= alone.ci_high - alone.ci_low).all()
        assert (many.effective_size <= alone.effective_size).all()


@pytest.mark.parametrize("hits, misses", [(40, 60), (4, 200), (90, 5), (0, 30), (30, 0)])
def test_the_interval_of_a_rate_is_wilsons(hits, misses):
    estimate = RECALL.compute(table_cells(np.array([[[10, misses], [7, hits]]])), None)
    truth = stats.binomtest(hits, hits + misses).proportion_ci(method="wilson")
    assert (estimate.ci_low[0], estimate.ci_high[0]) == pytest.approx((truth.low, truth.high), abs=1e-12)
    assert estimate.sample_size[0] == estimate.effective_size[0] == hits + misses


def test_beside_a_count_of_at_most_three_the_bound_is_poissons():
    # Brown, Cai and DasGupta (2001): the lower limit at one hit is the mean that gives none 95 times in a hundred.
    estimate = RECALL.compute(table_cells(np.array([[[10, 199], [7, 1]], [[10, 1], [7, 199]]])), None)
    assert estimate.ci_low[0] == pytest.approx(-np.log(0.95) / 200)
    assert estimate.ci_high[1] == pytest.approx(1 + np.log(0.95) / 200)


def test_the_interval_of_f1_is_that_of_the_share_it_depends_on():
    estimate = F1.compute(table_cells(np.array([[[90, 12], [9, 30]]])), None)
    q = stats.binomtest(30, 51).proportion_ci(method="wilson")
    assert (estimate.ci_low[0], estimate.ci_high[0]) == pytest.approx([2 * b / (1 + b) for b in (q.low, q.high)])


def test_weights_as_large_as_a_sampling_rate_make_fewer_rows_of_many():
    table = np.array([[[300, 20], [30, 60]]])
    plain, scaled = (ACCURACY.compute(table_cells(table, w), None) for w in (1.0, 7.0))
    for name in ("value", "ci_low", "ci_high", "effective_size", "sample_size"):
        np.testing.assert_allclose(getattr(plain, name), getattr(scaled, name), rtol=1e-12)


@pytest.mark.parametrize("table, reasons", [
    ([[0, 0], [0, 0]], dict.fromkeys(ALL[:8] + ALL[9:], "no_outcomes") | {SELECTION_RATE: "no_decisions"}),
    ([[40, 0], [9, 0]], dict.fromkeys(ALL[1:8], "one_class")),
    ([[40, 2], [9, 2]], dict.fromkeys(ALL[1:8], "too_few_rows")),
    ([[40, 20], [0, 0]], {PRECISION: "no_predicted_positives", MCC: "one_decision"}),
])
def test_what_cannot_be_known_says_why_and_harms_no_other(table, reasons):
    cells = table_cells(np.array([table, [[50, 10], [10, 50]]]))
    for metric in ALL:
        estimate = metric.compute(cells, None)
        numbers = [estimate.value, estimate.ci_low, estimate.ci_high, estimate.error_bound]
        assert [np.isnan(n[0]) for n in numbers] == [metric in reasons] * 4, metric.name
        assert list(estimate.reasons) == [reasons.get(metric), None]
        assert estimate.ci_low[1] < estimate.value[1] < estimate.ci_high[1]


def test_without_a_positive_decision_f1_is_zero_and_kappa_by_chance():
    cells = table_cells(np.array([[[40, 20], [0, 0]]]))
    assert F1.compute(cells, None).value[0] == 0 and COHEN_KAPPA.compute(cells, None).value[0] == 0
    assert F1.compute(cells, None).ci_high[0] > 0.05


def test_rates_of_one_side_need_only_that_side():
    score = [0.2, 0.7, 0.9, 0.9]
    without_outcomes = ScoreCells.of_rows(score, [0, 1, 1, 1], [-1, -1, -2, 1], [0.5])
    without_decisions = ScoreCells.of_rows(score, [-1, -1, -1, 0], [0, 1, 1, -1], [0.5])
    assert SELECTION_RATE.compute(without_outcomes, None).value[0] == 0.75
    assert BASE_RATE.compute(without_decisions, None).value[0] == pytest.approx(2 / 3)
    assert ACCURACY.compute(without_decisions, None).reasons[0] == "no_decisions"
    assert SELECTION_RATE.compute(without_decisions, None).value[0] == 0
    unlabelled = ScoreCells.of_rows(score, None, None, [0.5])
    assert [m.compute(unlabelled, None).reasons[0] for m in (ACCURACY, SELECTION_RATE, BASE_RATE)] == [
        "no_outcomes", "no_decisions", "no_outcomes"]


def test_weights_of_zero_are_no_rows():
    cells = table_cells(np.array([[[40, 20], [10, 30]]]), 0.0)
    assert all(metric.compute(cells, None).reasons[0] == "no_weight" for metric in ALL)


def test_a_perfect_model_is_not_certain():
    cells = table_cells(np.array([[[80, 0], [0, 20]]]))
    for metric in (ACCURACY, BALANCED_ACCURACY, PRECISION, RECALL, F1, MCC, COHEN_KAPPA):
        estimate = metric.compute(cells, None)
        assert estimate.value[0] == estimate.ci_high[0] == 1 and 0.6 < estimate.ci_low[0] < 0.99


@pytest.mark.parametrize("matrix", [[[1, 1], [1, 1]], [[0, 1]], [[0, np.inf], [1, 0]]])
def test_a_matrix_that_prices_nothing_is_refused(matrix):
    with pytest.raises(ValueError, match="costs must be 2 x 2"):
        cost(matrix)


def test_a_beta_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="beta must be positive, not 0"):
        f_beta(0)


def population(base, found, alarms):
    """Return the shares of the table where positives are found, and negatives flagged, at these rates."""
    return np.array([[(1 - base) * (1 - alarms), base * (1 - found)], [(1 - base) * alarms, base * found]])


def covered(metric, tables, truth, folds=None):
    estimate = metric.compute(table_cells(tables), folds)
    true_value = metric.compute(table_cells(np.round(1e12 * truth[None])), None).value[0]
    known = ~np.isnan(estimate.value)
    return ((estimate.ci_low <= true_value) & (true_value <= estimate.ci_high))[known].mean()


@pytest.mark.parametrize("base, size", [(0.02, 4000), (0.2, 400), (0.2, 3000)])
def test_intervals_of_independent_rows_hold_as_often_as_they_say(base, size):
    truth = population(base, 0.7, 0.05)
    tables = np.random.default_rng(size).multinomial(size, truth.ravel(), 10_000).reshape(-1, 2, 2)
    for metric in ALL:
        assert 0.935 <= covered(metric, tables, truth) <= 0.965, metric.name


@pytest.mark.parametrize("base, size", [(0.02, 400), (0.2, 80)])
def test_intervals_of_few_rows_hold_at_least_so_often(base, size):
    truth = population(base, 0.7, 0.05)
    tables = np.random.default_rng(size).multinomial(size, truth.ravel(), 10_000).reshape(-1, 2, 2)
    for metric in ALL:
        assert covered(metric, tables, truth) >= 0.93, metric.name


@pytest.mark.parametrize("base, size", [(0.02, 6000), (0.2, 800)])
def test_intervals_of_entities_with_ten_rows_hold_as_often_as_they_say(base, size):
    truth, windows = population(base, 0.7, 0.05), 3000
    rng = np.random.default_rng(size)
    shares = rng.standard_gamma(4 * truth.ravel(), (windows * size // 10, 4)) + 1e-300
    found = rng.multinomial(10, shares / shares.sum(axis=1, keepdims=True))
    place = np.repeat(np.arange(windows), size // 10) * 32 + rng.integers(0, 32, windows * size // 10)
    by_fold = np.stack([np.bincount(place, c, windows * 32) for c in found.T], -1).reshape(windows, 32, 2, 2)
    tables = by_fold.sum(axis=1)
    for metric in ALL:
        assert 0.93 <= covered(metric, tables, truth, table_folds(by_fold)) <= 0.97, metric.name
        assert covered(metric, tables, truth) < 0.85, metric.name
