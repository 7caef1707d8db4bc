"""Two versions compared on the same rows, against published tables and rows gone through one by one."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from spark_monitor.metrics.pairs.agreement import decision_kappa, equal_share
from spark_monitor.metrics.pairs.mcnemar import mcnemar_exact, mcnemar_mid_p
from spark_monitor.metrics.pairs.paired import (
    accuracy_difference,
    loss_difference,
    newcombe_paired,
    precision_difference,
    recall_difference,
    specificity_difference,
)
from spark_monitor.metrics.pairs.paired_cells import PairedCells

DIFFERENCES = [(accuracy_difference, sk.accuracy_score), (recall_difference, sk.recall_score),
               (precision_difference, sk.precision_score)]


def some_rows(rng, size, rate=0.3, second=0.75):
    outcome = (rng.random(size) < rate).astype(int)
    both = rng.random(size) < 0.5
    first, other = (np.where(rng.random(size) < right, outcome, 1 - outcome) for right in (0.7, second))
    return first, np.where(both, first, other), outcome


@pytest.mark.parametrize("only_first, only_second", [(0, 0), (1, 7), (6, 16), (5, 5), (121, 59), (0, 3)])
def test_the_exact_test_equals_scipy(only_first, only_second):
    found = mcnemar_exact(np.array([float(only_first)]), np.array([float(only_second)]))
    truth = stats.binomtest(only_first, only_first + only_second).pvalue if only_first + only_second else 1.0
    assert found[0] == pytest.approx(truth, abs=1e-12)


def test_mid_p_takes_half_of_the_seen_table_off_each_side():
    for b, c in ((1, 7), (6, 16), (5, 5), (59, 121)):
        truth = min(2 * stats.binom.cdf(min(b, c), b + c, 0.5) - stats.binom.pmf(b, b + c, 0.5), 1)
        assert mcnemar_mid_p(np.array([float(b)]), np.array([float(c)]))[0] == pytest.approx(truth, abs=1e-12)


def test_airway_hyper_responsiveness_as_published():
    # Bentur et al. (2009), as in Fagerland, Lydersen and Laake (2014), Statistics in Medicine 33, 2850-2875.
    low, high = newcombe_paired(*(np.array([x]) for x in (1.0, 1.0, 7.0, 12.0)))
    assert (low[0], high[0]) == (pytest.approx(0.026, abs=5e-4), pytest.approx(0.507, abs=5e-4))
    assert mcnemar_exact(np.array([1.0]), np.array([7.0]))[0] == pytest.approx(0.0703, abs=5e-5)
    assert mcnemar_mid_p(np.array([1.0]), np.array([7.0]))[0] == pytest.approx(0.0391, abs=5e-5)


@pytest.mark.parametrize("difference, metric", DIFFERENCES)
def test_differences_equal_those_of_raw_rows(difference, metric):
    rng = np.random.default_rng(5)
    first, second, outcome = some_rows(rng, 900)
    weight = rng.integers(1, 4, 900)
    cells = PairedCells.of_rows(first, second, outcome, weight=weight, fold=np.arange(900) % 8, folds=8)
    truth = metric(outcome, second, sample_weight=weight) - metric(outcome, first, sample_weight=weight)
    found = difference(cells)
    assert found.value[0] == pytest.approx(truth, abs=1e-12)
    assert found.ci_low[0] < truth < found.ci_high[0]


def test_specificity_is_the_recall_of_the_other_class():
    first, second, outcome = some_rows(np.random.default_rng(6), 500)
    turned = recall_difference(PairedCells.of_rows(1 - first, 1 - second, 1 - outcome))
    found = specificity_difference(PairedCells.of_rows(first, second, outcome))
    assert (found.value, found.ci_low, found.p_value) == (turned.value, turned.ci_low, turned.p_value)


@pytest.mark.parametrize("difference", [accuracy_difference, recall_difference, precision_difference])
def test_paired_intervals_cover_the_true_difference(difference):
    rng = np.random.default_rng(7)
    targets, size = 3000, 300
    truth = difference(PairedCells.of_rows(*some_rows(rng, 2_000_000))).value[0]
    cells = PairedCells.of_rows(*some_rows(rng, targets * size), target=np.repeat(np.arange(targets), size))
    found = difference(cells)
    assert 0.935 <= ((found.ci_low <= truth) & (truth <= found.ci_high)).mean() <= 0.97


def test_equal_versions_are_told_apart_in_one_window_of_twenty():
    rng = np.random.default_rng(8)
    rows = some_rows(rng, 3000 * 300, second=0.7)
    cells = PairedCells.of_rows(*rows, target=np.repeat(np.arange(3000), 300))
    for difference in (accuracy_difference, precision_difference):
        assert 0.035 <= (difference(cells).p_value < 0.05).mean() <= 0.065


def test_rows_that_repeat_widen_the_interval_as_much_as_they_should():
    rng = np.random.default_rng(9)
    once = some_rows(rng, 1000 * 200)
    ten = [np.repeat(part, 10) for part in once]
    fold, target = rng.integers(0, 32, 200_000), np.repeat(np.arange(1000), 200)
    cells = PairedCells.of_rows(*ten, fold=np.repeat(fold, 10), target=np.repeat(target, 10), folds=32)
    truth = accuracy_difference(PairedCells.of_rows(*some_rows(rng, 2_000_000))).value[0]
    found = accuracy_difference(cells)
    assert found.ci_method == "paired_newcombe_or_folds"
    assert 0.93 <= ((found.ci_low <= truth) & (truth <= found.ci_high)).mean() <= 0.97


def test_the_loss_difference_is_a_paired_t_test_but_for_the_normal():
    rng = np.random.default_rng(10)
    gap = rng.normal(0.02, 0.3, 5000)
    zeros = np.zeros(5000, int)
    found = loss_difference(PairedCells.of_rows(zeros, zeros, zeros, loss=gap))
    truth = stats.ttest_1samp(gap, 0)
    assert found.p_value[0] == pytest.approx(truth.pvalue, rel=1e-2)
    assert found.ci_low[0] == pytest.approx(gap.mean() - 1.959964 * stats.sem(gap), abs=1e-8)


def test_agreement_needs_no_outcomes():
    rng = np.random.default_rng(11)
    first, second, _ = some_rows(rng, 700)
    cells = PairedCells.of_rows(first, second, np.full(700, -1))
    assert equal_share(cells).value[0] == pytest.approx((first == second).mean(), abs=1e-12)
    assert decision_kappa(cells).value[0] == pytest.approx(sk.cohen_kappa_score(first, second), abs=1e-12)
    assert accuracy_difference(cells).reasons[0] == "no_outcomes"


def test_nothing_to_compare_has_its_reason():
    empty = PairedCells.of_rows([], [], [], size=1)
    same = PairedCells.of_rows([0, 0, 0], [0, 0, 0], [0, 0, 0])
    assert [f(empty).reasons[0] for f in (accuracy_difference, precision_difference, loss_difference)] == [
        "no_outcomes"] * 3
    assert [f(empty).reasons[0] for f in (equal_share, decision_kappa)] == ["no_decisions"] * 2
    assert [f(same).reasons[0] for f in (recall_difference, precision_difference, decision_kappa, loss_difference)] == [
        "one_class", "no_predicted_positives", "one_decision", "no_scores"]
    assert accuracy_difference(same).p_value[0] == 1.0
