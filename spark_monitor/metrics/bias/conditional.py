"""How far each group's rate is from that of the rest within the values of a control column."""

import numpy as np
import scipy

from spark_monitor.metrics.bias.comparisons import corrected
from spark_monitor.metrics.bias.group_rates import MIN_ROWS
from spark_monitor.metrics.bias.intervals import sidak
from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.spec import Estimate


def within_strata(strata, measure, min_rows=MIN_ROWS):
    """Return each group's rate against that of all other groups, both standardised to the same strata.

    Parameters
    ----------
    strata : sequence of GroupRates
        Of the same groups, one for each value of the control column; all groups with a row are to be compared.
    measure : {"difference", "ratio"}
    min_rows : int
        Rows that a group, and the rest, must have in strata that hold both.

    Returns
    -------
    Estimate
        Arrays of shape (G, K). The intervals of all groups of a target hold at once at `CI_LEVEL`, and `p_value` (of
        equal rates within each stratum) is corrected for as many groups (Sidak). NaN where no stratum holds both the
        group and another ("no_common_stratum"), where these have too few rows ("too_few_rows"), or a ratio's
        denominator is 0 ("zero_rate").

    Notes
    -----
    A stratum weighs n m / (n + m), where n and m are the effective sizes of both sides: of shares that is the
    difference, or the ratio, of N. Mantel, W. Haenszel (1959), JNCI 22, 719-748, and S. Greenland, J. Robins (1985),
    Biometrics 41, 55-68; p-values are those of W. Cochran (1954), Biometrics 10, 417-451.

    Examples
    --------
    >>> from spark_monitor.metrics.bias.group_counts import GroupCounts
    >>> from spark_monitor.metrics.bias.group_rates import group_rates
    >>> tables = ([[[[50, 0], [50, 0]]], [[[200, 0], [200, 0]]]], [[[[270, 0], [30, 0]]], [[[45, 0], [5, 0]]]])
    >>> strata = [group_rates(GroupCounts.of_confusion(one), "selection_rate", min_rows=1) for one in tables]
    >>> within_strata(strata, "ratio").value[:, 0]
    array([1., 1.])
    """
    law, how = strata[0].law, strata[0].law.measures[measure]
    own, size, rest, rest_size = (np.stack([getattr(one, name) for one in strata])
                                  for name in ("known", "size", "rest", "rest_size"))
    both = ~np.isnan(own) & ~np.isnan(rest) & (size > 0) & (rest_size > 0)
    own, size, rest, rest_size = (np.where(both, part, 1.0) for part in (own, size, rest, rest_size))
    weight = np.where(both, size * rest_size / (size + rest_size), 0.0)
    total = weight.sum(axis=0)
    share = weight / np.where(total > 0, total, 1.0)
    rows, others = _rows(strata, both)
    enough = (rows >= min_rows) & (others >= min_rows)
    sides = [_standardised(law, share, value, n, enough) for value, n in ((own, size), (rest, rest_size))]
    pairs = np.where(enough.sum(axis=0) == 2, 1, enough.sum(axis=0))
    value = how.point(sides[0][0], sides[1][0])
    low, high = how.limits(*sides[0], *sides[1], sidak(pairs))
    p = corrected(_equal_within(law, weight, own, size, rest, rest_size), pairs)
    known = ~np.isnan(value)
    reasons = np.where(known, None, np.where(total > 0, np.where(enough, "zero_rate", "too_few_rows"),
                                             "no_common_stratum").astype(object))
    columns = [np.where(known, column, np.nan) for column in (value, low, high, 0.0, how.equal, p)]
    effective = np.where(both, np.stack([one.effective_size for one in strata]), 0.0).sum(axis=0)
    return Estimate(*columns, sample_size=rows, reference_value=sides[1][0], ci_method=f"{how.ci_method}_standardised",
                    ci_level=CI_LEVEL, reasons=reasons, effective_size=effective)


def _rows(strata, both):
    """Return the rows of each group, and of all others, in the strata that hold both."""
    rows = np.stack([np.where(one.compared, one.rows, 0) for one in strata])
    others = rows.sum(axis=1, keepdims=True) - rows
    return np.where(both, rows, 0).sum(axis=0), np.where(both, others, 0).sum(axis=0)


def _standardised(law, share, value, size, enough):
    """Return the mean of a side over strata, NaN where not `enough`, and the size of a number as sure as that."""
    mean = (share * value).sum(axis=0)
    variance = (share**2 * law.variance(value, size, mean)).sum(axis=0)
    alone = (share**2 / size).sum(axis=0)
    # A single number of size 1 has the variance `unit`; of shares that are all 0 or 1 the weights alone tell the size.
    unit = law.variance(mean, 1.0, mean)
    held = (variance > 0) & (unit > 0)
    found = np.divide(unit, variance, out=np.divide(1, alone, out=np.zeros(alone.shape), where=alone > 0), where=held)
    return np.where(enough, mean, np.nan), np.where(enough, found, 0.0)


def _equal_within(law, weight, own, size, rest, rest_size):
    """Return the p-value of equal rates of both sides within every stratum, by the normal distribution."""
    held = weight > 0
    both = (own * size + rest * rest_size) / (size + rest_size)
    gap = np.where(held, weight * (own - rest), 0.0).sum(axis=0)
    variance = np.where(held, weight**2 * law.variance_if_equal(both, size, rest_size), 0.0).sum(axis=0)
    z = np.divide(gap, np.sqrt(variance), out=np.zeros(gap.shape), where=variance > 0)
    return 2 * scipy.special.ndtr(-np.abs(z))
