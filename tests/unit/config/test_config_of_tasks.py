"""What classes and prediction intervals may be, by task."""

import pytest

OUTCOMES = "outcomes: {table: o, id: loan, outcome: y, time: known_at}"


def predictions(more):
    return f"predictions: {{table: t, id: loan, time: at, {more}}}"


def test_classes_are_those_of_the_scores_where_they_are_not_given(load):
    written = {"task": "task: multiclass", "predictions": predictions("score: {b: p, a: q}")}
    assert load(**written).labels == ("b", "a")
    assert load(**written, classes="classes: [a, b]").labels == ("a", "b")
    assert load().labels == () and load(classes="classes: [good, bad]").labels == ("good", "bad")


@pytest.mark.parametrize(
    ("task", "said", "classes", "told"),
    [
        ("multiclass", "prediction: d", "[a, b, c]", []),
        ("multiclass", "prediction: d", "[]",
         ["classes: found none, expected the labels of the model, as it has no scores by class"]),
        ("multiclass", "prediction: d", "[a]", ["classes: found 1, expected two labels at least"]),
        ("multiclass", "score: {a: p, b: q}", "[a, c]",
         ["predictions.score: found a mapping, expected a column for each of the classes: a, c"]),
        ("multiclass", "score: {a: p, b: q}", "[b, a]", []),
        ("binary", "prediction: d", "[a, b, c]",
         ["classes: found 3, expected two labels, the negative one first"]),
    ],
)
def test_classes_fit_the_task(messages, task, said, classes, told):
    written = {"task": f"task: {task}", "classes": f"classes: {classes}", "predictions": predictions(said)}
    assert messages(**written, outcomes=OUTCOMES) == told


def test_without_outcomes_no_classes_are_needed(messages):
    assert messages(task="task: multiclass", predictions=predictions("prediction: d")) == []


@pytest.mark.parametrize(
    ("task", "more", "told"),
    [
        ("regression", "low: lo, high: hi", []),
        ("regression", "low: lo", ["predictions: found one of the two, expected both low and high, or neither"]),
        ("regression", "high: hi", ["predictions: found one of the two, expected both low and high, or neither"]),
        ("binary", "low: lo, high: hi",
         ["predictions.low: found 'lo', expected none, since task is binary and not regression"]),
    ],
)
def test_a_prediction_interval_has_two_ends_and_a_regression(messages, task, more, told):
    assert messages(task=f"task: {task}", predictions=predictions(f"prediction: d, {more}")) == told


@pytest.mark.parametrize(
    ("said", "features"), [("true", ("*",)), ("false", ()), ("{features: 'dep_*'}", ("dep_*",)), ("${ON}", ("*",))])
def test_relations_are_asked_for_all_features_none_or_some(load, said, features):
    assert load({"ON": "true"}, outcomes=OUTCOMES, relation=f"relation: {said}").relation_features == features


@pytest.mark.parametrize(("outcomes", "said", "told"), [
    ("", "true", ["relation: found true, expected outcomes, which it counts"]), ("", "false", []),
    (OUTCOMES, "{features: []}", ["relation.features: found none, expected one at least"]),
    (OUTCOMES, "some", ["relation: found 'some', expected true or false"]),
])
def test_relations_need_outcomes_and_features(messages, outcomes, said, told):
    assert messages(outcomes=outcomes, relation=f"relation: {said}") == told


@pytest.mark.parametrize("name", ["within@15", "pinball@0.9", "recall:late", "f1_weighted", "top_k_accuracy@3", "mae",
                                  "lift@5%", "precision@0.5%", "recall@20%", "f2", "f0.5"])
def test_metrics_with_a_parameter_can_be_selected_and_ruled(load, name):
    assert load(metrics=f"metrics: {{overall: ['{name}']}}").metrics.overall == (name,)


@pytest.mark.parametrize("name", ["within@", "within@15.0", "pinball@2", "recall:", "top_k_accuracy@0", "late:recall",
                                  "lift@5", "lift@0%", "precision@101%", "recall@5.0%", "f0", "fnan"])
def test_metrics_with_a_wrong_parameter_are_told(messages, name):
    told = messages(metrics=f"metrics: {{overall: ['{name}']}}")
    assert len(told) == 1 and told[0].startswith(f"metrics.overall[0]: found '{name}', expected the name of a metric")


def test_costs_are_those_of_two_decisions(messages, load):
    costs = "costs: [[0, 5], [1, -2]]"
    assert messages(task="task: regression", predictions=predictions("prediction: d"), costs=costs) == [
        "costs: found a list, expected none, since task is regression and not binary"]
    assert load(costs=costs, metrics="metrics: {segments: [cost]}").costs == ((0, 5), (1, -2))


def test_the_cost_of_nothing_can_not_be_asked_for(messages):
    assert messages(metrics="metrics: {overall: [recall, cost], segments: cost}") == [
        "metrics.overall[1]: found 'cost', expected a metric that needs no costs, or costs beside it",
        "metrics.segments: found 'cost', expected a metric that needs no costs, or costs beside it"]


def test_outcomes_of_rankings_are_refused_since_nothing_would_count_them(messages):
    told = messages(task="task: ranking", outcomes=OUTCOMES)
    assert len(told) == 1 and told[0].startswith("outcomes: ") and "outcomes of rankings are not counted" in told[0]
