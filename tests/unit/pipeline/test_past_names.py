"""Do windows and slices named in the run record lead back to the same windows and slices?"""

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_monitor.pipeline.past import read_label, read_moment, slices_named, span_texts
from spark_monitor.windows import GRAINS, Calendar, to_micros, to_text

ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu")


@given(st.sampled_from(ZONES), st.sampled_from(GRAINS),
       st.datetimes(datetime(1600, 1, 1), datetime(2999, 1, 1), timezones=st.just(timezone.utc)))
def test_a_window_is_found_again_by_its_name(zone, grain, moment):
    window = Calendar(zone).window(to_micros(moment), grain)
    assert read_label(window.label) == (grain, window.start)


@given(st.sampled_from(ZONES), st.sampled_from(["day", "hour"]), st.sets(st.integers(0, 60)))
def test_slices_are_found_again_by_the_names_of_their_spans(zone, unit, picked):
    calendar = Calendar(zone)
    start = to_micros(datetime(2010, 11, 5, tzinfo=timezone.utc))
    slices = calendar.windows(start, start + 61 * 86_400_000_000, unit)
    mine = [slices[place] for place in sorted(picked)]
    texts = span_texts(reversed(mine))
    assert [s for text in texts for s in slices_named(text, calendar, unit)] == mine


@pytest.mark.parametrize(("picked", "spans"), [([], 0), ([0], 1), ([0, 1, 2], 1), ([0, 2], 2), ([5, 0, 4, 1], 2)])
def test_neighbours_are_written_as_one_span(picked, spans):
    days = Calendar("UTC").windows(0, 10 * 86_400_000_000, "day")
    assert len(span_texts([days[place] for place in picked])) == spans


@given(st.integers(-62_000_000_000_000_000, 250_000_000_000_000_000))
def test_an_instant_is_found_again_by_its_text(micros):
    assert read_moment(to_text(micros)) == micros
