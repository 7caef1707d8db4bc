"""Is every value written in its own way, and none so that it looks like one of our own words?"""

from datetime import date, datetime, timezone
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_monitor.cells.kernel.groups import raw_segment_values
from spark_monitor.cells.render import CROSSING, NONE, NULL, OTHER, alias, escape, key_texts, name_hash, text_of

TRICKY = st.text(alphabet="a ×\\(*)",
                 max_size=7) | st.sampled_from(["(null)", "(other)", "*", "", "a × b", "\n", " ×\n"])


@given(TRICKY, TRICKY, st.booleans())
def test_two_values_are_never_written_alike(left, right, crossing):
    assert (escape(left, crossing) == escape(right, crossing)) == (left == right)


@given(TRICKY)
def test_no_literal_is_written_like_one_of_our_words(text):
    assert escape(text) not in (NULL, OTHER, NONE, "*") and not escape(text).startswith("(")


@given(st.lists(TRICKY | st.none(), min_size=2, max_size=3), st.lists(TRICKY | st.none(), min_size=2, max_size=3))
def test_two_crossings_of_other_values_are_never_written_alike(left, right):
    def written(values):
        batch = pa.record_batch({str(place): pa.array([value], pa.string()) for place, value in enumerate(values)})
        return raw_segment_values(batch, batch.schema.names)[0]

    if len(left) == len(right):
        assert (written(left) == written(right)) == (left == right)


@pytest.mark.parametrize(("literal", "alone", "crossed"), [
    ("plain", "plain", "plain"), ("(null)", "\\(null)", "\\(null)"), ("*", "\\*", "\\*"), ("a*", "a*", "a*"),
    ("a × b", "a × b", "a\\ × b"), ("back\\slash", "back\\slash", "back\\\\slash"), ("", "", "")])
def test_a_backslash_marks_what_could_be_mistaken(literal, alone, crossed):
    assert (escape(literal), escape(literal, crossing=True)) == (alone, crossed)


@pytest.mark.parametrize(("array", "texts"), [
    (pa.array([1, -2, None]), ["1", "-2", None]), (pa.array([True, False]), ["true", "false"]),
    (pa.array([Decimal("1.50")], pa.decimal128(6, 2)), ["1.50"]), (pa.array([date(2013, 3, 1)]), ["2013-03-01"]),
    (pa.array(["x"], pa.large_string()), ["x"]), (pa.array(["x", None, "x"]).dictionary_encode(), ["x", None, "x"]),
    (pa.array([], pa.int8()), [])])
def test_values_are_written_as_plain_text(array, texts):
    assert text_of(array).to_pylist() == texts and text_of(array).type == pa.string()


def test_an_instant_is_written_in_utc_whatever_its_zone():
    noon = pa.array([datetime(2026, 7, 1, 12, tzinfo=timezone.utc)], pa.timestamp("us", "UTC"))
    assert text_of(noon.cast(pa.timestamp("us", "Asia/Tokyo"))) == text_of(noon)


def test_missing_is_told_apart_from_the_word_for_it():
    texts, places = key_texts(pa.array(["(null)", None, "(null)", "b"]))
    assert [texts[place] for place in places] == ["\\(null)", "(null)", "\\(null)", "b"]


def test_hashes_and_aliases_never_change():
    # What is stored today must be found again by the code of tomorrow; worked out with `b2sum -l 64`.
    assert name_hash("Rome") == int.from_bytes(bytes.fromhex("9c8d976daa3afef0"), "big", signed=True)
    assert alias("Rome") == "#9c8d976daa3afef0"


def test_a_crossing_joins_the_values_in_the_order_of_its_columns():
    batch = pa.record_batch({"a": pa.array(["x", None, "x"]), "b": pa.array([1, 2, 1])})
    texts, places = raw_segment_values(batch, ("a", "b"))
    assert [texts[place] for place in places] == [f"x{CROSSING}1", f"(null){CROSSING}2", f"x{CROSSING}1"]
