"""How do rows of long lists get from task to task? In parcels of bytes, which Spark moves without a look inside.

Written as lists every number of a cell would be copied one by one, by Spark, at each of the doors that it passes.
"""

import pyarrow as pa

from spark_monitor.cells.stream import UNIT, by_run, whole

PARCELS = ", ".join([*[f"`{name}` string" for name in UNIT], "`parcel` binary"])
# What a parcel holds at most, unless one row is more, since a batch of them has to stay in bounds; and how much is
# opened at once.
MOST_BYTES, OPENED_BYTES = 1 << 19, 1 << 26


def packing(count):
    """Return a function for `mapInArrow` that makes parcels of the rows that another one makes.

    Parameters
    ----------
    count : callable
        From batches to batches of state, with the columns of `UNIT`.
    """
    def pack(batches):
        for made in count(batches):
            sorted_rows = pa.Table.from_batches([made]).sort_by([(name, "ascending") for name in UNIT])
            for unit in by_run(sorted_rows, UNIT):
                if unit.num_rows:
                    yield _parcels(unit.to_batches()[0])

    return pack


def _parcels(unit):
    """Return rows of one unit as parcels of a bounded size."""
    step = max(1, MOST_BYTES * unit.num_rows // max(unit.nbytes, 1))
    bodies = [unit.slice(first, step).serialize().to_pybytes() for first in range(0, unit.num_rows, step)]
    names = {name: pa.array([unit.column(name)[0].as_py()] * len(bodies), pa.string()) for name in UNIT}
    return pa.RecordBatch.from_pydict({**names, "parcel": pa.array(bodies, pa.binary())})


def opening(merge, schema, order):
    """Return a function for `mapInArrow` that opens parcels, sorted by `UNIT`, and gives their rows to another one.

    Parameters
    ----------
    merge : callable
        From batches of state, sorted by `order`, in which no unit is cut, to batches.
    schema : pyarrow.Schema
        Of the rows in the parcels.
    order : tuple of str
        Begins with `UNIT`.
    """
    def unpack(batches):
        for bodies in _whole_units(batches):
            rows = pa.Table.from_batches([pa.ipc.read_record_batch(pa.py_buffer(body), schema) for body in bodies])
            yield from rows.combine_chunks().sort_by([(name, "ascending") for name in order]).to_batches()

    return lambda batches: merge(unpack(batches))


def _whole_units(batches):
    """Yield the parcels of units, of several together where they are small."""
    held, size = [], 0
    for table in whole(batches):
        for unit in by_run(table, UNIT):
            own = unit.column("parcel").to_pylist()
            held, size = held + own, size + sum(map(len, own))
            if size >= OPENED_BYTES:
                yield held
                held, size = [], 0
    if held:
        yield held
