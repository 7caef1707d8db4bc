"""The Spark feed: rows of any table that Spark can read go through the kernel inside `mapInArrow`.

One pass counts, one small shuffle brings the partial cells of a key together, one more pass over those adds them up.
"""

import pyarrow as pa
from pyspark.sql import functions as F

from spark_monitor.cells.arrow import CELL_SCHEMA, KEYS, to_batch, to_block
from spark_monitor.cells.kernel.counter import Counter
from spark_monitor.cells.stream import UNIT, larger, run_numbers, units
from spark_monitor.tables.arrow_types import spark_schema

ORDER = (*UNIT, "model_version", "slice")


def count_cells(rows, plan, min_cell, with_totals=False):
    """Return the cells of canonical rows, one row a key.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        With the columns that `CountPlan` describes.
    plan : CountPlan
    min_cell : int
        Names of unseen categories with fewer rows than this are withheld; their hash and count stay.
    with_totals : bool
        Whether each key also gets one row over all slices, with `slice` NULL.

    Returns
    -------
    pyspark.sql.DataFrame
        Of `CELL_SCHEMA`; nothing runs before it is written.
    """
    return merge_partial(rows.mapInArrow(_counting(plan), spark_schema(CELL_SCHEMA)), plan, min_cell, with_totals)


def merge_partial(partial, plan, min_cell, with_totals=False):
    """Return the cells of a plan, one row a key, from those that several tasks counted; as for `count_cells`."""
    schema = spark_schema(CELL_SCHEMA)
    sizes = {(f.bins.family, f.bins.feature): (f.bins.kind, f.bins.size) for f in plan.features}
    together = partial.repartition(*UNIT).sortWithinPartitions(*ORDER)
    merged_cells = together.mapInArrow(_merging(sizes, min_cell, with_totals), schema)
    return merged_cells.withColumn("weights", F.when(F.size("weights") > 0, F.col("weights")))


def _counting(plan):
    def count(batches):
        counter = Counter(plan)
        for batch in larger(batches):
            counter.count(batch)
            if counter.full:
                yield from cell_batches(counter)
        yield from cell_batches(counter)

    return count


def cell_batches(counter):
    """Yield what a counter holds as record batches of `CELL_SCHEMA`, and empty it."""
    for segment, feature, keys, block in counter.blocks():
        where = [(start, version, segment.name, value) for start, version, value in keys]
        bins = feature.bins
        yield to_batch(where, block, bins.family, bins.feature, None if feature.failure else bins.bins_id,
                       feature.failure)


def _merging(sizes, min_cell, with_totals):
    def merge(batches):
        for table in units(batches):
            kind, size = sizes[table.column("family")[0].as_py(), table.column("feature")[0].as_py()]
            yield merged(table, KEYS, kind, size, min_cell)
            if with_totals:
                keys = [name for name in KEYS if name != "slice"]
                yield merged(table, keys, kind, size, min_cell)

    return merge


def merged(table, keys, kind, size, min_cell):
    """Return rows of one feature, sorted by `keys`, with equal keys added up; a key left out becomes NULL."""
    numbers, starts = run_numbers(table, keys)
    block = to_block(table, kind, size).merge(numbers, len(starts))
    for names in block.unseen:
        for key, (name, rows) in names.items():
            names[key] = (name if rows >= min_cell else None, rows)
    first = table.take(pa.array(starts))
    slices = first.column("slice").cast(pa.int64()).to_pylist() if "slice" in keys else [None] * len(starts)
    others = [first.column(name).to_pylist() for name in ("model_version", "segment", "segment_value")]
    facts = [first.column(name)[0].as_py() for name in ("family", "feature", "bins_id", "failure")]
    return to_batch(list(zip(slices, *others)), block, *facts)
