"""Which other windows does a changed slice reach: rollups, rolling references, windows whose copies are left out?"""

import pytest

from spark_monitor.pipeline.agenda import Past, Wish, grains_of, slice_grain
from spark_monitor.pipeline.reach import reach_back
from spark_monitor.windows import Calendar

LATE = "2030-01-01"
THREE = {"2024-03-05T07:00": 5, "2024-03-06T00:00": 2, "2024-03-08T23:45": 1}


def test_a_changed_day_restates_its_week_and_its_month(agenda, survey, after, days):
    rows = {f"2024-{month:02}-{day:02}T12:00": 2 for month in (3, 4) for day in range(1, 29)}
    log, words = survey(rows), {"windows": "{grain: week, rollups: [month]}"}
    past = after(agenda(log, **words), log)
    found = agenda(survey({**rows, "2024-03-13T12:00": 9}, fresh=["2024-03-13T12:00"]), past, **words)
    assert (days(found.windows["week"]), days(found.windows["month"])) == (["03-11"], ["03-01"])
    assert days(found.slices) == ["03-13"]


def test_a_week_over_two_months_restates_the_month_that_changed_and_no_other(agenda, survey, after, days):
    rows = {f"2024-{month:02}-{day:02}T12:00": 2 for month in (3, 4) for day in range(1, 29)}
    log, words = survey(rows), {"windows": "{grain: week, rollups: [month]}"}
    past = after(agenda(log, **words), log)
    found = agenda(survey({**rows, "2024-04-30T12:00": 1}, fresh=["2024-04-30T12:00"]), past, **words)
    assert (days(found.windows["week"]), days(found.windows["month"])) == (["04-29", "05-20"], ["04-01"])


ROLLING = {"references": "[{rolling: 2}]"}


def test_a_rolling_reference_restates_the_windows_that_contain_the_changed_one(agenda, survey, after, days):
    rows = {f"2024-03-{day:02}T12:00": 2 for day in range(1, 21)}
    log = survey(rows)
    past = after(agenda(log, **ROLLING), log)
    found = agenda(survey({**rows, "2024-03-10T12:00": 3}), past, **ROLLING)
    assert days(found.restated) == ["03-10", "03-11", "03-12"] and days(found.slices) == ["03-10"]


def test_a_window_alone_counts_the_days_its_rolling_reference_asks_for(agenda, survey, days, at):
    rows = {f"2024-03-{day:02}T12:00": 2 for day in range(1, 21)}
    found = agenda(survey(rows), wish=Wish(at(LATE), at("2024-03-10"), at("2024-03-11")), **ROLLING)
    assert days(found.windows["day"]) == ["03-10"] and days(found.slices) == ["03-08", "03-09", "03-10"]


def test_a_rolling_reference_reaches_back_to_the_first_row_and_no_further(days, at, config):
    calendar, settings = Calendar("UTC"), config(**ROLLING)
    window, first = calendar.window(at("2024-03-03"), "day"), at("2024-03-02T10:00")
    assert days(reach_back(settings, calendar, window, first)) == ["03-02"]
    assert days(reach_back(settings, calendar, window, at("2024-01-01"))) == ["03-01", "03-02"]
    assert reach_back(config(), calendar, window, at("2024-01-01")) == []


def test_leaving_out_copies_counts_the_whole_window_again(agenda, survey, after, days):
    words = {"windows": "{grain: week}", "more": ", deduplicate: true"}
    rows = {f"2024-03-{day:02}T12:00": 2 for day in range(4, 18)}
    log = survey(rows)
    past = after(agenda(log, **words), log)
    found = agenda(survey({**rows, "2024-03-06T12:00": 3}, fresh=["2024-03-06T12:00"]), past, **words)
    assert days(found.restated) == ["03-04"]
    assert days(found.slices) == [f"03-{day:02}" for day in range(4, 11)]


def test_copies_that_were_left_out_are_no_change(agenda, survey, after):
    log, words = survey(THREE), {"more": ", deduplicate: true"}
    past = after(agenda(log, **words), log)
    fewer = {start: rows - (rows > 1) for start, rows in past.stored.items()}
    assert not agenda(log, Past(past.done, past.counted, fewer, "id", 0), **words).slices


def test_days_are_those_of_the_zone(agenda, survey, days):
    log = survey({"2024-03-05T04:45": 5, "2024-03-05T05:00": 2})
    found = agenda(log, zone="America/New_York")
    assert days(found.slices) == ["03-04", "03-05"]


@pytest.mark.parametrize(("windows", "unit"), [
    ("{grain: hour}", "hour"), ("{grain: hour, rollups: [day]}", "hour"), ("{grain: day, rollups: [week]}", "day"),
    ("{grain: month}", "day")])
def test_cells_are_stored_by_day_unless_a_grain_asks_for_hours(config, windows, unit):
    assert slice_grain(config(windows=windows)) == unit


def test_grains_come_base_first_and_then_from_fine_to_coarse(config):
    assert grains_of(config(windows="{grain: day, rollups: [month, week]}")) == ["day", "week", "month"]
