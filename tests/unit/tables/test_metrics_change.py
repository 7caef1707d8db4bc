"""Does the view of changes say how each number moved since the window before? DuckDB runs it over rows made by hand."""

import datetime as dt

import duckdb
import pyarrow as pa
import pytest
from scipy.stats import binomtest

from spark_monitor.tables.results import METRICS
from spark_monitor.tables.views import VIEWS

START = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)


def row(week, value, **other):
    """Return a row of weekly accuracy; a value of None needs its status and reason."""
    begin = START + dt.timedelta(days=7 * week)
    return {"model": "m", "model_version": "*", "grain": "week", "window_start": begin,
            "window_end": begin + dt.timedelta(days=7), "family": "performance", "metric": "accuracy", "value": value,
            "status": "ok", "definition_hash": "d", **other}


def changes(*rows):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("metrics", pa.Table.from_pylist(list(rows), METRICS.schema))
    found = connection.execute(VIEWS["metrics_change"].query("metrics") + " ORDER BY m.window_start").to_arrow_table()
    connection.close()
    return found.to_pylist()


def test_a_number_stands_beside_that_of_the_window_before():
    first, second = changes(row(0, 0.5, sample_size=40), row(1, 0.75, sample_size=60))
    assert (first["change"], first["status"], first["reason"]) == (None, "undefined", "no_previous_window")
    assert (second["previous_value"], second["change"], second["previous_sample_size"]) == (0.5, 0.25, 40)
    assert (second["status"], second["reason"], second["previous_window_start"]) == ("ok", None, START)


def test_no_row_is_lost_and_none_comes_twice():
    cuts = [{}, {"segment": "place", "segment_value": "a"}, {"segment": "place", "segment_value": "b"},
            {"feature": "x"}, {"reference": "training"}, {"model_version": "1"}, {"metric": "recall"}]
    rows = [row(week, week / 10, **cut) for week in range(3) for cut in cuts]
    found = changes(*rows)
    assert len(found) == len(rows)
    moved = [one for one in found if one["window_start"] > START]
    assert [one["change"] for one in moved] == [pytest.approx(0.1)] * 14


def test_a_window_that_was_not_published_is_no_previous_window():
    assert changes(row(0, 0.5), row(2, 0.6))[1]["reason"] == "no_previous_window"


def test_another_definition_begins_another_series():
    assert changes(row(0, 0.5), row(1, 0.6, definition_hash="other"))[1]["reason"] == "no_previous_window"


def test_windows_of_another_grain_are_not_mixed_in():
    month = row(0, 0.1, grain="month", window_end=START + dt.timedelta(days=31))
    day = row(1, 0.2, grain="day", window_start=START + dt.timedelta(days=31))
    assert {one["reason"] for one in changes(month, day)} == {"no_previous_window"}


@pytest.mark.parametrize(("before", "now", "status", "reason"), [
    ({"value": None, "status": "too_few_rows", "reason": "too_few_rows"}, {"value": 0.5}, "too_few_rows",
     "too_few_rows"),
    ({"value": 0.5}, {"value": None, "status": "undefined", "reason": "one_class"}, "undefined", "one_class"),
    ({"value": 0.5, "status": "immature", "reason": "outcomes_to_come"}, {"value": 0.5}, "immature",
     "outcomes_to_come"),
    ({"value": 0.5}, {"value": 0.5, "status": "immature", "reason": "maturity_unknown"}, "immature",
     "maturity_unknown"),
])
def test_what_is_wrong_with_either_number_is_wrong_with_their_difference(before, now, status, reason):
    second = changes({**row(0, None), **before}, {**row(1, None), **now})[1]
    assert (second["status"], second["reason"]) == (status, reason)
    assert (second["change"] is None) == (status != "immature")


@pytest.mark.parametrize(("now", "before", "low", "high"), [
    ((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926)])
def test_the_interval_of_a_difference_of_rates_is_that_of_newcombes_table(now, before, low, high):
    """R. G. Newcombe (1998), Statistics in Medicine 17, 873-890, Table II, method 10."""
    given = []
    for week, (hits, rows) in enumerate((before, now)):
        own = binomtest(hits, rows).proportion_ci(method="wilson")
        given.append(row(week, hits / rows, ci_low=own.low, ci_high=own.high, ci_level=0.95))
    second = changes(*given)[1]
    assert (second["change_low"], second["change_high"]) == pytest.approx((low, high), abs=6e-5)
    assert second["ci_level"] == 0.95


def test_numbers_without_an_interval_have_a_difference_without_one():
    second = changes(row(0, 10.0, metric="row_count"), row(1, 30.0, metric="row_count"))[1]
    assert [second[name] for name in ("change", "change_low", "change_high", "ci_level")] == [20.0, None, None, None]
