"""Counting predictions beside their outcomes: score cells, fold sums and delays of one batch after another."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from spark_monitor.cells.kernel.conflicts import conflicting_rows, read_conflict
from spark_monitor.cells.kernel.groups import group_rows, only_inside
from spark_monitor.cells.kernel.plan import TIME, WEIGHT
from spark_monitor.cells.kernel.sums import Sums
from spark_monitor.cells.render import text_of
from spark_monitor.metrics.maturity.delay_bins import BINS as DELAYS
from spark_monitor.metrics.maturity.delay_bins import delay_bin
from spark_monitor.metrics.score_cells import FOLDS, NONE, UNKNOWN, log_losses
from spark_monitor.metrics.sorted_search import find_places

SCORE, DECISION, OUTCOME, KNOWN, FOLD = "s", "d", "y", "known", "fold"
CELL_SUMS = ("score", "score_sq", "loss", "loss_sq")
WEIGHTED_SUMS = ("weight", "weight_sq", "loss_w2")
FOLD_SUMS = ("score", "score_sq", "loss")


@dataclass(frozen=True)
class ScorePlan:
    """What one pass over predictions and outcomes counts.

    A batch has the columns of a `CountPlan` but "q", since it holds no quarantined rows, and, where there are any, "s"
    (score), "d" (decision), "y" (outcome, null where unlabelled), "known" (microseconds at which the first outcome was
    known), "fold" and "conflict" (whether the outcomes of its key contradict each other, null where there are none).

    Parameters
    ----------
    slice_bounds : ndarray of int64
    segments : tuple of SegmentPlan
    edges : ndarray of float64
        Inner edges of the score bins, right-closed.
    labels : tuple of frozenset of str
        Texts that mean negative, and texts that mean positive; in general the texts of each class.
    versioned, weighted, scored, decided, folded : bool
        Whether a batch has "v", "w", "s", "d" and "fold".
    wanted : ndarray of bool or None
        Which of the slices to count; None for all.
    coded : bool
        Whether outcomes come as numbers of classes, in the order of `labels`.
    contested : bool
        Whether a batch has "conflict".
    """

    slice_bounds: np.ndarray
    segments: tuple
    edges: np.ndarray
    labels: tuple
    versioned: bool = False
    weighted: bool = False
    scored: bool = True
    decided: bool = True
    folded: bool = False
    wanted: np.ndarray | None = None
    coded: bool = False
    contested: bool = False

    @property
    def cells(self):
        """Numbers of cells that a group can have: (bin, decision, outcome)."""
        return (len(self.edges) + 2) * of_bin(len(self.labels))

    @property
    def folds(self):
        """Numbers of fold sums that a group can have: (fold, decision, outcome)."""
        return FOLDS * of_fold(len(self.labels))

    @property
    def delays(self):
        """Numbers of delays that a group can have: (outcome, bin)."""
        return of_delay(len(self.labels))


def of_bin(classes):
    """Return how many cells a score bin has: decisions, or none, by outcomes, none, or unknown."""
    return (classes + 1) * (classes + 2)


def of_fold(classes):
    """Return how many sums a fold has: decisions, or none, by outcomes, or none."""
    return (classes + 1) ** 2


def of_delay(classes):
    """Return how many delay cells there are: delay bins of each class."""
    return classes * DELAYS


@dataclass(frozen=True)
class CodedRows:
    """The cell, fold and delay of each row of a batch, found once and counted for every segment.

    Of C classes `cell` is (bin * (C + 1) + decision + 1) * (C + 2) + outcome + 2; `fold` is (fold * (C + 1) + decision)
    * (C + 1) + outcome, C standing for none, or -1 for a row that is in none; `delay` is outcome * `DELAYS` + bin, or
    -1; `conflict` says which rows are labelled by one of outcomes that contradict each other.
    """

    cell: np.ndarray
    fold: np.ndarray | None
    delay: np.ndarray
    sums: dict
    conflict: np.ndarray | None = None

    @classmethod
    def of(cls, batch, plan, decision, outcome, bins, score, loss, delay):
        """Put codes together from the class numbers, score bin, score and loss of each row, 0 where there is none."""
        some = len(plan.labels) + 1
        w = batch.column(WEIGHT).to_numpy(zero_copy_only=False) if plan.weighted else np.ones(batch.num_rows)
        sums = {"score": w * score, "score_sq": w * score**2, "loss": w * loss, "loss_sq": w**2 * loss**2}
        if plan.weighted:
            sums.update(weight=w, weight_sq=w**2, loss_w2=w**2 * loss)
        fold = None
        if plan.folded:
            fold = batch.column(FOLD).to_numpy(zero_copy_only=False).astype(np.int64)
            fold = np.where(outcome == UNKNOWN, -1, (fold * some + decision % some) * some + outcome % some)
        conflict = read_conflict(batch, outcome >= 0) if plan.contested else None
        return cls((bins * some + decision + 1) * (some + 1) + outcome + 2, fold, delay, sums, conflict)


def code_labels(array, labels):
    """Return the number of each row's class: 1 for positive and 0 for negative, -1 for null, -2 for any other value.

    Examples
    --------
    >>> code_labels(pa.array(["late", "on_time", None, "?"]), (frozenset({"on_time"}), frozenset({"late"}))).tolist()
    [1, 0, -1, -2]
    """
    number = {text: place for place, texts in enumerate(labels) for text in texts}
    coded = array.dictionary_encode(null_encoding="encode")
    codes = [NONE if text is None else number.get(text, UNKNOWN) for text in text_of(coded.dictionary).to_pylist()]
    return np.array([*codes, NONE], np.int64)[coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)]


def code_decisions(batch, plan):
    """Return the class number of each decision, -1 where there is none; one that is none of the classes is none."""
    if not plan.decided:
        return np.full(batch.num_rows, NONE)
    return np.maximum(code_labels(batch.column(DECISION), plan.labels), NONE)


def code_outcomes(batch, plan):
    """Return the class number of each outcome, -1 where there is none, -2 where it is none of the classes.

    Where the plan says so the outcomes are numbers of classes already, and one past the last class is none of them.
    """
    column = batch.column(OUTCOME)
    if not plan.coded:
        return code_labels(column, plan.labels)
    codes = column.cast(pa.int64()).fill_null(NONE).to_numpy(zero_copy_only=False)
    return np.where(codes >= len(plan.labels), UNKNOWN, codes)


def read_scores(column):
    """Return a column of scores as floats, NaN where there is none."""
    return column.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)


def code_rows(batch, plan):
    """Return the `CodedRows` of a batch."""
    score = read_scores(batch.column(SCORE)) if plan.scored else np.full(batch.num_rows, np.nan)
    outcome = code_outcomes(batch, plan)
    return code_scores(batch, plan, code_decisions(batch, plan), outcome, score, code_delays(batch, outcome))


def code_scores(batch, plan, decision, outcome, score, delay):
    """Return the `CodedRows` of a batch by the class numbers, of two classes, the scores and the delays of its rows."""
    usable = (score >= 0) & (score <= 1)
    s = np.where(usable, score, 0.0)
    bins = np.where(usable, find_places(plan.edges, s), len(plan.edges) + 1)
    loss = np.where(usable & (outcome >= 0), log_losses(s, outcome), 0.0)
    return CodedRows.of(batch, plan, decision, outcome, bins, s, loss, delay)


def code_delays(batch, outcome):
    """Return outcome * `DELAYS` + delay bin of each row whose outcome is known, -1 for the others."""
    known = batch.column(KNOWN)
    there = known.is_valid().to_numpy(zero_copy_only=False) & (outcome >= 0)
    delay = known.fill_null(0).to_numpy(zero_copy_only=False) - batch.column(TIME).to_numpy(zero_copy_only=False)
    return np.where(there, np.maximum(outcome, 0) * DELAYS + delay_bin(delay), -1)


class ScoreCounter:
    """Counts batches by a `ScorePlan`; `groups` hands out what was counted.

    Parameters
    ----------
    plan : ScorePlan
    code : callable
        From a batch and the plan to its `CodedRows`.
    """

    def __init__(self, plan, code=code_rows):
        self.plan, self.code = plan, code
        weighted = WEIGHTED_SUMS if plan.weighted else ()
        self.keys = [{} for _ in plan.segments]
        self.cells = [Sums((*CELL_SUMS, *weighted)) for _ in plan.segments]
        self.folds = [Sums((*FOLD_SUMS, *weighted[:2])) for _ in plan.segments]
        self.delays = [Sums(()) for _ in plan.segments]
        self.conflicts = [Sums(()) for _ in plan.segments]

    def count(self, batch):
        """Add one record batch; rows outside the plan's slices are left alone."""
        batch = only_inside(batch, self.plan)
        if not batch.num_rows:
            return
        self.add(group_rows(batch, self.plan), self.code(batch, self.plan))

    def add(self, groups, rows):
        """Add `CodedRows`, of `Groups` of each segment."""
        for number, grouped in enumerate(groups):
            known = self.keys[number]
            places = np.array([known.setdefault(key, len(known)) for key in grouped.keys], np.int64)[grouped.of_row]
            self.cells[number].add(places * self.plan.cells + rows.cell, rows.sums)
            _add_some(self.delays[number], places, rows.delay, self.plan.delays, rows.sums)
            if rows.conflict is not None:
                self.conflicts[number].add(places[rows.conflict], {})
            if rows.fold is not None:
                _add_some(self.folds[number], places, rows.fold, self.plan.folds, rows.sums)

    def groups(self):
        """Yield (segment plan, keys, cells, folds, delays, conflicts) of each segment.

        Cells, folds and delays are `Sums.total`, codes by place of the key; conflicts are as `conflicting_rows` has
        them.
        """
        for segment, keys, conflicts, *sums in zip(self.plan.segments, self.keys, self.conflicts, self.cells,
                                                   self.folds, self.delays):
            if keys:
                yield segment, list(keys), *(one.total() for one in sums), conflicting_rows(
                    conflicts, len(keys), self.plan.contested)


def _add_some(target, places, codes, width, sums):
    keep = codes >= 0
    if keep.all():
        target.add(places * width + codes, sums)
    elif keep.any():
        target.add(places[keep] * width + codes[keep], {name: sums[name][keep] for name in target.names})
