"""How dates, instants, durations and time zones are written in a configuration, and what they become."""

import re
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

from spark_monitor.config.mistakes import mistake
from spark_monitor.config.problems import find_nearest

A_DURATION = "a duration such as 1 day, 2h, 30d or PT1H"
A_MOMENT = "a date such as 2024-01-31, or an instant with its offset such as 2024-01-31T06:00:00Z"
UNITS = {
    **dict.fromkeys(("w", "week", "weeks"), "weeks"),
    **dict.fromkeys(("d", "day", "days"), "days"),
    **dict.fromkeys(("h", "hour", "hours"), "hours"),
    **dict.fromkeys(("m", "min", "minute", "minutes"), "minutes"),
    **dict.fromkeys(("s", "sec", "second", "seconds"), "seconds"),
}
PART = re.compile(r"([0-9]{1,9})\s*([a-z]+)\s*")
ISO_DURATION = re.compile(
    r"P(?=.)(?:(?P<weeks>[0-9]{1,9})W)?(?:(?P<days>[0-9]{1,9})D)?"
    r"(?:T(?=.)(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?(?:(?P<seconds>[0-9]{1,9})S)?)?"
)
LONGEST = timedelta(days=36_500)


def read_duration(value):
    """Return a duration written as ``1 day``, ``2h``, ``1 day 12 hours`` or, as ISO 8601 does, ``PT1H``; 0 is none.

    A month or a year is no duration: they are not all equally long.

    Raises
    ------
    pydantic_core.PydanticCustomError
        For anything else, and for more than a hundred years.

    Examples
    --------
    >>> read_duration("1 day"), read_duration("PT1H"), read_duration("1d 12h")
    (datetime.timedelta(days=1), datetime.timedelta(seconds=3600), datetime.timedelta(days=1, seconds=43200))
    """
    if isinstance(value, timedelta):
        length = value
    elif value == 0 and not isinstance(value, bool):
        length = timedelta()
    elif isinstance(value, str) and (iso := ISO_DURATION.fullmatch(value.strip())):
        length = timedelta(**{unit: int(number) for unit, number in iso.groupdict(default="0").items()})
    elif isinstance(value, str) and (parts := _split(value.strip().lower())):
        length = sum((timedelta(**{UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    else:
        raise mistake(A_DURATION)
    if not timedelta() <= length <= LONGEST:
        raise mistake("a duration of at most 100 years")
    return length


def _split(text):
    parts = PART.findall(text)
    known = all(unit in UNITS for _, unit in parts)
    return parts if parts and known and not PART.sub("", text) else None


def read_moment(value):
    """Return a plain date as a date, and an instant, which must say its offset from UTC, as a datetime.

    Raises
    ------
    pydantic_core.PydanticCustomError
        For anything else, for an instant without an offset, and for the years 1 and 9999, whose ends can't be told in
        every time zone.

    Examples
    --------
    >>> read_moment("2013-02-01")
    datetime.date(2013, 2, 1)
    >>> read_moment("2013-02-01T06:00:00Z")
    datetime.datetime(2013, 2, 1, 6, 0, tzinfo=datetime.timezone.utc)
    """
    moment = value if isinstance(value, date) else _parse(value)
    if moment is None:
        raise mistake(A_MOMENT)
    if not 1 < moment.year < 9999:
        raise mistake("a year from 2 to 9998")
    if isinstance(moment, datetime) and moment.utcoffset() is None:
        raise mistake(f"an offset such as Z or +01:00 at its end, or a plain date, {moment.date()}")
    return moment


def _parse(value):
    text = value.strip() if isinstance(value, str) else ""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
        if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:", text):
            return datetime.fromisoformat(re.sub("[Zz]$", "+00:00", text))
    except ValueError:
        return None
    return None


def place_moment(moment, time_zone):
    """Return the instant, in UTC, of a date (its midnight in `time_zone`) or of a datetime with an offset.

    In UTC, because datetimes that share another zone are subtracted by their wall clocks.

    Examples
    --------
    >>> place_moment(date(2013, 7, 1), "America/New_York").isoformat()
    '2013-07-01T04:00:00+00:00'
    """
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), ZoneInfo(time_zone))
    return moment.astimezone(timezone.utc)


def check_time_zone(name):
    """Return `name` where it is a time zone of the IANA database.

    Examples
    --------
    >>> check_time_zone("Europe/Berlin")
    'Europe/Berlin'
    """
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        hint = find_nearest(name, available_timezones())
        raise mistake("a time zone such as UTC or Europe/Berlin", hint=hint) from error
    return name
