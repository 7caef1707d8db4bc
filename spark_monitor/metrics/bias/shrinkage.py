"""What a small group's rate probably is, given the rates of all groups."""

import numpy as np

from spark_monitor.metrics.bias.intervals import wilson_limits
from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.spec import Estimate


def shrunk(rates):
    """Return each group's rate drawn towards the overall rate, the more the fewer rows it has.

    Parameters
    ----------
    rates : GroupRates

    Returns
    -------
    Estimate
        Arrays of shape (G, K), of all groups with a rate, those with few rows too. `reference_value` is the overall
        rate of the same groups. The interval is Wilson's at the rows that give the variance below, but never at more
        than those of all groups together; it holds on average over groups, not for each. NaN where a rate is.

    Notes
    -----
    Beta-binomial, its precision by the method of moments: J. Kleinman (1973), JASA 68, 46-54; the variance allows for
    mean and precision being estimated: C. Morris (1983), JASA 78, 47-55, equation 1.17. Where the groups differ no
    more than by chance all have the overall rate.

    Examples
    --------
    >>> from spark_monitor.metrics.bias.group_counts import GroupCounts
    >>> from spark_monitor.metrics.bias.group_rates import group_rates
    >>> counts = GroupCounts.of_confusion([[[[20, 0], [80, 0]]], [[[50, 0], [50, 0]]], [[[1, 0], [0, 0]]]])
    >>> shrunk(group_rates(counts, "selection_rate")).value[:, 0].round(3)
    array([0.794, 0.506, 0.52 ])
    """
    known = ~np.isnan(rates.value) & (rates.size > 0)
    p, n = np.where(known, rates.value, 0.0), np.where(known, rates.size, 0.0)
    total = np.where(known.any(axis=0), n.sum(axis=0), np.nan)
    middle = (n * p).sum(axis=0) / total
    spread = middle * (1 - middle)
    gaps = (n * (p - middle) ** 2).sum(axis=0)
    q = np.divide(gaps, spread, out=np.zeros(spread.shape), where=spread > 0)
    weight = np.where(known, np.maximum(n - 1, 0) * (1 - n / total), 0.0).sum(axis=0)
    excess = np.maximum(q - (known.sum(axis=0) - 1), 0.0)
    correlation = np.clip(np.divide(excess, weight, out=np.zeros(q.shape), where=weight > 0), 0.0, 1.0)
    # n / (n + M) with M = 1 / correlation - 1, without dividing by a correlation of 0.
    own = n * correlation / np.where(known, 1 + (n - 1) * correlation, 1.0)
    value = np.where(known, own * p + (1 - own) * middle, np.nan)
    away = np.divide((p - middle) ** 2, spread, out=np.zeros(n.shape), where=spread > 0)
    size = np.minimum(1 / _relative_variance(n, own, away, known.sum(axis=0)), total)
    low, high = wilson_limits(value, size)
    reasons = np.where(known, None, np.full(known.shape, rates.reason, object))
    return Estimate(value, low, high, sample_size=rates.rows, reference_value=np.where(known, middle, np.nan),
                    ci_method="wilson_shrunk", ci_level=CI_LEVEL, reasons=reasons, effective_size=size)


def _relative_variance(n, own, away, groups):
    """Return the variance of a shrunken rate over p (1 - p)."""
    towards = 1 - own
    sampling = (1 - towards * (groups - 1) / np.maximum(groups, 1)) / np.where(n > 0, n, np.nan)
    return sampling + 2 / np.maximum(groups - 3, 1) * towards**2 * away
