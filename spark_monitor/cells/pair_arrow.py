"""Pair cells as Arrow rows and back: a row a slice, challenger and segment value, its sparse cells in lists."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from spark_monitor.cells.arrow import KEYS
from spark_monitor.cells.kernel.pairs import LOSS_SUMS, PAIR_SUMS, SOME_FOLDS, of_pair
from spark_monitor.cells.kernel.sums import summed
from spark_monitor.metrics.pairs.paired_cells import PairedCells
from spark_monitor.metrics.score_cells import FOLDS

FAMILY = "champion"
PAIR_KEYS = ("fold", "first", "second", "outcome")
LISTS = {
    **{f"pair_{name}": pa.list_(pa.int64()) for name in (*PAIR_KEYS, "rows")},
    **{f"pair_{name}": pa.list_(pa.float64()) for name in PAIR_SUMS},
    **{f"loss_{name}": pa.list_(pa.int64()) for name in ("fold", "rows")},
    **{f"loss_{name}": pa.list_(pa.float64()) for name in LOSS_SUMS},
}
PAIR_SCHEMA = pa.schema(
    [("slice", pa.timestamp("us", "UTC")), *[(name, pa.string()) for name in KEYS[1:]], ("bins_id", pa.string()),
     ("champion", pa.string()), ("row_count", pa.int64()), *LISTS.items()])


def to_pair_batch(keys, segment, facts, pairs, cells, losses, classes):
    """Return counted groups as a record batch of `PAIR_SCHEMA`.

    Parameters
    ----------
    keys : sequence of tuple
        (slice in microseconds, version, segment value) of each group.
    segment : str or None
    facts : dict of str to str
        feature, bins_id and champion.
    pairs, cells, losses : tuple
        As `Sums.total` returns them, codes by place of the key.
    classes : int
    """
    size = len(keys)
    slices, versions, values = zip(*keys) if keys else ((), (), ())
    columns = {"row_count": np.bincount(pairs[0], pairs[1], size).astype(np.int64), "model_version": versions,
               "slice": pa.array(slices, pa.int64()).cast(pa.timestamp("us", "UTC")), "segment_value": values,
               **_lists("pair", size, cells, of_pair(classes), _pair_keys(cells[0], classes),
                        (*PAIR_KEYS, "rows", *PAIR_SUMS)),
               **_lists("loss", size, losses, SOME_FOLDS, [losses[0] % SOME_FOLDS - 1], ("fold", "rows", *LOSS_SUMS))}
    columns.update({name: [text] * size for name, text in {"segment": segment, "family": FAMILY, **facts}.items()})
    return pa.RecordBatch.from_arrays(
        [column if isinstance(column, pa.Array) else pa.array(column, field.type)
         for field, column in ((field, columns[field.name]) for field in PAIR_SCHEMA)], schema=PAIR_SCHEMA)


def _pair_keys(codes, classes):
    """Return fold, first decision, second decision and outcome of each code."""
    if not classes:
        return [codes] * 4
    rest, outcome = np.divmod(codes % of_pair(classes), classes + 1)
    rest, second = np.divmod(rest, classes)
    fold, first = np.divmod(rest, classes)
    return [fold - 1, first, second, outcome - 1]


def _lists(part, size, total, width, keys, names):
    codes, rows, sums = total
    offsets = pa.array(np.searchsorted(codes, np.arange(size + 1) * width).astype(np.int32))
    return {f"{part}_{name}": pa.ListArray.from_arrays(offsets, pa.array(flat, LISTS[f"{part}_{name}"].value_type))
            for name, flat in zip(names, [*keys, rows, *sums], strict=True)}


@dataclass(frozen=True)
class Pairs:
    """Pairs of K targets, sparse.

    Parameters
    ----------
    classes : int
        0 of a regression.
    rows : ndarray of int64, shape (K,)
        Ids that both versions scored.
    cells, losses : tuple
        As `Sums.total` returns them, codes by target.
    """

    classes: int
    rows: np.ndarray
    cells: tuple
    losses: tuple

    @classmethod
    def of(cls, table, groups, size, classes):
        """Read rows of `PAIR_SCHEMA` of which row i is added to target `groups[i]`."""
        (fold, first, second, outcome), cell, *rest = _flat(table, "pair", groups, PAIR_KEYS, PAIR_SUMS)
        code = (((fold + 1) * classes + first) * classes + second) * (classes + 1) + outcome + 1
        (loss_fold,), place, *more = _flat(table, "loss", groups, ("fold",), LOSS_SUMS)
        rows = np.bincount(groups, table.column("row_count").to_numpy(), size).astype(np.int64)
        return cls(classes, rows, summed(cell * of_pair(classes) + code, *rest),
                   summed(place * SOME_FOLDS + loss_fold + 1, *more))

    @property
    def folded(self):
        """Whether rows have folds."""
        return bool((self.losses[0] % SOME_FOLDS > 0).any() or (_pair_keys(self.cells[0], self.classes)[0] >= 0).any())

    def take(self, picked, alike=False):
        """Return the `PairedCells` of some targets; `picked` in order, no repeats.

        Of several classes a decision is 1 where it is right, and so is every known outcome: that tells all of who is
        right. For `alike` the first decision is 0, and the second is where it is the same.
        """
        folds, size = FOLDS if self.folded else 1, len(picked)
        here, kept = _places(self.cells[0] // max(of_pair(self.classes), 1), picked, len(self.rows))
        codes, rows, sums = (part[..., kept] for part in self.cells)
        fold, first, second, outcome = _pair_keys(codes, self.classes)
        if self.classes > 2:
            first, second, outcome = _two_classes(first, second, outcome, alike)
        place = (((here * folds + np.maximum(fold, 0)) * 2 + first) * 2 + second) * 3 + outcome % 3
        dense = [np.bincount(place, part, size * folds * 12).reshape(size, folds, 2, 2, 3) for part in (rows, *sums)]
        here, kept = _places(self.losses[0] // SOME_FOLDS, picked, len(self.rows))
        codes, _, sums = (part[..., kept] for part in self.losses)
        place = here * folds + np.maximum(codes % SOME_FOLDS - 1, 0)
        return PairedCells(np.stack(dense), np.stack([np.bincount(place, part, size * folds).reshape(size, folds)
                                                      for part in sums]))


def _two_classes(first, second, outcome, alike):
    if alike:
        return np.zeros_like(first), (first != second).astype(np.int64), np.full_like(outcome, -1)
    return (first == outcome).astype(np.int64), (second == outcome).astype(np.int64), np.where(outcome >= 0, 1, -1)


def _places(target, picked, size):
    """Return the new number of the target of each entry that is picked, and which those are."""
    new = np.full(size, -1)
    new[picked] = np.arange(len(picked))
    kept = new[target] >= 0
    return new[target[kept]], kept


def _flat(table, part, groups, keys, sums):
    """Return the key lists flattened, the group and rows of each entry, and its sums."""
    columns = {name: table.column(f"{part}_{name}").combine_chunks() for name in (*keys, "rows", *sums)}
    lengths = columns["rows"].value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    flat = {name: column.flatten().to_numpy(zero_copy_only=False) for name, column in columns.items()}
    return [flat[name] for name in keys], np.repeat(groups, lengths), flat["rows"], [flat[name] for name in sums]
