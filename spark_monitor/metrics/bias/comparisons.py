"""How far each group's rate is from that of the rest, of all groups, or of a named group."""

import numpy as np

from spark_monitor.metrics.bias.intervals import sidak
from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.spec import Estimate


def to_rest(rates, measure):
    """Return each group's rate against that of all other compared groups together.

    Parameters
    ----------
    rates : GroupRates
    measure : {"difference", "ratio"}
        Group minus rest, or group over rest.

    Returns
    -------
    Estimate
        Arrays of shape (G, K). The intervals of all groups of a target hold at once at `CI_LEVEL`, and `p_value` (of
        equal rates) is corrected for as many groups (Sidak). NaN where a group is not compared, or alone
        ("too_few_groups"), or a ratio's denominator is 0 ("zero_rate").

    Examples
    --------
    >>> from spark_monitor.metrics.bias.group_counts import GroupCounts
    >>> from spark_monitor.metrics.bias.group_rates import group_rates
    >>> counts = GroupCounts.of_confusion([[[[60, 0], [40, 0]]], [[[50, 0], [50, 0]]], [[[50, 0], [50, 0]]]])
    >>> to_rest(group_rates(counts, "selection_rate"), "ratio").value[:, 0].round(3)
    array([0.8  , 1.111, 1.111])
    """
    how, pairs = rates.law.measures[measure], _comparisons(rates)
    value = how.point(rates.known, rates.rest)
    low, high = how.limits(rates.known, rates.size, rates.rest, rates.rest_size, sidak(pairs))
    p = corrected(rates.law.equal_pair(rates.known, rates.size, rates.rest, rates.rest_size), pairs)
    return group_estimate(rates, measure, value, low, high, rates.rest, np.full(value.shape, how.equal), p)


def to_overall(rates, measure, together=1):
    """Return each group's rate against that of all compared groups together, itself included.

    Arguments and answer as for `to_rest`, `together` as for `sidak`. The interval is that of the group against the
    rest, carried over, since a group is part of the overall rate.
    """
    how, pairs = rates.law.measures[measure], _comparisons(rates)
    value = how.point(rates.known, rates.overall)
    total = np.where(rates.compared, rates.weight, 0.0).sum(axis=0)
    share = rates.weight / np.where(total > 0, total, 1.0)
    limits = how.limits(rates.known, rates.size, rates.rest, rates.rest_size, sidak(pairs, together))
    middle = how.point(rates.known, rates.rest)
    low, high = _carried(how, middle, value, *limits, share)
    p = corrected(rates.law.equal_pair(rates.known, rates.size, rates.rest, rates.rest_size), pairs)
    return group_estimate(rates, measure, value, low, high, rates.overall, np.full(value.shape, how.equal), p)


def to_group(rates, measure, group):
    """Return each group's rate against that of the group at one place of the first axis; -1 for one that is not there.

    Arguments and answer as for `to_rest`; the group itself is undefined ("itself"), and all are where it is not
    compared ("no_reference_group"). Intervals and p-values are corrected for the number of other groups.
    """
    how, pairs = rates.law.measures[measure], rates.groups - 1
    itself = np.arange(len(rates.value)) == group
    other, size = (np.where(itself[:, None], side, 0.0).sum(axis=0) for side in (rates.known, rates.size))
    other = np.where(itself.any(), other, np.nan)
    value = np.where(itself[:, None], np.nan, how.point(rates.known, other))
    low, high = how.limits(rates.known, rates.size, other, size, sidak(pairs))
    p = corrected(rates.law.equal_pair(rates.known, rates.size, other, size), pairs)
    answer = group_estimate(rates, measure, value, low, high, other, np.full(value.shape, how.equal), p)
    answer.reasons[:, np.isnan(other)] = "no_reference_group"
    answer.reasons[itself] = "itself"
    return answer


def group_estimate(rates, measure, value, low, high, other, expected, p_value):
    """Return a comparison of each group, shape (G, K), with the reason for each NaN."""
    known = ~np.isnan(value)
    reasons = rates.reasons()
    reasons[~known & (reasons == None)] = "zero_rate"  # noqa: E711, an array's elements are compared
    reasons[rates.compared & (rates.groups < 2)] = "too_few_groups"
    own = np.broadcast_to(rates.error, value.shape)
    bound = error_bound(measure, value, other, own, np.where(rates.compared, own, 0).max(axis=0))
    columns = [np.where(known, column, np.nan) for column in (value, low, high, bound, expected, p_value)]
    return Estimate(*columns, sample_size=rates.rows, reference_value=np.broadcast_to(other, value.shape),
                    ci_method=rates.law.measures[measure].ci_method, ci_level=CI_LEVEL, reasons=reasons,
                    effective_size=rates.effective_size)


def error_bound(measure, value, other, own_error, other_error):
    """Return the largest error of a comparison whose two rates have errors of their own; infinite if unbounded."""
    if measure == "difference":
        return own_error + other_error
    least = other - other_error
    return np.divide(own_error + value * other_error, least, out=np.full(value.shape, np.inf), where=least > 0)


def _comparisons(rates):
    """Return how many different comparisons with the rest a target has: two groups have one between them."""
    return np.where(rates.groups == 2, 1, rates.groups)


def corrected(p, pairs):
    """Return p-values corrected for the number of comparisons (Sidak)."""
    return -np.expm1(np.maximum(pairs, 1) * np.log1p(-np.minimum(p, 1 - 1e-16)))


def _carried(how, middle, value, low, high, share):
    """Carry limits around `middle` (group to rest) over to limits around `value` (group to all)."""
    at_low, at_middle, at_high = (how.within_all(limit, share) for limit in (low, middle, high))
    if how.equal == 0:
        return value + at_low - at_middle, value + at_high - at_middle
    scale = np.where(at_middle == 0, 1.0, ratio_or_one(value, at_middle))
    return at_low * scale, at_high * scale


def ratio_or_one(value, other):
    """Return value / other, 1 where both are 0 or unknown."""
    return np.divide(value, other, out=np.ones(np.shape(value)), where=other > 0)
