"""Dates, instants, durations and time zones as users write them."""

from datetime import date, datetime, timedelta, timezone

import pytest
from pydantic_core import PydanticCustomError

from spark_monitor.config.times import check_time_zone, place_moment, read_duration, read_moment


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("1 day", timedelta(days=1)),
        ("30d", timedelta(days=30)),
        ("2h", timedelta(hours=2)),
        ("2 Hours", timedelta(hours=2)),
        ("90 min", timedelta(minutes=90)),
        ("45s", timedelta(seconds=45)),
        ("2 weeks", timedelta(days=14)),
        ("1 day 12 hours", timedelta(hours=36)),
        ("1d12h", timedelta(hours=36)),
        ("PT1H", timedelta(hours=1)),
        ("P30D", timedelta(days=30)),
        ("P1W", timedelta(days=7)),
        ("P1DT2H30M5S", timedelta(days=1, hours=2, minutes=30, seconds=5)),
        (0, timedelta()),
        ("0d", timedelta()),
    ],
)
def test_a_duration_is_read(written, length):
    assert read_duration(written) == length


@pytest.mark.parametrize(
    "written",
    ["1 month", "1y", "P1M", "P1Y", "P", "PT", "P1DT", "1:30", "", "day", "1 2 days", "-1d", "1.5h", "99999999d"]
    + [5, True, None, []],
)
def test_what_is_no_duration_is_refused(written):
    with pytest.raises(PydanticCustomError, match="expected a duration"):
        read_duration(written)


def test_a_duration_survives_its_own_json(load):
    config = load(windows="windows: {grace: 1 day 30 min}")
    assert read_duration(config.model_dump(mode="json")["windows"]["grace"]) == timedelta(days=1, minutes=30)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2013-02-01T06:00:00Z", datetime(2013, 2, 1, 6, tzinfo=timezone.utc)),
        ("2013-02-01T06:00Z", datetime(2013, 2, 1, 6, tzinfo=timezone.utc)),
        ("2013-02-01 06:00:00+01:00", datetime(2013, 2, 1, 5, tzinfo=timezone.utc)),
        ("2013-02-01T06:00:00.250000-05:00", datetime(2013, 2, 1, 11, 0, 0, 250000, tzinfo=timezone.utc)),
    ],
)
def test_an_instant_is_read(written, instant):
    assert read_moment(written) == instant


@pytest.mark.parametrize(
    "written",
    ["2013-02-30", "2013-2-1", "01.02.2013", "yesterday", "2013", 2013, "", True, "0001-01-01", "9999-12-31"],
)
def test_what_is_no_moment_is_refused(written):
    with pytest.raises(PydanticCustomError):
        read_moment(written)


def test_an_instant_without_offset_is_refused():
    with pytest.raises(PydanticCustomError, match="expected an offset such as Z"):
        read_moment("2013-02-01T06:00:00")


@pytest.mark.parametrize(
    ("day", "zone", "instant"),
    [
        # Winter and summer time of New York are UTC-5 and UTC-4; Kathmandu is UTC+5:45.
        (date(2013, 2, 1), "America/New_York", "2013-02-01T05:00:00+00:00"),
        (date(2013, 7, 1), "America/New_York", "2013-07-01T04:00:00+00:00"),
        (date(2013, 7, 1), "Asia/Kathmandu", "2013-06-30T18:15:00+00:00"),
        (date(2013, 7, 1), "UTC", "2013-07-01T00:00:00+00:00"),
    ],
)
def test_a_date_is_midnight_where_the_zone_is(day, zone, instant):
    assert place_moment(day, zone).isoformat() == instant


@pytest.mark.parametrize("name", ["Europe/Berln", "../../etc/passwd", "/etc/localtime", "America", "", "x" * 5000])
def test_an_unknown_zone_is_refused(name):
    with pytest.raises(PydanticCustomError, match="expected a time zone"):
        check_time_zone(name)
