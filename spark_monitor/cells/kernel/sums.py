"""Sums by an integer code, where few codes of many possible ones are ever met."""

import numpy as np

MOST_PENDING = 1_000_000
# Up to so many possible codes a row it is cheaper to count into every one of them than to sort.
DENSE = 4


class Sums:
    """Sums by an integer code, sparse: few codes of many possible ones are ever met."""

    def __init__(self, names):
        self.names = names
        self._parts, self._pending = [], 0

    def add(self, codes, sums):
        """Add rows: their codes, and one array for each name."""
        self._hold(*summed(codes, None, [sums[name] for name in self.names]))

    def join(self, codes, rows, sums):
        """Add sums that were made elsewhere."""
        self._hold(codes, rows, _stacked(sums, len(codes)))

    def _hold(self, codes, rows, sums):
        self._parts.append((codes, rows, sums))
        self._pending += len(codes)
        if self._pending > MOST_PENDING:
            merged = self.total()
            self._parts, self._pending = [merged], 0

    def total(self):
        """Return codes in order, the rows of each, and the sums, shape (names, codes)."""
        if not self._parts:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty((len(self.names), 0))
        return summed(*(np.concatenate(parts, axis=-1) for parts in zip(*self._parts)))


def summed(codes, rows, sums):
    """Return codes in order, the rows of each, and the sums, shape (S, codes), of codes that may come several times.

    Parameters
    ----------
    codes : ndarray of int64, shape (n,)
        Not negative.
    rows : ndarray of int64, shape (n,), or None
        1 each where it is None.
    sums : sequence of S ndarray of float64, shape (n,)

    Examples
    --------
    >>> summed(np.array([7, 2, 7]), None, [np.array([0.5, 1.0, 0.25])])
    (array([2, 7]), array([1, 2]), array([[1.  , 0.75]]))
    """
    if not len(codes):
        return codes, np.empty(0, np.int64), np.empty((len(sums), 0))
    size = int(codes.max()) + 1
    if size <= DENSE * len(codes):
        met = np.flatnonzero(np.bincount(codes, minlength=size))
        # Rows are whole numbers below 2^53, which floats hold exactly.
        found = [np.bincount(codes, one, size)[met] for one in sums]
        return met, np.bincount(codes, rows, size)[met].astype(np.int64), _stacked(found, len(met))
    order = np.argsort(codes, kind="stable")
    codes = codes[order]
    starts = np.flatnonzero(np.diff(codes, prepend=codes[:1] - 1))
    counted = np.diff(starts, append=len(codes)) if rows is None else np.add.reduceat(rows[order], starts)
    return codes[starts], counted, _stacked([np.add.reduceat(one[order], starts) for one in sums], len(starts))


def _stacked(sums, size):
    return np.array(sums, float).reshape(len(sums), size)


def distinct(codes):
    """Return the codes that are met, in order, and the place of each row's among them.

    Parameters
    ----------
    codes : ndarray of int64, shape (n,)
        Not negative.

    Examples
    --------
    >>> distinct(np.array([7, 2, 7]))
    (array([2, 7]), array([1, 0, 1]))
    """
    if not len(codes) or codes.max() >= DENSE * len(codes):
        return np.unique(codes, return_inverse=True)
    found = np.bincount(codes) > 0
    return np.flatnonzero(found), (np.cumsum(found) - 1)[codes]
