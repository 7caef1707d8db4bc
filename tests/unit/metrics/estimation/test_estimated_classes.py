"""Estimates of decisions among several classes, against scikit-learn on fractional rows and against drawn outcomes."""

import numpy as np
import pytest
from sklearn import metrics as sk

from spark_monitor.metrics.estimation.classes import ClassSums, expected_tables, fit_side, fitted
from spark_monitor.metrics.estimation.estimated_classes import ESTIMATED_CLASS_METRICS, estimated_class_metrics
from spark_monitor.metrics.performance.multiclass import multiclass_metrics
from spark_monitor.metrics.score_cells import ScoreCells

SPECS = tuple(ESTIMATED_CLASS_METRICS.values())


def draw(seed, rows=600):
    rng = np.random.default_rng(seed)
    chance = rng.dirichlet([0.6, 1.0, 1.4], rows)
    return chance, chance.argmax(axis=1), rng


def sums_of(chance, decision, weight, noise=0.0):
    """Return the sums of rows whose chances are known, up to some noise of hits."""
    own = np.eye(3)[decision]
    w, c = weight[:, None], chance
    terms = (w * own, w**2 * own, own, w * c * own, w**2 * c * own, w**2 * c**2 * own, noise * own,
             w * c * (1 - c) * own, w * c * (1 - own), 0 * own)
    return ClassSums(*(term.sum(axis=0)[None] for term in terms))


def by_decision(values, decision):
    return np.stack([values[decision == d].sum(axis=0) for d in range(3)])


def test_estimates_are_those_of_fractional_rows_in_scikit_learn():
    chance, decision, rng = draw(0)
    row_weight = rng.choice([0.5, 1.0, 2.0], 600)
    found = estimated_class_metrics(SPECS, sums_of(chance, decision, row_weight), by_decision(chance, decision),
                                    np.zeros(1))
    outcome, decided = np.tile(np.arange(3), 600), np.repeat(decision, 3)
    facts = {"sample_weight": (row_weight[:, None] * chance).ravel()}
    expected = {
        "accuracy": sk.accuracy_score(outcome, decided, **facts),
        "mcc": sk.matthews_corrcoef(outcome, decided, **facts),
        "balanced_accuracy": sk.balanced_accuracy_score(outcome, decided, **facts),
        "cohen_kappa": sk.cohen_kappa_score(outcome, decided, **facts),
        "f1": sk.f1_score(outcome, decided, average="macro", **facts),
        "precision": sk.precision_score(outcome, decided, average="macro", **facts),
        "recall": sk.recall_score(outcome, decided, average="macro", **facts),
        "recall_weighted": sk.recall_score(outcome, decided, average="weighted", **facts),
    }
    for name, value in expected.items():
        assert found[name][0].value[0] == pytest.approx(value, abs=1e-9), name


def test_bands_hold_what_is_realised_as_often_as_they_say():
    chance, decision, rng = draw(1)
    found = estimated_class_metrics(SPECS, sums_of(chance, decision, np.ones(600)), by_decision(chance, decision),
                                    np.zeros(1), ("realised",))
    outcome = (rng.random((3000, 600, 1)) > chance.cumsum(axis=1)[:, :2]).sum(axis=2)
    place = (np.arange(3000)[:, None] * 3 + decision) * 3 + outcome
    tables = np.bincount(place.ravel(), minlength=27000).reshape(3000, 3, 3)
    realised = multiclass_metrics(tables, tables, tables)
    for name, (band,) in found.items():
        inside = (realised[name].value >= band.ci_low) & (realised[name].value <= band.ci_high)
        assert 0.935 < inside.mean() < 0.975, (name, inside.mean())


def test_noise_of_the_reference_widens_both_bands():
    chance, decision, _ = draw(2)
    widths = []
    for noise, wander in ((0.0, 0.0), (1.0, 0.0), (0.0, 0.1)):
        found = estimated_class_metrics(SPECS[:1], sums_of(chance, decision, np.ones(600), noise),
                                        by_decision(chance, decision), np.array([wander]))
        widths.append([float(one.ci_high[0] - one.ci_low[0]) for one in found["accuracy"]])
    # Hits of variance 600, of 600 rows: the deviation of the share is 0.0408.
    assert widths[1][1] ** 2 - widths[0][1] ** 2 == pytest.approx((2 * 1.96 / np.sqrt(600)) ** 2, rel=0.15)
    assert min(widths[1]) > 2 * max(widths[0]) and min(widths[2]) > 2 * max(widths[0])


def test_tables_have_the_margins_that_are_expected():
    chance, decision, rng = draw(3)
    sums = sums_of(chance, decision, np.ones(600))
    weight, squares, rows = expected_tables(sums, rng.integers(1, 50, (3, 3)))
    np.testing.assert_allclose(weight.sum(axis=2), sums.decided, rtol=1e-12)
    np.testing.assert_allclose(np.einsum("kcc->kc", weight), sums.hits, rtol=1e-12)
    np.testing.assert_allclose(weight.sum(axis=1)[0], chance.sum(axis=0), rtol=1e-6)
    np.testing.assert_allclose(squares, weight, rtol=1e-12)
    np.testing.assert_allclose(rows, weight, rtol=1e-12)


def test_two_classes_miss_each_other():
    found = fitted(np.zeros((2, 2)), np.array([[3.0, 4.0]]), np.array([[4.0, 3.0]]))
    np.testing.assert_allclose(found, [[[0, 3], [4, 0]]])


def test_where_outcomes_are_too_few_for_a_curve_it_is_flat():
    few = ScoreCells.of_rows([0.2, 0.7, 0.9], None, [0, 1, 1], edges=[0.5])
    assert set(fit_side(few).chance) == {2.5 / 4}
    nothing = ScoreCells.of_rows([0.2], None, [-1], edges=[0.5])
    assert set(fit_side(nothing).chance) == {0.5}


def test_a_target_without_rows_has_a_reason():
    nothing = ClassSums(*[np.zeros((1, 3))] * 10)
    found = estimated_class_metrics(SPECS[:1], nothing, np.zeros((3, 3)), np.zeros(1))["accuracy"][0]
    assert np.isnan(found.value[0]) and found.reasons.tolist() == ["no_decisions"]
