"""Are a reference's habits those of its own days, counted by hand?"""

import numpy as np
import pandas as pd
import pytest

from spark_monitor.results.habits import habits_here


def log(days):
    """Return rows of four days; `days` are the rows of cities A and B on each."""
    parts = [pd.DataFrame({"day": day, "v": "1", "x": 0.1, "city": ["A"] * a + ["B"] * b, "said": "no"})
             for day, (a, b) in enumerate(days)]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(q=False)


@pytest.fixture
def habits(tiny):
    """Return the function that finds the habits of a log, by feature and value of the segment."""

    def find(frame, bins=None, grain="day"):
        bins = bins or {("drift", "x"): tiny.bins, ("drift", "city"): tiny.city}
        cells = tiny.count(frame.assign(t=tiny.first + frame["day"] * tiny.day))
        return {(row["feature"], row["segment_value"]): row
                for row in habits_here(cells, bins, "day", grain).to_pylist()}

    return find


def test_a_category_that_goes_to_and_fro_is_as_far_from_the_whole_as_its_shares_say(habits):
    found = habits(log([(600, 400), (400, 600), (600, 400), (400, 600)]))
    one = found["city", None]
    # A day and the other three: chi-squared of a 2 x 2 table, less its degree of freedom, scaled to the whole.
    own, rest = np.array([600, 400]), np.array([1400, 1600])
    expected = np.outer([1000, 3000], (own + rest) / 4000)
    chi_squared = ((np.array([own, rest]) - expected) ** 2 / expected).sum()
    assert one["spans"] == 4
    assert one["distance"] == pytest.approx((chi_squared - 1) * (1 / 1000 + 1 / 3000) * 0.75**2)
    assert one["noise"] == pytest.approx(2 * ((1 / 1000 + 1 / 3000) * 0.75**2) ** 2)


def test_a_feature_that_never_changes_has_no_habit_in_any_segment(habits):
    found = habits(log([(500, 500)] * 4))
    assert found["x", None]["distance"] == found["x", "A"]["distance"] == 0.0
    assert found["city", None]["distance"] < 0


def test_spans_are_as_long_as_windows(habits):
    weeks = log([(600, 400)] * 7 + [(400, 600)] * 7 + [(500, 500)] * 14)
    assert habits(weeks, grain="week")["city", None]["spans"] == 4
    assert habits(weeks, grain="day")["city", None]["spans"] == 28


def test_crossings_have_none_and_cells_in_other_bins_do_not_count(habits, tiny):
    found = habits(log([(500, 500)] * 4))
    assert {value for _, value in found} == {None, "A", "B"}
    assert habits(log([(500, 500)] * 4), {("drift", "x"): tiny.city}) == {}
