"""Score cells as Arrow rows and back: a row a slice, version and segment value, its sparse cells in lists."""

import numpy as np
import pyarrow as pa

from spark_monitor.cells.arrow import KEYS
from spark_monitor.cells.kernel.scores import (
    CELL_SUMS, FOLD_SUMS, WEIGHTED_SUMS, of_bin, of_delay, of_fold,
)
from spark_monitor.cells.kernel.sums import summed
from spark_monitor.metrics.maturity.delay_bins import BINS as DELAYS
from spark_monitor.metrics.score_cells import FOLDS, FoldSums, ScoreCells

FAMILY, CLASSES = "performance", "(classes)"
CELL_KEYS, FOLD_KEYS, DELAY_KEYS = ("bin", "decision", "outcome"), ("fold", "decision", "outcome"), ("outcome", "bin")
CELL_LISTS = (*CELL_KEYS, "rows", *CELL_SUMS, *WEIGHTED_SUMS)
FOLD_LISTS = (*FOLD_KEYS, "rows", *FOLD_SUMS, *WEIGHTED_SUMS[:2])
DELAY_LISTS = (*DELAY_KEYS, "rows")
WHOLES = {*CELL_KEYS, *FOLD_KEYS, "rows"}

SCORE_SCHEMA = pa.schema(
    [("slice", pa.timestamp("us", "UTC")), *[(name, pa.string()) for name in KEYS[1:]], ("bins_id", pa.string()),
     ("row_count", pa.int64()), ("conflicts", pa.int64())]
    + [(f"{part}_{name}", pa.list_(pa.int64() if name in WHOLES else pa.float64()))
       for part, names in (("cell", CELL_LISTS), ("fold", FOLD_LISTS), ("delay", DELAY_LISTS)) for name in names])


def to_score_batch(keys, segment, feature, bins_id, cells, folds, delays, conflicts, cell_width, classes=2):
    """Return counted groups as a record batch of `SCORE_SCHEMA`.

    Parameters
    ----------
    keys : sequence of tuple
        (slice in microseconds, version, segment value) of each group.
    segment : str or None
    feature, bins_id : str
    cells, folds, delays : tuple
        As `Sums.total` returns them, codes by place of the key.
    conflicts : ndarray of float64
        By place of the key, NaN where they were not counted.
    cell_width : int
        Codes of cells that a group can have.
    classes : int
    """
    size, some = len(keys), classes + 1
    slices, versions, values = zip(*keys) if keys else ((), (), ())
    code = cells[0] % cell_width
    rest, outcome = np.divmod(code, classes + 2)
    bins, decision = np.divmod(rest, some)
    columns = sparse_lists("cell", size, cells, cell_width, (bins, decision - 1, outcome - 2), CELL_LISTS)
    width = FOLDS * of_fold(classes)
    rest, outcome = np.divmod(folds[0] % width, some)
    fold, decision = np.divmod(rest, some)
    columns |= sparse_lists("fold", size, folds, width, (fold, (decision + 1) % some - 1, (outcome + 1) % some - 1),
                            FOLD_LISTS)
    width = of_delay(classes)
    columns |= sparse_lists("delay", size, delays, width, np.divmod(delays[0] % width, DELAYS), DELAY_LISTS)
    columns["row_count"] = np.bincount(cells[0] // cell_width, cells[1], size).astype(np.int64)
    columns["conflicts"] = conflict_column(conflicts)
    columns["slice"] = pa.array(slices, pa.int64()).cast(pa.timestamp("us", "UTC"))
    columns.update(model_version=versions, segment_value=values)
    columns.update({name: [text] * size for name, text in
                    (("segment", segment), ("family", FAMILY), ("feature", feature), ("bins_id", bins_id))})
    return pa.RecordBatch.from_arrays([_column(columns[f.name], f.type) for f in SCORE_SCHEMA], schema=SCORE_SCHEMA)


def conflict_column(conflicts):
    """Return numbers of rows as a column, NULL where they are NaN.

    Examples
    --------
    >>> conflict_column(np.array([2.0, np.nan])).to_pylist()
    [2, None]
    """
    return pa.array(conflicts, pa.float64(), from_pandas=True).cast(pa.int64())


def _column(values, kind):
    return values if isinstance(values, pa.Array) else pa.array(values, kind)


def sparse_lists(part, size, total, width, keys, names):
    """Return list columns of one part, by name; sums that were not made (of rows without weights) are empty lists.

    Parameters
    ----------
    part : str
        What names of columns begin with.
    size : int
        Rows.
    total : tuple
        As `Sums.total` returns it; row i holds the codes from i * `width` on.
    width : int
    keys : sequence of ndarray
        What each code means, by the first of `names`.
    names : tuple of str
        Keys, rows, sums.
    """
    codes, rows, sums = total
    offsets = pa.array(np.searchsorted(codes, np.arange(size + 1) * width).astype(np.int32))
    none = pa.array(np.zeros(size + 1, np.int32))
    flat = [*keys, rows, *sums]
    columns = {}
    for place, name in enumerate(names):
        kind = pa.int64() if name in WHOLES else pa.float64()
        filled = place < len(flat)
        columns[f"{part}_{name}"] = pa.ListArray.from_arrays(
            offsets if filled else none, pa.array(flat[place] if filled else [], kind))
    return columns


def read_cells(table, groups, edges, classes=2):
    """Return the score cells of rows of `SCORE_SCHEMA`, added up by group, as `Sums.total` returns them.

    Parameters
    ----------
    table : pyarrow.Table
    groups : ndarray of int64, shape (rows,)
        What each row is added to.
    edges : int
        Inner edges of the score bins.
    classes : int
    """
    (bins, decision, outcome), *rest = _flat(table, "cell", groups, CELL_LISTS, 3)
    code = (bins * (classes + 1) + decision + 1) * (classes + 2) + outcome + 2
    return _joined(code, (edges + 2) * of_bin(classes), *rest)


def read_folds(table, groups, classes=2):
    """Return the fold sums of rows, as `read_cells` does."""
    (fold, decision, outcome), *rest = _flat(table, "fold", groups, FOLD_LISTS, 3)
    some = classes + 1
    return _joined((fold * some + decision % some) * some + outcome % some, FOLDS * of_fold(classes), *rest)


def read_delays(table, groups, classes=2):
    """Return the delay cells of rows, as `read_cells` does."""
    (outcome, delay), *rest = _flat(table, "delay", groups, DELAY_LISTS, 2)
    return _joined(outcome * DELAYS + delay, of_delay(classes), *rest)


def read_conflicts(table, groups, size):
    """Return how many labelled rows have outcomes that contradict each other, added up by group, shape (size,).

    NaN where a row of state was counted without a look at them.

    Parameters
    ----------
    table : pyarrow.Table
    groups : ndarray of int64, shape (rows,)
        What each row is added to.
    size : int
        Groups.
    """
    counted = table.column("conflicts").combine_chunks().cast(pa.float64()).fill_null(np.nan)
    return np.bincount(groups, counted.to_numpy(zero_copy_only=False), size)


def _flat(table, part, groups, names, keys):
    """Return the key lists flattened, the group and rows of each entry, and its sums.

    A row that was counted when the log had no weights weighs 1 beside others that have them.
    """
    columns = {name: table.column(f"{part}_{name}").combine_chunks() for name in names}
    lengths = columns["rows"].value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    flat = {name: column.flatten().to_numpy(zero_copy_only=False) for name, column in columns.items()}
    rows = flat["rows"]
    weighted = len(flat.get("weight", ())) > 0
    if weighted and len(flat["weight"]) < len(rows):
        known = np.repeat(columns["weight"].value_lengths().fill_null(0).to_numpy(zero_copy_only=False) > 0, lengths)
        for name in set(names) & set(WEIGHTED_SUMS):
            own, flat[name] = flat[name], np.array(flat["loss"] if name == "loss_w2" else rows, float)
            flat[name][known] = own
    sums = [flat[name] for name in names[keys + 1:] if weighted or name not in WEIGHTED_SUMS]
    return [flat[name] for name in names[:keys]], np.repeat(groups, lengths), rows, sums


def _joined(codes, width, group, rows, sums):
    return summed(group * width + codes, rows, sums)


def to_score_cells(cells, size, edges, classes=2):
    """Return the answer of `read_cells` as `ScoreCells` of `size` targets."""
    codes, rows, sums = cells
    target, code = np.divmod(codes, (edges + 2) * of_bin(classes))
    rest, outcome = np.divmod(code, classes + 2)
    bins, decision = np.divmod(rest, classes + 1)
    score, score_sq, loss, loss_sq, *weights = sums
    weight, weight_sq, loss_w2 = weights or (rows.astype(float), rows.astype(float), loss)
    return ScoreCells(size, edges + 1, target, bins, decision - 1, outcome - 2, rows, weight, weight_sq, score,
                      score_sq, loss, loss_w2, loss_sq)


def to_fold_sums(folds, size, classes=2):
    """Return the answer of `read_folds` as `FoldSums`; None where no rows were folded."""
    codes, rows, sums = folds
    if not len(codes):
        return None
    score, score_sq, loss, *weights = sums
    weight, weight_sq = weights or (rows.astype(float), rows.astype(float))
    dense = np.zeros((size * FOLDS * of_fold(classes), 6))
    dense[codes] = np.stack([rows, weight, weight_sq, score, score_sq, loss], axis=1)
    return FoldSums(dense.reshape(size, FOLDS, classes + 1, classes + 1, 6))
