"""What one window leaves to the next: the habit so far, and which alerts are open."""

from dataclasses import dataclass

import numpy as np

from spark_monitor.rules.habit.memory import Memory

NUMBERS_EACH = 8


@dataclass(frozen=True)
class Standing:
    """Where H hypotheses stand after a window.

    Parameters
    ----------
    memory : Memory
    recent : ndarray of int64, shape (H,)
        Which of the last judged windows were breached, a bit each, the newest one the lowest.
    clean : ndarray of int64, shape (H,)
        Judged windows since the last breach.
    is_open : ndarray of bool, shape (H,)
        Whether an alert is open.
    """

    memory: Memory
    recent: np.ndarray
    clean: np.ndarray
    is_open: np.ndarray

    @classmethod
    def first(cls, memory):
        """Return how hypotheses stand before their first window."""
        count = len(memory.wander)
        return cls(memory, np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, bool))

    def after(self, rows, breached, persist, clear):
        """Return the standing after a window in which `rows` were judged; the memory stays.

        Parameters
        ----------
        rows : ndarray of int
        breached : ndarray of bool, shape (len(rows),)
        persist : (int, int) or pair of ndarray of int64, shape (len(rows),)
            k and n: an alert opens when k of the last n judged windows are breached, the present one among them.
        clear : int or ndarray of int64, shape (len(rows),)
            An alert ends after so many judged windows without a breach.

        Examples
        --------
        >>> from spark_monitor.rules.habit.memory import Memory
        >>> one, here = Standing.first(Memory.blank(1)), np.arange(1)
        >>> story = []
        >>> for breach in (True, False, True, False, False):
        ...     one = one.after(here, np.array([breach]), (2, 3), 2)
        ...     story.append(bool(one.is_open[0]))
        >>> story
        [False, False, True, True, False]
        """
        least, most = persist
        recent, clean, is_open = self.recent.copy(), self.clean.copy(), self.is_open.copy()
        recent[rows] = (recent[rows] << 1 | breached) & ((1 << np.asarray(most)) - 1)
        clean[rows] = np.where(breached, 0, clean[rows] + 1)
        opens = breached & (sum(recent[rows] >> place & 1 for place in range(np.max(most, initial=0))) >= least)
        ends = is_open[rows] & (clean[rows] >= clear)
        is_open[rows] = (is_open[rows] & ~ends) | opens
        # What ended has to persist anew.
        recent[rows] = np.where(ends, 0, recent[rows])
        return Standing(self.memory, recent, clean, is_open)

    def numbers(self, rows):
        """Return the standing of some hypotheses as numbers, shape (len(rows), `NUMBERS_EACH`), for `with_numbers`."""
        return np.column_stack([part[rows] for part in self._parts()]).astype(float)

    def with_numbers(self, rows, numbers):
        """Return the standing in which some hypotheses stand as `numbers` say."""
        parts = [part.copy() for part in self._parts()]
        for part, column in zip(parts, numbers.T, strict=True):
            part[rows] = column.astype(part.dtype)
        return Standing(Memory(*parts[:5]), *parts[5:])

    def _parts(self):
        memory = self.memory
        return (memory.wander, memory.noise, memory.windows, memory.escapes, memory.is_out, self.recent, self.clean,
                self.is_open)
