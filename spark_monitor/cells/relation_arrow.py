"""Labelled rows by feature as Arrow rows and back: a row a slice, version and feature, its cells in lists."""

import numpy as np
import pyarrow as pa

from spark_monitor.cells.arrow import KEYS
from spark_monitor.cells.kernel.sums import summed
from spark_monitor.cells.relation_bins import WIDTH, merge_bins
from spark_monitor.metrics.relation.relation_cells import RELATION_SUMS, RelationCells

FAMILY = "relation"
WHOLES, REALS, TEXTS = pa.list_(pa.int64()), pa.list_(pa.float64()), pa.list_(pa.string())
LISTS = {"bin": WHOLES, "lower": REALS, "upper": REALS, "category": TEXTS,
         **{name: WHOLES if name == "rows" else REALS for name in RELATION_SUMS}}
RELATION_SCHEMA = pa.schema(
    [("slice", pa.timestamp("us", "UTC")), *[(name, pa.string()) for name in KEYS[1:]], ("bins_id", pa.string()),
     ("row_count", pa.int64()), *[(f"cell_{name}", kind) for name, kind in LISTS.items()]])


def to_relation_batch(keys, bins, cells):
    """Return the cells of one feature as a record batch of `RELATION_SCHEMA`.

    Parameters
    ----------
    keys : sequence of tuple
        (slice in microseconds, version, None) of each row.
    bins : Bins
    cells : tuple
        As `Sums.total` returns them, codes by place of the key.
    """
    size, merged = len(keys), merge_bins(bins)
    codes, rows, sums = cells
    offsets = pa.array(np.searchsorted(codes, np.arange(size + 1) * WIDTH).astype(np.int32))
    cell = codes % WIDTH
    flat = {"bin": cell, "rows": rows, **dict(zip(RELATION_SUMS[1:], sums))}
    flat |= {name: pa.array(getattr(merged, name), LISTS[name].value_type).take(pa.array(cell))
             for name in ("lower", "upper", "category")}
    columns = {f"cell_{name}": pa.ListArray.from_arrays(offsets, pa.array(flat[name], kind.value_type))
               for name, kind in LISTS.items()}
    columns["row_count"] = np.bincount(codes // WIDTH, rows, size).astype(np.int64)
    slices, versions, _ = zip(*keys) if keys else ((), (), ())
    columns["slice"] = pa.array(slices, pa.int64()).cast(pa.timestamp("us", "UTC"))
    columns.update(model_version=versions, segment=[None] * size, segment_value=[None] * size)
    columns.update({name: [text] * size for name, text in
                    (("family", FAMILY), ("feature", bins.feature), ("bins_id", bins.bins_id))})
    return pa.RecordBatch.from_arrays(
        [column if isinstance(column, pa.Array) else pa.array(column, field.type)
         for field, column in ((field, columns[field.name]) for field in RELATION_SCHEMA)], schema=RELATION_SCHEMA)


def read_relations(table, groups):
    """Return the cells of rows of `RELATION_SCHEMA`, added up by group, as `Sums.total` returns them.

    Parameters
    ----------
    table : pyarrow.Table
    groups : ndarray of int64, shape (rows,)
        What each row is added to.
    """
    flat = {name: table.column(f"cell_{name}").combine_chunks().flatten().to_numpy(zero_copy_only=False)
            for name in ("bin", *RELATION_SUMS)}
    lengths = table.column("cell_bin").combine_chunks().value_lengths().to_numpy(zero_copy_only=False)
    return summed(np.repeat(groups, lengths) * WIDTH + flat["bin"], flat["rows"],
                  [flat[name] for name in RELATION_SUMS[1:]])


def to_relation_cells(cells, size):
    """Return the answer of `read_relations` as `RelationCells` of `size` targets."""
    codes, rows, sums = cells
    dense = np.zeros((len(RELATION_SUMS), size * WIDTH))
    dense[:, codes] = np.concatenate([rows[None], sums])
    return RelationCells(dense.reshape(len(RELATION_SUMS), size, WIDTH))
