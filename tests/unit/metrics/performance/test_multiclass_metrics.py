"""Decisions among several classes: scikit-learn's numbers on raw rows, and how often intervals hold."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from spark_monitor.metrics.performance.class_means import (
    CLASS_RATES, class_mean, class_mean_and_slope,
)
from spark_monitor.metrics.performance.cohen_kappa import agreement, agreement_and_slope
from spark_monitor.metrics.performance.mcc import correlation, correlation_and_slope
from spark_monitor.metrics.performance.multiclass import multiclass_metrics

CLASSES = 4
SCORES = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}


def rows(seed, n=1500, skip=None):
    rng = np.random.default_rng(seed)
    outcome = rng.choice(CLASSES, n, p=[0.5, 0.3, 0.15, 0.05])
    decision = np.where(rng.random(n) < 0.6, outcome, rng.integers(0, CLASSES, n))
    if skip is not None:
        decision[decision == skip] = 0
    return decision, outcome, rng.exponential(2, n)


def tables(decision, outcome, weight, fold=None, folds=1):
    place = ((np.zeros(len(decision), int) if fold is None else fold) * CLASSES + decision) * CLASSES + outcome
    shape = (1, CLASSES, CLASSES) if fold is None else (1, folds, CLASSES, CLASSES)
    return [np.bincount(place, w, folds * CLASSES**2).reshape(shape) for w in (weight, weight**2, np.ones(len(weight)))]


@pytest.mark.parametrize("skip", [None, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_values_are_scikit_learns(weighted, skip):
    decision, outcome, weight = rows(1, skip=skip)
    weight = weight if weighted else np.ones(len(weight))
    found = multiclass_metrics(*tables(decision, outcome, weight))
    truth = {"accuracy": sk.accuracy_score(outcome, decision, sample_weight=weight),
             "balanced_accuracy": sk.balanced_accuracy_score(outcome, decision, sample_weight=weight),
             "mcc": sk.matthews_corrcoef(outcome, decision, sample_weight=weight),
             "cohen_kappa": sk.cohen_kappa_score(outcome, decision, sample_weight=weight)}
    for name, score in SCORES.items():
        facts = {"sample_weight": weight, "labels": range(CLASSES), "zero_division": np.nan}
        truth[name] = score(outcome, decision, average="macro", **facts)
        truth[name + "_weighted"] = score(outcome, decision, average="weighted", **facts)
        truth[name + "_micro"] = score(outcome, decision, average="micro", **facts)
        truth.update({f"{name}:{c}": v for c, v in enumerate(score(outcome, decision, average=None, **facts))})
    for name, value in truth.items():
        assert found[name].value[0] == pytest.approx(value, rel=1e-12, abs=1e-12, nan_ok=True), name


def test_specificity_is_that_of_each_class_against_the_rest():
    decision, outcome, weight = rows(2)
    found = multiclass_metrics(*tables(decision, outcome, weight))
    each = sk.multilabel_confusion_matrix(outcome, decision, sample_weight=weight)
    truth = each[:, 0, 0] / each[:, 0].sum(axis=1)
    size = np.bincount(outcome, weight)
    assert [found[f"specificity:{c}"].value[0] for c in range(CLASSES)] == pytest.approx(truth, rel=1e-12)
    assert found["specificity"].value[0] == pytest.approx(truth.mean(), rel=1e-12)
    assert found["specificity_weighted"].value[0] == pytest.approx(np.average(truth, weights=size), rel=1e-12)
    assert found["specificity_micro"].value[0] == pytest.approx(each[:, 0, 0].sum() / each[:, 0].sum(), rel=1e-12)


def test_two_classes_are_a_binary_classifier():
    table = np.array([[[50.0, 5.0], [7.0, 20.0]]])
    found = multiclass_metrics(table, table, table)
    wilson = stats.binomtest(20, 25).proportion_ci(method="wilson")
    recall = found["recall:1"]
    assert (recall.ci_low[0], recall.ci_high[0]) == pytest.approx((wilson.low, wilson.high))
    q = stats.binomtest(20, 32).proportion_ci(method="wilson")
    assert found["f1:1"].ci_low[0] == pytest.approx(2 * q.low / (1 + q.low))
    assert (recall.sample_size[0], found["f1:1"].sample_size[0], found["precision:1"].sample_size[0]) == (25, 32, 27)


@pytest.mark.parametrize("formula, value", [(correlation_and_slope, correlation), (agreement_and_slope, agreement)] + [
    (lambda t, n=n, w=w: class_mean_and_slope(t, n, w), lambda t, n=n, w=w: class_mean(t, n, w))
    for n in CLASS_RATES for w in (False, True)])
def test_slopes_are_those_of_small_differences(formula, value):
    table = tables(*rows(3, 300))[0]
    _, slope = formula(table)
    steps = 1e-4 * np.eye(CLASSES**2).reshape(-1, CLASSES, CLASSES)
    truth = (value(table + steps) - value(table - steps)) / 2e-4
    np.testing.assert_allclose(slope.ravel(), truth, rtol=1e-6, atol=1e-9)


def test_every_number_has_bounds_that_enclose_it_with_folds_and_without():
    decision, outcome, weight = rows(4)
    entity = np.arange(len(weight)) % 32
    held = tables(decision, outcome, weight, entity, 32)[0]
    alone = multiclass_metrics(*tables(decision, outcome, weight))
    for name, estimate in multiclass_metrics(*tables(decision, outcome, weight), held).items():
        assert 0 < estimate.ci_low[0] < estimate.value[0] < estimate.ci_high[0] < 1, name
        assert estimate.ci_method == alone[name].ci_method + "_or_folds"
        assert estimate.ci_high[0] - estimate.ci_low[0] >= alone[name].ci_high[0] - alone[name].ci_low[0]


@pytest.mark.parametrize("diagonal, whole, of_class, accuracy", [
    ([0, 0, 0], "no_outcomes", "no_outcomes", "no_outcomes"),
    ([0, 30, 0], "one_class", "one_class", None),
    ([0, 30, 3], "too_few_rows", "too_few_rows", None),
    ([40, 30, 2], None, "too_few_rows", None),
])
def test_what_cannot_be_known_says_why(diagonal, whole, of_class, accuracy):
    table = np.diag(diagonal)[None].astype(float)
    found = multiclass_metrics(table, table, table)
    for name in ("balanced_accuracy", "mcc", "cohen_kappa", "f1", "precision_weighted"):
        assert found[name].reasons[0] == whole and np.isnan(found[name].value[0]) == (whole is not None), name
    assert found["recall:2"].reasons[0] == of_class and np.isnan(found["recall:2"].ci_low[0])
    assert found["accuracy"].reasons[0] == accuracy


def test_a_class_that_is_never_predicted_has_no_precision():
    table = np.array([[[40.0, 3, 6], [5, 30, 4], [0, 0, 0]]])
    found = multiclass_metrics(table, table, table)
    assert found["precision:2"].reasons[0] == "no_predicted_positives" and found["recall:2"].value[0] == 0


def test_weights_of_zero_are_no_rows():
    rows_only = np.full((1, 3, 3), 9.0)
    found = multiclass_metrics(0 * rows_only, 0 * rows_only, rows_only)
    assert {estimate.reasons[0] for estimate in found.values()} == {"no_weight"}


@pytest.mark.parametrize("size, most", [(150, 1.0), (2500, 0.965)])
def test_intervals_hold_as_often_as_they_say(size, most):
    base = np.array([0.5, 0.3, 0.15, 0.05])
    truth = 0.65 * np.diag(base) + 0.35 * base[None] / CLASSES
    drawn = np.random.default_rng(size).multinomial(size, truth.ravel(), 5000).reshape(-1, CLASSES, CLASSES)
    scaled = 1e9 * truth[None]
    population, found = multiclass_metrics(scaled, scaled, scaled), multiclass_metrics(drawn, drawn, drawn)
    for name, estimate in found.items():
        known = ~np.isnan(estimate.value)
        true_value = population[name].value[0]
        held = ((estimate.ci_low <= true_value) & (true_value <= estimate.ci_high))[known].mean()
        assert 0.93 <= held <= most, (name, held)
