"""Estimates of decisions among several classes, against scikit-learn on fractional rows and against drawn outcomes."""

import numpy as np
import pytest

from spark_monitor.metrics.estimation.classes import estimated_class_metrics
from spark_monitor.metrics.performance.multiclass import multiclass_metrics


def draw(seed, rows=600):
    rng = np.random.default_rng(seed)
    chance = rng.dirichlet([0.6, 1.0, 1.4], rows)
    return chance, chance.argmax(axis=1), rng


def by_decision(values, decision):
    return np.stack([values[decision == d].sum(axis=0) for d in range(3)])[None]


def test_estimates_are_those_of_fractional_rows_in_scikit_learn():
    truth = pytest.importorskip("sklearn.metrics")
    chance, decision, _ = draw(0)
    size = by_decision(np.ones(600), decision)
    found = estimated_class_metrics(by_decision(chance, decision), size, size)
    outcome, decided, weight = np.tile(np.arange(3), 600), np.repeat(decision, 3), chance.ravel()
    expected = {
        "accuracy": truth.accuracy_score(outcome, decided, sample_weight=weight),
        "balanced_accuracy": truth.balanced_accuracy_score(outcome, decided, sample_weight=weight),
        "mcc": truth.matthews_corrcoef(outcome, decided, sample_weight=weight),
        "f1": truth.f1_score(outcome, decided, average="macro", sample_weight=weight),
        "recall_weighted": truth.recall_score(outcome, decided, average="weighted", sample_weight=weight),
        "precision:2": truth.precision_score(outcome, decided, average=None, sample_weight=weight)[2],
    }
    for name, value in expected.items():
        assert found[name].value[0] == pytest.approx(value, abs=1e-12), name


def test_intervals_hold_what_is_realised_at_least_as_often_as_they_say():
    chance, decision, rng = draw(1)
    size = by_decision(np.ones(600), decision)
    found = estimated_class_metrics(by_decision(chance, decision), size, size)
    outcome = (rng.random((2000, 600, 1)) > chance.cumsum(axis=1)[:, :2]).sum(axis=2)
    place = (np.arange(2000)[:, None] * 3 + decision) * 3 + outcome
    tables = np.bincount(place.ravel(), minlength=18000).reshape(2000, 3, 3)
    realised = multiclass_metrics(tables, tables, tables)
    for name in ("accuracy", "recall", "precision", "f1", "mcc", "recall:0"):
        inside = (realised[name].value >= found[name].ci_low) & (realised[name].value <= found[name].ci_high)
        assert inside.mean() > 0.945, name


def test_a_target_without_rows_has_a_reason():
    nothing = np.zeros((1, 3))
    found = estimated_class_metrics(np.zeros((1, 3, 3)), nothing, nothing)["accuracy"]
    assert np.isnan(found.value[0]) and found.reasons.tolist() == ["no_outcomes"]
