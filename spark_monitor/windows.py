"""Where windows begin and end: hours, days, weeks from Monday and months of one time zone, as instants in UTC.

Instants are whole microseconds since 1970-01-01T00:00Z everywhere in this package; only the edges of the program
turn them into text or timestamps. Windows are half-open and leave no gap and no overlap, whatever the clocks do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np

GRAINS = ("hour", "day", "week", "month")
HOUR_US = 3_600_000_000
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def to_micros(moment):
    """Return an aware datetime as whole microseconds since the epoch.

    Examples
    --------
    >>> to_micros(datetime(1970, 1, 2, tzinfo=timezone.utc))
    86400000000
    """
    return (moment - EPOCH) // timedelta(microseconds=1)


def to_datetime(micros):
    """Return an instant in microseconds as an aware datetime in UTC.

    Examples
    --------
    >>> to_datetime(86_400_000_000).isoformat()
    '1970-01-02T00:00:00+00:00'
    """
    return EPOCH + timedelta(microseconds=int(micros))


def to_text(micros):
    """Return an instant as ISO text with offset Z, without fractions where there are none."""
    return to_datetime(micros).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, order=True)
class Window:
    """One half-open span of results, [start, end) in microseconds.

    Examples
    --------
    >>> Window("day", 0, 86_400_000_000).label
    'day/1970-01-01T00:00:00Z'
    """

    grain: str
    start: int
    end: int

    @property
    def label(self):
        """How the window is named in the `runs` table."""
        return f"{self.grain}/{to_text(self.start)}"


def merged(spans):
    """Return half-open spans as few, in order: those that touch or overlap are one.

    Examples
    --------
    >>> merged([(7, 9), (0, 2), (2, 4)])
    [(0, 4), (7, 9)]
    """
    found = []
    for low, high in sorted(spans):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


class Calendar:
    """The one alignment function: which window of a grain an instant falls into, in one time zone.

    Days begin at local midnight (at the first instant of the date where midnight is skipped, at the first of two
    midnights), so that a day of a clock change has 23 or 25 hours. Hours are counted from the beginning of their
    local day.

    Parameters
    ----------
    zone : str
        IANA name, e.g. "Europe/Berlin".

    Examples
    --------
    >>> berlin = Calendar("Europe/Berlin")
    >>> noon = to_micros(datetime(2026, 3, 29, 12, tzinfo=timezone.utc))
    >>> day = berlin.window(noon, "day")
    >>> to_text(day.start), to_text(day.end)
    ('2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z')
    """

    def __init__(self, zone):
        self.zone = ZoneInfo(zone)

    def _midnight(self, date):
        return to_micros(datetime(date.year, date.month, date.day, tzinfo=self.zone))

    def _local_date(self, micros):
        date = to_datetime(micros).astimezone(self.zone).date()
        # Clocks that go back over midnight (St John's, until 2011) show the evening's date again in the new day.
        if micros < self._midnight(date):
            return date - DAY
        return date + DAY if micros >= self._midnight(date + DAY) else date

    def start(self, micros, grain):
        """Return the beginning of the window of `grain` that holds the instant."""
        date = self._local_date(micros)
        if grain == "hour":
            midnight = self._midnight(date)
            return midnight + (micros - midnight) // HOUR_US * HOUR_US
        if grain == "week":
            date -= timedelta(days=date.weekday())
        elif grain == "month":
            date = date.replace(day=1)
        return self._midnight(date)

    def following(self, start, grain):
        """Return the beginning of the window after the one that begins at `start`."""
        date = self._local_date(start)
        if grain == "hour":
            return min(start + HOUR_US, self._midnight(date + DAY))
        if grain == "month":
            return self._midnight((date.replace(day=1) + timedelta(days=32)).replace(day=1))
        return self._midnight(date + timedelta(days=7 if grain == "week" else 1))

    def window(self, micros, grain):
        """Return the `Window` of `grain` that holds the instant."""
        start = self.start(micros, grain)
        return Window(grain, start, self.following(start, grain))

    def windows(self, low, high, grain):
        """Return every window of `grain` that overlaps [low, high), in order."""
        found, start = [], self.start(low, grain)
        while start < high:
            end = self.following(start, grain)
            found.append(Window(grain, start, end))
            start = end
        return found

    def bounds(self, low, high, grain):
        """Return the beginnings of those windows and the end of the last, int64, for `numpy.searchsorted`."""
        windows = self.windows(low, high, grain)
        return np.array([w.start for w in windows] + [w.end for w in windows[-1:]], dtype=np.int64)
