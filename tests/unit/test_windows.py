"""Do windows divide time without gap or overlap, whatever the clocks of a zone do?"""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_monitor.windows import GRAINS, HOUR_US, Calendar, Window, to_datetime, to_micros, to_text

# Clock changes by an hour and by half of one, in the small hours, at and over midnight, over a whole day; and none.
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Beirut",
         "Asia/Kathmandu", "America/St_Johns", "America/Havana", "Pacific/Apia", "Africa/Cairo")
MICROSECOND = timedelta(microseconds=1)


def instant(*parts):
    return to_micros(datetime(*parts, tzinfo=timezone.utc))


def day_in_hours(zone, year, month, day):
    """The hours between two midnights, by the zone's offsets."""
    calendar, noon = Calendar(zone), datetime(year, month, day, 12, tzinfo=ZoneInfo(zone))
    window = calendar.window(to_micros(noon), "day")
    return (window.end - window.start) / HOUR_US


@pytest.mark.parametrize(("zone", "day", "hours"), [
    ("Europe/Berlin", (2026, 3, 29), 23), ("Europe/Berlin", (2026, 10, 25), 25), ("Europe/Berlin", (2026, 7, 1), 24),
    ("America/New_York", (2013, 3, 10), 23), ("America/New_York", (2013, 11, 3), 25),
    ("Australia/Lord_Howe", (2024, 10, 6), 23.5), ("Australia/Lord_Howe", (2024, 4, 7), 24.5),
    ("America/Sao_Paulo", (2018, 11, 4), 23), ("America/Sao_Paulo", (2018, 2, 17), 25),
    ("Asia/Beirut", (2022, 3, 27), 23), ("Asia/Kathmandu", (2024, 3, 31), 24),
])
def test_days_are_as_long_as_the_clocks_make_them(zone, day, hours):
    assert day_in_hours(zone, *day) == hours


@pytest.mark.parametrize(("zone", "day", "first"), [
    ("America/Sao_Paulo", (2018, 11, 4), "2018-11-04T01:00:00-02:00"),
    ("Asia/Beirut", (2022, 3, 27), "2022-03-27T01:00:00+03:00"),
    ("Asia/Kathmandu", (2024, 1, 1), "2024-01-01T00:00:00+05:45"),
    ("America/Havana", (2024, 3, 10), "2024-03-10T01:00:00-04:00"),
])
def test_a_day_begins_at_midnight_or_at_its_first_instant_where_that_is_skipped(zone, day, first):
    window = Calendar(zone).window(to_micros(datetime(*day, 12, tzinfo=ZoneInfo(zone))), "day")
    assert to_datetime(window.start) == datetime.fromisoformat(first)
    assert (to_datetime(window.start) - MICROSECOND).astimezone(ZoneInfo(zone)).date() == date(*day) - timedelta(days=1)


def test_a_date_that_a_zone_left_out_has_no_day():
    days = Calendar("Pacific/Apia").windows(instant(2011, 12, 29, 12), instant(2012, 1, 1), "day")
    assert [to_text(day.start) for day in days] == [
        "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"]
    assert {day.end - day.start for day in days} == {24 * HOUR_US}


def test_an_evening_that_is_lived_twice_belongs_to_the_day_after_its_first_midnight():
    # At 00:01 on 7 November 2010 the clocks of St John's went back to 23:01 on the 6th.
    calendar, second_evening = Calendar("America/St_Johns"), instant(2010, 11, 7, 3)
    assert to_datetime(second_evening).astimezone(calendar.zone).date() == date(2010, 11, 6)
    window = calendar.window(second_evening, "day")
    assert (to_text(window.start), to_text(window.end)) == ("2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("grain", ["day", "week", "month"])
def test_windows_follow_each_other_without_gap_or_overlap_over_years(zone, grain):
    low, high = instant(2009, 1, 1), instant(2013, 1, 1)
    windows = Calendar(zone).windows(low, high, grain)
    assert all(before.end == after.start and after.start < after.end for before, after in zip(windows, windows[1:]))
    assert windows[0].start <= low < windows[0].end and windows[-1].start < high <= windows[-1].end


@pytest.mark.parametrize("zone", ZONES)
def test_hours_divide_every_day_of_a_year(zone):
    calendar = Calendar(zone)
    for day in calendar.windows(instant(2010, 1, 1), instant(2011, 1, 1), "day"):
        bounds = calendar.bounds(day.start, day.end, "hour")
        assert (bounds[0], bounds[-1]) == (day.start, day.end)
        assert set(np.diff(bounds)[:-1]) == {HOUR_US} and 0 < bounds[-1] - bounds[-2] <= HOUR_US


@given(st.sampled_from(ZONES), st.sampled_from(GRAINS), st.integers(instant(1600, 1, 1), instant(2999, 12, 31)))
def test_an_instant_lies_in_its_window_and_so_do_the_windows_two_ends(zone, grain, moment):
    calendar = Calendar(zone)
    window = calendar.window(moment, grain)
    assert window.start <= moment < window.end
    assert calendar.window(window.start, grain) == window == calendar.window(window.end - 1, grain)
    assert calendar.start(window.end, grain) == window.end


@given(st.sampled_from(ZONES), st.sampled_from(["week", "month"]),
       st.integers(instant(1600, 1, 1), instant(2999, 12, 1)))
def test_weeks_and_months_are_whole_days_and_days_whole_hours(zone, grain, moment):
    calendar = Calendar(zone)
    window = calendar.window(moment, grain)
    days = calendar.windows(window.start, window.end, "day")
    assert (days[0].start, days[-1].end) == (window.start, window.end)
    hours = calendar.windows(days[0].start, days[0].end, "hour")
    assert (hours[0].start, hours[-1].end) == (days[0].start, days[0].end)


@given(st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
       st.datetimes(datetime(1950, 1, 1), datetime(2999, 12, 30)))
def test_windows_begin_on_mondays_and_on_the_first(zone, moment):
    calendar, local = Calendar(zone), moment.replace(tzinfo=ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    week, month = calendar.window(to_micros(local), "week"), calendar.window(to_micros(local), "month")
    assert week.start == to_micros(midnight - timedelta(days=local.weekday()))
    assert week.end == to_micros(midnight + timedelta(days=7 - local.weekday()))
    assert month.start == to_micros(midnight.replace(day=1))
    first = to_datetime(month.end).astimezone(calendar.zone)
    assert first.day == 1 and (first.year, first.month) == (local.year + local.month // 12, local.month % 12 + 1)


@pytest.mark.parametrize("year", [1600, 2999])
def test_far_years_have_their_days(year):
    days = Calendar("UTC").windows(instant(year, 1, 1), instant(year + 1, 1, 1), "day")
    assert len(days) == (date(year, 12, 31) - date(year, 1, 1)).days + 1
    assert to_text(days[-1].start) == f"{year}-12-31T00:00:00Z"


def test_a_microsecond_decides_between_two_windows():
    calendar, midnight = Calendar("Europe/Berlin"), instant(2026, 3, 28, 23)
    assert calendar.window(midnight - 1, "day").end == midnight == calendar.window(midnight, "day").start


def test_an_empty_span_has_no_windows():
    calendar = Calendar("UTC")
    assert calendar.windows(HOUR_US, HOUR_US, "hour") == [] and len(calendar.bounds(HOUR_US, HOUR_US, "hour")) == 0


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(timezone.utc)))
def test_instants_survive_the_way_to_micros_and_back(moment):
    assert to_datetime(to_micros(moment)) == moment
    assert datetime.fromisoformat(to_text(to_micros(moment)).replace("Z", "+00:00")) == moment


def test_a_window_is_named_by_grain_and_start():
    assert Window("week", instant(2013, 3, 4), instant(2013, 3, 11)).label == "week/2013-03-04T00:00:00Z"
