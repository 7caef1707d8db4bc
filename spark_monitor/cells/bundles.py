"""How do cells get from task to task? Bundled, as bytes that Spark moves without a look inside.

Written as lists every number of a cell would be copied one by one, by Spark, at each of the doors that it passes.
"""

from zlib import crc32

import numpy as np
import pyarrow as pa

from spark_monitor.cells.stream import FEATURE, run_numbers
from spark_monitor.tables.arrow_types import spark_schema

BUNDLES = "`bundle` int, `parcel` binary"
# What a task holds before it hands it on, and what one of its parcels holds at most, unless one row is more.
HELD_BYTES, MOST_BYTES = 1 << 26, 1 << 19
FEATURES_A_BUNDLE, MOST_BUNDLES = 8, 256


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
        held, size = [[] for _ in range(many)], 0
        for made in count(batches):
            for number, rows in _split(pa.Table.from_batches([made]), many, by):
                held[number].append(rows)
            size += made.nbytes
            if size >= HELD_BYTES:
                yield from _parcels(held)
                held, size = [[] for _ in range(many)], 0
        yield from _parcels(held)

    return bundle


def _split(rows, many, by):
    """Yield the number of each bundle that some rows are for, and those rows."""
    if not rows.num_rows:
        return
    run_of, starts = run_numbers(rows, by)
    names = zip(*(rows.column(name).take(pa.array(starts)).to_pylist() for name in by))
    numbers = np.array([crc32("\n".join(map(str, name)).encode()) % many for name in names])
    of_row = numbers[run_of]
    for number in np.unique(numbers).tolist():
        yield number, rows.filter(pa.array(of_row == number))


def _parcels(held):
    for number, parts in enumerate(held):
        if parts:
            rows = pa.concat_tables(parts).combine_chunks()
            step = max(1, MOST_BYTES * rows.num_rows // max(rows.nbytes, 1))
            bodies = [batch.serialize().to_pybytes() for batch in rows.to_batches(max_chunksize=step)]
            yield pa.RecordBatch.from_arrays([pa.array([number] * len(bodies), pa.int32()), pa.array(bodies, pa.binary())],
                                             names=["bundle", "parcel"])


def unbundling(merge, schema, order):
    """Return a function for `mapInArrow` that opens bundles, one after the other, and gives their rows to another one."""
    def unbundle(batches):
        for bodies in _whole_bundles(batches):
            rows = pa.Table.from_batches([pa.ipc.read_record_batch(pa.py_buffer(body), schema) for body in bodies])
            yield from merge(rows.sort_by([(name, "ascending") for name in order]).combine_chunks().to_batches())

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
