"""What the configuration's words select."""

import pytest

from spark_monitor.metrics import METRICS
from spark_monitor.metrics.selection import selected, unknown_words


def wanted(words, scope, family=None):
    choice = selected(words, scope)
    return {name for name, spec in METRICS.items() if choice.wants(name, family or spec.family)}


def test_overall_gets_everything_by_default():
    assert wanted("default", "overall") == wanted("all", "overall") == set(METRICS)
    assert selected("default", "overall").wants("share:late", "prediction")


def without_outcomes(names):
    return {name for name in names if METRICS[name].family in ("quality", "summary", "drift")}


def test_single_segments_get_a_short_list_by_default():
    assert without_outcomes(wanted("default", "segments")) == {"row_count", "missing_rate", "mean", "psi"}
    assert wanted("default", "segments") > {"accuracy", "precision", "recall", "roc_auc", "selection_rate", "maturity"}
    assert without_outcomes(wanted("default", "segments", "prediction")) == {
        "row_count", "missing_rate", "mean", "psi", "js_distance"}
    assert selected("default", "segments").wants("share:late", "prediction")


def test_crossings_get_rows_and_what_the_model_said_by_default():
    assert {name for name in wanted("default", "crossings") if METRICS[name].family != "bias"} == {"row_count"}
    assert wanted("default", "crossings", "prediction") == {"row_count", "psi", "mean"}
    assert selected("default", "crossings").wants("share:late", "prediction")


def test_protected_segments_are_compared_by_default_in_every_criterion_and_group_by_group_in_some():
    bias = {name for name, spec in METRICS.items() if spec.family == "bias"}
    for scope in ("segments", "crossings"):
        choice = selected("default", scope)
        assert all(choice.wants(name, "bias") for name in bias)
        assert choice.wants_of_group("recall_difference", "to_rest")
        assert choice.wants_of_group("recall_shrunk", "shrunk")
        assert not choice.wants_of_group("recall_difference", "to_best")
        assert not choice.wants_of_group("f1_difference", "to_rest")
    assert selected("all", "segments").wants_of_group("f1_difference", "to_worst")
    assert selected(["bias"], "segments").wants_of_group("f1_difference", "to_worst")
    named = selected(["f1_ratio"], "segments")
    assert named.wants_of_group("f1_ratio", "to_best") and not named.wants_of_group("recall_ratio", "to_rest")


@pytest.mark.parametrize("words", ["none", []])
def test_nothing_can_be_chosen(words):
    assert wanted(words, "overall") == wanted(words, "segments", "prediction") == set()


def test_a_family_means_all_of_its_metrics():
    assert wanted(["drift"], "crossings") == {name for name, spec in METRICS.items() if spec.family == "drift"}
    assert not selected(["drift"], "crossings").wants("psi", "prediction")
    assert wanted(["prediction"], "segments", "prediction") == set(METRICS)
    assert selected(["prediction"], "segments").wants("share:late", "prediction")


def test_a_name_means_that_metric_of_every_feature():
    for family in ("drift", "prediction"):
        assert wanted(["psi", "ks"], "segments", family) == {"psi", "ks"}


def test_shares_are_chosen_one_by_one_or_together():
    assert selected(["share:late"], "overall").wants("share:late", "prediction")
    assert not selected(["share:late"], "overall").wants("share:on time", "prediction")
    assert selected(["share:*"], "overall").wants("share:on time", "prediction")


def test_words_that_mean_nothing_are_named_with_the_nearest_that_do():
    assert unknown_words(["psi", "pis", "sumary", "share:x", "qqqq", "share:"]) == [
        ("pis", "psi"), ("sumary", "summary"), ("qqqq", None), ("share:", "share:*"),
    ]
    assert unknown_words("defualt") == [("defualt", "default")]
    assert unknown_words(["all"])[0][0] == "all"


@pytest.mark.parametrize("words", ["all", "default", "none", ["quality", "psi", "share:*"], "psi"])
def test_known_words_are_not_complained_of(words):
    assert unknown_words(words) == []


def test_an_unknown_word_selects_nothing_silently():
    with pytest.raises(ValueError, match="'pis'"):
        selected(["pis"], "overall")
