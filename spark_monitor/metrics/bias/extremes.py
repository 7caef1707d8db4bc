"""How far apart the extreme groups are, allowing for their having been chosen for being extreme."""

import numpy as np
import scipy

from spark_monitor.metrics.bias.comparisons import error_bound, group_estimate, to_overall
from spark_monitor.metrics.bias.intervals import tukey
from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.spec import Estimate

DRAWS = 400
BLOCK = 2_000_000


def between_groups(rates, measure, seed=0, together=1):
    """Return the highest rate minus the lowest, or the lowest over the highest.

    Parameters
    ----------
    rates : GroupRates
    measure : {"difference", "ratio"}
    seed : int
        Of the draws behind `expected`.
    together : int
        How many criteria's intervals hold at once.

    Returns
    -------
    Estimate
        Arrays of shape (K,). The interval covers the true extreme comparison at `CI_LEVEL` at least, whichever the
        groups are: the limits of all pairs hold at once (Tukey-Kramer). `expected` is the mean of the same number if
        all groups had the overall rate, `p_value` the test that they do. NaN where fewer than two groups are
        compared ("too_few_groups") or all rates are 0 ("zero_rate").

    Examples
    --------
    >>> from spark_monitor.metrics.bias.group_counts import GroupCounts
    >>> from spark_monitor.metrics.bias.group_rates import group_rates
    >>> counts = GroupCounts.of_confusion([[[[60, 0], [40, 0]]], [[[50, 0], [50, 0]]], [[[48, 0], [52, 0]]]])
    >>> answer = between_groups(group_rates(counts, "selection_rate"), "ratio")
    >>> answer.value.round(3), answer.ci_high, answer.expected.round(2)
    (array([0.769]), array([1.]), array([0.84]))
    """
    how = rates.law.measures[measure]
    low, high = _limits_to_extreme(rates, how, how.widest, together)
    return _all_estimate(rates, measure, spread, (how.widest.reduce(low), how.widest.reduce(high)), seed)


def farthest_from_overall(rates, measure, seed=0, together=1):
    """Return the largest |rate - overall|, or the least of rate / overall and overall / rate.

    Arguments and answer as for `between_groups`; the intervals of all groups hold at once (Sidak).
    """
    how = rates.law.measures[measure]
    each = to_overall(rates, measure, together)
    ends = how.size_of(np.stack([each.ci_low, each.ci_high]))
    crosses = (each.ci_low <= how.equal) & (each.ci_high >= how.equal)
    near = np.where(crosses, how.equal, how.narrowest(*ends))
    near, far = how.widest.reduce(near), how.widest.reduce(how.widest(*ends))
    return _all_estimate(rates, measure, farthest, (np.minimum(near, far), np.maximum(near, far)), seed)


def to_extreme(rates, measure, best=True, seed=0):
    """Return each group's rate against that of the best group, or the worst; LL144's impact ratio, as a ratio.

    Parameters
    ----------
    rates : GroupRates
        `higher_is_better` says which end is the best.
    measure : {"difference", "ratio"}
    best : bool
        Against the best group, else against the worst.
    seed : int

    Returns
    -------
    Estimate
        Arrays of shape (G, K); otherwise as for `between_groups`. The extreme group has 0, or 1, and an interval too:
        another may be the true extreme (J. Hsu (1984), Annals of Statistics 12, 1136-1144).
    """
    how, highest = rates.law.measures[measure], rates.higher_is_better == best
    pick, reduce = (np.fmax, np.fmin) if highest else (np.fmin, np.fmax)
    low, high = _limits_to_extreme(rates, how, reduce)
    other = pick.reduce(rates.known)

    def statistic(values, overall, how):
        return how.point(values, pick.reduce(values))

    return group_estimate(rates, measure, statistic(rates.known, None, how), low, high, other,
                          expected_if_equal(rates, statistic, how, seed), rates.law.homogeneity(rates))


def expected_if_equal(rates, statistic, how, seed=0, draws=DRAWS):
    """Return the mean of a statistic of the groups' rates if all had the overall rate.

    Parameters
    ----------
    rates : GroupRates
    statistic : callable
        (values of shape (G, draws, K), overall of shape (draws, K), how) to an array of shape (..., draws, K).
    how : Measure
    seed, draws : int
        The draws are a Latin hypercube of normal deviates, equal for all targets: the answer is the same on every
        run, and its own error under 1 % of the spread.

    Returns
    -------
    ndarray of float64, shape (..., K)
    """
    return np.concatenate([mean_of_draws(statistic(*drawn, how)) for drawn in equal_draws(rates, seed, draws)], axis=-1)


def equal_draws(rates, seed=0, draws=DRAWS):
    """Yield (values, overall) of groups that all have the overall rate, a block of targets at a time."""
    groups, targets = rates.value.shape
    random = np.random.default_rng(seed)
    normal = scipy.special.ndtri((np.arange(draws) + 0.5) / draws)
    z = np.stack([random.permutation(normal) for _ in range(groups)])[:, :, None]
    step = max(1, BLOCK // (groups * draws))
    for at in range(0, max(targets, 1), step):
        yield _draw(rates, slice(at, at + step), z)


def _draw(rates, part, z):
    """Return rates of groups that are all equal, shape (G, draws, K), and their overall."""
    n = np.where(rates.compared, rates.size, np.nan)[:, None, part]
    values = rates.law.draw(rates.overall[part], n, z)
    weight = np.where(rates.compared, rates.weight, 0.0)[:, None, part]
    total = weight.sum(axis=0)
    return values, (np.nan_to_num(values) * weight).sum(axis=0) / np.where(total > 0, total, np.nan)


def mean_of_draws(values):
    """Return the mean over the last axis but one, of what is known."""
    known = ~np.isnan(values)
    count = known.sum(axis=-2)
    return np.divide(np.where(known, values, 0.0).sum(axis=-2), count, out=np.full(count.shape, np.nan),
                     where=count > 0)


def spread(values, overall, how):
    """Return the comparison of the extreme groups; the statistic of `between_groups`."""
    low, high = np.fmin.reduce(values), np.fmax.reduce(values)
    return how.widest(how.point(high, low), how.point(low, high))


def farthest(values, overall, how):
    """Return the comparison farthest from equality; the statistic of `farthest_from_overall`."""
    return how.widest.reduce(how.size_of(how.point(values, overall)))


def _limits_to_extreme(rates, how, reduce, together=1):
    """Return simultaneous limits of each group against the group that `reduce` picks, shape (G, K) each."""
    z = tukey(rates.groups, together)
    lows, highs = [], []
    for g, value in enumerate(rates.known):
        low, high = how.limits(value, rates.size[g], rates.known, rates.size, z)
        # A group equals itself.
        low[g] = high[g] = how.equal
        lows.append(reduce.reduce(low))
        highs.append(reduce.reduce(high))
    return np.stack(lows), np.stack(highs)


def _all_estimate(rates, measure, statistic, limits, seed):
    how, enough = rates.law.measures[measure], rates.groups >= 2
    value = np.where(enough, statistic(rates.known, rates.overall, how), np.nan)
    known = ~np.isnan(value)
    largest = np.where(rates.compared, rates.error, 0.0).max(axis=0)
    bound = error_bound(measure, value, np.fmax.reduce(rates.known), largest, largest)
    columns = [np.where(known, column, np.nan) for column in
               (value, *limits, bound, expected_if_equal(rates, statistic, how, seed), rates.law.homogeneity(rates))]
    reasons = np.where(known, None, np.where(enough, "zero_rate", "too_few_groups").astype(object))
    kept = np.where(rates.compared, rates.rows, 0)
    return Estimate(*columns, sample_size=kept.sum(axis=0), ci_method=how.ci_method, ci_level=CI_LEVEL,
                    reasons=reasons, effective_size=np.where(rates.compared, rates.effective_size, 0.0).sum(axis=0))
