"""Counting labelled rows by the values of features: how often they are positive, and what their loss is."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from spark_monitor.cells.kernel.class_scores import rank_true_classes, read_class_scores
from spark_monitor.cells.kernel.codes import code_categories, code_numbers
from spark_monitor.cells.kernel.groups import group_rows, only_inside
from spark_monitor.cells.kernel.plan import WEIGHT, SegmentPlan
from spark_monitor.cells.kernel.scores import DECISION, OUTCOME, SCORE, code_decisions, code_outcomes, read_scores
from spark_monitor.cells.kernel.sums import Sums
from spark_monitor.cells.relation_bins import WIDTH, merge_bins
from spark_monitor.metrics.relation.relation_cells import RELATION_SUMS, row_sums
from spark_monitor.metrics.score_cells import log_losses


@dataclass(frozen=True)
class RelationPlan:
    """What one pass over labelled rows counts by feature.

    A batch has the columns of a `ScorePlan`, of a `ClassPlan` or of an `ErrorPlan`, by task, and those of the features.

    Parameters
    ----------
    slice_bounds : ndarray of int64
    features : tuple of FeaturePlan
    task : {"binary", "multiclass", "regression"}
    labels : tuple of frozenset of str
        Texts that mean each class, in the order of their numbers; none for a regression.
    scores : tuple of tuple of str
        Of several classes the columns whose sum is the score of each; none where there are no scores.
    scored, decided, versioned, weighted : bool
        Whether a batch has scores, "d", "v" and "w".
    wanted : ndarray of bool or None
        Which of the slices to count; None for all.
    coded : bool
        Whether outcomes come as numbers of classes.
    """

    slice_bounds: np.ndarray
    features: tuple
    task: str = "binary"
    labels: tuple = ()
    scores: tuple = ()
    scored: bool = True
    decided: bool = True
    versioned: bool = False
    weighted: bool = False
    wanted: np.ndarray | None = None
    coded: bool = False
    segments: tuple = (SegmentPlan(None),)


def code_truth(batch, plan):
    """Return which rows can be counted, and the outcome y and the loss l of each row.

    - binary: y is 1 for a positive outcome, l the log loss of the score; without scores 1 for a wrong decision.
    - several classes: y is 1 for a wrong decision, or where nothing is decided for a true class that has not the
      highest score; l is the log loss of the true class's score, y without scores.
    - regression: y is the error, prediction - outcome, and l its square.

    A row counts where its outcome is known and one of the classes, and where it has what y and l are made of.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
    plan : RelationPlan
    """
    if plan.task == "regression":
        return _errors(batch)
    outcome = code_outcomes(batch, plan)
    if plan.task == "binary" and plan.scored:
        score = read_scores(batch.column(SCORE))
        scored = (score >= 0) & (score <= 1)
        loss = log_losses(np.where(scored, score, 0.5), outcome)
        return scored & (outcome >= 0), (outcome == 1).astype(float), loss
    decision = code_decisions(batch, plan)
    wrong = decision != outcome
    usable = (outcome >= 0) & ((decision >= 0) | (not plan.decided))
    if plan.task == "binary":
        return usable, (outcome == 1).astype(float), wrong.astype(float)
    if not plan.scored:
        return usable, wrong.astype(float), wrong.astype(float)
    ranked, score, rank = rank_true_classes(read_class_scores(batch, plan), outcome)
    wrong = wrong if plan.decided else rank > 0
    return usable & ranked, wrong.astype(float), log_losses(score, 1)


@np.errstate(invalid="ignore", over="ignore")
def _errors(batch):
    error = read_scores(batch.column(DECISION)) - read_scores(batch.column(OUTCOME))
    loss = error**2
    return np.isfinite(loss), error, loss


class RelationCounter:
    """Counts batches by a `RelationPlan`; `features` hands out what was counted.

    Parameters
    ----------
    plan : RelationPlan

    Examples
    --------
    >>> from spark_monitor.cells.bins import Bins
    >>> from spark_monitor.cells.kernel.plan import FeaturePlan
    >>> x = FeaturePlan(Bins("x", "numeric", edges=np.array([0.0]), coarse=np.arange(2)), ("x",))
    >>> plan = RelationPlan(np.array([0, 10]), (x,), labels=(frozenset("0"), frozenset("1")), scored=False)
    >>> counter = RelationCounter(plan)
    >>> counter.count(pa.RecordBatch.from_pydict({"t": [1, 2, 3], "d": ["1", "0", "1"],
    ...                                           "y": ["1", "1", None], "x": [5.0, None, 5.0]}))
    >>> [(keys, codes.tolist(), rows.tolist()) for _, keys, (codes, rows, _) in counter.features()]
    [([(0, '(none)', None)], [1, 2], [1, 1])]
    """

    def __init__(self, plan):
        self.plan = plan
        self.keys = {}
        self.cells = [merge_bins(feature.bins).of_bin for feature in plan.features]
        # One for all features, so that what is held before it is added up does not grow with their number.
        self.sums = Sums(RELATION_SUMS[1:])

    def count(self, batch):
        """Add one record batch; rows that are quarantined, outside the plan's slices or unusable are left alone."""
        batch = only_inside(batch, self.plan)
        usable, outcome, loss = code_truth(batch, self.plan)
        if not usable.any():
            return
        batch, outcome, loss = batch.filter(pa.array(usable)), outcome[usable], loss[usable]
        weight = np.ones(batch.num_rows)
        if self.plan.weighted:
            weight = batch.column(WEIGHT).to_numpy(zero_copy_only=False)
        sums = row_sums(outcome, loss, weight)
        grouped = group_rows(batch, self.plan)[0]
        places = np.array([self.keys.setdefault(key, len(self.keys)) for key in grouped.keys], np.int64)
        for number, feature in enumerate(self.plan.features):
            code = code_categories if feature.bins.kind == "categorical" else code_numbers
            cells = self.cells[number][code(batch.column(feature.columns[0]), feature.bins).cells]
            self._add(number, places, grouped.of_row * WIDTH + cells, sums)

    def _add(self, number, places, codes, sums):
        width = len(places) * WIDTH
        rows = np.bincount(codes, minlength=width)
        found = np.flatnonzero(rows)
        place, cell = np.divmod(found, WIDTH)
        self.sums.join((places[place] * len(self.plan.features) + number) * WIDTH + cell, rows[found],
                       [np.bincount(codes, values, width)[found] for values in sums])

    def features(self):
        """Yield (feature plan, keys, cells) of each feature, cells as `Sums.total`: code is place of the key, cell."""
        codes, rows, sums = self.sums.total()
        rest, cell = np.divmod(codes, WIDTH)
        place, number = np.divmod(rest, max(len(self.plan.features), 1))
        for this, feature in enumerate(self.plan.features):
            mine = number == this
            if mine.any():
                yield feature, list(self.keys), (place[mine] * WIDTH + cell[mine], rows[mine], sums[:, mine])
