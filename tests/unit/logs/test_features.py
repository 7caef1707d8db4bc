"""Which columns of a log are features, and which are left out for what reason?"""

import pytest

from spark_monitor.config import load_config_text
from spark_monitor.logs.features import choose_features, data_type, mapped_columns, prediction_features

TYPES = {"id": "number", "at": "time", "p": "number", "label": "text", "price": "number", "city": "text",
         "odd.name": "number",
         "active": "boolean", "born": "time", "tags": "other", "late": "boolean"}


CONFIG_OF_SCORE = """
model: m
predictions: {table: log, id: id, time: at, score: score, features: [score]}
references: [{name: launch, start: 2024-01-01, end: 2024-02-01}]
results: out
"""


def config(features="auto", task="binary", more="", log=""):
    return load_config_text(f"""
model: m
task: {task}
predictions: {{table: log, id: id, time: at, score: p, prediction: label, features: {features}{log}}}
references: [{{name: launch, start: 2024-01-01, end: 2024-02-01}}]
results: out
{more}
""", "m.yml", {})


def chosen(*parts, **words):
    return {source.feature: source for source in choose_features(config(*parts, **words), TYPES)[0]}


def test_auto_takes_numbers_texts_and_booleans_in_the_order_of_the_table():
    assert list(chosen()) == ["price", "city", "odd.name", "active", "late"]


def test_every_column_is_chosen_or_left_out_with_a_reason():
    features, left_out, _ = choose_features(config(), TYPES)
    assert dict(left_out) == {"id": "mapped", "at": "mapped", "p": "mapped", "label": "mapped", "born": "time",
                              "tags": "type_not_countable"}
    assert {f.feature for f in features} | {name for name, _ in left_out} == TYPES.keys()


def test_the_outcomes_own_column_is_no_feature():
    outcomes = "outcomes: {table: o, id: id, outcome: late, time: known}"
    assert ("late", "outcome") in choose_features(config(more=outcomes), TYPES)[1]


@pytest.mark.parametrize(("features", "names"), [
    ("[price, city]", ["price", "city"]), ("['c*', born]", ["city", "born"]), ("{exclude: ['*e*']}", ["city"]),
    ("{include: ['*'], exclude: [city, id, at]}", ["price", "odd.name", "active", "born", "late"]),
    ("[price, id]", ["id", "price"])])
def test_lists_and_globs_choose_by_name(features, names):
    assert list(chosen(features)) == names


def test_kinds_follow_the_types_unless_they_are_configured():
    kinds = {name: source.kind for name, source in chosen().items()}
    assert kinds == {"price": "numeric", "city": "categorical", "odd.name": "numeric", "active": "categorical",
                     "late": "categorical"}
    asked = chosen("{price: {kind: categorical}, active: {kind: numeric}, odd.name: {range: [0, null]}}")
    assert (asked["price"].kind, asked["active"].kind) == ("categorical", "numeric")
    assert (asked["odd.name"].low, asked["odd.name"].high) == (0, None)


def test_sensitive_names_are_given_by_globs():
    features = chosen(more="sensitive: ['ci*']")
    assert [name for name, source in features.items() if source.sensitive] == ["city"]


def test_all_that_does_not_fit_is_said_at_once():
    features, _, problems = choose_features(config("[{city: {kind: numeric}}, gone, price]"), TYPES)
    assert [source.feature for source in features] == ["price"]
    assert problems == ["predictions.features: 'gone' is no column of log",
                        "predictions.features: 'city' holds text; it can't be numeric"]


@pytest.mark.parametrize(("task", "log", "names"), [
    ("binary", "", {"prediction": "categorical", "score": "numeric", "confidence": "numeric"}),
    ("regression", "", {"prediction": "categorical", "score": "numeric"})])
def test_what_the_model_said_is_a_feature_too(task, log, names):
    found = prediction_features(config(task=task, log=log), TYPES)
    assert {source.feature: source.kind for source in found} == names and {s.family for s in found} == {"prediction"}


def test_a_regressions_prediction_is_a_number_and_a_classifiers_a_class():
    types = {**TYPES, "label": "number"}
    kinds = [prediction_features(config(task=task), types)[0].kind for task in ("regression", "binary")]
    assert kinds == ["numeric", "categorical"]


def test_each_class_has_a_score_and_all_have_one_confidence():
    settings = load_config_text("""
model: m
task: multiclass
predictions: {table: log, id: id, time: at, score: {cat: p_cat, dog: p_dog}}
references: [{name: launch, start: 2024-01-01, end: 2024-02-01}]
results: out
""", "m.yml", {})
    found = {source.feature: source.columns for source in prediction_features(settings, {})}
    assert found == {"score:cat": ("p_cat",), "score:dog": ("p_dog",), "confidence": ("p_cat", "p_dog")}
    assert mapped_columns(settings) == {"id", "at", "p_cat", "p_dog"}


@pytest.mark.parametrize(("name", "kind"), [
    ("decimal(38,10)", "number"), ("tinyint", "number"), ("varchar(20)", "text"), ("date", "time"),
    ("boolean", "boolean"), ("map<string,int>", "other"), ("binary", "other"), ("array<double>", "other")])
def test_types_fall_into_few_classes(name, kind):
    assert data_type(name) == kind


def test_a_column_of_the_name_that_the_models_own_score_has_in_results_is_not_counted_beside_it():
    types = {**TYPES, "score": "number", "confidence": "number"}
    features, left_out, problems = choose_features(config(), types)
    assert {name for name, why in left_out if why == "reserved_name"} == {"score", "confidence"} and not problems
    assert not {"score", "confidence"} & {f.feature for f in features}
    outright = choose_features(config("[price, score]"), types)
    assert [f.feature for f in outright[0]] == ["price"] and "'score'" in outright[2][0]
    # A column that is the score already is counted once, under that name.
    own = load_config_text(CONFIG_OF_SCORE, "m.yml", {})
    assert choose_features(own, {"id": "number", "at": "time", "score": "number"})[1:] == (
        [("id", "not_included"), ("at", "not_included"), ("score", "reserved_name")], [])
