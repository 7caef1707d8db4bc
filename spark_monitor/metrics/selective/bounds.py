"""Between which values a number must lie, whatever the outcomes that a decision has kept from coming."""

import numpy as np

from spark_monitor.metrics.score_cells import NEGATIVE, NONE, POSITIVE
from spark_monitor.metrics.spec import Estimate

BOUNDED = ("accuracy", "precision", "recall", "specificity", "base_rate")


def worst_case_bounds(name, cells):
    """Return the lowest and the highest value that a number can have once all unlabelled rows are labelled somehow.

    Parameters
    ----------
    name : str
        One of `BOUNDED`.
    cells : ScoreCells

    Returns
    -------
    low, high : ndarray of float64, shape (K,)
        Both are reached by some labels, and they say nothing of chance: they hold for these very rows. NaN where no
        labels define the number, e.g. precision without positive decisions. Labels that are none of the classes are
        left out.

    Raises
    ------
    ValueError
        If no bounds are known for `name`.

    Notes
    -----
    C. F. Manski (1989), "Anatomy of the selection problem", Journal of Human Resources 24, 343-360.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> loans = ScoreCells.of_rows([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], [-1, -1, 0, 1], [0.5])
    >>> worst_case_bounds("recall", loans)
    (array([0.33333333]), array([1.]))
    """
    if name not in BOUNDED:
        raise ValueError(f"no worst-case bounds are known for {name!r}; they are for {', '.join(BOUNDED)}")
    (tn, fn), (fp, tp) = np.moveaxis(cells.confusion(), 0, -1)
    unlabelled = cells.outcome == NONE
    no, yes = (cells.total("weight", unlabelled & (cells.decision == taken)) for taken in (NEGATIVE, POSITIVE))
    if name == "accuracy":
        return _share(tp + tn, fp + fn + no + yes), _share(tp + tn + no + yes, fp + fn)
    if name == "precision":
        return _share(tp, fp + yes), _share(tp + yes, fp)
    if name == "recall":
        return _rate_bounds(tp, fn, yes, no)
    if name == "specificity":
        return _rate_bounds(tn, fp, no, yes)
    positive, negative = (cells.total("weight", cells.outcome == of_class) for of_class in (POSITIVE, NEGATIVE))
    hidden = cells.total("weight", unlabelled)
    return _share(positive, negative + hidden), _share(positive + hidden, negative)


def _rate_bounds(hit, missed, may_hit, may_miss):
    """Of hit / (hit + missed) where unlabelled rows may join the one, the other, or neither."""
    low, high = _share(hit, missed + may_miss), _share(hit + may_hit, missed)
    # With no row certain, one unlabelled row that joins decides alone: at 1 on its own side, at 0 on the other.
    low = np.where(np.isnan(low) & (may_hit > 0), 1.0, low)
    return low, np.where(np.isnan(high) & (may_miss > 0), 0.0, high)


def _share(part, rest):
    whole = part + rest
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


def bounded_estimate(name, cells):
    """Return a number that selective labels leave undefined, with its worst-case bounds in place of an interval.

    Parameters
    ----------
    name, cells
        As for `worst_case_bounds`.

    Returns
    -------
    Estimate
        `value` is NaN, reason "selective_labels"; `ci_low` and `ci_high` are the bounds, without a level of
        confidence; `sample_size` is the labelled rows.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> loans = ScoreCells.of_rows([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], [-1, -1, 0, 1], [0.5])
    >>> estimate = bounded_estimate("accuracy", loans)
    >>> estimate.value, estimate.ci_low, estimate.ci_high
    (array([nan]), array([0.25]), array([0.75]))
    """
    low, high = worst_case_bounds(name, cells)
    return Estimate(np.full(cells.size, np.nan), low, high, sample_size=cells.total("rows", cells.labelled),
                    effective_size=cells.effective_size(cells.labelled), ci_method="worst_case",
                    reasons=np.full(cells.size, "selective_labels", object))
