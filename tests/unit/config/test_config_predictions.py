"""What the logs' keys accept: columns, features in all their forms, scores, filters."""

import pytest

PREDICTIONS = "predictions: {{table: t, id: i, time: at, score: p, {}}}"


def test_an_empty_value_never_widens_a_filter(messages):
    told = messages(predictions=PREDICTIONS.format("where: {region: }"))
    assert told == ["predictions.where.region: found nothing, expected a text, a whole number, true or false"]


@pytest.mark.parametrize(
    ("written", "include", "exclude", "options"),
    [
        ("auto", None, (), {}),
        ("[temp, wind_*]", ("temp", "wind_*"), (), {}),
        ("[]", (), (), {}),
        ("[a, {temp: {kind: numeric}}, b]", ("a", "temp", "b"), (), {"temp": ("numeric", None)}),
        ("[{temp: {range: [-40, 120]}}]", ("temp",), (), {"temp": (None, (-40.0, 120.0))}),
        ("[{temp: }]", ("temp",), (), {"temp": (None, None)}),
        ("{include: [a, 'b*'], exclude: [bc]}", ("a", "b*"), ("bc",), {}),
        ("{include: auto, exclude: notes}", None, ("notes",), {}),
        ("{include: a}", ("a",), (), {}),
        ("{temp: {kind: numeric, range: [0, null]}}", None, (), {"temp": ("numeric", (0.0, None))}),
        ("{temp: {range: [~, 5]}, exclude: [x]}", None, ("x",), {"temp": (None, (None, 5.0))}),
        ("{include: [a], zip: {kind: categorical}}", ("a",), (), {"zip": ("categorical", None)}),
        ("{options: {temp: {kind: numeric}}}", None, (), {"temp": ("numeric", None)}),
        ("[no, 1st]", ("no", "1st"), (), {}),
    ],
)
def test_features_have_these_forms(load, written, include, exclude, options):
    features = load(predictions=PREDICTIONS.format(f"features: {written}")).predictions.features
    assert (features.include, features.exclude) == (include, exclude)
    assert {name: (given.kind, given.range) for name, given in features.options.items()} == options


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("temp", "predictions.features: found 'temp', expected auto, a list of columns, or a mapping"),
        ("7", "predictions.features: found 7, expected auto, a list of columns, or a mapping"),
        ("[a, {b: {}, c: {}}]", "predictions.features[1]: found 2 keys, expected one column with its options"),
        ("[a, 7]", 'predictions.features[1]: found 7, expected a text: put it in quotes, "7"'),
        ("[a, a]", "predictions.features[1]: found 'a', expected it once"),
        (
            "{temp: {knd: numeric}}",
            "predictions.features.temp.knd: found an unknown key, expected one of kind, range. Did you mean 'kind'?",
        ),
        ("[{temp: {range: [1]}}]", "predictions.features[0].temp.range: found 1 bounds, expected two, [low, high]"),
        (
            "{temp: {range: [5, 1]}}",
            "predictions.features.temp.range: found [5, 1], expected [low, high] with low <= high",
        ),
        ("{temp: {range: [.nan, 1]}}", "predictions.features.temp.range[0]: found '.nan', expected a number"),
        ("{temp: numeric}", "predictions.features.temp: found 'numeric', expected a mapping"),
        ("{include: 7}", "predictions.features.include: found 7, expected a list"),
    ],
)
def test_wrong_features_are_told(messages, written, told):
    assert messages(predictions=PREDICTIONS.format(f"features: {written}")) == [told]


def test_options_are_for_one_column(messages):
    assert messages(predictions=PREDICTIONS.format("features: [a, {'t*': {kind: numeric}}]")) == [
        "predictions.features[1]['t*']: found a mapping, expected the name of one column: "
        "kind and range are not given for patterns"
    ]


def test_columns_are_a_name_or_a_list(load):
    config = load(
        predictions="predictions: {table: t, id: [a, b], entity: c, time: at, prediction: y}",
        outcomes="outcomes: {table: o, id: [x, y], outcome: z, time: at}",
        more="sensitive: '*mail*'\nprotected: a\nsegments: a",
    )
    assert (config.predictions.id, config.predictions.entity) == (("a", "b"), ("c",))
    assert (config.sensitive, config.protected, config.segments) == (("*mail*",), ("a",), (("a",),))


@pytest.mark.parametrize(
    ("task", "score", "told"),
    [
        (
            "multiclass",
            "p",
            ["predictions.score: found 'p', expected a mapping of class to column, as task multiclass needs"],
        ),
        (
            "binary",
            "{a: p, b: q}",
            ["predictions.score: found a mapping, expected one column, since task is binary and not multiclass"],
        ),
        ("multiclass", "{a: p}", ["predictions.score: found a mapping, expected at least 2 entries"]),
        ("multiclass", "{a: p, b: 7}", ['predictions.score.b: found 7, expected a text: put it in quotes, "7"']),
        ("multiclass", "{a: p, no: q, 1: r}", []),
        ("binary", "p", []),
    ],
)
def test_the_score_fits_the_task(messages, task, score, told):
    assert (
        messages(task=f"task: {task}", predictions=f"predictions: {{table: t, id: i, time: at, score: {score}}}")
        == told
    )


def test_something_must_be_predicted(messages):
    assert messages(predictions="predictions: {table: t, id: i, time: at}") == [
        "predictions: found neither prediction nor score, expected one of the two keys at least"
    ]


def test_outcomes_have_as_many_ids_as_predictions(messages):
    assert messages(outcomes="outcomes: {table: o, id: [x, y], outcome: z, time: at}") == [
        "outcomes.id: found 2 columns, expected as many as predictions.id has, 1"
    ]


def test_a_variable_s_undecodable_bytes_are_refused(messages):
    told = messages({"V": "caf\udce9"}, predictions=PREDICTIONS.format("where: {a: '${V}'}"))
    assert told == [
        "predictions.where.a: found the value of '${V}', expected a text without line breaks and control characters"
    ]


def test_where_keeps_the_types_of_its_values(load):
    where = load(predictions=PREDICTIONS.format("where: {a: x, b: 1, c: true, d: 'true', e: '1'}")).predictions.where
    assert where == {"a": "x", "b": 1, "c": True, "d": "true", "e": "1"}
    assert [type(value) for value in where.values()] == [str, int, bool, str, str]


@pytest.mark.parametrize("written", ["1.5", "[1]", "{a: 1}"])
def test_where_compares_for_equality_only(messages, written):
    assert len(messages(predictions=PREDICTIONS.format(f"where: {{a: {written}}}"))) == 1


@pytest.mark.parametrize("written", ["yes", "on", "1", "True", "'yes'"])
def test_only_true_and_false_are_booleans(messages, written):
    assert messages(predictions=PREDICTIONS.format(f"deduplicate: {written}"))[0].endswith("expected true or false")
