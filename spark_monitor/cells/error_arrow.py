"""Error cells as Arrow rows and back: a row a slice, version and segment value, its sums in lists of fixed order."""

import numpy as np
import pyarrow as pa

from spark_monitor.cells.arrow import KEYS
from spark_monitor.cells.bins import Bins
from spark_monitor.cells.kernel.sums import summed
from spark_monitor.cells.score_arrow import DELAY_LISTS, FAMILY, conflict_column, sparse_lists
from spark_monitor.metrics.error_cells import ErrorCells, ErrorFolds
from spark_monitor.metrics.error_moments import EXTREMES, MOMENTS
from spark_monitor.metrics.error_rows import COUNTS, FOLD_SUMS, LOSS_SUMS, SQUARES, SUMS
from spark_monitor.metrics.maturity.delay_bins import BINS as DELAYS
from spark_monitor.metrics.score_cells import FOLDS

FEATURE = "error"
DENSE = {"counts": COUNTS, "sums": SUMS, "squares": SQUARES, "moments": MOMENTS, "extremes": EXTREMES}
WHOLES, REALS = pa.list_(pa.int64()), pa.list_(pa.float64())

ERROR_SCHEMA = pa.schema(
    [("slice", pa.timestamp("us", "UTC")), *[(name, pa.string()) for name in KEYS[1:]], ("bins_id", pa.string()),
     ("row_count", pa.int64()), ("conflicts", pa.int64())]
    + [(f"error_{part}", WHOLES if part == "counts" else REALS) for part in DENSE]
    + [("bin_code", WHOLES), ("bin_rows", WHOLES), ("bin_weight", REALS), ("loss_bin", WHOLES), ("loss_rows", WHOLES),
       ("loss_sums", REALS), ("fold_fold", WHOLES), ("fold_sums", REALS)]
    + [(f"delay_{name}", WHOLES) for name in DELAY_LISTS])


def error_bins(pivot, edges=()):
    """Return the `Bins` that stand for error cells around a pivot, and by bins of predictions with these inner edges.

    `bins_id` tells cells of two pivots, or of other bins, apart.

    Examples
    --------
    >>> error_bins(2.0).feature, error_bins(2.0).bins_id == error_bins(3.0).bins_id
    ('error', False)
    """
    return Bins(FEATURE, "numeric", family=FAMILY, edges=np.asarray(edges, float), pivot=pivot)


def to_error_batch(keys, segment, feature, bins_id, cells, losses, folds, delays, conflicts, loss_bins):
    """Return counted groups as a record batch of `ERROR_SCHEMA`.

    Parameters
    ----------
    keys : sequence of tuple
        (slice in microseconds, version, segment value) of each group.
    segment : str or None
    feature, bins_id : str
    cells : ErrorCells
        One target a key.
    losses, folds, delays : tuple
        As `Sums.total` returns them, codes by place of the key.
    conflicts : ndarray of float64
        By place of the key, NaN where they were not counted.
    loss_bins : int
        Bins of predicted values.
    """
    size = len(keys)
    slices, versions, values = zip(*keys) if keys else ((), (), ())
    columns = {f"error_{part}": _fixed(getattr(cells, part)) for part in DENSE}
    held = np.searchsorted(cells.target, np.arange(size + 1))
    columns |= {"bin_code": _ragged(held, cells.bin), "bin_rows": _ragged(held, cells.bin_rows),
                "bin_weight": _ragged(held, cells.bin_weight)}
    held = np.searchsorted(losses[0], np.arange(size + 1) * loss_bins)
    columns |= {"loss_bin": _ragged(held, losses[0] % loss_bins), "loss_rows": _ragged(held, losses[1]),
                "loss_sums": _ragged(held * len(LOSS_SUMS), losses[2].T.ravel())}
    held = np.searchsorted(folds[0], np.arange(size + 1) * FOLDS)
    columns |= {"fold_fold": _ragged(held, folds[0] % FOLDS),
                "fold_sums": _ragged(held * len(FOLD_SUMS), folds[2].T.ravel())}
    columns |= sparse_lists("delay", size, delays, DELAYS, (np.zeros_like(delays[0]), delays[0] % DELAYS), DELAY_LISTS)
    columns["conflicts"] = conflict_column(conflicts)
    columns["slice"] = pa.array(slices, pa.int64()).cast(pa.timestamp("us", "UTC"))
    columns.update(model_version=versions, segment_value=values, row_count=cells.row_count)
    columns.update({name: [text] * size for name, text in
                    (("segment", segment), ("family", FAMILY), ("feature", feature), ("bins_id", bins_id))})
    return pa.RecordBatch.from_arrays(
        [column if isinstance(column, pa.Array) else pa.array(column, field.type)
         for field, column in ((field, columns[field.name]) for field in ERROR_SCHEMA)], schema=ERROR_SCHEMA)


def _fixed(matrix):
    return _ragged(np.arange(len(matrix) + 1) * matrix.shape[1], np.ascontiguousarray(matrix).ravel())


def _ragged(offsets, flat):
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(flat))


def read_errors(table, pivot):
    """Return rows of `ERROR_SCHEMA` as `ErrorCells`, one target a row, in order.

    Parameters
    ----------
    table : pyarrow.Table
        Rows counted around this pivot.
    pivot : float
    """
    dense = [_flat(table, f"error_{part}").reshape(table.num_rows, len(names)) for part, names in DENSE.items()]
    lengths = table.column("bin_code").combine_chunks().value_lengths().to_numpy(zero_copy_only=False)
    sparse = [_flat(table, name) for name in ("bin_code", "bin_rows", "bin_weight")]
    return ErrorCells(pivot, *dense, np.repeat(np.arange(table.num_rows), lengths), *sparse)


def read_losses(table, groups, bins):
    """Return the sums by bin of prediction of rows of `ERROR_SCHEMA`, added up by group, as `Sums.total` returns them.

    Parameters
    ----------
    table : pyarrow.Table
    groups : ndarray of int64, shape (rows,)
        What each row is added to.
    bins : int
        Bins of predicted values.
    """
    lengths = table.column("loss_bin").combine_chunks().value_lengths().to_numpy(zero_copy_only=False)
    sums = _flat(table, "loss_sums").reshape(-1, len(LOSS_SUMS)).T
    return summed(np.repeat(groups, lengths) * bins + _flat(table, "loss_bin"), _flat(table, "loss_rows"), sums)


def read_error_folds(table, groups):
    """Return the fold sums of rows of `ERROR_SCHEMA`, added up by group, as `Sums.total` returns them.

    Parameters
    ----------
    table : pyarrow.Table
    groups : ndarray of int64, shape (rows,)
        What each row is added to.
    """
    lengths = table.column("fold_fold").combine_chunks().value_lengths().to_numpy(zero_copy_only=False)
    sums = _flat(table, "fold_sums").reshape(-1, len(FOLD_SUMS)).T
    return summed(np.repeat(groups, lengths) * FOLDS + _flat(table, "fold_fold"), sums[0].astype(np.int64), sums)


def to_error_folds(folds, size):
    """Return the answer of `read_error_folds` as `ErrorFolds` of `size` targets; None where no rows were folded."""
    codes, _, sums = folds
    if not len(codes):
        return None
    dense = np.zeros((size * FOLDS, len(FOLD_SUMS)))
    dense[codes] = sums.T
    return ErrorFolds(dense.reshape(size, FOLDS, len(FOLD_SUMS)))


def _flat(table, name):
    return table.column(name).combine_chunks().flatten().to_numpy(zero_copy_only=False)
