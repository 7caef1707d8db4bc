"""Which policies are accepted, what stands for what they leave out, and how is told what they can't do?"""

import pytest

from spark_monitor.decisions import POLICIES
from spark_monitor.decisions.spec import DAY_US

OUTCOMES = "outcomes: {table: logs/outcomes, id: loan, outcome: bad, time: known}"
VERSIONS = "predictions: {table: logs/credit, id: loan, time: at, score: p, version: v}"


def policies(text, **more):
    return {"outcomes": OUTCOMES, "policies": f"policies: [{text}]", **more}


def test_without_policies_nothing_is_decided_and_reviews_have_two_weeks(load):
    config = load()
    assert config.policies == () and config.reviews.lengths == (14 * DAY_US, 7 * DAY_US)


@pytest.mark.parametrize("text, settled", [
    ("{name: p, when: age, after: 182d}", {"after": 182 * DAY_US, "training": 365 * DAY_US}),
    ("{name: p, when: performance_loss, metric: roc_auc}", {"metric": "roc_auc", "margin": 0.0, "windows": 3, "of": 4}),
    ("{name: p, when: concept_drift, training: 90d}", {"margin": 0.02, "p_below": 0.001, "training": 90 * DAY_US}),
    ("{name: p, when: label_drift, windows: 1}", {"margin": 0.05, "windows": 1, "of": 3}),
    ("{name: p, when: new_labels, rows: 5000}", {"rows": 5000}),
])
def test_what_is_left_out_is_that_of_its_kind(load, text, settled):
    policy = load(**policies(text)).policies[0].settled()
    assert {name: getattr(policy, name) for name in settled} == settled


def test_every_kind_of_policy_is_a_word_of_the_configuration(load):
    keys = {"age": "after: 1d", "performance_loss": "metric: brier", "new_labels": "rows: 1"}
    texts = ", ".join(f"{{name: {name}, when: {name}, {keys.get(name, 'of: 5')}}}"
                      for name in POLICIES)
    found = load(**policies(texts, predictions=VERSIONS, champion='champion: "1"')).policies
    assert [policy.settled().when for policy in found] == list(POLICIES)


@pytest.mark.parametrize("text, more, told", [
    ("{name: p, when: age}", {}, "policies[0]: found no after, expected after, which age needs"),
    ("{name: p, when: age, after: 1d, rows: 5}", {},
     "policies[0].rows: found 5, expected no rows, as age doesn't take it"),
    ("{name: p, when: concept_drift, windows: 4}", {}, "policies[0].windows: found 4, expected at most of, 3"),
    ("{name: p, when: performance_loss, metric: psi}", {},
     "policies[0].metric: found 'psi', expected a metric of family performance"),
    ("{name: p, when: performance_loss, metric: base_rate}", {},
     "policies[0].metric: found 'base_rate', expected a metric that says which way is bad"),
    ("{name: p, when: performance_loss, metric: mae}", {},
     "policies[0].metric: found 'mae', expected a metric of performance that task binary has"),
    ("{name: p, when: performance_loss, metric: brier}", {"metrics": "metrics: {overall: [roc_auc]}"},
     "policies[0].metric: found none of it, expected metrics.overall to have brier, which it watches"),
    ("{name: p, when: new_labels, rows: 1}", {"outcomes": ""},
     "policies[0].when: found new_labels without outcomes, expected outcomes, which it needs"),
    ("{name: p, when: worse_version}", {},
     "policies[0].when: found worse_version without a champion, expected a champion to go back to"),
    ("{name: p, when: label_drift}", {"task": "task: regression"},
     "policies[0].when: found regression, expected task binary with label_drift"),
    ("{name: p, when: age, after: 1d}, {name: p, when: age, after: 2d}", {},
     "policies[1].name: found the name of another policy, 'p', expected a name of its own"),
    ("{name: p, when: agee, after: 1d}", {}, "policies[0].when: found 'agee', expected one of age, performance_loss, "
     "concept_drift, label_drift, new_labels, worse_version. Did you mean 'age'?"),
])
def test_what_a_policy_cannot_do_is_told_at_its_place(messages, text, more, told):
    assert told in messages(**policies(text, **more))
