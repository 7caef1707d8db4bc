"""A row group that several models share, read once: its rows are put in the order of whose they are."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from spark_monitor.cells.parquet import row_groups
from spark_monitor.cells.row_groups import RowGroups


def shares(part, readings):
    """Yield, for each row group of a part and each of several readings of one table, its number and its share of rows.

    Parameters
    ----------
    part : Part
    readings : list of Reading
        What they select rows by may differ, `columns` too.

    Yields
    ------
    number : int
        Of the reading.
    share : Share
        Only where some rows may be its own.
    """
    named = sorted({name for reading in readings for name in reading.where})
    every = [column for reading in readings for column in reading.columns.values()]
    for group in row_groups(part, replace(readings[0], columns=dict(enumerate(every)))):
        split = _Split(group, named)
        for number, reading in enumerate(readings):
            low, rows = split.place(reading.where)
            if rows:
                yield number, Share(group, reading, split, low, rows)


class Share(RowGroups):
    """The rows of one model in a row group; read as a row group of its own.

    Parameters
    ----------
    group : RowGroups
    reading : Reading
    split : _Split
    low, rows : int
        Where its rows are in the order of the split.
    """

    def __init__(self, group, reading, split, low, rows):
        # Rows in another order are no pages any more.
        super().__init__(group.file, group.numbers, group.partition, reading, False, group.schema, group.leaves)
        self._split, self._low, self.rows = split, low, rows

    def read(self, names, leaves=()):
        """Return columns of the table by name, each as one array; texts as dictionaries."""
        return {name: array.slice(self._low, self.rows) for name, array in self._split.read(names, leaves).items()}


class _Split:
    def __init__(self, group, named):
        self._group, self._named, self._held = group, named, {}
        codes, self._values = np.zeros(group.rows, np.int64), []
        for array in (group.read([name])[name] for name in named):
            encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
            values = [*encoded.dictionary.to_pylist(), None]
            own = encoded.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)
            codes = codes * len(values) + own
            self._values.append(values)
        self._order = np.argsort(codes, kind="stable") if named else None
        self._codes = codes if self._order is None else codes[self._order]

    def place(self, where):
        """Return first row and number of rows of those that a model selects; of all where it names no value of some."""
        code = 0
        for name, values in zip(self._named, self._values):
            if name not in where:
                return 0, self._group.rows
            if where[name] not in values[:-1]:
                return 0, 0
            code = code * len(values) + values.index(where[name])
        low, high = np.searchsorted(self._codes, [code, code + 1]).tolist()
        return low, high - low

    def read(self, names, leaves):
        missing = [name for name in names if name not in self._held]
        self._held.update({name: self._sorted(array) for name, array in self._group.read(missing).items()}
                          if missing else {})
        nested = {name: self._sorted(array) for name, array in self._group.read((), leaves).items()} if leaves else {}
        return {**{name: self._held[name] for name in names}, **nested}

    def _sorted(self, array):
        return array if self._order is None else array.take(pa.array(self._order))
