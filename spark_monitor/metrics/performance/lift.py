"""How much richer in positives the highest scores are than all rows: lift, recall and precision of the top share."""

import numpy as np

from spark_monitor.metrics.intervals import wilson_interval
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.performance.fold_effects import influence_inflation
from spark_monitor.metrics.performance.scored_rows import class_sums, score_estimate, scored_rows
from spark_monitor.metrics.spec import PerformanceMetric


def top_part(weight, share):
    """Return how much of each score bin belongs to the top share of the rows.

    Parameters
    ----------
    weight : ndarray of float64, shape (K, B)
        Rows, or weights, by score bin.
    share : float
        In (0, 1].

    Returns
    -------
    ndarray of float64, shape (K, B)
        1 above the cut, 0 below, in between in the bin at the cut, whose rows are ties and shared alike.

    Examples
    --------
    >>> top_part(np.array([[4.0, 4.0, 2.0]]), 0.4)
    array([[0. , 0.5, 1. ]])
    """
    above = np.cumsum(weight[:, ::-1], axis=1)[:, ::-1]
    wanted = share * above[:, :1] - (above - weight)
    part = np.divide(wanted, weight, out=np.zeros(weight.shape), where=weight > 0)
    return np.clip(part, 0, 1)


def top_recall(cells, share):
    """Return the positives' share within the top rows, what each row adds to it, and its bound.

    Parameters
    ----------
    cells : ScoreCells
    share : float

    Returns
    -------
    recall : ndarray of float64, shape (K,)
    influence : ndarray of float64, shape (K, 2, B)
        For a negative and a positive of each bin, by their weight.
    bound : ndarray of float64, shape (K,)
        It holds for any order of the rows of the bin at the cut.

    Notes
    -----
    Where the cut lies depends on the rows too: one more row above it pushes a row at the cut out. How often that is a
    positive is read off the rows around it, half a share to either side.
    """
    weight = cells.by_bin()
    both, positives = weight.sum(axis=1), class_sums(cells)[:, 1]
    part = top_part(both, share)
    recall = ratio((weight[:, 1] * part).sum(axis=1), positives)
    cut = (part > 0) & (part < 1)
    taken = both * part
    least = np.maximum(0, taken - weight[:, 0])
    most = np.minimum(taken, weight[:, 1])
    off = np.maximum(most - weight[:, 1] * part, weight[:, 1] * part - least)
    around = top_part(both, min(1.5 * share, 1.0)) - top_part(both, 0.5 * share)
    local = ratio((weight[:, 1] * around).sum(axis=1), (both * around).sum(axis=1))
    moved = ratio(local, positives)[:, None] * (part - share)
    of_positive = ratio(part - recall[:, None], positives[:, None]) - moved
    return recall, np.stack([-moved, of_positive], axis=1), ratio(np.where(cut, off, 0.0).sum(axis=1), positives)


def top_estimate(cells, folds, share, of_rows=False, scale=1.0):
    """Return the share of positives that the top rows hold, or their share of the top rows, as an `Estimate`.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums or None
    share : float
    of_rows : bool
        Whether positives are divided by the top rows (precision) or by all positives (recall).
    scale : float
        What value, interval and bound are multiplied by.
    """
    value, influence, bound = top_recall(cells, share)
    classes = class_sums(cells)
    plain = ratio(classes[:, 1] ** 2, class_sums(cells, "weight_sq")[:, 1])
    if of_rows:
        rate = ratio(classes[:, 1], classes.sum(axis=1))
        of_rate = ratio(np.array([[0.0, 1.0]]) - rate[:, None], classes.sum(axis=1, keepdims=True))[..., None]
        influence = (rate[:, None, None] * influence + value[:, None, None] * of_rate) / share
        value, bound = value * rate / share, bound * rate / share
        plain = share * cells.effective_size(cells.labelled & cells.scored)
    variance = (cells.by_bin("weight_sq") * influence**2).sum(axis=(1, 2))
    # At 0 and 1 the variance says nothing; as many rows as the share is of then.
    inner = (value > 0) & (value < 1) & (variance > 0)
    size = np.where(inner, ratio(value * (1 - value), variance), plain)
    seen = scored_rows(cells)
    inflation = influence_inflation(seen, folds, np.nan_to_num(influence[seen.target, seen.outcome, seen.bin]))
    interval = wilson_interval(value, size if inflation is None else size / inflation**2)
    return score_estimate(cells, value * scale, tuple(limit * scale for limit in interval), "wilson_effective",
                          bound * scale, inflation)


def lift(share):
    """Return the metric "lift@<share>%": the rate of positives in the top share over the rate among all rows.

    Parameters
    ----------
    share : float
        In (0, 1].

    Returns
    -------
    PerformanceMetric
        In [0, 1 / share]; 1 for scores that say nothing.

    Notes
    -----
    Rows are the labelled ones with a score. Interval: Wilson's of the recall, for as many rows as would give a share of
    that size its variance. C. X. Ling and C. Li (1998), "Data mining for direct marketing", KDD.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> score, outcome = np.tile([0.2, 0.4, 0.6, 0.8], 5), np.tile([0, 1, 0, 1], 5)
    >>> lift(0.25).compute(ScoreCells.of_rows(score, None, outcome, edges=[0.25, 0.5, 0.75]), None).value
    array([2.])
    """
    return _top_metric("lift", share, "rate of positives in the top share / rate of all", lifted=True)


def recall_at(share):
    """Return the metric "recall@<share>%": the share of all positives within the top share of rows, or gain.

    Examples
    --------
    >>> recall_at(0.1).name
    'recall@10%'
    """
    return _top_metric("recall", share, "positives in the top share / positives")


def precision_at(share):
    """Return the metric "precision@<share>%": the share of positives among the top share of rows.

    Examples
    --------
    >>> precision_at(0.05).name
    'precision@5%'
    """
    return _top_metric("precision", share, "positives in the top share / rows in it", of_rows=True)


def _top_metric(name, share, formula, lifted=False, of_rows=False):
    if not 0 < share <= 1:
        raise ValueError(f"a share of rows must be in (0, 1], not {share}")

    def compute(cells, folds=None):
        """Return the metric as an `Estimate`."""
        return top_estimate(cells, folds, share, of_rows, 1 / share if lifted else 1.0)

    return PerformanceMetric(name=f"{name}@{100 * share:g}%", compute=compute, formula=formula,
                             upper=1 / share if lifted else 1.0, needs=("score", "outcome"),
                             source="C. X. Ling and C. Li (1998), Data mining for direct marketing, KDD",
                             tasks=("binary", "multiclass"))


LIFT_10 = lift(0.1)
