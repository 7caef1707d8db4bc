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
