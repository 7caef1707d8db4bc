"""Counting ids that two versions score: both decisions, the outcome, and the difference of the losses."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from spark_monitor.cells.kernel.groups import group_rows, rows_inside
from spark_monitor.cells.kernel.plan import TIME, VERSION, WEIGHT
from spark_monitor.cells.kernel.scores import (
    DECISION, FOLD, OUTCOME, SCORE, code_decisions, code_outcomes, read_scores,
)
from spark_monitor.cells.kernel.sums import Sums
from spark_monitor.cells.render import key_texts
from spark_monitor.metrics.score_cells import FOLDS, NONE, log_losses

PAIR_SUMS = ("weight", "weight_sq")
LOSS_SUMS = (*PAIR_SUMS, "loss", "loss_w2", "loss_sq_w2")
SOME_FOLDS = FOLDS + 1


@dataclass(frozen=True)
class PairPlan:
    """What one pass over the rows of each id counts.

    A batch has the columns of a `ScorePlan`, "v" always among them, but quarantined rows left out; with several classes
    those that `scores` names for "s". Of a regression "d" and "y" are numbers.

    Parameters
    ----------
    slice_bounds : ndarray of int64
    segments : tuple of SegmentPlan
    champion : str
        Key text of the version that the others are compared with.
    loss : {"log_loss", "squared_error", "zero_one_loss"}
    labels : tuple of frozenset of str
        Texts that mean each class; none of a regression.
    scores : tuple of tuple of str
        Columns of a batch whose sum is the score of each of several classes, or else ("s",); none without scores.
    weighted, decided, folded : bool
        Whether a batch has "w", "d" and "fold".
    wanted : ndarray of bool or None
        Which of the slices to count; None for all.
    """

    slice_bounds: np.ndarray
    segments: tuple
    champion: str
    loss: str
    labels: tuple = ()
    scores: tuple = ()
    weighted: bool = False
    decided: bool = True
    folded: bool = False
    wanted: np.ndarray | None = None
    versioned: bool = True
    coded: bool = True

    @property
    def cells(self):
        """Numbers of cells that a group can have."""
        return of_pair(len(self.labels))


def of_pair(classes):
    """Return how many cells there are: folds, or none, by both decisions, by outcomes, or none."""
    return SOME_FOLDS * classes**2 * (classes + 1)


class PairCounter:
    """Counts pairs by a `PairPlan`; `groups` hands out what was counted.

    Parameters
    ----------
    plan : PairPlan
    """

    def __init__(self, plan):
        self.plan = plan
        self.keys = [{} for _ in plan.segments]
        self.pairs = [Sums(()) for _ in plan.segments]
        self.cells = [Sums(PAIR_SUMS) for _ in plan.segments]
        self.losses = [Sums(LOSS_SUMS) for _ in plan.segments]

    def count(self, batch, key):
        """Add one record batch: all rows of each of its ids, in order of time.

        Parameters
        ----------
        batch : pyarrow.RecordBatch
        key : ndarray of int64
            Number of each row's id.
        """
        inside = rows_inside(batch, self.plan)
        batch, key = batch.filter(pa.array(inside)), key[inside]
        first, second = find_pairs(batch, key, self.plan)
        if not len(first):
            return
        cell, loss, sums = _coded_pairs(batch, first, second, self.plan)
        groups = group_rows(batch.take(pa.array(second)), self.plan)
        for known, pairs, cells, losses, grouped in zip(self.keys, self.pairs, self.cells, self.losses, groups):
            place = np.array([known.setdefault(one, len(known)) for one in grouped.keys], np.int64)[grouped.of_row]
            pairs.add(place, {})
            for target, codes, width in ((cells, cell, self.plan.cells), (losses, loss, SOME_FOLDS)):
                keep = codes >= 0
                if keep.any():
                    target.add(place[keep] * width + codes[keep], {name: sums[name][keep] for name in target.names})

    def groups(self):
        """Yield (segment plan, keys, pairs, cells, losses) with the `Sums.total` of each, codes by place of the key."""
        for segment, keys, *sums in zip(self.plan.segments, self.keys, self.pairs, self.cells, self.losses):
            if keys:
                yield segment, list(keys), *(one.total() for one in sums)


def find_pairs(batch, key, plan):
    """Return which rows of the champion and which of another version score the same id in the same slice.

    Of several rows of an id, version and slice the earliest counts.

    Returns
    -------
    first, second : ndarray of int64
        Row of the champion and of the challenger of each pair.
    """
    times = batch.column(TIME).to_numpy(zero_copy_only=False)
    slices = np.searchsorted(plan.slice_bounds, times, side="right") - 1
    texts, version = key_texts(batch.column(VERSION))
    champion = texts.index(plan.champion) if plan.champion in texts else -1
    slots, slot = np.unique(key * len(plan.slice_bounds) + slices, return_inverse=True)
    earliest = np.unique(slot * len(texts) + version, return_index=True)[1]
    is_champion = version[earliest] == champion
    row_of = np.full(len(slots), -1)
    row_of[slot[earliest[is_champion]]] = earliest[is_champion]
    second = earliest[~is_champion]
    first = row_of[slot[second]]
    return first[first >= 0], second[first >= 0]


def _coded_pairs(batch, first, second, plan):
    """Return the cell of each pair, its fold where both losses are known (both -1 for none), and what is summed up.

    Where the two rows of a pair have different outcomes, as a horizon can make them, neither counts.
    """
    if plan.labels:
        decision, outcome = code_decisions(batch, plan), np.maximum(code_outcomes(batch, plan), NONE)
        truth = outcome
    else:
        decision = outcome = np.full(batch.num_rows, NONE)
        truth = read_scores(batch.column(OUTCOME))
    losses = row_losses(batch, plan, decision, truth)
    same = truth[first] == truth[second]
    fold = np.zeros(len(second), np.int64)
    if plan.folded:
        fold = batch.column(FOLD).to_numpy(zero_copy_only=False).astype(np.int64)[second] + 1
    known = np.where(same, outcome[second], NONE)
    classes, both = len(plan.labels), (decision[first] >= 0) & (decision[second] >= 0)
    cell = ((fold * classes + decision[first]) * classes + decision[second]) * (classes + 1) + known + 1
    with np.errstate(invalid="ignore"):
        gap = np.where(same, losses[second] - losses[first], np.nan)
    compared = np.isfinite(gap)
    gap = np.where(compared, gap, 0.0)
    weight = batch.column(WEIGHT).to_numpy(zero_copy_only=False) if plan.weighted else np.ones(batch.num_rows)
    w = weight[second]
    return np.where(both, cell, -1), np.where(compared, fold, -1), {
        "weight": w, "weight_sq": w**2, "loss": w * gap, "loss_w2": w**2 * gap, "loss_sq_w2": w**2 * gap**2}


def row_losses(batch, plan, decision, truth):
    """Return the loss of each row, NaN where it is not known; `truth` is an outcome, or its class number."""
    if plan.loss == "squared_error":
        with np.errstate(over="ignore", invalid="ignore"):
            return (read_scores(batch.column(DECISION)) - truth) ** 2
    if plan.loss == "zero_one_loss":
        return np.where((decision >= 0) & (truth >= 0), (decision != truth).astype(float), np.nan)
    if not plan.scores:
        return np.full(batch.num_rows, np.nan)
    if plan.scores == (SCORE,):
        score, is_true = read_scores(batch.column(SCORE)), truth
        usable = (score >= 0) & (score <= 1) & (truth >= 0)
    else:
        scores = np.stack([sum(read_scores(batch.column(name)) for name in names) for names in plan.scores], axis=1)
        score, is_true = np.take_along_axis(scores, np.maximum(truth, 0)[:, None], axis=1)[:, 0], 1
        usable = ((scores >= 0) & (scores <= 1)).all(axis=1) & (truth >= 0)
    return np.where(usable, log_losses(np.where(usable, score, 0.5), is_true), np.nan)
