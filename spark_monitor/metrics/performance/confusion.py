"""What all numbers of decisions against outcomes share: their table, their reasons, their intervals.

A table m has the decision as its row and the outcome as its column, 0 negative and 1 positive, so that m[1, 1] are the
true and m[1, 0] the false positives. Rows without a decision, and columns without an outcome, come last (index 2).
"""

import numpy as np

from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.closed_forms import odds_interval, ratio
from spark_monitor.metrics.performance.folds import fold_interval, wider, without_each_fold
from spark_monitor.metrics.spec import Estimate

FEWEST = 5
BOTH = ("decision", "outcome")


def decision_outcome(cells, name="weight"):
    """Return one of the sums of `ScoreCells` by decision and outcome, shape (K, 3, 3); index 2 is none.

    A label that is none of the classes counts as no outcome.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> decision_outcome(ScoreCells.of_rows([0.2, 0.7, 0.9], [0, 1, -1], [0, 1, -2], edges=[0.5]))[0]
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """
    place = (cells.target * 3 + cells.decision % 3) * 3 + np.where(cells.outcome >= 0, cells.outcome, 2)
    return np.bincount(place, getattr(cells, name), cells.size * 9).astype(float).reshape(cells.size, 3, 3)


def known_part(table, needs):
    """Return the rows and columns of a (..., 3, 3) table that have what is needed: a decision, an outcome, or both."""
    return table[..., :2 if "decision" in needs else 3, :2 if "outcome" in needs else 3]


def reasons_unknown(rows, weight, needs, both_classes):
    """Return why nothing can be said about each target, None where something can.

    Parameters
    ----------
    rows, weight : ndarray of float64, shape (K, 3, 3)
        By decision and outcome, see `decision_outcome`.
    needs : tuple of str
        Of "decision" and "outcome".
    both_classes : bool
        Whether fewer than five positives or five negatives are too few.

    Returns
    -------
    ndarray of object, shape (K,)
        "no_outcomes", "no_decisions", "no_weight", "one_class", "too_few_rows" or None.
    """
    reasons = np.full(len(rows), None, object)
    usable = known_part(rows, needs)
    if both_classes:
        fewest = usable.sum(axis=1).min(axis=1)
        reasons[fewest < FEWEST] = "too_few_rows"
        reasons[fewest == 0] = "one_class"
    reasons[known_part(weight, needs).sum(axis=(1, 2)) <= 0] = "no_weight"
    if "decision" in needs:
        reasons[usable.sum(axis=(1, 2)) == 0] = "no_decisions"
    if "outcome" in needs:
        reasons[rows[:, :, :2].sum(axis=(1, 2)) == 0] = "no_outcomes"
    return reasons


def threshold_estimate(cells, folds, value, closed, *, method, link, region=1, needs=BOTH, both_classes=True,
                       undefined="no_rows"):
    """Return a number of the decision-outcome table as an `Estimate`.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums or None
        Of the same targets; None where no entity repeats.
    value : callable
        From tables (..., D, Y) of weights to numbers (...); NaN where undefined. D and Y are 2 where `needs` has the
        decision and the outcome, else 3.
    closed : callable
        From the tables of weights and of squared weights (K, D, Y) to the bounds of the interval for independent rows.
    method : str
        Name of the closed form.
    link : str
        Scale of the fold interval, see `fold_interval`.
    region : array_like of bool, broadcast to (D, Y)
        Which rows the number rests on.
    needs : tuple of str
    both_classes : bool
    undefined : str
        What a NaN means where `reasons_unknown` has nothing to say.
    """
    rows, weight, squares = (decision_outcome(cells, name) for name in ("rows", "weight", "weight_sq"))
    reasons = reasons_unknown(rows, weight, needs, both_classes)
    rows, weight, squares = (known_part(table, needs) for table in (rows, weight, squares))
    point = value(weight)
    reasons[(reasons == None) & np.isnan(point)] = undefined  # noqa: E711 - by element, `is` can't
    point[reasons != None] = np.nan  # noqa: E711
    interval = closed(weight, squares)
    size = ratio((weight * region).sum(axis=(1, 2)) ** 2, (squares * region).sum(axis=(1, 2)))
    if folds is not None:
        alone = interval[1] - interval[0]
        held = known_part(folds.of("weight"), needs)
        nonempty = (known_part(folds.of("rows"), needs) * region).sum(axis=(2, 3)) > 0
        interval = wider(interval, fold_interval(value(without_each_fold(held)), nonempty, point, link))
        method, size = method + "_or_folds", size * ratio(alone, interval[1] - interval[0]) ** 2
    return estimate_of(point, interval, method, reasons, (rows * region).sum(axis=(1, 2)), np.nan_to_num(size))


def estimate_of(point, interval, method, reasons, rows, size):
    """Return an exact number with its interval as an `Estimate`; bounds enclose the number, NaN where it is NaN."""
    unknown = np.isnan(point)
    low, high = interval
    return Estimate(
        point, np.where(unknown, np.nan, np.fmin(low, point)), np.where(unknown, np.nan, np.fmax(high, point)),
        error_bound=np.where(unknown, np.nan, 0.0), sample_size=rows, effective_size=size, ci_method=method,
        ci_level=CI_LEVEL, reasons=reasons,
    )


def share_of(cells, folds, hit, miss, **facts):
    """Return A / (A + B) as an `Estimate`, where A and B are sums over different entries of the table.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums or None
    hit, miss : array_like of float, shape (D, Y)
        Coefficients of A and of B; no entry has both.
    facts
        As for `threshold_estimate`.
    """
    hit, miss = np.asarray(hit, float), np.asarray(miss, float)
    region = (hit + miss) > 0

    def value(table):
        part = (table * hit).sum(axis=(-2, -1))
        return ratio(part, part + (table * miss).sum(axis=(-2, -1)))

    def closed(weight, squares):
        row = ratio((squares * region).sum(axis=(1, 2)), (weight * region).sum(axis=(1, 2)))
        return odds_interval(*[((weight * c).sum(axis=(1, 2)), (squares * c**2).sum(axis=(1, 2)), row * c.max())
                               for c in (hit, miss)])

    return threshold_estimate(cells, folds, value, closed, method="wilson_modified", link="logit", region=region,
                              **facts)
