"""Is what the log held, with what came and without what went, what the log holds now?"""

import numpy as np
import pytest

from spark_monitor.logs.survey import QUARTER_US, Survey
from spark_monitor.logs.survey_changes import by_slices, combine
from spark_monitor.windows import Calendar

DAY_US = 86_400_000_000
UTC = Calendar("UTC")


def survey_of(times, placeless=0):
    """Return the survey of a log with rows at these times, hand-counted."""
    times = np.array(sorted(times), np.int64)
    quarters, rows = np.unique(times - times % QUARTER_US, return_counts=True)
    edges = (int(times.min()), int(times.max())) if len(times) else (None, None)
    return Survey(quarters, rows, np.zeros(len(rows), np.int64), *edges, {"no_id": placeless} if placeless else {},
                  edges[1])


def of(seen):
    return dict(zip(seen.quarters.tolist(), seen.rows.tolist())), seen.first, seen.newest, seen.reasons


@pytest.mark.parametrize("seed", range(10))
def test_what_came_and_went_is_added_and_taken_away(seed):
    random = np.random.default_rng(seed)
    held, came = (random.integers(0, 9 * DAY_US, size) for size in (60, 20))
    went = held[np.argsort(held)][5:-5][:: 3]
    now = np.concatenate([np.setdiff1d(held, went), came])
    found = combine(by_slices(survey_of(held, 4), UTC, "day"), survey_of(came, 1), survey_of(went, 2), UTC, "day")
    bounds = UTC.bounds(0, 10 * DAY_US, "day")
    rows, fresh = found.by_slice(bounds)
    assert np.array_equal(rows, survey_of(now).by_slice(bounds)[0])
    assert np.array_equal(fresh, survey_of(came).by_slice(bounds)[0])
    assert (found.first, found.newest, found.reasons) == (now.min(), now.max(), {"no_id": 3})


def test_fresh_rows_are_told_by_the_quarter_and_all_rows_by_the_slice():
    found = combine(survey_of([0]), survey_of([5 * QUARTER_US + 7]), survey_of([]), UTC, "day")
    assert found.quarters.tolist() == [0, 5 * QUARTER_US]
    assert (found.rows.tolist(), found.fresh.tolist()) == ([2, 0], [0, 1])


@pytest.mark.parametrize(("went", "came", "edges"), [
    ([0], [], None), ([9], [], None), ([0], [3], None), ([0], [0], (0, 9)), ([9], [12], (0, 12)), ([4], [5], (0, 9))])
def test_a_first_or_newest_row_that_went_leaves_nobody_who_knows_the_next_one(went, came, edges):
    found = combine(survey_of([0, 4, 9]), survey_of(came), survey_of(went), UTC, "day")
    assert (found and (found.first, found.newest)) == edges
