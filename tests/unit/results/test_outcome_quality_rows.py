"""Is an outcome that can't be what it says a number somewhere?"""

import numpy as np
import pyarrow as pa
import pytest
from labelled_log import counted, drawn, evaluated, frame, one, window

from spark_monitor.metrics.selection import Selection

QUALITY = Selection(families=frozenset({"quality"}))


@pytest.fixture(scope="module")
def cells():
    """Twelve rows: eight outcomes, two that are none of the classes, two that never came."""
    outcome = np.r_[np.ones(6, int), np.zeros(2, int), [2, 2], [-1, -1]]
    return counted(frame(np.zeros(12, int), np.full(12, 0.3025), True, outcome))


def contested(day, conflict):
    """Three labelled rows and one without an outcome, with what is known of contradictions."""
    rows = frame(np.full(4, day), np.full(4, 0.3025), True, np.array([1, 0, 1, -1]))
    return rows.assign(conflict=conflict)


def rates(cells):
    return evaluated(cells, counted(drawn(400, [-100], 1), "training"), {"day": (window(0),)}, QUALITY)


def test_an_outcome_that_is_none_of_the_classes_is_a_share_of_all_outcomes(cells):
    row = one(rates(cells), metric="outcome_unknown_rate")
    assert (row["value"], row["sample_size"]) == (pytest.approx(2 / 10), 10)


def test_an_outcome_known_before_its_prediction_is_a_share_of_labelled_rows(cells):
    assert one(rates(cells), metric="outcome_early_rate")["value"] == 0.0
    place = cells.schema.get_field_index("delay_bin")
    early = pa.array([[0] * len(bins) for bins in cells["delay_bin"].to_pylist()], cells.schema.field(place).type)
    row = one(rates(cells.set_column(place, "delay_bin", early)), metric="outcome_early_rate")
    assert (row["value"], row["sample_size"]) == (1.0, 8)


def test_outcomes_that_contradict_each_other_are_a_share_of_labelled_rows():
    cells = counted(contested(0, [True, False, True, True]))
    row = one(rates(cells), metric="outcome_conflict_rate")
    assert (row["value"], row["sample_size"], row["family"]) == (pytest.approx(2 / 3), 3, "quality")
    # Wilson's interval of 2 of 3, by hand from his formula.
    assert (row["ci_low"], row["ci_high"]) == (pytest.approx(0.2077, abs=1e-4), pytest.approx(0.9385, abs=1e-4))


def test_contradictions_add_up_over_the_slices_of_a_window():
    cells = pa.concat_tables([counted(contested(0, [True, False, True, True])),
                              counted(contested(1, [False, None, True, None]))])
    found = evaluated(cells, counted(drawn(400, [-100], 1), "training"), {"span": (window(0, 2),)}, QUALITY)
    row = one(found, metric="outcome_conflict_rate")
    assert (row["value"], row["sample_size"]) == (3 / 6, 6)


def test_a_window_with_a_slice_that_was_counted_before_contradictions_were_has_no_rate():
    before = counted(contested(1, True).drop(columns="conflict"))
    cells = pa.concat_tables([counted(contested(0, [True, False, True, True])), before])
    found = evaluated(cells, counted(drawn(400, [-100], 1), "training"), {"span": (window(0, 2),)}, QUALITY)
    row = one(found, metric="outcome_conflict_rate")
    assert (row["status"], row["reason"], row["sample_size"]) == ("undefined", "not_counted", 6)
