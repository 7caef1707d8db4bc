"""Counting predictions among several classes beside their outcomes: each class against the rest, and all together."""

from dataclasses import dataclass

import numpy as np

from spark_monitor.cells.kernel.groups import group_rows, only_inside
from spark_monitor.cells.kernel.scores import (
    CodedRows, ScoreCounter, ScorePlan, code_decisions, code_delays, code_outcomes, code_scores, read_scores,
)
from spark_monitor.cells.render import OTHER, escape
from spark_monitor.metrics.score_cells import log_losses

MOST_CLASSES = 50


def fold_classes(classes, frequent=()):
    """Return the names of the classes that are counted, and the labels that mean each.

    Parameters
    ----------
    classes : sequence of str
        All labels.
    frequent : sequence of str
        Labels from the most frequent on: which to keep where there are more than 50 classes. Those not named here come
        after, in their order.

    Returns
    -------
    names : tuple of str
        As keys and metrics have them; the last is "(other)" where labels were put together.
    labels : tuple of tuple of str

    Examples
    --------
    >>> fold_classes(["car", "(van)"])
    (('car', '\\\\(van)'), (('car',), ('(van)',)))
    >>> names, labels = fold_classes([f"c{number}" for number in range(60)], ["c59"])
    >>> len(names), names[-1], len(labels[-1]), "c59" in names
    (50, '(other)', 11, True)
    """
    if len(classes) <= MOST_CLASSES:
        return tuple(map(escape, classes)), tuple((label,) for label in classes)
    place = {label: number for number, label in enumerate(frequent)}
    kept = set(sorted(classes, key=lambda label: place.get(label, len(place)))[: MOST_CLASSES - 1])
    own = [label for label in classes if label in kept]
    rest = tuple(label for label in classes if label not in kept)
    return (*map(escape, own), OTHER), (*((label,) for label in own), rest)


@dataclass(frozen=True)
class ClassPlan:
    """What one pass over predictions among C classes and their outcomes counts.

    A batch has the columns of a `ScorePlan`, but for "s" those that `scores` names.

    Parameters
    ----------
    slice_bounds : ndarray of int64
    segments : tuple of SegmentPlan
    labels : tuple of frozenset of str
        Texts that mean each class.
    edges : tuple of ndarray of float64
        Inner edges of the score bins of each class; none where there are no scores.
    scores : tuple of tuple of str
        Columns of a batch whose sum is the score of each class; none where there are no scores.
    versioned, weighted, decided, folded : bool
        Whether a batch has "v", "w", "d" and "fold".
    wanted : ndarray of bool or None
        Which of the slices to count; None for all.
    coded : bool
        Whether outcomes come as numbers of classes, in the order of `labels`.
    contested : bool
        Whether a batch has "conflict", which is counted with all classes together.
    """

    slice_bounds: np.ndarray
    segments: tuple
    labels: tuple
    edges: tuple = ()
    scores: tuple = ()
    versioned: bool = False
    weighted: bool = False
    decided: bool = True
    folded: bool = False
    wanted: np.ndarray | None = None
    coded: bool = False
    contested: bool = False

    @property
    def together(self):
        """The plan of the cells of all classes; their bin is the rank of the true class, from 0; C: none."""
        return self._plan(np.arange(len(self.labels) - 1.0), self.labels, self.contested)

    def against_rest(self, number):
        """Return the plan of the cells of one class against all others."""
        rest = frozenset().union(*self.labels[:number], *self.labels[number + 1:])
        return self._plan(self.edges[number], (rest, self.labels[number]))

    def _plan(self, edges, labels, contested=False):
        return ScorePlan(self.slice_bounds, self.segments, edges, labels, self.versioned, self.weighted,
                         bool(self.scores), self.decided, self.folded, self.wanted, self.coded, contested)


class ClassCounter:
    """Counts batches by a `ClassPlan`.

    Parameters
    ----------
    plan : ClassPlan

    Attributes
    ----------
    together : ScoreCounter
        The cells of all classes, with the delays of outcomes.
    each : list of ScoreCounter
        The cells of each class against the rest, without delays; empty where there are no scores.
    """

    def __init__(self, plan):
        self.plan = plan
        self.together = ScoreCounter(plan.together)
        self.each = [ScoreCounter(plan.against_rest(number)) for number in range(len(plan.scores))]

    def count(self, batch):
        """Add one record batch; rows outside the plan's slices are left alone."""
        batch = only_inside(batch, self.plan)
        if not batch.num_rows:
            return
        groups, plan = group_rows(batch, self.plan), self.together.plan
        decision, outcome = code_decisions(batch, plan), code_outcomes(batch, plan)
        scores = read_class_scores(batch, self.plan)
        self.together.add(groups, code_ranks(batch, plan, decision, outcome, scores))
        none = np.full(batch.num_rows, -1)
        for number, counter in enumerate(self.each):
            one = (np.where(codes >= 0, codes == number, codes) for codes in (decision, outcome))
            counter.add(groups, code_scores(batch, counter.plan, *one, scores[:, number], none))


def read_class_scores(batch, plan):
    """Return the score of each class in each row, shape (n, C); NaN where there is none."""
    scores = np.full((batch.num_rows, len(plan.labels)), np.nan)
    for number, names in enumerate(plan.scores):
        scores[:, number] = sum(read_scores(batch.column(name)) for name in names)
    return scores


def rank_true_classes(scores, outcome):
    """Return which rows have a rank, the score of their true class, and its rank from 0.

    Parameters
    ----------
    scores : ndarray of float64, shape (n, C)
        Only rows with an outcome, all of whose scores lie in [0, 1], have a rank.
    outcome : ndarray of int64, shape (n,)
    """
    ranked = ((scores >= 0) & (scores <= 1)).all(axis=1) & (outcome >= 0)
    true = np.take_along_axis(scores, np.maximum(outcome, 0)[:, None], axis=1)
    # Of equal scores the last class ranks first, as in scikit-learn.
    ahead = (scores > true) | ((scores == true) & (np.arange(scores.shape[1]) > outcome[:, None]))
    return ranked, np.where(ranked, true[:, 0], 0.0), ahead.sum(axis=1)


def code_ranks(batch, plan, decision, outcome, scores):
    """Return the `CodedRows` of all classes together: each labelled row by the rank of its true class.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
    plan : ScorePlan
        `ClassPlan.together`.
    decision, outcome : ndarray of int64, shape (n,)
    scores : ndarray of float64, shape (n, C)
        Only rows all of whose scores lie in [0, 1] have a rank and a loss, that of the true class's score.
    """
    ranked, score, rank = rank_true_classes(scores, outcome)
    loss = np.where(ranked, log_losses(score, 1), 0.0)
    bins = np.where(ranked, rank, scores.shape[1])
    return CodedRows.of(batch, plan, decision, outcome, bins, score, loss, code_delays(batch, outcome))
