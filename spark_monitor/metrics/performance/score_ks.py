"""How far apart the scores of positives and negatives lie at most: Kolmogorov-Smirnov distance of the classes."""

import numpy as np

from spark_monitor.metrics.performance.closed_forms import NORMAL, ratio
from spark_monitor.metrics.performance.fold_effects import influence_inflation
from spark_monitor.metrics.performance.folds import link_interval
from spark_monitor.metrics.performance.scored_rows import score_estimate, scored_rows
from spark_monitor.metrics.spec import PerformanceMetric


def score_ks(cells, folds=None):
    """Return the largest difference between the classes' cumulative distributions of scores, with its interval.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums or None

    Returns
    -------
    Estimate
        In [0, 1]. `error_bound` is the most that a point inside a bin can lie above the best edge: the distance of raw
        scores is between the value and the value plus the bound. NaN, with a reason, without scores or outcomes or
        with fewer than five rows of a class.

    Notes
    -----
    The interval is that of the difference at the edge where it is largest, on Fisher's scale; being the largest of
    many, the value itself leans upward in small samples. N. Smirnov (1948), Annals of Mathematical Statistics 19,
    279-281.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> score, outcome = np.tile([0.2, 0.4, 0.6, 0.8], 5), np.tile([0, 1, 0, 1], 5)
    >>> score_ks(ScoreCells.of_rows(score, None, outcome, edges=[0.25, 0.5, 0.75])).value
    array([0.5])
    """
    weight = cells.by_bin()
    total = weight.sum(axis=2)
    squares = cells.by_bin("weight_sq").sum(axis=2)
    share = np.nan_to_num(ratio(weight, total[..., None]))
    below = np.cumsum(share, axis=2)
    apart = np.abs(below[:, 1] - below[:, 0])
    value = apart.max(axis=1)
    inside = np.maximum(below[:, 1] - below[:, 0] + share[:, 0], below[:, 0] - below[:, 1] + share[:, 1]).max(axis=1)
    edge = apart.argmax(axis=1)
    at = np.take_along_axis(below, edge[:, None, None], axis=2)[..., 0]
    # Sums of shares are only so exact: the last may lie past 1.
    variance = np.maximum(at * (1 - at) * ratio(squares, total**2), 0.0).sum(axis=1)
    seen = scored_rows(cells)
    beneath = (seen.bin <= edge[seen.target]) - at[seen.target, seen.outcome]
    each = np.where(seen.outcome == 1, 1, -1) * beneath / np.where(total > 0, total, 1.0)[seen.target, seen.outcome]
    inflation = influence_inflation(seen, folds, each)
    low, high = link_interval(value, np.sqrt(variance), "fisher", NORMAL * (1 if inflation is None else inflation))
    bound = np.maximum(inside - value, 0)
    return score_estimate(cells, value, (np.maximum(low, 0), high), "delta_fisher", bound, inflation)


SCORE_KS = PerformanceMetric(
    name="score_ks", compute=score_ks, formula="max |F+(s) - F-(s)|", needs=("score", "outcome"),
    source="N. Smirnov (1948), Annals of Mathematical Statistics 19", tasks=("binary", "multiclass"),
)
