"""Variables in one text."""

import time

import pytest

from spark_monitor.config.variables import substitute

ENVIRON = {"A": "one", "EMPTY": "", "NESTED": "${A}", "PRICE": "$5"}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("${A}", "one"),
        ("x/${A}/${A}", "x/one/one"),
        ("${MISSING:-two}", "two"),
        ("${MISSING:-}", ""),
        ("${A:-two}", "one"),
        ("${EMPTY:-two}", "two"),
        ("${EMPTY}", ""),
        ("${NESTED}", "${A}"),
        ("${PRICE}", "$5"),
        ("$A", "$A"),
        ("$$A", "$A"),
        ("$${A}", "${A}"),
        ("$$${A}", "$one"),
        ("100 $", "100 $"),
        ("^a$", "^a$"),
    ],
)
def test_a_text_becomes(text, result):
    done = substitute(text, ENVIRON)
    assert (done.text, done.missing, done.malformed) == (result, (), False)


def test_all_missing_variables_are_named():
    assert substitute("${X}${A}${Y}", ENVIRON).missing == ("X", "Y")


def test_the_masked_text_shows_neither_values_nor_defaults():
    assert substitute("jdbc://${USER:-me}:${A}@$$host", ENVIRON).masked == "jdbc://${USER}:${A}@$host"


def test_a_text_of_beginnings_takes_no_quadratic_time():
    begun = time.process_time()
    assert substitute("${A:-" * 100_000, ENVIRON).malformed
    assert time.process_time() - begun < 2
