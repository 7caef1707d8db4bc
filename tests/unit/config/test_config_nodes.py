"""Reading YAML: what it means, where it stands, and what is refused."""

import time

import pytest

from spark_monitor.config.nodes import MAX_CHARACTERS, read_nodes


def read(text, environ=None):
    root, problems = read_nodes(text, "m.yml", environ or {})
    return root and root.plain(), [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("off", "off"),
        ("yes", "yes"),
        ("on", "on"),
        ("NO", "NO"),
        ("True", "True"),
        ("true", True),
        ("false", False),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("12", 12),
        ("-3", -3),
        ("010", "010"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e-3", 0.001),
        ("1e3", 1000.0),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("2013-02-01", "2013-02-01"),
        ("2013-02-01T00:00:00Z", "2013-02-01T00:00:00Z"),
        ("null", None),
        ("~", None),
        ("", None),
        ("'null'", "null"),
        ('"12"', "12"),
        ("=", "="),
    ],
)
def test_a_plain_word_means_what_it_looks_like(written, meant):
    value, problems = read(f"key: {written}")
    assert problems == []
    assert value == {"key": meant}
    assert type(value["key"]) is type(meant)


def test_keys_are_texts():
    assert read("no: a\n1: b\nnull: c")[0] == {"no": "a", "1": "b", "null": "c"}


def test_every_value_knows_its_place_and_its_keys():
    root, _ = read_nodes("a:\n  - b: 1\n    c: [x, y]\n", "m.yml", {})
    second = root.value["a"].value[0].value["c"]
    assert (second.line, second.column, second.key_line, second.key_column) == (3, 8, 3, 5)
    assert (second.value[1].line, second.value[1].column) == (3, 12)


def test_equal_keys_are_told_at_the_second_one():
    assert read("a: 1\nb:\n  c: 1\n  c: 2\n")[1] == [
        "m.yml:4:3 b.c: found the key a second time, expected it once (first on line 3)"
    ]


def test_all_structural_mistakes_are_told_at_once():
    text = "a: &x 1\nb: *x\nc: !!python/object/apply:os.system [ls]\nd: 1\nd: 2\n? [k]\n: 3\n<<: {e: 1}\n"
    value, problems = read(text)
    places = [problem.split()[0].removeprefix("m.yml:").rstrip(":") for problem in problems]
    assert places == ["1:4", "2:4", "3:4", "5:1", "6:3"]
    assert "anchor &x" in problems[0] and "alias *x" in problems[1]
    assert "tag tag:yaml.org,2002:python/object/apply:os.system" in problems[2]
    assert value["d"] == 1 and "<<" in value


def test_a_bomb_of_aliases_is_refused_without_being_built():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 10)]
    begun = time.process_time()
    _, problems = read("\n".join(lines))
    assert time.process_time() - begun < 1
    assert len(problems) == 10 + 9 * 9


@pytest.mark.parametrize("text", ["[" * 10_000, "a: " + "{a: " * 10_000, "- " * 10_000, "? " * 10_000])
def test_deep_nesting_is_refused_early(text):
    begun = time.process_time()
    value, problems = read(text)
    assert time.process_time() - begun < 1
    assert value is None
    assert "at most 32 levels" in problems[-1]


def test_a_large_text_is_refused_unread():
    value, problems = read("a" * (MAX_CHARACTERS + 1))
    assert value is None
    assert problems == ["m.yml: found 1,000,001 characters, expected at most 1,000,000 characters"]


def test_too_many_values_are_refused():
    value, problems = read("[" + "1," * 60_000 + "]")
    assert value is None
    assert problems == ["m.yml:1:100000 [49999]: found more, expected at most 50,000 values"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1, 2", "m.yml:1:9"),
        ("a: 1\n b: 2", "m.yml:2:3"),
        ("a:\n\t- 1", "m.yml:2:1"),
        ("a: 1\nb: x\0y", "m.yml:2:5"),
        ("", "m.yml:1:1: found an empty document"),
        ("# only a comment", "m.yml:1:1: found an empty document"),
        ("a: 1\n---\nb: 2", "m.yml:2:1: found a second document"),
        ("a: {b: ${C}}", "inside { } and [ ] a text with ${NAME} needs quotes"),
    ],
)
def test_unreadable_yaml_is_told_with_its_place(text, told):
    _, problems = read(text)
    assert len(problems) == 1
    assert told in problems[0]


def test_a_missing_variable_has_a_place():
    assert read("a:\n  b: s3://${BUCKET}/x")[1] == [
        "m.yml:2:6 a.b: found ${BUCKET}, which is not set, expected the variable or a default, ${BUCKET:-default}"
    ]


@pytest.mark.parametrize("written", ["${", "${1A}", "${A B}", "${A:?why}", "${}"])
def test_an_unknown_form_of_variable_is_a_mistake(written):
    _, problems = read(f"a: '{written}'", {"A": "x"})
    assert len(problems) == 1
    assert "expected ${NAME} or ${NAME:-default}, or $$ for a dollar sign" in problems[0]


@pytest.mark.parametrize(
    "value", ["x\nmodel: evil", "{a: 1}", "[1, 2]", "*x", "&x y", "!!python/none", "- a", "a: b", "# c"]
)
def test_a_variable_cannot_add_yaml(value):
    assert read("a: ${V}\nb: '${V}'\nc: \"${V}\"", {"V": value}) == ({"a": value, "b": value, "c": value}, [])


def test_variables_stay_out_of_keys():
    assert read("${V}: 1", {"V": "x"}) == ({"${V}": 1}, [])
