"""Whatever a text holds, the answer is a configuration or problems with places, never another error."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from spark_monitor.config import check_text

FLIGHTS = (Path(__file__).parents[3] / "conf" / "flights.yml").read_text()
LINES = [line for line in FLIGHTS.splitlines() if line.strip() and not line.startswith("#")]
VALUES = ["", "7", "-1", "1.5", "true", "[]", "{}", "[1]", "{a: b}", "[[x]]", "no", "2013-02-01", "'*'", "${X:-y}", "~"]


def answer(text):
    config, problems = check_text(text, "m.yml", {})
    assert (config is None) == bool(problems)
    assert all(str(problem).isprintable() for problem in problems)
    if config is not None:
        assert len(config.config_hash) == 64


@given(st.text(alphabet="ab: -[]{},&*!'\"#|>%@`?~\n\t$0.\x00\ud800é", max_size=60))
def test_any_text_is_answered(text):
    answer(text)


@given(st.integers(0, len(LINES) - 1), st.sampled_from(VALUES))
def test_any_value_replaced_in_an_example_is_answered(at, value):
    key = LINES[at].partition(":")[0]
    answer("\n".join([*LINES[:at], f"{key}: {value}", *LINES[at + 1 :]]))


@given(st.integers(0, len(FLIGHTS)), st.integers(0, 40), st.sampled_from(["", *VALUES]))
def test_any_span_replaced_in_an_example_is_answered(start, length, value):
    answer(FLIGHTS[:start] + value + FLIGHTS[start + length :])
