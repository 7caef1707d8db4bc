"""How a task walks through sorted cell rows: whole units of one feature at a time, whatever the batches were."""

import numpy as np
import pyarrow as pa

FEATURE = ("family", "feature")
UNIT = (*FEATURE, "segment", "segment_value")
# What a task holds at once before it counts: every batch has a cost of its own, and cells are met again within it.
ROWS, BYTES = 1 << 19, 1 << 26


def larger(batches, rows=ROWS, size=BYTES):
    """Yield the same rows in fewer batches: each of at least so many rows or bytes, but for the last.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
    rows, size : int

    Examples
    --------
    >>> ones = [pa.record_batch({"a": [n]}) for n in range(5)]
    >>> [batch.num_rows for batch in larger(ones, rows=2)]
    [2, 2, 1]
    """
    held, held_rows, held_bytes = [], 0, 0
    for batch in batches:
        held.append(batch)
        held_rows, held_bytes = held_rows + batch.num_rows, held_bytes + batch.nbytes
        if held_rows >= rows or held_bytes >= size:
            yield from pa.Table.from_batches(held).combine_chunks().to_batches()
            held, held_rows, held_bytes = [], 0, 0
    if held_rows:
        yield from pa.Table.from_batches(held).combine_chunks().to_batches()


def run_starts(table, columns):
    """Return the places at which any of the columns changes, the first row included; null equals null.

    Examples
    --------
    >>> run_starts(pa.table({"a": ["x", "x", None, None, "y"]}), ["a"]).tolist()
    [0, 2, 4]
    """
    changed = np.zeros(table.num_rows, bool)
    changed[:1] = True
    for name in columns:
        column = table.column(name)
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        codes = column.dictionary_encode(null_encoding="encode").indices.to_numpy(zero_copy_only=False)
        changed[1:] |= codes[1:] != codes[:-1]
    return np.flatnonzero(changed)


def run_numbers(table, columns):
    """Return for each row the number of the run of equal keys that it is in, and the runs' first rows."""
    starts = run_starts(table, columns)
    numbers = np.zeros(table.num_rows, np.int64)
    numbers[starts[1:]] = 1
    return np.cumsum(numbers), starts


def units(batches, keep_whole=UNIT):
    """Yield tables of one feature each, in which no unit (rows of equal `keep_whole` columns) is cut; see `whole`."""
    for table in whole(batches, keep_whole):
        yield from by_run(table, FEATURE)


def whole(batches, keep_whole=UNIT):
    """Yield tables in which no unit (rows of equal `keep_whole` columns) is cut.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        Sorted by `keep_whole`, which begins with `FEATURE`.
    keep_whole : tuple of str

    Yields
    ------
    pyarrow.Table
    """
    carried = None
    for batch in batches:
        if not batch.num_rows:
            continue
        table = pa.Table.from_batches([batch])
        table = table if carried is None else pa.concat_tables([carried, table])
        last = run_starts(table, keep_whole)[-1]
        if last:
            yield table.slice(0, last)
        carried = table.slice(last)
    if carried is not None:
        yield carried


def by_run(table, columns):
    """Yield the runs of rows in which none of the columns changes, each as a table in one piece."""
    starts = [*run_starts(table, columns), table.num_rows]
    for first, after in zip(starts, starts[1:]):
        yield table.slice(first, after - first).combine_chunks()
