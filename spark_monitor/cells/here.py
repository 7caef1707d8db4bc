"""Few rows and cells are counted and added up in this process, by the same functions as in tasks."""

import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.arrow import CELL_SCHEMA
from spark_monitor.cells.kernel.counter import Counter
from spark_monitor.cells.parquet import Part, count_part
from spark_monitor.cells.spark_feed import ORDER, cell_batches, merging


def count_here(files, reading, plan, min_cell, with_totals=False):
    """Return the cells of the rows in some files, one row a key, as `count_files` does.

    Parameters
    ----------
    files : sequence of DataFile
    reading : Reading
    plan : CountPlan
    min_cell : int
    with_totals : bool

    Returns
    -------
    pyarrow.Table
        Of `CELL_SCHEMA`.

    Raises
    ------
    UnreadableError
        If a file holds what only Spark reads rightly.
    """
    counter, partial = Counter(plan), []
    for file in files:
        for _ in count_part(Part(file.path, 0, 1, file.partition), reading, counter):
            if counter.full:
                partial += cell_batches(counter)
    partial += cell_batches(counter)
    return merge_here(pa.Table.from_batches(partial, CELL_SCHEMA), plan, min_cell, with_totals)


def merge_here(partial, plan, min_cell, with_totals=False):
    """Return the cells of a plan, one row a key, from those in `partial`, a pyarrow.Table; as for `count_here`."""
    sizes = {(f.bins.family, f.bins.feature): (f.bins.kind, f.bins.size) for f in plan.features}
    together = in_order(partial, ORDER)
    merged = pa.Table.from_batches(merging(sizes, min_cell, with_totals)(together.to_batches()), CELL_SCHEMA)
    weights = merged["weights"]
    known = pc.greater(pc.list_value_length(weights), 0)
    return merged.set_column(CELL_SCHEMA.get_field_index("weights"), "weights",
                             pc.if_else(known, weights, pa.scalar(None, weights.type)))


def in_order(table, columns):
    """Return a table sorted as Spark sorts: ascending, null first.

    Examples
    --------
    >>> in_order(pa.table({"a": ["y", None, "x"]}), ["a"]).column("a").to_pylist()
    [None, 'x', 'y']
    """
    keys = {}
    for name in columns:
        # A key of its own says where a value is; how to ask for nulls first is another word in each release of Arrow.
        keys[f"{name} is there"] = pc.cast(pc.is_valid(table[name]), pa.int8())
        keys[name] = table[name]
    order = pc.sort_indices(pa.table(keys), [(name, "ascending") for name in keys])
    return table.take(order).combine_chunks()
