"""Counting predicted values beside their outcomes: error cells, sums by prediction and fold, delays, batch by batch."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from spark_monitor.cells.kernel.conflicts import conflicting_rows, read_conflict
from spark_monitor.cells.kernel.errors import count_rows
from spark_monitor.cells.kernel.groups import group_rows, only_inside
from spark_monitor.cells.kernel.plan import TIME, WEIGHT
from spark_monitor.cells.kernel.scores import DECISION, FOLD, KNOWN, OUTCOME
from spark_monitor.cells.kernel.sums import Sums
from spark_monitor.metrics.error_rows import FOLD_SUMS, LOSS_SUMS, ErrorRows
from spark_monitor.metrics.loss_cells import loss_sums, prediction_bin
from spark_monitor.metrics.maturity.delay_bins import BINS as DELAYS
from spark_monitor.metrics.maturity.delay_bins import delay_bin
from spark_monitor.metrics.score_cells import FOLDS

LOW, HIGH = "low", "high"
MOST_PENDING = 1_000_000


@dataclass(frozen=True)
class ErrorPlan:
    """What one pass over predicted values and outcomes counts.

    A batch has the columns of a `CountPlan` and "d" (the value predicted, double), "y" (the outcome, double, null where
    unlabelled), "known" (microseconds at which the first outcome was known) and, where there are any, "low" and "high"
    (the prediction interval, double), "fold" and "conflict" (whether the outcomes of its key contradict each other).

    Parameters
    ----------
    slice_bounds : ndarray of int64
    segments : tuple of SegmentPlan
    pivot : float
        The frozen value that squares of outcomes are summed around.
    versioned, weighted, folded, bounded : bool
        Whether a batch has "v", "w", "fold", and both "low" and "high".
    wanted : ndarray of bool or None
        Which of the slices to count; None for all.
    edges : ndarray of float64
        Inner edges of the bins of predicted values, right-closed.
    contested : bool
        Whether a batch has "conflict".
    """

    slice_bounds: np.ndarray
    segments: tuple
    pivot: float = 0.0
    versioned: bool = False
    weighted: bool = False
    folded: bool = False
    bounded: bool = False
    wanted: np.ndarray | None = None
    edges: np.ndarray = field(default_factory=lambda: np.empty(0))
    contested: bool = False

    @property
    def bins(self):
        """Number of bins of predicted values."""
        return len(self.edges) + 1


class ErrorCounter:
    """Counts batches by an `ErrorPlan`; `groups` hands out what was counted.

    Parameters
    ----------
    plan : ErrorPlan

    Examples
    --------
    >>> from spark_monitor.cells.kernel.plan import SegmentPlan
    >>> counter = ErrorCounter(ErrorPlan(np.array([0, 10]), (SegmentPlan(None),)))
    >>> counter.count(pa.RecordBatch.from_pydict({"t": [1, 2], "d": [3.0, 5.0],
    ...                                           "y": [2.0, None], "known": [4, None]}))
    >>> [(keys, cells.of("abs_error"), cells.of("unlabelled")) for _, keys, cells, *_ in counter.groups()]
    [([(0, '(none)', None)], array([1.]), array([1]))]
    """

    def __init__(self, plan):
        self.plan = plan
        self.keys = [{} for _ in plan.segments]
        self.cells = [_Parts() for _ in plan.segments]
        self.losses = [Sums(LOSS_SUMS) for _ in plan.segments]
        self.folds = [Sums(FOLD_SUMS) for _ in plan.segments]
        self.delays = [Sums(()) for _ in plan.segments]
        self.conflicts = [Sums(()) for _ in plan.segments]

    def count(self, batch):
        """Add one record batch; rows outside the plan's slices are left alone."""
        batch = only_inside(batch, self.plan)
        if not batch.num_rows:
            return
        rows = error_rows(batch, self.plan)
        bins, width = prediction_bin(read_numbers(batch, DECISION), self.plan.edges), self.plan.bins
        labelled = rows.known | rows.counts["unpredicted"]
        delay = _delays(batch, labelled)
        conflict = read_conflict(batch, labelled) if self.plan.contested else None
        fold = batch.column(FOLD).to_numpy(zero_copy_only=False).astype(np.int64) if self.plan.folded else None
        for number, grouped in enumerate(group_rows(batch, self.plan)):
            known = self.keys[number]
            place = np.array([known.setdefault(key, len(known)) for key in grouped.keys], np.int64)
            cells, _ = count_rows(rows, grouped.of_row, None, len(grouped.keys))
            self.cells[number].add(place, cells)
            code, *sums = loss_sums(rows, bins, grouped.of_row, len(grouped.keys), width)
            self.losses[number].join(place[code // width] * width + code % width, *sums)
            place = place[grouped.of_row]
            _add_some(self.delays[number], delay >= 0, place * DELAYS + delay, {})
            if conflict is not None:
                _add_some(self.conflicts[number], conflict, place, {})
            if fold is not None:
                _add_some(self.folds[number], rows.known | rows.counts["bounded"], place * FOLDS + fold,
                          dict(zip(FOLD_SUMS, rows.fold_sums)))

    def groups(self):
        """Yield (segment plan, keys, cells, losses, folds, delays, conflicts) of each segment.

        Cells are `ErrorCells` by place of the key; losses, folds and delays are `Sums.total`; conflicts are as
        `conflicting_rows` has them.
        """
        for segment, keys, cells, conflicts, *sums in zip(self.plan.segments, self.keys, self.cells, self.conflicts,
                                                          self.losses, self.folds, self.delays):
            if keys:
                yield segment, list(keys), cells.total(len(keys)), *(one.total() for one in sums), conflicting_rows(
                    conflicts, len(keys), self.plan.contested)


class _Parts:
    """Error cells of batches, each with the place of its groups; added up before they are too many."""

    def __init__(self):
        self._parts, self._pending = [], 0

    def add(self, place, cells):
        self._parts.append((place, cells))
        self._pending += len(cells) + len(cells.bin)
        if self._pending > MOST_PENDING:
            size = int(max(place.max() for place, _ in self._parts)) + 1
            self._parts, self._pending = [(np.arange(size), self.total(size))], 0

    def total(self, size):
        """Return the cells by place, `size` of them."""
        places, cells = zip(*self._parts)
        return cells[0].joined(*cells[1:]).merge(np.concatenate(places), size)


def read_numbers(batch, name):
    """Return a column of a batch as floats, NaN where it is null."""
    return batch.column(name).cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)


def error_rows(batch, plan):
    """Return the `ErrorRows` of a batch, found once and counted for every segment."""
    weight = batch.column(WEIGHT).to_numpy(zero_copy_only=False) if plan.weighted else None
    ends = (read_numbers(batch, LOW), read_numbers(batch, HIGH)) if plan.bounded else (None, None)
    return ErrorRows.of(read_numbers(batch, DECISION), read_numbers(batch, OUTCOME), weight, *ends, plan.pivot)


def _delays(batch, labelled):
    """Return the delay bin of each row whose outcome is known, -1 for the others."""
    known = batch.column(KNOWN)
    there = known.is_valid().to_numpy(zero_copy_only=False) & labelled
    delay = known.fill_null(0).to_numpy(zero_copy_only=False) - batch.column(TIME).to_numpy(zero_copy_only=False)
    return np.where(there, delay_bin(delay), -1)


def _add_some(target, keep, codes, sums):
    if keep.any():
        target.add(codes[keep], {name: values[keep] for name, values in sums.items()})
