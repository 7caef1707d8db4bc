"""Worst-case bounds against every labelling that is possible."""

from itertools import product

import numpy as np
import pytest
from sklearn import metrics

from spark_monitor.metrics.score_cells import ScoreCells
from spark_monitor.metrics.selective import BOUNDED, bounded_estimate, worst_case_bounds

RATES = {
    "accuracy": metrics.accuracy_score,
    "precision": lambda y, d: metrics.precision_score(y, d, zero_division=np.nan),
    "recall": lambda y, d: metrics.recall_score(y, d, zero_division=np.nan),
    "specificity": lambda y, d: metrics.recall_score(y, d, pos_label=0, zero_division=np.nan),
    "base_rate": lambda y, d: np.mean(y),
}


def extremes(rate, decision, outcome):
    """The least and the greatest value over all labels that the unlabelled rows could have."""
    hidden = np.flatnonzero(outcome < 0)
    values = []
    for labels in product([0, 1], repeat=len(hidden)):
        full = outcome.copy()
        full[hidden] = labels
        values.append(rate(full, decision))
    known = [value for value in values if not np.isnan(value)]
    return (min(known), max(known)) if known else (np.nan, np.nan)


@pytest.mark.parametrize("name", BOUNDED)
def test_bounds_are_the_extremes_over_all_possible_labels(name):
    rng = np.random.default_rng(1)
    for rows in (1, 2, 3, 5, 8) * 8:
        decision, outcome = rng.integers(0, 2, rows), rng.integers(-1, 2, rows)
        cells = ScoreCells.of_rows(rng.random(rows), decision, outcome, [0.3, 0.6])
        low, high = worst_case_bounds(name, cells)
        np.testing.assert_allclose([low[0], high[0]], extremes(RATES[name], decision, outcome), rtol=1e-12)


def test_with_every_label_known_both_bounds_are_the_value():
    rng = np.random.default_rng(2)
    decision, outcome = rng.integers(0, 2, 50), rng.integers(0, 2, 50)
    cells = ScoreCells.of_rows(rng.random(50), decision, outcome, [0.5])
    for name, rate in RATES.items():
        np.testing.assert_allclose(np.ravel(worst_case_bounds(name, cells)), rate(outcome, decision), rtol=1e-12)


def test_weights_and_targets_are_kept_apart():
    cells = ScoreCells.of_rows([0.1, 0.9, 0.9], [0, 1, 1], [-1, 1, 0], [0.5], target=[0, 0, 1], weight=[3.0, 1.0, 2.0])
    low, high = worst_case_bounds("recall", cells)
    np.testing.assert_allclose([low, high], [[0.25, np.nan], [1, np.nan]])


def test_a_log_without_decisions_has_a_base_rate_and_nothing_else():
    cells = ScoreCells.of_rows([0.1, 0.9, 0.9], None, [-1, 1, 0], [0.5])
    assert np.ravel(worst_case_bounds("base_rate", cells)).tolist() == pytest.approx([1 / 3, 2 / 3])
    assert np.isnan(worst_case_bounds("accuracy", cells)).all()


def test_the_estimate_is_undefined_and_gives_the_bounds():
    cells = ScoreCells.of_rows([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], [-1, -1, 0, 1], [0.5])
    estimate = bounded_estimate("base_rate", cells)
    assert np.isnan(estimate.value[0]) and estimate.reasons[0] == "selective_labels"
    assert (estimate.ci_low[0], estimate.ci_high[0], estimate.sample_size[0]) == (0.25, 0.75, 2)


def test_other_numbers_have_no_bounds():
    with pytest.raises(ValueError, match="no worst-case bounds are known for 'mcc'; they are for accuracy, precision"):
        worst_case_bounds("mcc", ScoreCells.of_rows([], [], [], [0.5], size=1))
