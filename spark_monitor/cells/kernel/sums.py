"""Sums by an integer code, where few codes of many possible ones are ever met."""

import numpy as np

MOST_PENDING = 1_000_000


class Sums:
    """Sums by an integer code, sparse: few codes of many possible ones are ever met."""

    def __init__(self, names):
        self.names = names
        self._parts, self._pending = [], 0

    def add(self, codes, sums):
        """Add rows: their codes, and one array for each name."""
        found, of_row, rows = np.unique(codes, return_inverse=True, return_counts=True)
        self.join(found, rows, [np.bincount(of_row, sums[name], len(found)) for name in self.names])

    def join(self, codes, rows, sums):
        """Add sums that were made elsewhere."""
        self._parts.append((codes, rows, np.array(sums, float).reshape(len(self.names), len(codes))))
        self._pending += len(codes)
        if self._pending > MOST_PENDING:
            merged = self.total()
            self._parts, self._pending = [merged], 0

    def total(self):
        """Return codes in order, the rows of each, and the sums, shape (names, codes)."""
        if not self._parts:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty((len(self.names), 0))
        codes, rows, sums = (np.concatenate(parts, axis=-1) for parts in zip(*self._parts))
        order = np.argsort(codes, kind="stable")
        codes = codes[order]
        starts = np.flatnonzero(np.diff(codes, prepend=codes[:1] - 1))
        if not len(codes):
            return codes, rows, sums
        return codes[starts], np.add.reduceat(rows[order], starts), np.add.reduceat(sums[:, order], starts, axis=1)
