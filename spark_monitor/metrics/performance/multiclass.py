"""How good the decisions among several classes are: as a whole, on average over the classes, and of each class."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from spark_monitor.metrics.performance.balanced_accuracy import mean_recall, mean_recall_interval
from spark_monitor.metrics.performance.class_means import (
    CLASS_RATES, class_mean, class_mean_and_slope, class_rates, margins, part_and_whole,
)
from spark_monitor.metrics.performance.closed_forms import delta_interval, odds_interval, ratio
from spark_monitor.metrics.performance.cohen_kappa import agreement, agreement_and_slope
from spark_monitor.metrics.performance.confusion import FEWEST, estimate_of
from spark_monitor.metrics.performance.folds import fold_interval, wider, without_each_fold
from spark_monitor.metrics.performance.mcc import correlation, correlation_and_slope


@dataclass(frozen=True)
class ClassTables:
    """Tables of K targets by decision and outcome among C classes, of labelled rows with a decision.

    Parameters
    ----------
    weight, squares, rows : ndarray of float64, shape (K, C, C)
        Sums of w and w^2, and rows; decision first.
    folds : ndarray of float64, shape (K, F, C, C), or None
        Sums of w by fold; None where no entity repeats.
    """

    weight: np.ndarray
    squares: np.ndarray
    rows: np.ndarray
    folds: np.ndarray | None = None

    @property
    def reasons(self):
        """Why nothing is said of each target, None where something is: as for two classes, the largest and the rest."""
        found = self.rows.sum(axis=1)
        rest = found.sum(axis=1) - found.max(axis=1)
        reasons = np.full(len(rest), None, object)
        reasons[rest < FEWEST] = "too_few_rows"
        reasons[rest == 0] = "one_class"
        return self.without_rows(reasons)

    def without_rows(self, reasons):
        """Return `reasons`, overruled where there is no row, or none with a weight."""
        reasons = reasons.copy()
        reasons[self.weight.sum(axis=(1, 2)) <= 0] = "no_weight"
        reasons[self.rows.sum(axis=(1, 2)) == 0] = "no_outcomes"
        return reasons


def multiclass_metrics(weight, squares, rows, folds=None):
    """Return every number of the decisions among C classes, by name.

    Parameters
    ----------
    weight, squares, rows : array_like, shape (K, C, C)
        Sums of w and w^2, and rows, by decision (axis 1) and outcome (axis 2), of labelled rows with a decision.
    folds : array_like, shape (K, F, C, C), optional
        Sums of w by fold of the entity.

    Returns
    -------
    dict of str to Estimate
        `accuracy`, `balanced_accuracy`, `mcc`, `cohen_kappa`; of `precision`, `recall`, `specificity` and `f1` the
        mean over classes under the plain name, `<name>_weighted` (by the classes' outcomes), `<name>_micro` (all
        one-against-rest tables together), and `<name>:<i>` of class i against the rest. A mean leaves out classes
        that have no such rate, as scikit-learn's `zero_division=nan` does. NaN with fewer than five rows outside the
        largest class, of a class with fewer than five rows of it or of the rest; accuracy needs one row.

    Notes
    -----
    Each decision and each outcome being one class, micro precision, recall and F1 are the accuracy, and micro
    specificity is 1 - (1 - accuracy) / (C - 1). Intervals: Wilson's for shares (`odds_interval`); for the means of
    precision and of recall, whose classes have no row in common, those of the classes put together (`sum_interval`);
    the delta method's for other means, MCC and kappa (`delta_interval`).

    Examples
    --------
    >>> table = np.array([[[50, 3, 2], [4, 40, 1], [6, 7, 30]]])
    >>> found = multiclass_metrics(table, table, table)
    >>> found["accuracy"].value.round(4), found["f1"].value.round(4), found["recall:2"].value.round(4)
    (array([0.8392]), array([0.8337]), array([0.9091]))
    """
    tables = ClassTables(*(np.asarray(a, float) for a in (weight, squares, rows)),
                         None if folds is None else np.asarray(folds, float))
    left = None if folds is None else without_each_fold(tables.folds)
    accuracy = _whole(tables, left, _share_right, _share_right_interval, "wilson_modified", "logit",
                      tables.without_rows(np.full(len(tables.rows), None, object)))
    found = {
        "accuracy": accuracy,
        "balanced_accuracy": _whole(tables, left, mean_recall, mean_recall_interval, "mover_wilson", "logit"),
        "mcc": _whole(tables, left, correlation, _delta(correlation_and_slope, -1), "delta", "fisher"),
        "cohen_kappa": _whole(tables, left, agreement, _delta(agreement_and_slope, -1), "delta", "fisher"),
    }
    for name in CLASS_RATES:
        for suffix, weighted in (("", False), ("_weighted", True)):
            method, closed = _closed_form(name, weighted)
            value = partial(class_mean, name=name, weighted=weighted)
            found[name + suffix] = _whole(tables, left, value, closed, method, "logit")
        found[name + "_micro"] = _micro(accuracy, name, tables.rows.shape[-1])
        found.update(_each_class(tables, left, name))
    return found


def _closed_form(name, weighted):
    """Return the method and the interval of the mean of a rate over classes."""
    if name == "recall" and not weighted:
        return "mover_wilson", mean_recall_interval
    if name == "precision" and not weighted:
        # With decision and outcome exchanged, precision is recall.
        return "mover_wilson", lambda w, w2: mean_recall_interval(w.swapaxes(1, 2), w2.swapaxes(1, 2))
    return "delta", _delta(partial(class_mean_and_slope, name=name, weighted=weighted), 0)


def _delta(formula, lower):
    """Return the closed form of `delta_interval` for a formula that is at most 1."""
    return lambda weight, squares: delta_interval(formula, weight, squares, lower, 1)


def _share_right(table):
    """Return the accuracy of tables (..., C, C)."""
    return ratio(np.einsum("...cc->...", table), table.sum(axis=(-2, -1)))


def _share_right_interval(weight, squares):
    """Return the interval of the accuracy, for tables (K, C, C)."""
    right, right_sq = (np.einsum("kcc->k", table) for table in (weight, squares))
    everything, all_sq = weight.sum(axis=(1, 2)), squares.sum(axis=(1, 2))
    row = ratio(all_sq, everything)
    return odds_interval((right, right_sq, row), (everything - right, all_sq - right_sq, row))


def _whole(tables, left, value, closed, method, link, reasons=None):
    """Return a number of the whole table as an `Estimate`, folds left out where `left` has them."""
    point = value(tables.weight)
    interval = closed(tables.weight, tables.squares)
    size = ratio(tables.weight.sum(axis=(1, 2)) ** 2, tables.squares.sum(axis=(1, 2)))
    if left is not None:
        nonempty = tables.folds.sum(axis=(2, 3)) > 0
        interval, method, size = _with_folds(interval, method, size, value(left), nonempty, point, link)
    return _published(point, interval, method, tables.reasons if reasons is None else reasons,
                      tables.rows.sum(axis=(1, 2)), size)


def _with_folds(interval, method, size, values, nonempty, point, link):
    """Return the wider of an interval and that of the folds, its method, and the effective size shrunk to match."""
    widest = wider(interval, fold_interval(values, nonempty, point, link))
    return widest, method + "_or_folds", size * ratio(interval[1] - interval[0], widest[1] - widest[0]) ** 2


def _published(point, interval, method, reasons, rows, size):
    """Return the `Estimate`, NaN where there is a reason, and a reason where it is NaN."""
    known = np.array([reason is None for reason in reasons], bool)
    reasons = np.where(known & np.isnan(point), "no_rows", reasons)
    return estimate_of(np.where(known, point, np.nan), interval, method, reasons, rows, np.nan_to_num(size))


def _micro(accuracy, name, classes):
    """Return the rate over all one-against-rest tables together, from the accuracy."""
    if name != "specificity":
        return accuracy
    bounds = {side: 1 - (1 - getattr(accuracy, side)) / (classes - 1) for side in ("value", "ci_low", "ci_high")}
    return replace(accuracy, **bounds)


def _each_class(tables, left, name):
    """Return one rate of each class against the rest, by "<name>:<i>"."""
    sides = {side: margins(getattr(tables, side)) for side in ("weight", "squares", "rows")}
    (part, whole), (part_sq, whole_sq) = (part_and_whole(sides[side], name) for side in ("weight", "squares"))
    each = CLASS_RATES[name][0][0]
    row = ratio(sides["squares"][..., 3], sides["weight"][..., 3])
    low, high = odds_interval((part, each * part_sq, each * row), (whole - part, whole_sq - part_sq, row))
    # F1 counts a hit twice in its whole; rows are counted once.
    weight, squares, rows = (part_and_whole(sides[side], name)[1] - (each - 1) * sides[side][..., 0]
                             for side in ("weight", "squares", "rows"))
    values, size = ratio(part, whole), ratio(weight**2, squares)
    if left is not None:
        without, held = class_rates(left, name), part_and_whole(margins(tables.folds), name)[1] > 0
    found = {}
    for c in range(values.shape[1]):
        interval, method, effective = (low[:, c], high[:, c]), "wilson_modified", size[:, c]
        if left is not None:
            interval, method, effective = _with_folds(interval, method, effective, without[..., c], held[..., c],
                                                      values[:, c], "logit")
        found[f"{name}:{c}"] = _published(values[:, c], interval, method, _class_reasons(tables, name, c), rows[:, c],
                                          effective)
    return found


def _class_reasons(tables, name, c):
    """Return why nothing is said of class c against the rest, None where something is, shape (K,)."""
    found = tables.rows.sum(axis=1)
    fewest = np.minimum(found[:, c], found.sum(axis=1) - found[:, c])
    reasons = np.full(len(found), None, object)
    if name == "precision":
        reasons[tables.weight[:, c].sum(axis=1) <= 0] = "no_predicted_positives"
    reasons[fewest < FEWEST] = "too_few_rows"
    reasons[fewest == 0] = "one_class"
    return tables.without_rows(reasons)
