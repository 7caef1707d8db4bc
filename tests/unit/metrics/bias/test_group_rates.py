"""Every criterion's rates by group, of rows, against scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics as truth

from spark_monitor.metrics.bias.criteria import CRITERIA
from spark_monitor.metrics.bias.group_counts import GroupCounts
from spark_monitor.metrics.bias.group_rates import fold_design_effect, group_rates
from spark_monitor.metrics.score_cells import FoldSums, ScoreCells


def tpr(y, d, **k):
    return truth.recall_score(y, d, **k)


def fpr(y, d, **k):
    return truth.recall_score(1 - y, d, **k)


def ppv(y, d, **k):
    return truth.precision_score(y, d, **k)


def fomr(y, d, **k):
    return truth.precision_score(y, 1 - d, **k)


def misses_among_errors(y, d, sample_weight=None):
    wrong = y != d
    return np.average(y[wrong], weights=None if sample_weight is None else sample_weight[wrong])


TRUTH = {
    "selection_rate": lambda y, d, sample_weight=None: np.average(d, weights=sample_weight),
    "base_rate": lambda y, d, sample_weight=None: np.average(y, weights=sample_weight),
    "recall": tpr, "false_positive_rate": fpr, "precision": ppv, "false_omission_rate": fomr,
    "false_negative_rate": lambda y, d, **k: 1 - tpr(y, d, **k),
    "specificity": lambda y, d, **k: truth.recall_score(y, d, pos_label=0, **k),
    "false_discovery_rate": lambda y, d, **k: 1 - ppv(y, d, **k),
    "negative_predictive_value": lambda y, d, **k: truth.precision_score(y, d, pos_label=0, **k),
    "accuracy": truth.accuracy_score, "error_rate": truth.zero_one_loss, "treatment_equality": misses_among_errors,
    "balanced_accuracy": truth.balanced_accuracy_score, "f1": truth.f1_score,
    "average_odds": lambda y, d, **k: (tpr(y, d, **k) + fpr(y, d, **k)) / 2,
    "average_predictive_value": lambda y, d, **k: (ppv(y, d, **k) + fomr(y, d, **k)) / 2,
}


def rows(seed=0, n=900, groups=3):
    random = np.random.default_rng(seed)
    group, y = random.integers(0, groups, n), random.integers(0, 2, n)
    d = np.where(random.random(n) < 0.7 + 0.05 * group, y, 1 - y)
    return group, y, d, random.choice([0.5, 1.0, 2.5], n)


def test_every_criterion_has_a_truth():
    assert set(TRUTH) == set(CRITERIA)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", TRUTH)
def test_rates_equal_scikit_learn(name, weighted):
    group, y, d, w = rows()
    w = w if weighted else np.ones(len(w))
    cells = ScoreCells.of_rows(np.full(len(y), 0.5), d, y, [], target=group, weight=w)
    rates = group_rates(GroupCounts.of_cells(cells, 3), name)
    for g in range(3):
        at = group == g
        assert rates.value[g, 0] == pytest.approx(TRUTH[name](y[at], d[at], sample_weight=w[at]), abs=1e-12)
        rest = TRUTH[name](y[~at], d[~at], sample_weight=w[~at])
        assert rates.rest[g, 0] == pytest.approx(rest, abs=1e-12)
    assert rates.overall[0] == pytest.approx(TRUTH[name](y, d, sample_weight=w), abs=1e-12)


@pytest.mark.parametrize("name", CRITERIA)
def test_the_effective_size_gives_the_spread_that_samples_have(name):
    random = np.random.default_rng(5)
    shares = np.array([0.5, 0.1, 0.15, 0.25])
    counts = random.multinomial(1500, shares, 20_000).reshape(1, -1, 2, 2)
    rates = group_rates(GroupCounts.of_confusion(counts), name)
    spread = np.sqrt((rates.value * (1 - rates.value) / rates.size).mean())
    assert spread == pytest.approx(rates.value.std(), rel=0.03)


def test_selection_counts_unlabelled_rows_and_base_rate_rows_without_decision():
    cells = ScoreCells.of_rows([0.5] * 5, [1, 1, 0, -1, 1], [1, -1, 0, 1, -2], [])
    counts = GroupCounts.of_cells(cells, 1)
    assert group_rates(counts, "selection_rate", min_rows=1).value == 3 / 4
    assert group_rates(counts, "base_rate", min_rows=1).value == pytest.approx(2 / 3)
    assert group_rates(counts, "selection_rate").rows == 4


def test_groups_under_the_minimum_are_neither_compared_nor_in_the_overall_rate():
    counts = GroupCounts.of_confusion([[[[50, 0], [50, 0]]], [[[30, 0], [70, 0]]], [[[0, 0], [9, 0]]],
                                       [[[0, 0], [0, 0]]]])
    rates = group_rates(counts, "selection_rate")
    np.testing.assert_array_equal(rates.compared[:, 0], [True, True, False, False])
    np.testing.assert_array_equal(rates.reasons()[:, 0], [None, None, "too_few_rows", "no_decisions"])
    assert rates.overall[0] == 0.6 and rates.value[2, 0] == 1.0


@pytest.mark.parametrize("name, confusion, reason", [
    ("recall", [[9, 0], [5, 0]], "one_class"), ("precision", [[9, 5], [0, 0]], "no_predicted_positives"),
    ("f1", [[9, 0], [0, 0]], "no_positives"), ("accuracy", [[0, 0], [0, 0]], "no_outcomes"),
    ("recall", [[0, 0], [0, 0]], "no_outcomes"), ("selection_rate", [[0, 0], [0, 0]], "no_decisions"),
])
def test_a_rate_without_rows_says_why(name, confusion, reason):
    rates = group_rates(GroupCounts.of_confusion([[confusion]] * 2), name)
    assert np.isnan(rates.value).all() and (rates.reasons() == reason).all()


def test_the_design_effect_of_whole_entities_is_their_size():
    random = np.random.default_rng(3)
    entity = np.arange(3200)
    y = np.repeat(random.random(3200) < 0.4, 10).astype(int)
    fold = np.repeat(random.integers(0, 32, 3200), 10)
    target = np.repeat(entity % 100, 10)
    folds = FoldSums.of_rows(np.full(len(y), 0.5), np.ones(len(y)), y, fold, target=target)
    whole, hits = folds.of("weight").sum(axis=(-1, -2)), folds.of("weight")[..., 1].sum(axis=-1)
    effect = fold_design_effect(hits[None], whole[None], whole.sum(axis=-1)[None])
    assert effect.mean() == pytest.approx(10, rel=0.15)


def test_a_given_design_effect_divides_the_size():
    counts = GroupCounts.of_confusion([[[[50, 0], [50, 0]]], [[[30, 0], [70, 0]]]])
    np.testing.assert_allclose(group_rates(counts, "selection_rate", design_effect=4).size, 25)
