"""Which benchmarks can be written: numbers of metrics that the model's windows are published with."""

import pytest

OUTCOMES = "outcomes: {table: o, id: loan, outcome: y, time: known_at}"
SCORES = "predictions: {table: t, id: loan, time: at, score: {a: p, b: q}}"


@pytest.mark.parametrize(("task", "written"), [
    ("binary", {"roc_auc": 0.7, "precision": 0.5}), ("binary", {"log_loss": 2}), ("multiclass", {"f1_weighted": 0.5}),
    ("multiclass", {"recall:a": 0.5, "log_loss": 0.2}), ("regression", {"mae": 12.5, "r2": -0.5})])
def test_a_benchmark_states_numbers_of_the_task(load, task, written):
    said = {"predictions": SCORES} if task == "multiclass" else {}
    found = load(task=f"task: {task}", outcomes=OUTCOMES, benchmark=f"benchmark: {written}", **said)
    assert found.benchmark == written
    assert load().benchmark == {}


@pytest.mark.parametrize(("task", "written", "told"), [
    ("binary", "{roc_uac: 0.7}",
     "benchmark.roc_uac: found 'roc_uac', expected the name of a metric. Did you mean 'roc_auc'?"),
    ("binary", "{mae: 3}", "benchmark.mae: found 'mae', expected a metric of performance that task binary has"),
    ("binary", "{psi: 0.1}", "benchmark.psi: found 'psi', expected a metric of performance that task binary has"),
    ("binary", "{cost: 1}", "benchmark.cost: found 'cost', expected a metric of performance that task binary has"),
    ("binary", "{roc_auc: 70}", "benchmark.roc_auc: found 70, expected a number from 0 to 1"),
    ("binary", "{roc_auc: high}", "benchmark.roc_auc: found 'high', expected a number"),
    ("multiclass", "{'recall:c': 0.5}",
     "benchmark['recall:c']: found 'recall:c', expected a metric of performance that task multiclass has"),
    ("regression", "{roc_auc: 0.5}",
     "benchmark.roc_auc: found 'roc_auc', expected a metric of performance that task regression has"),
    ("regression", "{within@15: 0.5}",
     "benchmark['within@15']: found 'within@15', expected a metric that metrics.overall has"),
])
def test_what_is_never_published_is_no_benchmark(messages, task, written, told):
    said = {"predictions": SCORES} if task == "multiclass" else {}
    assert messages(task=f"task: {task}", outcomes=OUTCOMES, benchmark=f"benchmark: {written}", **said) == [told]


def test_a_benchmark_is_of_metrics_that_are_selected(messages):
    told = "benchmark.recall: found 'recall', expected a metric that metrics.overall has"
    assert messages(outcomes=OUTCOMES, metrics="metrics: {overall: [roc_auc, lift@5%]}",
                    benchmark="benchmark: {recall: 0.5, roc_auc: 0.5, lift@5%: 3}") == [told]


def test_a_cost_is_held_against_a_benchmark_between_the_costs(messages):
    costs = "costs: [[0, 20], [1, -3]]"
    assert messages(outcomes=OUTCOMES, costs=costs, benchmark="benchmark: {cost: -2.5}") == []
    assert messages(outcomes=OUTCOMES, costs=costs, benchmark="benchmark: {cost: 21}") == [
        "benchmark.cost: found 21, expected a number from -3 to 20"]


def test_without_outcomes_nothing_is_held_against_a_benchmark(messages):
    assert messages(benchmark="benchmark: {roc_auc: 0.5}") == [
        "benchmark: found no outcomes, expected outcomes, which its numbers are compared by"]


def test_no_reference_takes_the_benchmarks_name(messages):
    name = "references: [{name: benchmark, start: 2024-01-01, end: 2024-02-01}]"
    assert messages(references=name) == []
    assert messages(outcomes=OUTCOMES, references=name, benchmark="benchmark: {roc_auc: 0.5}") == [
        "benchmark: found a reference of that name, expected another name for the reference of that name"]
