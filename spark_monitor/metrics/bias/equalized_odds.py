"""Whether true and false positive rates are both equal between groups."""

import numpy as np

from spark_monitor.metrics.bias.extremes import between_groups, equal_draws, farthest, farthest_from_overall
from spark_monitor.metrics.bias.extremes import mean_of_draws, spread
from spark_monitor.metrics.bias.measures import MEASURES
from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.spec import Estimate

WAYS = {"between_groups": (between_groups, spread), "to_overall": (farthest_from_overall, farthest)}


def equalized_odds(true_positive, false_positive, measure, way="between_groups", average=False, seed=0):
    """Return the worse of the comparisons of true and of false positive rates, or their mean.

    Parameters
    ----------
    true_positive, false_positive : GroupRates
        Of "recall" and "false_positive_rate".
    measure : {"difference", "ratio"}
    way : {"between_groups", "to_overall"}
    average : bool
        The mean of both, instead of the one farther from equality.
    seed : int

    Returns
    -------
    Estimate
        Arrays of shape (K,). Both intervals hold at once, and so does what is combined of them; `p_value` is that of
        both being equal (Sidak). NaN where one of them is, with its reason.

    Notes
    -----
    Formula: M. Hardt, E. Price, N. Srebro (2016), NeurIPS 29, section 2; the mean as in R. Bellamy et al. (2018).

    Examples
    --------
    >>> from spark_monitor.metrics.bias.group_counts import GroupCounts
    >>> from spark_monitor.metrics.bias.group_rates import group_rates
    >>> counts = GroupCounts.of_confusion([[[[50, 10], [20, 30]]], [[[30, 5], [30, 35]]]])
    >>> rates = [group_rates(counts, name) for name in ("recall", "false_positive_rate")]
    >>> equalized_odds(*rates, "difference").value.round(4)
    array([0.2143])
    """
    how, (compute, statistic) = MEASURES[measure], WAYS[way]
    both = true_positive, false_positive
    first, second = (compute(rates, measure, seed, together=2) for rates in both)

    def combine(one, other):
        return (one + other) / 2 if average else how.widest(one, other)

    known = ~np.isnan(first.value) & ~np.isnan(second.value)
    parts = [combine(*pair) for pair in ((first.value, second.value), (first.ci_low, second.ci_low),
                                         (first.ci_high, second.ci_high))]
    drawn = zip(equal_draws(true_positive, seed), equal_draws(false_positive, seed + 1))
    expected = np.concatenate([mean_of_draws(combine(statistic(*one, how), statistic(*other, how)))
                               for one, other in drawn], axis=-1)
    p = 1 - (1 - np.fmin(first.p_value, second.p_value)) ** 2
    columns = [np.where(known, column, np.nan) for column in (*parts, np.zeros(known.shape), expected, p)]
    reasons = np.where(known, None, np.where(np.isnan(first.value), first.reasons, second.reasons))
    return Estimate(*columns, sample_size=first.sample_size + second.sample_size, ci_method=how.ci_method,
                    ci_level=CI_LEVEL, reasons=reasons, effective_size=first.effective_size + second.effective_size)
