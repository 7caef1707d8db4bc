"""What a champion needs, and which rules may name it."""

import pytest

VERSIONED = "predictions: {table: logs/credit, id: loan, time: at, score: p, version: v}"
OUTCOMES = "outcomes: {table: o, id: loan, outcome: y, time: known_at}"
CHAMPION = "champion: '1'"


def test_a_champion_is_a_version(load):
    assert load(predictions=VERSIONED, outcomes=OUTCOMES, champion=CHAMPION).champion == "1"
    assert load().champion is None


@pytest.mark.parametrize(("more", "told"), [
    ({"outcomes": OUTCOMES}, ["champion: found '1', expected none, as predictions.version names no column of versions"]),
    ({"predictions": VERSIONED},
     ["champion: found '1', expected none, as there are no outcomes by which versions could be compared"]),
])
def test_a_champion_that_nothing_can_be_compared_with_is_refused(messages, more, told):
    assert messages(champion=CHAMPION, **more) == told


@pytest.mark.parametrize(("reference", "refused"), [("champion:1", False), ("launch", False), ("champion:2", True)])
def test_a_rule_may_name_the_champion_as_its_reference(messages, reference, refused):
    rules = f"rules: [{{name: r, metric: loss_vs_champion, warn: 0.1, reference: '{reference}', version: '2'}}]"
    told = messages(predictions=VERSIONED, outcomes=OUTCOMES, champion=CHAMPION, rules=rules)
    assert [one.partition(":")[0] for one in told] == ["rules[0].reference"] * refused
