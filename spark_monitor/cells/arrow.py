"""Cells as Arrow rows and back: the shape in which they leave a task, stand in a table, and reach the metrics."""

import numpy as np
import pyarrow as pa

from spark_monitor.cells.block import SPECIALS, CellBlock
from spark_monitor.metrics.histogram import SPECIAL_CELLS

INTEGERS = (*SPECIAL_CELLS[:-1], "zeros", "unseen", "out_of_range")
FLOATS = ("min", "max", "mean", "m2")
FIELDS = {"minimum": "min", "maximum": "max", "mean": "mean", "m2": "m2"}
UNSEEN = ("unseen_hashes", "unseen_names", "unseen_counts")
KEYS = ("slice", "model_version", "segment", "segment_value", "family", "feature")

CELL_SCHEMA = pa.schema(
    [("slice", pa.timestamp("us", "UTC")), ("model_version", pa.string()), ("segment", pa.string()),
     ("segment_value", pa.string()), ("family", pa.string()), ("feature", pa.string()), ("bins_id", pa.string()),
     ("failure", pa.string()), ("counts", pa.list_(pa.int64())), ("row_count", pa.int64())]
    + [(name, pa.int64()) for name in INTEGERS]
    + [("unseen_hashes", pa.list_(pa.int64())), ("unseen_names", pa.list_(pa.string())),
       ("unseen_counts", pa.list_(pa.int64()))]
    + [(name, pa.float64()) for name in FLOATS]
    + [("weights", pa.list_(pa.float64())), ("weight_squares", pa.float64())])


def to_batch(keys, block, families, features, bins_ids, failures):
    """Return cells of one block as a record batch of `CELL_SCHEMA`.

    Parameters
    ----------
    keys : sequence of pyarrow.Array
        Slice, version, segment and segment value of each row; `key_columns` makes them of tuples.
    block : CellBlock
    families, features, bins_ids, failures : str, None or pyarrow.Array
        The same for every row, or one for each.
    """
    size, bins = len(block), block.mass.shape[1] - SPECIALS
    slices, versions, segments, values = keys
    special = dict(zip(SPECIAL_CELLS, block.mass[:, bins:].T))
    special["unseen"] = special["unseen"] + block.strays
    columns = {"slice": slices, "model_version": versions,
               "segment": segments, "segment_value": values, "row_count": block.mass.sum(axis=1),
               "counts": _lists(block.mass[:, :bins], pa.int64()), "weight_squares": block.weight_squares,
               "zeros": block.zeros, "out_of_range": block.out_of_range, **special, **_unseen_lists(block.unseen, size)}
    columns.update({"family": families, "feature": features, "bins_id": bins_ids, "failure": failures})
    columns.update({name: pa.array(getattr(block, own), from_pandas=True) for own, name in FIELDS.items()})
    # An empty list and no NULL: Spark takes quadratic time to hand NULL arrays to Python.
    weights = np.empty((size, 0)) if block.weights is None else block.weights
    columns["weights"] = _lists(weights, pa.float64())
    return pa.RecordBatch.from_arrays([_column(columns[f.name], f.type, size) for f in CELL_SCHEMA], schema=CELL_SCHEMA)


def key_columns(keys):
    """Return keys, tuples of a slice in microseconds or None and of texts, as one array for each of their parts.

    Examples
    --------
    >>> start, version = key_columns([(0, "v"), (None, "w")])
    >>> str(start.type), start.null_count, version.to_pylist()
    ('timestamp[us, tz=UTC]', 1, ['v', 'w'])
    """
    starts, *texts = zip(*keys) if keys else ((), (), (), ())
    return [pa.array(starts, pa.int64()).cast(CELL_SCHEMA.field("slice").type),
            *(pa.array(column, pa.string()) for column in texts)]


def _column(values, kind, size):
    if values is None:
        return pa.nulls(size, kind)
    if isinstance(values, str):
        return pa.array([values], kind).take(pa.array(np.zeros(size, np.int64)))
    return values if isinstance(values, pa.Array) else pa.array(values, kind)


def _lists(matrix, kind):
    offsets = np.arange(len(matrix) + 1, dtype=np.int32) * matrix.shape[1]
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(np.ascontiguousarray(matrix).ravel(), kind))


def _unseen_lists(unseen, rows):
    if not unseen:
        return {name: pa.array([[]], pa.list_(kind)).take(pa.array(np.zeros(rows, np.int32)))
                for name, kind in zip(UNSEEN, (pa.int64(), pa.string(), pa.int64()))}
    kept = [sorted(unseen.get(row, {}).items()) for row in range(rows)]
    return {"unseen_hashes": pa.array([[key for key, _ in row] for row in kept], pa.list_(pa.int64())),
            "unseen_names": pa.array([[name for _, (name, _) in row] for row in kept], pa.list_(pa.string())),
            "unseen_counts": pa.array([[rows for _, (_, rows) in row] for row in kept], pa.list_(pa.int64()))}


def to_block(table, kind, size):
    """Return rows of one feature as a `CellBlock`.

    Parameters
    ----------
    table : pyarrow.Table or RecordBatch
        Rows of `CELL_SCHEMA`, all with `size` bins of the same `bins_id`.
    kind : str
        The feature's kind: the unseen rows of a discrete feature lie in its bins.
    size : int
        Number of bins.

    Notes
    -----
    Where some rows have weights and others, of a time when the log had no such column, have none, a row of the log
    weighs 1 in the latter.
    """
    def numbers(name, kind=np.int64):
        return _numbers(table, name).astype(kind)

    rows, unseen = table.num_rows, numbers("unseen")
    special = np.stack([numbers(name) for name in SPECIAL_CELLS[:-1]]
                       + [np.zeros(rows, np.int64) if kind == "discrete" else unseen], axis=1)
    mass = np.concatenate([_matrix(table, "counts", size).astype(np.int64), special], axis=1)
    weights, weight_squares = _weights(table, mass)
    return CellBlock(
        mass=mass,
        zeros=numbers("zeros"), out_of_range=numbers("out_of_range"),
        strays=unseen if kind == "discrete" else np.zeros(rows, np.int64),
        **{own: numbers(name, float) for own, name in FIELDS.items()},
        pivot=np.zeros(rows), weights=weights, weight_squares=weight_squares, unseen=_unseen_dicts(table))


def _weights(table, mass):
    lengths = _flat(table.column("weights")).value_lengths().fill_null(0)
    known = lengths.to_numpy(zero_copy_only=False) > 0
    if not known.any():
        return None, None
    weights, squares = mass.astype(float), mass.sum(axis=1).astype(float)
    weights[known] = _matrix(table.filter(pa.array(known)), "weights", mass.shape[1])
    squares[known] = _numbers(table, "weight_squares")[known]
    return weights, squares


def _flat(column):
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _numbers(table, name):
    return _flat(table.column(name)).to_numpy(zero_copy_only=False)


def _matrix(table, name, width):
    return _flat(table.column(name)).flatten().to_numpy(zero_copy_only=False).reshape(table.num_rows, width)


def _unseen_dicts(table):
    filled = np.flatnonzero(_numbers(table, "unseen") > 0)
    columns = [table.column(name).take(filled).to_pylist() for name in UNSEEN]
    # Strays of a discrete feature are counted among the unseen, and have no names.
    return {row: {key: (name, rows) for key, name, rows in zip(hashes, names, counts)}
            for row, hashes, names, counts in zip(filled.tolist(), *columns) if hashes}
