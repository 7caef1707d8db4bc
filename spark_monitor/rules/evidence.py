"""Which number of a metric row a rule holds against its bounds, and whether chance alone could have made it."""

from dataclasses import replace

import numpy as np

from spark_monitor.rules.spec import NOT_JUDGED, OK
from spark_monitor.rules.threshold import direction_of

LIMIT = "limit"


def nearest_to_harmless(rule, fact, low, high):
    """Return the number of each interval that is nearest to what the rule finds harmless.

    Parameters
    ----------
    rule : Rule
        One for which `find_problem` finds none.
    fact : str or None
        The metric's declared direction.
    low, high : ndarray of float64, shape (n,)
        Limits of the intervals; NaN where there is none.

    Returns
    -------
    ndarray of float64, shape (n,)
        A bound is crossed by it only where the whole interval lies beyond: the low limit where the bad side is above,
        the high one where it is below, else the number nearest to the middle of the narrower bounds.

    Examples
    --------
    >>> from spark_monitor.rules.spec import Rule
    >>> unequal = Rule("unequal", "recall_ratio", warn=(0.9, 1.1), on="limit")
    >>> nearest_to_harmless(unequal, None, np.array([0.6, 0.7, 1.2]), np.array([0.8, 1.3, 1.5]))
    array([0.8, 1. , 1.2])
    """
    direction = direction_of(rule, fact)
    if direction == "above":
        return low
    if direction == "below":
        return high
    return np.clip(sum(rule.critical if rule.warn is None else rule.warn) / 2, low, high)


def explained(judgement, values, limits):
    """Return a judgement of limits in which rows that have a value but no interval say so."""
    bare = (judgement.verdict == NOT_JUDGED) & (judgement.reason == "undefined") & ~np.isnan(values) & np.isnan(limits)
    return replace(judgement, reason=np.where(bare, "no_interval", judgement.reason))


def beyond_chance(judgement, p_values, highest):
    """Return a judgement in which bounds are crossed only where chance is an unlikely cause.

    Parameters
    ----------
    judgement : Judgement
    p_values : ndarray of float64, shape (n,)
        NaN, and NULL read as NaN, is not judged ("no_p_value").
    highest : float
        The largest p-value with which a bound is crossed.

    Examples
    --------
    >>> from spark_monitor.rules.spec import VERDICTS, WARN, Judgement
    >>> crossed = Judgement(np.full(3, WARN, np.int8), np.full(3, 0.1), np.full(3, None, object))
    >>> found = beyond_chance(crossed, np.array([0.001, 0.2, np.nan]), 0.01)
    >>> [VERDICTS[code] for code in found.verdict], found.reason[2]
    (['warn', 'ok', 'not_judged'], 'no_p_value')
    """
    judged = judgement.verdict != NOT_JUDGED
    unknown = judged & np.isnan(p_values)
    likely = judged & ~unknown & ~(p_values <= highest)
    verdict = np.select([unknown, likely], [NOT_JUDGED, OK], judgement.verdict).astype(np.int8)
    return replace(judgement, verdict=verdict, bound=np.where(unknown, np.nan, judgement.bound),
                   reason=np.where(unknown, "no_p_value", judgement.reason))
