"""How rows, selections and rejections are shared out among groups."""

import numpy as np

from spark_monitor.metrics.bias.criteria import REJECTED, SELECTED
from spark_monitor.metrics.bias.intervals import newcombe, sidak, wilson_limits
from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.spec import Estimate


def class_imbalance(counts, design_effect=1.0):
    """Return (rows of the group - rows of the rest) / all rows of each group.

    Parameters
    ----------
    counts : GroupCounts
    design_effect : float or array_like broadcastable to (K,)

    Returns
    -------
    Estimate
        Arrays of shape (G, K), in [-1, 1]; weighted. Wilson's interval of the group's share, for all groups at once.
        NaN without rows ("no_rows").

    Notes
    -----
    Formula: class imbalance (CI) of Amazon SageMaker Clarify; R. Bellamy et al. (2018), arXiv 1810.01943.

    Examples
    --------
    >>> from spark_monitor.metrics.bias.group_counts import GroupCounts
    >>> counts = GroupCounts.of_confusion([[[[50, 0], [25, 0]]], [[[15, 0], [10, 0]]]])
    >>> class_imbalance(counts).value[:, 0]
    array([ 0.5, -0.5])
    """
    own, size, known = _shares(counts.weight.sum(axis=(-1, -2)), counts.weight_sq.sum(axis=(-1, -2)), design_effect)
    low, high = wilson_limits(own, size, sidak(np.where(known.sum(axis=0) == 2, 1, known.sum(axis=0))))
    return Estimate(2 * own - 1, 2 * low - 1, 2 * high - 1, sample_size=counts.rows.sum(axis=(-1, -2)),
                    ci_method="wilson", ci_level=CI_LEVEL, reasons=_reasons(own, "no_rows"))


def selected_share_ratio(counts, group, design_effect=1.0):
    """Return each group's share of all selections over that of a named group (predicted positive rate disparity).

    Parameters
    ----------
    counts : GroupCounts
    group : int
        Place of the group that the others are compared with.
    design_effect : float or array_like broadcastable to (G, K)

    Returns
    -------
    Estimate
        Arrays of shape (G, K). The two shares are of the same selections, so the interval is that of one share s of
        both groups' selections, as s / (1 - s) (Wilson). NaN where the named group has no selection ("zero_rate"),
        and for itself ("itself").

    Notes
    -----
    Formula: P. Saleiro et al. (2018), Aequitas, arXiv 1811.05577, PPR disparity.

    Examples
    --------
    >>> from spark_monitor.metrics.bias.group_counts import GroupCounts
    >>> counts = GroupCounts.of_confusion([[[[50, 0], [20, 0]]], [[[15, 0], [10, 0]]]])
    >>> selected_share_ratio(counts, 0).value[:, 0]
    array([nan, 0.5])
    """
    weight, squares = (_over(array, SELECTED) for array in (counts.weight, counts.weight_sq))
    pair = weight + weight[group]
    share = np.divide(weight, pair, out=np.full(pair.shape, np.nan), where=(pair > 0) & (weight[group] > 0))
    share[group] = np.nan
    both = (squares + squares[group]) * design_effect
    size = np.divide(pair**2, both, out=np.zeros(pair.shape), where=both > 0)
    low, high = wilson_limits(share, size, sidak((weight > 0).sum(axis=0) - 1))
    reasons = _reasons(share, "zero_rate")
    reasons[group] = "itself"
    return Estimate(*(np.divide(s, 1 - s, out=np.full(s.shape, np.nan), where=s < 1) for s in (share, low, high)),
                    sample_size=_over(counts.rows, SELECTED), ci_method="wilson", ci_level=CI_LEVEL, reasons=reasons)


def conditional_disparity(counts, design_effect=1.0):
    """Return each group's share of rejections minus its share of selections, within strata of a control column.

    Parameters
    ----------
    counts : GroupCounts
        With a leading axis of strata: arrays of shape (S, G, K, 3, 3).
    design_effect : float

    Returns
    -------
    Estimate
        Arrays of shape (G, K), in [-1, 1]; above 0 the group is rejected more often than selected. The mean over
        strata, weighted by rows; strata without a selection or without a rejection say nothing and are left out. The
        interval combines Newcombe's of each stratum, for all groups at once. NaN where no stratum is left
        ("no_decisions").

    Notes
    -----
    Formula: S. Wachter, B. Mittelstadt, C. Russell (2021), Computer Law & Security Review 41, conditional demographic
    disparity; intervals combined as in A. Donner, G. Zou (2012).

    Examples
    --------
    >>> from spark_monitor.metrics.bias.group_counts import GroupCounts
    >>> one = GroupCounts.of_confusion([[[[30, 0], [10, 0]]], [[[10, 0], [30, 0]]]])
    >>> strata = GroupCounts(one.weight[None], one.weight_sq[None], one.rows[None])
    >>> conditional_disparity(strata).value[:, 0]
    array([ 0.5, -0.5])
    """
    sides = [_stratum_shares(counts, cells, design_effect) for cells in (REJECTED, SELECTED)]
    (rejected, rejected_size, rejections), (selected, selected_size, selections) = sides
    gap = rejected - selected
    weight = np.where((rejections > 0) & (selections > 0), rejections + selections, 0.0)
    total = weight.sum(axis=0)
    weight = (weight / np.where(total > 0, total, np.nan))[:, None]
    groups = (_over(counts.weight, REJECTED + SELECTED).sum(axis=0) > 0).sum(axis=0)
    low, high = newcombe(rejected, rejected_size, selected, selected_size, sidak(np.where(groups == 2, 1, groups)))
    value = _sum_known(weight * gap)
    down, up = (np.sqrt(_sum_known((weight * (gap - end)) ** 2)) for end in (low, high))
    return Estimate(value, value - down, value + up, sample_size=_over(counts.rows, REJECTED + SELECTED).sum(axis=0),
                    ci_method="newcombe", ci_level=CI_LEVEL, reasons=_reasons(value, "no_decisions"))


def _stratum_shares(counts, cells, design_effect):
    own, size, _ = _shares(_over(counts.weight, cells), _over(counts.weight_sq, cells), design_effect, axis=1)
    return own, size, _over(counts.weight, cells).sum(axis=1)


def _shares(weight, squares, design_effect, axis=0):
    """Return each group's share of a total, the total's effective size, and which groups are there."""
    total = weight.sum(axis=axis, keepdims=True)
    spread = squares.sum(axis=axis, keepdims=True) * design_effect
    share = np.divide(weight, total, out=np.full(weight.shape, np.nan), where=total > 0)
    size = np.divide(total**2, spread, out=np.zeros(total.shape), where=spread > 0)
    return share, np.broadcast_to(size, share.shape), weight > 0


def _over(cells, chosen):
    return sum(cells[..., d, y] for d, y in chosen)


def _sum_known(terms):
    known = ~np.isnan(terms)
    return np.where(known.any(axis=0), np.where(known, terms, 0.0).sum(axis=0), np.nan)


def _reasons(value, reason):
    return np.where(np.isnan(value), np.full(value.shape, reason, object), None)
