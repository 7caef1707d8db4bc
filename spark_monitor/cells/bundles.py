"""How do cells get from task to task? Bundled, as bytes that Spark moves without a look inside.

Written as lists every number of a cell would be copied one by one, by Spark, at each of the doors that it passes.
"""

from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.stream import FEATURE, run_starts
from spark_monitor.cells.worker import keep_memory, spare_imports
from spark_monitor.tables.arrow_types import spark_schema

BUNDLES = "`bundle` int, `parcel` binary"
# What a task holds before it hands it on, and what one of its parcels holds at most, unless one row is more.
HELD_BYTES, MOST_BYTES = 1 << 26, 1 << 19
FEATURES_A_BUNDLE, MOST_BUNDLES = 8, 256
# A batch whose rows are for few bundles is cut into slices, which copies nothing.
FEW_RUNS = 64
NARROW = ((pa.uint8(), 1 << 8), (pa.uint16(), 1 << 16), (pa.uint32(), 1 << 32))


def bundles_for(features):
    """Return how many bundles the cells of so many features make: what is merged at once stays small.

    Examples
    --------
    >>> bundles_for(1), bundles_for(41), bundles_for(5000)
    (1, 6, 256)
    """
    return min(max(-(-features // FEATURES_A_BUNDLE), 1), MOST_BUNDLES)


def bundled(rows, count, merge, schema, order, many=MOST_BUNDLES, by=FEATURE):
    """Return what is counted of some rows, one row a key, as a DataFrame.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
    count : callable
        From batches of `rows` to batches of state, in which a key may come several times.
    merge : callable
        From batches of state, sorted by `order`, to batches of state.
    schema : pyarrow.Schema
        Of the state.
    order : tuple of str
    many : int
        How many bundles there are.
    by : tuple of str
        Rows that agree in these columns are in one bundle.

    Returns
    -------
    pyspark.sql.DataFrame
        Nothing runs before it is written.
    """
    partial = rows.mapInArrow(bundling(count, many, by), BUNDLES)
    together = partial.repartition("bundle").sortWithinPartitions("bundle")
    return together.mapInArrow(unbundling(merge, schema, order), spark_schema(schema))


def bundling(count, many, by=FEATURE):
    """Return a function for `mapInArrow` that bundles the rows that another one makes; parameters as above."""
    def bundle(batches):
        keep_memory()
        held, size = [[] for _ in range(many)], 0
        for made in count(batches):
            for number, rows in _split(pa.Table.from_batches([made]), many, by):
                held[number].append(rows)
            size += made.nbytes
            if size >= HELD_BYTES:
                yield from _parcels(held)
                held, size = [[] for _ in range(many)], 0
        yield from _parcels(held)
        spare_imports()

    return bundle


def _split(rows, many, by):
    """Yield the number of each bundle that some rows are for, and those rows."""
    if not rows.num_rows:
        return
    starts = run_starts(rows, by)
    names = zip(*(rows.column(name).take(pa.array(starts)).to_pylist() for name in by))
    numbers = np.array([crc32("\n".join(map(str, name)).encode()) % many for name in names])
    firsts = np.flatnonzero(np.diff(numbers, prepend=-1))
    if len(firsts) <= FEW_RUNS:
        ends = [*starts[firsts[1:]].tolist(), rows.num_rows]
        for number, first, end in zip(numbers[firsts].tolist(), starts[firsts].tolist(), ends):
            yield number, rows.slice(first, end - first)
        return
    of_row = np.repeat(numbers, np.diff(starts, append=rows.num_rows))
    for number in np.unique(numbers).tolist():
        yield number, rows.filter(pa.array(of_row == number))


def _parcels(held):
    for number, parts in enumerate(held):
        if parts:
            rows = pa.concat_tables(parts).combine_chunks()
            step = max(1, MOST_BYTES * rows.num_rows // max(rows.nbytes, 1))
            bodies = [_packed(batch) for batch in rows.to_batches(max_chunksize=step)]
            numbers = pa.array([number] * len(bodies), pa.int32())
            yield pa.RecordBatch.from_arrays([numbers, pa.array(bodies, pa.binary())], names=["bundle", "parcel"])


def _packed(batch):
    """Return a batch as bytes: whole numbers in lists take no more of them than the largest needs."""
    columns = [_narrow(array) if _counts(array.type) else array for array in batch]
    narrow = pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, narrow.schema) as stream:
        stream.write_batch(narrow)
    return sink.getvalue().to_pybytes()


def _counts(kind):
    return pa.types.is_list(kind) and pa.types.is_int64(kind.value_type)


def _narrow(lists):
    # Made anew of its own numbers: a cast would look at those of the rows that it was cut from, too.
    values = lists.flatten()
    least, most = pc.min_max(values).as_py().values()
    fits = (kind for kind, end in NARROW if least is None or least >= 0 and most < end)
    ends = np.append(0, np.cumsum(lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)))
    missing = np.append(lists.is_null().to_numpy(zero_copy_only=False), False)
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32(), mask=missing), values.cast(next(fits, pa.int64())))


def _opened(bodies, schema, order):
    """Return the rows of some parcels in order: sorted while their lists are narrow, which costs a tenth of it."""
    tables = [pa.ipc.open_stream(pa.py_buffer(body)).read_all() for body in bodies]
    for place, field in enumerate(schema):
        if _counts(field.type):
            kinds = (table.schema.field(place).type for table in tables)
            widest = max(kinds, key=lambda kind: kind.value_type.bit_width)
            tables = [table.set_column(place, field.name, table.column(place).cast(widest)) for table in tables]
    rows = pa.concat_tables(tables).sort_by([(name, "ascending") for name in order])
    return rows.cast(schema).combine_chunks()


def unbundling(merge, schema, order):
    """Return a function for `mapInArrow` that opens one bundle after the other and gives its rows to another one."""
    def unbundle(batches):
        keep_memory()
        for bodies in _whole_bundles(batches):
            yield from merge(_opened(bodies, schema, order).to_batches())
        spare_imports()

    return unbundle


def _whole_bundles(batches):
    """Yield the parcels of one bundle after the other; they come in order."""
    held, number = [], None
    for batch in batches:
        for own, body in zip(batch.column("bundle").to_pylist(), batch.column("parcel").to_pylist()):
            if own != number and held:
                yield held
                held = []
            number = own
            held.append(body)
    if held:
        yield held
