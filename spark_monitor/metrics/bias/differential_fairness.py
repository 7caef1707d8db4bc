"""How much a decision tells about the group, whatever pair of groups one looks at."""

import numpy as np

from spark_monitor.metrics.bias.extremes import equal_draws, mean_of_draws
from spark_monitor.metrics.bias.homogeneity import homogeneity
from spark_monitor.metrics.bias.intervals import katz, tukey
from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.spec import Estimate

CONCENTRATION = 1.0


def differential_fairness(rates):
    """Return the smoothed empirical differential fairness: the largest |log ratio| of any outcome's share.

    Parameters
    ----------
    rates : GroupRates
        Of "selection_rate", or of "base_rate" for that of the labels. The difference of both is what the model adds
        to the data's own disparity.

    Returns
    -------
    Estimate
        In nats, shape (K,); 0 is equality. The largest over pairs of groups and both outcomes of the log of the ratio
        of (k + 1/2) / (n + 1), effective rows. The interval holds at least at `CI_LEVEL` (Tukey-Kramer over pairs,
        both outcomes). NaN where fewer than two groups are compared ("too_few_groups").

    Notes
    -----
    Formula: J. Foulds et al. (2020), An intersectional definition of fairness, ICDE, equation 6, concentration 1.

    Examples
    --------
    >>> from spark_monitor.metrics.bias.group_counts import GroupCounts
    >>> from spark_monitor.metrics.bias.group_rates import group_rates
    >>> counts = GroupCounts.of_confusion([[[[50, 0], [50, 0]]], [[[75, 0], [25, 0]]]])
    >>> differential_fairness(group_rates(counts, "selection_rate")).value.round(4)
    array([0.6833])
    """
    enough = rates.groups >= 2
    low, high = np.zeros(enough.shape), np.zeros(enough.shape)
    for share in (rates.known, 1 - rates.known):
        z = tukey(rates.groups, together=2)
        for g, own in enumerate(share):
            ends = np.log(np.maximum(katz(own, rates.size[g], share, rates.size, z), 1e-300))
            ends[:, g] = 0.0
            low = np.fmax(low, np.fmax.reduce(ends[0]))
            high = np.fmax(high, np.fmax.reduce(ends[1]))
    size = np.where(rates.compared, rates.size, np.nan)
    value = _largest(rates.known, size)
    # The smoothing draws the value, not the interval, towards equality.
    columns = [np.where(enough, c, np.nan) for c in (value, np.fmin(low, value), np.fmax(high, value))]
    expected = np.where(enough, _expected(rates, size), np.nan)
    reasons = np.where(enough, None, np.full(enough.shape, "too_few_groups", object))
    return Estimate(*columns, expected=expected, p_value=homogeneity(rates), ci_method="katz", ci_level=CI_LEVEL,
                    sample_size=np.where(rates.compared, rates.rows, 0).sum(axis=0), reasons=reasons)


def _expected(rates, size):
    """Return the mean of the same number if all groups had the overall rate."""
    found, start = [], 0
    for values, _ in equal_draws(rates):
        part = slice(start, start + values.shape[-1])
        found.append(mean_of_draws(_largest(values, size[:, None, part])))
        start = part.stop
    return np.concatenate(found)


def _largest(values, size):
    """Return the largest log ratio over pairs of groups (axis 0) and both outcomes, smoothed."""
    per_outcome = CONCENTRATION / 2
    spreads = []
    for share in (values, 1 - values):
        log = np.log((share * size + per_outcome) / (size + CONCENTRATION))
        spreads.append(np.fmax.reduce(log) - np.fmin.reduce(log))
    return np.fmax(*spreads)
