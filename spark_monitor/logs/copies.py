"""Rows that repeat an id: counted exactly by window and version in a pass of their own, or left out on demand."""

import numpy as np
import pyarrow as pa
from pyspark.sql import Window as Over
from pyspark.sql import functions as F
from pyspark.sql import types as T

from spark_monitor.cells.arrow import CELL_SCHEMA, key_columns, to_batch
from spark_monitor.cells.bins import DUPLICATES
from spark_monitor.cells.block import CellBlock
from spark_monitor.cells.kernel.plan import QUARANTINED, TIME, VERSION
from spark_monitor.cells.render import NONE, key_texts
from spark_monitor.logs.survey import QUARTER_US
from spark_monitor.tables.arrow_types import spark_schema

FOUND = pa.schema([("grain", pa.string()), ("start", pa.int64()), ("version", pa.string()), ("firsts", pa.int64()),
                   ("copies", pa.int64())])


def duplicate_cells(rows, layout, windows):
    """Return the cells that hold how many rows repeat an id of their window and version.

    Each is a row of feature "(duplicates:<grain>)" in the slice in which its window begins, with two bins: first rows
    and copies. Copies are no sum over days (an id of Monday may come again on Tuesday), so they are kept by window.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        Rows of the log that may lie in the windows.
    layout : Layout
    windows : dict of str to list of Window
        Grain to the windows to count.

    Returns
    -------
    pyspark.sql.DataFrame
        Of `CELL_SCHEMA`.
    """
    quarter = F.expr(f"{layout.time} - pmod({layout.time}, {QUARTER_US})")
    keys = [F.expr(column).alias(f"i{place}") for place, column in enumerate(layout.identity)]
    version = F.expr(f"{layout.version}") if layout.version else F.lit(None)
    placed = rows.where(f"({layout.reason}) IS NULL").select(*keys, version.alias(VERSION), quarter.alias(TIME))
    by_id = placed.groupBy(*[f"i{place}" for place in range(len(keys))], VERSION).agg(
        F.collect_list(TIME).alias("quarters")).select(VERSION, "quarters")
    found = by_id.mapInArrow(_finding(windows, layout.version is not None), spark_schema(FOUND))
    total = found.groupBy("grain", "start", "version").agg(F.sum("firsts").alias("firsts"),
                                                           F.sum("copies").alias("copies"))
    cells = total.coalesce(1).mapInArrow(as_cells, spark_schema(CELL_SCHEMA))
    return cells.withColumn("weights", F.lit(None).cast("array<double>"))


def _finding(windows, versioned):
    bounds = {grain: (np.array([w.start for w in spans]), np.array([w.end for w in spans]))
              for grain, spans in windows.items() if spans}

    def find(batches):
        for batch in batches:
            lists = batch.column("quarters")
            quarters = lists.flatten().to_numpy(zero_copy_only=False)
            ids = np.repeat(np.arange(len(lists)), lists.value_lengths().to_numpy(zero_copy_only=False))
            texts, of_id = key_texts(batch.column(VERSION)) if versioned else ([NONE], np.zeros(len(lists), np.int64))
            for grain, (starts, ends) in bounds.items():
                yield _found_in(grain, starts, ends, quarters, ids, texts, of_id)

    return find


def _found_in(grain, starts, ends, quarters, ids, texts, of_id):
    place = np.searchsorted(starts, quarters, side="right") - 1
    inside = (place >= 0) & (quarters < ends[place])
    pairs, rows = np.unique(ids[inside] * len(starts) + place[inside], return_counts=True)
    cell = of_id[pairs // len(starts)] * len(starts) + pairs % len(starts)
    present, group = np.unique(cell, return_inverse=True)
    copies = np.bincount(group, rows - 1, len(present)).astype(np.int64)
    return pa.RecordBatch.from_arrays(
        [pa.array([grain] * len(present), pa.string()), pa.array(starts[present % len(starts)], pa.int64()),
         pa.array([texts[code] for code in present // len(starts)], pa.string()),
         pa.array(np.bincount(group, minlength=len(present)), pa.int64()), pa.array(copies)], schema=FOUND)


def as_cells(batches):
    """Yield counts by `FOUND` as batches of cells."""
    for batch in batches:
        for grain in sorted(set(batch.column("grain").to_pylist())):
            rows = [row for row in batch.to_pylist() if row["grain"] == grain]
            block = CellBlock.empty(len(rows), 2)
            block.mass[:, 0] = [row["firsts"] for row in rows]
            block.mass[:, 1] = [row["copies"] for row in rows]
            keys = [(row["start"], row["version"], None, None) for row in rows]
            yield to_batch(key_columns(keys), block, "rows", DUPLICATES.format(grain=grain), None, None)


def first_copies(rows, layout, columns, windows, more=()):
    """Return canonical rows with each id once a window and version: the earliest, ties by the row's hash.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
    layout : Layout
    columns : dict of str to str
        As for `Layout.canonical`.
    windows : list of Window
        Of the base grain; a row outside all of them is kept.
    more : sequence of pyspark.sql.Column
        What else to select.
    """
    starts = np.array([window.start for window in windows], np.int64)
    keys = [f"i{place}" for place in range(len(layout.identity))]
    hashed = F.xxhash64(*[F.expr(layout.value(name)) for name in layout.spark_types])
    wide = layout.canonical(rows.withColumn("row hash", hashed), columns,
                            [F.col("row hash"), *[F.expr(c).alias(k) for c, k in zip(layout.identity, keys)], *more])
    # What comes back from Python may be null for all that Spark knows, whatever the columns were before.
    nullable = [T.StructField(field.name, field.dataType) for field in wide.schema.fields]
    schema = T.StructType([*nullable, T.StructField("window", T.LongType())])

    def place_rows(batches):
        for batch in batches:
            place = np.searchsorted(starts, batch.column(TIME).to_numpy(zero_copy_only=False), side="right")
            yield pa.RecordBatch.from_arrays([*batch.columns, pa.array(place, pa.int64())],
                                             names=[*batch.schema.names, "window"])

    placed = wide.mapInArrow(place_rows, schema)
    versions = [VERSION] if layout.version else []
    order = Over.partitionBy(QUARANTINED, *keys, *versions, "window").orderBy(TIME, "row hash")
    ranked = placed.withColumn("copy", F.row_number().over(order))
    return ranked.where(F.col(QUARANTINED) | (F.col("copy") == 1)).drop("row hash", "window", "copy", *keys)
