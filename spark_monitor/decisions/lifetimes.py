"""Which version of a model was at work in which window, since when, and with how many rows?"""

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from spark_monitor.windows import Calendar


def merge_windows(stored, fresh, republished):
    """Return what is known of each version's windows after some windows were published.

    Parameters
    ----------
    stored : list of dict
        Rows of `models` so far.
    fresh : list of (str, int, int, int)
        Version, beginning of a window just published, rows, and labelled rows: -1 while outcomes are to come.
    republished : set of int
        Beginnings of all windows just published: whatever was known of them counts no more.

    Returns
    -------
    dict of str to dict of int to (int, int)
        Version -> beginning of a window -> rows, labelled rows; versions and windows in order.

    Examples
    --------
    >>> known = {"model_version": "1", "window_starts": [0, 7], "window_rows": [5, 5], "window_labels": [5, -1]}
    >>> merge_windows([known], [("1", 7, 6, 6), ("2", 7, 1, 0)], {7})
    {'1': {0: (5, 5), 7: (6, 6)}, '2': {7: (1, 0)}}
    """
    found = {}
    for row in stored:
        numbers = zip(row["window_rows"], row["window_labels"])
        found[row["model_version"]] = {start: pair for start, pair in zip(row["window_starts"], numbers)
                                       if start not in republished}
    for version, start, rows, labelled in fresh:
        found.setdefault(version, {})[start] = (rows, labelled)
    return {version: dict(sorted(found[version].items())) for version in sorted(found) if found[version]}


@dataclass(frozen=True)
class Lifetimes:
    """The windows of each version of a model.

    Parameters
    ----------
    windows : dict of str to dict of int to (int, int)
        As `merge_windows` returns it.
    calendar : Calendar
    grain : str
        The base grain, which windows are of.

    Examples
    --------
    >>> day = 86_400_000_000
    >>> known = Lifetimes({"1": {0: (9, 9), day: (4, 4)}, "2": {day: (6, -1)}}, Calendar("UTC"), "day")
    >>> known.current(0), known.current(day), known.began("2") == day, known.labelled(0, 2 * day)
    ('1', '2', True, 13)
    """

    windows: dict
    calendar: Calendar
    grain: str

    def since(self, low):
        """Return start and end of the windows with rows that begin at a moment or later, in order."""
        starts = sorted({start for own in self.windows.values() for start in own if start >= low})
        return [(start, self.calendar.following(start, self.grain)) for start in starts]

    def current(self, start):
        """Return the version with most rows in a window, of equals the one that began last; None without rows."""
        there = [(own[start][0], self.began(version), version) for version, own in self.windows.items() if start in own]
        return max(there)[2] if there else None

    def began(self, version):
        """Return the beginning of a version's first window; None of an unknown one."""
        return next(iter(self.windows.get(version, ())), None)

    @property
    def first(self):
        """The beginning of the first window of all."""
        return min(map(self.began, self.windows), default=None)

    @cached_property
    def _labels(self):
        """Beginnings of windows in order, and how many labelled rows the windows before each have, and all."""
        pairs = sorted((start, max(labelled, 0)) for own in self.windows.values()
                       for start, (_, labelled) in own.items())
        return [start for start, _ in pairs], [0, *accumulate(labelled for _, labelled in pairs)]

    def labelled(self, low, high):
        """Return the labelled rows of the windows in [low, high), of those whose outcomes have come."""
        starts, before = self._labels
        return before[bisect_left(starts, high)] - before[bisect_left(starts, low)]

    def is_labelled(self, start):
        """Say whether all outcomes of a window have come, of every version in it."""
        return all(own[start][1] >= 0 for own in self.windows.values() if start in own)

    def at_work_since(self, start, reset):
        """Return the version of a window, and since when it counts: since its first window, or a later reset."""
        version = self.current(start)
        moments = [moment for moment in (self.began(version), reset) if moment is not None]
        return version, max(moments, default=None)

    def back(self, start, many):
        """Return the beginning of the window so many windows before one."""
        for _ in range(many):
            start = self.calendar.start(start - 1, self.grain)
        return start
