"""How often two versions decide alike, which needs no outcomes."""

import numpy as np

from spark_monitor.metrics.intervals import CI_LEVEL, wilson_interval
from spark_monitor.metrics.performance.closed_forms import delta_interval, ratio
from spark_monitor.metrics.performance.cohen_kappa import agreement, agreement_and_slope
from spark_monitor.metrics.performance.folds import fold_interval, wider, without_each_fold
from spark_monitor.metrics.spec import Estimate


def equal_share(cells):
    """Return the share of rows, labelled or not, that both versions decide alike.

    Parameters
    ----------
    cells : PairedCells

    Returns
    -------
    Estimate
        In [0, 1], with Wilson's interval. NaN where no row has both decisions ("no_decisions").

    Examples
    --------
    >>> from spark_monitor.metrics.pairs.paired_cells import PairedCells
    >>> equal_share(PairedCells.of_rows([1, 0, 1, 0], [1, 0, 1, 1], [-1] * 4)).value
    array([0.75])
    """
    def share(tables):
        return ratio(np.trace(tables, axis1=-2, axis2=-1), tables.sum(axis=(-2, -1)))

    def closed(weight, squares):
        return wilson_interval(share(weight), ratio(weight.sum(axis=(1, 2)) ** 2, squares.sum(axis=(1, 2))))

    return _estimate(cells, share, closed, "wilson", "logit", "no_decisions")


def decision_kappa(cells):
    """Return how far two versions decide alike beyond chance: Cohen's kappa of their decisions.

    Parameters
    ----------
    cells : PairedCells

    Returns
    -------
    Estimate
        In [-1, 1]. NaN where no row has both decisions ("no_decisions"), or all decisions of both versions are one and
        the same ("one_decision").

    Examples
    --------
    >>> from spark_monitor.metrics.pairs.paired_cells import PairedCells
    >>> decision_kappa(PairedCells.of_rows([1, 0, 1, 0], [1, 0, 1, 1], [-1] * 4)).value
    array([0.5])
    """
    def closed(weight, squares):
        return delta_interval(agreement_and_slope, weight, squares, -1, 1)

    return _estimate(cells, agreement, closed, "delta", "fisher", "one_decision")


def _estimate(cells, value, closed, method, link, undefined):
    """Return a number of the tables of both decisions as an `Estimate`."""
    rows, weight, squares = (cells.of(name).sum(axis=-1) for name in ("rows", "weight", "weight_sq"))
    whole, whole_sq = weight.sum(axis=1), squares.sum(axis=1)
    point = value(whole)
    reasons = np.where(np.isnan(point), undefined, None)
    for part, reason in ((whole, "no_weight"), (rows.sum(axis=1), "no_decisions")):
        reasons[part.sum(axis=(1, 2)) == 0] = reason
    interval = closed(whole, whole_sq)
    if cells.folded:
        left = value(without_each_fold(weight))
        interval = wider(interval, fold_interval(left, rows.sum(axis=(2, 3)) > 0, point, link))
        method += "_or_folds"
    unknown = np.isnan(point)
    low, high = (np.where(unknown, np.nan, x) for x in (np.fmin(interval[0], point), np.fmax(interval[1], point)))
    size = np.nan_to_num(ratio(whole.sum(axis=(1, 2)) ** 2, whole_sq.sum(axis=(1, 2))))
    return Estimate(point, low, high, error_bound=np.where(unknown, np.nan, 0.0), sample_size=rows.sum(axis=(1, 2, 3)),
                    ci_method="paired_" + method, ci_level=CI_LEVEL, reasons=reasons, effective_size=size)
