"""How far each group's estimated rate is from that of the rest, from the bands of the estimates."""

import numpy as np

from spark_monitor.metrics.bias.group_rates import MIN_ROWS
from spark_monitor.metrics.bias.intervals import Z, sidak
from spark_monitor.metrics.bias.measures import MEASURES
from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.spec import Estimate


def estimated_to_rest(value, low, high, weight, measure, min_rows=MIN_ROWS, rows=None, reasons=None):
    """Return each group's estimated rate against that of all other compared groups together.

    Parameters
    ----------
    value, low, high : ndarray of float64, shape (G, K)
        Estimates and their bands; NaN where there is none.
    weight : ndarray of float64, shape (G, K)
        Weight expected in each rate's denominator.
    measure : {"difference", "ratio"}
    min_rows : int
        Rows from which a group is compared.
    rows : ndarray, shape (G, K), optional
        All groups have enough where not given.
    reasons : ndarray of object, shape (G, K), optional
        Why a value is NaN.

    Returns
    -------
    Estimate
        Arrays of shape (G, K). The bands of all groups of a target hold at once (Sidak). They take groups to err
        independently; what they have in common, the curve of all groups, cancels in part, so that they are rather too
        wide. NaN: the estimate's own reason, "too_few_rows", "too_few_groups", or "zero_rate".

    Notes
    -----
    Formula: A. Donner, G. Zou (2012), Statistical Methods in Medical Research 21, 347-359 (method of variance estimates
    recovery), on the log scale for ratios.

    Examples
    --------
    >>> value, half = np.array([[0.6], [0.8], [0.8]]), np.array([[0.03], [0.04], [0.04]])
    >>> answer = estimated_to_rest(value, value - half, value + half, np.full((3, 1), 100.0), "difference")
    >>> answer.value[:, 0].round(3), answer.ci_high[0].round(3)
    (array([-0.2,  0.1,  0.1]), array([-0.15]))
    """
    why = np.full(value.shape, None, object) if reasons is None else reasons.copy()
    held = np.full(value.shape, min_rows) if rows is None else rows
    compared = ~np.isnan(value) & (held >= min_rows)
    why[~np.isnan(value) & ~compared] = "too_few_rows"
    why[compared & (compared.sum(axis=0) < 2)] = "too_few_groups"
    value, low, high = (np.where(compared, side, np.nan) for side in (value, low, high))
    rest, down, up = _of_rest(value, low, high, np.where(compared, weight, 0.0))
    groups = compared.sum(axis=0)
    wider = sidak(np.where(groups == 2, 1, groups)) / Z
    compare = _gap if measure == "difference" else _ratio
    gap, gap_low, gap_high = compare(value, low, high, rest, down, up, wider)
    known = ~np.isnan(gap)
    why[~known & np.equal(why, None)] = "zero_rate"
    return Estimate(gap, np.where(known, gap_low, np.nan), np.where(known, gap_high, np.nan), sample_size=held,
                    ci_method="mover_realised", ci_level=CI_LEVEL, reasons=np.where(known, None, why))


def _of_rest(value, low, high, weight):
    """Return the mean of the other groups, and how far its band reaches down and up."""
    share = np.nan_to_num(value) * weight
    more = weight.sum(axis=0) - weight
    # A difference of sums leaves rounding where nothing is left.
    more = np.where(more > 1e-12 * weight.sum(axis=0), more, np.nan)
    arms = [np.nan_to_num(weight * side) ** 2 for side in (value - low, high - value)]
    down, up = (np.sqrt(np.maximum(arm.sum(axis=0) - arm, 0.0)) / more for arm in arms)
    return (share.sum(axis=0) - share) / more, down, up


def _gap(value, low, high, rest, down, up, wider):
    gap = value - rest
    lowest, highest = gap - wider * np.hypot(value - low, up), gap + wider * np.hypot(high - value, down)
    return gap, np.maximum(lowest, -1.0), np.minimum(highest, 1.0)


def _ratio(value, low, high, rest, down, up, wider):
    gap = MEASURES["ratio"].point(value, rest)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.log(value / low), np.log(high / value)
        others = np.log(rest / np.maximum(rest - down, 0.0)), np.log((rest + up) / rest)
        lowest, highest = gap * np.exp(-wider * np.hypot(own[0], others[1])), gap * np.exp(
            wider * np.hypot(own[1], others[0]))
        # A rate of 0 has no logarithm: the ends of both bands tell how large the ratio may be.
        none = high / np.maximum(rest - down, 0.0)
    return gap, np.where(value == 0, 0.0, np.nan_to_num(lowest)), np.where(value == 0, none, highest)
