"""From window to window: in which does an alert open, escalate, resolve?"""

from dataclasses import dataclass

import numpy as np

UNCHANGED, OPENED, ESCALATED, RESOLVED = range(4)
LONG_AGO = -(2**31)


@dataclass(frozen=True)
class Series:
    """Windows of many alerts, one after the other: row by row, by alert and in order of time.

    Parameters
    ----------
    first : ndarray of int, shape (n,)
        Place of the first row of the series that each row belongs to.
    level : ndarray of int8, shape (n,)
        0 ok, 1 warn, 2 critical.
    breaches, within, clear, cool_off : ndarray of int, shape (n,)
        As in `Persistence`.
    """

    first: np.ndarray
    level: np.ndarray
    breaches: np.ndarray
    within: np.ndarray
    clear: np.ndarray
    cool_off: np.ndarray

    def reached(self):
        """Return the worst level that enough of the last windows of each row have reached, it itself among them."""
        found = np.zeros(len(self.level), np.int8)
        for level in (1, 2):
            is_so = self.level >= level
            found[is_so & (self._of_last(is_so, self.within) >= self.breaches)] = level
        return found

    def is_clean(self):
        """Say of each row whether enough windows in a row are ok, it the last of them."""
        return self._of_last(self.level == 0, self.clear) == self.clear

    def _of_last(self, flags, number):
        """Return how many of the last rows of its series, it itself among them, are flagged."""
        total = np.concatenate([[0], np.cumsum(flags)])
        after = np.arange(1, len(flags) + 1)
        return total[after] - total[np.maximum(self.first, after - number)]


def walk(series, is_new, severity, ended_at, ended_as):
    """Walk through the windows of all series at once, and return what happens in each.

    Parameters
    ----------
    series : Series
    is_new : ndarray of bool, shape (n,)
        Rows to walk through; the others are what is known of the time before.
    severity : ndarray of int8, shape (s,)
        Level of the alert that is open before the first new row of each series, 0 where none is.
    ended_at, ended_as : ndarray of int, ndarray of int8, shape (s,)
        Place in the series of the row that ended its last alert, and the level that this one had.

    Returns
    -------
    change : ndarray of int8, shape (n,)
        0 unchanged, 1 opened, 2 escalated, 3 resolved.
    level : ndarray of int8, shape (n,)
        The alert's level in that row, for a resolved one the level it had.

    Examples
    --------
    >>> series = Series(np.zeros(5, int), np.array([1, 2, 0, 2, 0]), *(np.full(5, n) for n in (1, 1, 1, 2)))
    >>> walk(series, np.ones(5, bool), np.zeros(1, np.int8), np.array([LONG_AGO]), np.zeros(1, np.int8))[0]
    array([1, 2, 3, 0, 0], dtype=int8)
    """
    change, level = np.zeros(len(series.level), np.int8), np.zeros(len(series.level), np.int8)
    reached, is_clean = series.reached(), series.is_clean()
    number = np.unique(series.first, return_inverse=True)[1]
    place = np.arange(len(series.level)) - series.first
    severity, ended_at, ended_as = severity.copy(), ended_at.copy(), ended_as.copy()
    for at in _by_place(np.flatnonzero(is_new), place):
        own = number[at]
        is_open = severity[own] > 0
        is_free = (place[at] - ended_at[own] > series.cool_off[at]) | (reached[at] > ended_as[own])
        opens = ~is_open & (reached[at] > 0) & is_free
        rises = is_open & (reached[at] > severity[own])
        ends = is_open & is_clean[at]
        level[at] = np.where(opens | rises, reached[at], severity[own])
        change[at] = np.select([opens, rises, ends], [OPENED, ESCALATED, RESOLVED], UNCHANGED)
        severity[own] = np.where(ends, 0, level[at])
        ended_at[own[ends]], ended_as[own[ends]] = place[at[ends]], level[at[ends]]
    return change, level


def _by_place(rows, place):
    """Yield rows that have the same place in their series, the earliest place first."""
    order = rows[np.argsort(place[rows], kind="stable")]
    yield from np.split(order, np.flatnonzero(np.diff(place[order])) + 1)
