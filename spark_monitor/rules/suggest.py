"""By which bound would a threshold rule alarm at most at a wanted rate?"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

import numpy as np

from spark_monitor.rules.evidence import LIMIT, nearest_to_harmless
from spark_monitor.rules.rarely import least_windows, rarely_passed
from spark_monitor.rules.threshold import direction_of

DIGITS = 4
TOO_FEW, NOT_PUBLISHED, ANY_BOUND = "too_few_windows", "not_published", "any_bound"


@dataclass(frozen=True)
class Suggestion:
    """A bound for a rule, or why there is none.

    Parameters
    ----------
    bound : float, (float, float) or None
    problem : str or None
        "too_few_windows", "not_published", or "any_bound": chance alone explains so much that no bound is ever crossed.
    least : int
        Windows that a series needs.
    series, short : int
        Series that the bound rests on, and those with too few windows.
    fewest, most : int
        Windows of the shortest and the longest of all series.
    confidence : float or None
        The lowest of any series.
    set_by : tuple
        The series, by their place, whose own bound is the rule's: one a side.
    """

    bound: object
    problem: str | None
    least: int
    series: int = 0
    short: int = 0
    fewest: int = 0
    most: int = 0
    confidence: float | None = None
    set_by: tuple = ()


def held_numbers(rule, fact, columns):
    """Return the number of each metric row that the rule holds against its bounds.

    Parameters
    ----------
    rule : Rule
        Of kind threshold, without a problem.
    fact : str or None
        The metric's declared direction.
    columns : dict of str to ndarray
        value, ci_low, ci_high, p_value and sample_size as float64, NaN where NULL, and status.

    Returns
    -------
    ndarray of float64
        NaN where the row is not judged; where chance explains the row, what no bound is crossed by: the infinity of the
        harmless side, or the middle of two bounds.

    Examples
    --------
    >>> from spark_monitor.rules.spec import Rule
    >>> columns = {"value": np.array([0.1, 0.3, 0.2]), "p_value": np.array([0.001, 0.4, 0.001]),
    ...            "sample_size": np.array([90.0, 90.0, 2.0]), "status": np.array(["ok"] * 3, object)}
    >>> held_numbers(Rule("drift", "psi", warn=0.1, min_rows=30, p_below=0.01), "higher_is_worse", columns)
    array([ 0.1, -inf,  nan])
    """
    held = columns["value"]
    if rule.on == LIMIT:
        limits = nearest_to_harmless(rule, fact, columns["ci_low"], columns["ci_high"])
        held = np.where(np.isnan(columns["value"]), np.nan, limits)
    is_large = columns["sample_size"] >= rule.min_rows if rule.min_rows > 0 else True
    held = np.where((columns["status"] == "ok") & is_large, held, np.nan)
    if rule.p_below is None:
        return held
    likely = columns["p_value"] > rule.p_below
    harmless = {"above": -np.inf, "below": np.inf}.get(direction_of(rule, fact))
    if harmless is None:
        harmless = sum(rule.critical if rule.warn is None else rule.warn) / 2
    return np.where(np.isnan(columns["p_value"]) | np.isnan(held), np.nan, np.where(likely, harmless, held))


def suggest(rule, fact, series, rate):
    """Return the bound at which no series would have alarmed, nor will, at more than a rate.

    Parameters
    ----------
    rule : Rule
        As for `held_numbers`.
    fact : str or None
    series : list of ndarray of float64
        The numbers held against the bounds, one a window, of each thing that the rule judges; NaN is left out.
    rate : float
        Wanted false alarms per window and series. Of two bounds each gets half of it.

    Returns
    -------
    Suggestion
        Rounded to four digits, to the harmless side. A window alarms where it is beyond the bound, whether or not an
        alert opens then: with `persist` there are fewer.

    Examples
    --------
    >>> from spark_monitor.rules.spec import Rule
    >>> found = suggest(Rule("drift", "psi", warn=0.1), "higher_is_worse", [np.arange(100.0), np.arange(19.0)], 0.05)
    >>> found.bound, found.series, found.short
    (98.0, 1, 1)
    """
    sides = {"above": (1,), "below": (-1,), "outside": (-1, 1)}[direction_of(rule, fact)]
    known = [values[~np.isnan(values)] for values in series]
    sizes = [len(values) for values in known if len(values)]
    least = least_windows(rate / len(sides))
    if not sizes:
        return Suggestion(None, NOT_PUBLISHED, least)
    enough = [at for at, values in enumerate(known) if len(values) >= least]
    told = {"least": least, "series": len(enough), "short": len(sizes) - len(enough), "fewest": min(sizes),
            "most": max(sizes)}
    if not enough:
        return Suggestion(None, TOO_FEW, **told)
    bounds, set_by, confidence = [], [], 1.0
    for sign in sides:
        each = [rarely_passed(sign * known[at], rate / len(sides)) for at in enough]
        worst = int(np.argmax([one.value for one in each]))
        bounds.append(sign * each[worst].value)
        set_by.append(enough[worst])
        confidence = min(confidence, *[one.confidence for one in each])
    if not np.isfinite(bounds).all():
        return Suggestion(None, ANY_BOUND, **told)
    bounds = tuple(outward(bound, sign) for bound, sign in zip(bounds, sides))
    return Suggestion(bounds if len(bounds) > 1 else bounds[0], None, confidence=confidence, set_by=tuple(set_by),
                      **told)


def outward(bound, sign):
    """Return a bound with few digits, moved up for sign 1 and down for -1.

    Examples
    --------
    >>> outward(0.123412, 1), outward(0.123412, -1), outward(-7.0, 1)
    (0.1235, 0.1234, -7.0)
    """
    rounding = ROUND_CEILING if sign > 0 else ROUND_FLOOR
    return float(Context(prec=DIGITS, rounding=rounding).plus(Decimal(repr(float(bound)))))


def with_bound(rule, bound, direction):
    """Return the keys warn and critical of a rule that has the suggested bound.

    The bound is the rule's warn, or its critical where it has no warn. A critical that would be reached before it is
    left out.

    Examples
    --------
    >>> from spark_monitor.rules.spec import Rule
    >>> with_bound(Rule("drift", "psi", warn=0.1, critical=0.25), 0.2, "above")
    {'warn': 0.2, 'critical': 0.25}
    >>> with_bound(Rule("drift", "psi", warn=0.1, critical=0.25), 0.3, "above")
    {'warn': 0.3}
    """
    if rule.warn is None:
        return {"critical": bound}
    if rule.critical is None:
        return {"warn": bound}
    (low, high), (lower, higher) = _pair(bound), _pair(rule.critical)
    stays = (direction == "above" or lower <= low) and (direction == "below" or higher >= high)
    return {"warn": bound, "critical": rule.critical} if stays else {"warn": bound}


def _pair(bound):
    return bound if isinstance(bound, (tuple, list)) else (bound, bound)
