"""Which slices are counted again where late predictions may take an outcome from others, or leave it to them?"""

from datetime import datetime, timezone

import numpy as np
import pytest

from spark_monitor.config import load_config_text
from spark_monitor.pipeline.agenda import Past, Wish, make_agenda
from spark_monitor.pipeline.labels import News
from spark_monitor.windows import Calendar, to_micros

EIGHT = {f"2024-03-{day:02}T07:00": 5 for day in range(1, 9)}
NONE = News(np.empty(0, np.int64))


def at(text):
    return to_micros(datetime.fromisoformat(text).replace(tzinfo=timezone.utc))


def config(match, horizon=None):
    """Return the configuration of a log with outcomes that are the truth of each prediction, the first or the last."""
    more = "" if horizon is None else f", horizon: {horizon}"
    return load_config_text(f"""
model: m
predictions: {{table: log, id: i, time: t, score: p}}
outcomes: {{table: out, id: i, outcome: y, time: k, match: {match}{more}}}
references: [{{name: launch, start: 2024-01-01, end: 2024-02-01}}]
results: out
""", "m.yml", {})


@pytest.fixture
def counted_again(survey, after, agenda, days):
    """Return the function: the days counted beside their outcomes once more, after late rows of one of eight days."""

    def plan(asked, late, as_of="2024-03-20"):
        log = survey(EIGHT)
        first = make_agenda(asked, Calendar("UTC"), log, Past(), Wish(at(as_of)), True, NONE)
        past = after(first, log, labelled={s.start: (0, at(as_of)) for s in first.label_slices},
                     outcomes_as_of=at(as_of), published={(w.grain, w.start): 0 for w in first.windows["day"]},
                     recounted={s.start: 0 for s in first.slices})
        again = survey({**EIGHT, late: 1}, fresh=[late])
        return days(make_agenda(asked, Calendar("UTC"), again, past, Wish(at("2024-03-21")), True, NONE).label_slices)

    return plan


def test_late_predictions_are_counted_alone_where_each_has_its_outcome(counted_again):
    assert counted_again(config("each", "2d"), "2024-03-05T12:00") == ["03-05"]


@pytest.mark.parametrize("match", ["first", "last"])
def test_late_predictions_move_the_outcomes_of_those_within_the_horizon(counted_again, match):
    assert counted_again(config(match, "2d"), "2024-03-05T12:00") == [f"03-{day:02}" for day in range(3, 8)]


def test_without_a_horizon_they_may_move_any(counted_again):
    assert counted_again(config("last"), "2024-03-05T12:00") == [f"03-{day:02}" for day in range(1, 9)]


def test_rows_of_a_new_day_that_nobody_had_looked_at_move_none(counted_again):
    assert counted_again(config("last"), "2024-03-09T12:00", as_of="2024-03-09") == ["03-09"]
