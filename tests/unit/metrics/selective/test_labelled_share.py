"""The labelled share by decision, score and segment, and when it makes numbers undefined."""

import numpy as np
import pytest
from scipy import stats

from spark_monitor.metrics.score_cells import FoldSums, ScoreCells
from spark_monitor.metrics.selective import labelled_shares, selective_reasons
from spark_monitor.metrics.selective.labelled_share import labelled_share


def test_it_is_labelled_rows_over_rows_with_wilsons_interval():
    outcome = np.array([0] * 7 + [1] * 3 + [-1] * 30 + [-2] * 5)
    estimate = labelled_share(ScoreCells.of_rows(np.full(45, 0.5), None, outcome, [0.5]))
    truth = stats.binomtest(10, 40).proportion_ci(method="wilson")
    assert estimate.value[0] == 0.25 and estimate.sample_size[0] == 40
    assert (estimate.ci_low[0], estimate.ci_high[0]) == pytest.approx((truth.low, truth.high))


def test_by_decision_and_score_it_equals_a_count_of_rows():
    rng = np.random.default_rng(1)
    score, decision, outcome = rng.random(4000), rng.integers(-1, 2, 4000), rng.integers(-1, 2, 4000)
    score[:100] = np.nan
    target = rng.integers(0, 3, 4000)
    cells = ScoreCells.of_rows(score, decision, outcome, np.linspace(0, 1, 11)[1:-1], target)
    groups = np.append(np.arange(10) // 5, 2)
    found = labelled_shares(cells, groups).value.reshape(3, 3, 3)
    of_row = np.where(np.isnan(score), 2, np.where(score <= 0.5, 0, 1))
    for k, place, group in np.ndindex(3, 3, 3):
        taken = (0, 1, -1)[place]
        rows = (target == k) & (decision == taken) & (of_row == group)
        assert found[k, place, group] == pytest.approx((outcome[rows] >= 0).mean(), rel=1e-12)


def test_entities_that_are_labelled_together_widen_the_interval():
    rng, windows = np.random.default_rng(2), 1000
    entity_labelled = rng.random((windows, 60)) < 0.4
    outcome = np.repeat(np.where(entity_labelled, 1, -1), 10)
    fold = np.repeat(np.tile(np.arange(60) % 32, windows), 10)
    target = np.repeat(np.arange(windows), 600)
    score = np.full(len(outcome), 0.5)
    cells = ScoreCells.of_rows(score, None, outcome, [0.5], target)
    estimate = labelled_share(cells, FoldSums.of_rows(score, None, outcome, fold, target=target))
    plain = labelled_share(cells)
    assert np.mean((plain.ci_low <= 0.4) & (0.4 <= plain.ci_high)) < 0.6
    assert np.mean((estimate.ci_low <= 0.4) & (0.4 <= estimate.ci_high)) >= 0.93
    assert estimate.ci_method == "wilson_or_folds"


def test_no_predictions_have_no_share():
    cells = ScoreCells.of_rows([], [], [], [0.5], size=1)
    assert np.isnan(labelled_share(cells).value[0]) and labelled_share(cells).reason == "no_rows"
    folds = FoldSums.of_rows([], [], [], np.array([], int), size=1)
    assert np.isnan(labelled_share(cells, folds).ci_low[0])


def loans(declined_labelled, approved_labelled):
    """A hundred rows of each decision, so many of them labelled."""
    outcome = np.full(200, -1)
    outcome[:declined_labelled] = 1
    outcome[100:100 + approved_labelled] = 0
    return ScoreCells.of_rows(np.full(200, 0.5), np.repeat([1, 0], 100), outcome, [0.5])


@pytest.mark.parametrize("name, declined, approved, reason", [
    ("recall", 4, 90, "selective_labels"), ("recall", 5, 90, None), ("recall", 90, 4, "selective_labels"),
    ("precision", 90, 4, None), ("precision", 4, 90, "selective_labels"), ("selection_rate", 0, 0, None),
    ("roc_auc", 90, 0, "selective_labels"),
])
def test_a_decision_under_five_per_cent_labelled_hides_what_needs_it(name, declined, approved, reason):
    assert selective_reasons(name, loans(declined, approved))[0] == reason


def test_a_decision_that_was_never_taken_hides_nothing():
    cells = ScoreCells.of_rows([0.5] * 3, [1, 1, 1], [1, 0, -1], [0.5])
    assert selective_reasons("accuracy", cells)[0] is None


def test_young_windows_are_measured_by_what_can_have_arrived():
    young = loans(4, 40)
    assert selective_reasons("recall", young)[0] == "selective_labels"
    assert selective_reasons("recall", young, arrived=np.array([0.1]))[0] is None


def test_labels_that_are_rare_for_every_decision_are_not_selective():
    assert selective_reasons("recall", loans(4, 4))[0] is None


def test_few_rows_without_a_label_prove_nothing():
    cells = ScoreCells.of_rows([0.5] * 14, [0] * 4 + [1] * 10, [-1] * 4 + [0, 1] * 5, [0.5])
    assert selective_reasons("recall", cells)[0] is None
