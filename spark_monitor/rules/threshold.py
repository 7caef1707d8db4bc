"""Has a value crossed a fixed bound?"""

import numpy as np

from spark_monitor.rules.spec import CRITICAL, NOT_JUDGED, OK, WARN, Judgement, RuleKind

SIDES = {"higher_is_worse": "above", "lower_is_worse": "below"}


def find_problem(rule, fact):
    """Return why `rule` can't judge a metric whose declared direction is `fact`, as a word of `PROBLEMS`, or None.

    Parameters
    ----------
    rule : Rule
    fact : {"higher_is_worse", "lower_is_worse", "two_sided"} or None
        None where the metric says nothing of its direction.

    Examples
    --------
    >>> from spark_monitor.rules.spec import Rule
    >>> find_problem(Rule("few_rows", "row_count", critical=100.0), "two_sided")
    'no_direction'
    >>> find_problem(Rule("few_rows", "row_count", critical=100.0, direction="below"), "two_sided") is None
    True
    """
    bounds = [bound for bound in (rule.warn, rule.critical) if bound is not None]
    if not bounds:
        return "no_threshold"
    if not all(np.isfinite(bound).all() for bound in bounds):
        return "not_finite"
    direction = direction_of(rule, fact)
    if direction is None:
        return "no_direction"
    if direction != "outside":
        return "bounds_for_one_side" if any(map(_is_pair, bounds)) else _order_problem(bounds, direction)
    if not all(map(_is_pair, bounds)):
        return "outside_needs_bounds"
    if any(low > high for low, high in bounds):
        return "bounds_reversed"
    lows, highs = zip(*bounds, strict=True)
    return _order_problem(lows, "below") or _order_problem(highs, "above")


def direction_of(rule, fact):
    """Return the bad side, "above", "below" or "outside": by the rule's word, else the metric's, else None."""
    if rule.direction is not None:
        return rule.direction
    return "outside" if _is_pair(rule.warn) or _is_pair(rule.critical) else SIDES.get(fact)


def judge(rule, fact, values, sizes, statuses):
    """Judge n values of one metric by the rule's bounds; a value on the bound hasn't crossed it.

    Parameters
    ----------
    rule : Rule
        One for which `find_problem` finds none.
    fact : str or None
        The metric's declared direction.
    values : ndarray of float64, shape (n,)
        In the metric's own unit; NaN, and NULL read as NaN, is not judged ("undefined").
    sizes : ndarray, shape (n,)
        Rows that each value rests on; NaN is fewer than any `min_rows` above 0.
    statuses : ndarray of object, shape (n,)
        The metric rows' statuses; only "ok" is judged, any other one is the reason.

    Returns
    -------
    Judgement

    Examples
    --------
    >>> import numpy as np
    >>> from spark_monitor.rules.spec import VERDICTS, Rule
    >>> rule = Rule("drift", "psi", warn=0.1, critical=0.25, min_rows=500)
    >>> found = judge(rule, "higher_is_worse", np.array([0.1, 0.2, 0.3, 0.3]), np.array([900, 900, 900, 400]),
    ...               np.array(["ok"] * 4, object))
    >>> [VERDICTS[code] for code in found.verdict]
    ['ok', 'warn', 'critical', 'not_judged']
    >>> found.bound
    array([0.1 , 0.1 , 0.25,  nan])
    >>> found.reason[3]
    'too_few_rows'
    """
    direction = direction_of(rule, fact)
    is_ok, is_missing = statuses == "ok", np.isnan(values)
    is_large = sizes >= rule.min_rows if rule.min_rows > 0 else True
    judged = is_ok & ~is_missing & is_large
    unjudged = np.where(is_ok, np.where(is_missing, "undefined", "too_few_rows"), statuses)
    is_warn, is_critical = (judged & _crossed(values, bound, direction) for bound in (rule.warn, rule.critical))
    verdict = np.select([~judged, is_critical, is_warn], [NOT_JUDGED, CRITICAL, WARN], OK).astype(np.int8)
    milder = rule.critical if rule.warn is None else rule.warn
    bound = np.where(is_critical, _nearest(values, rule.critical), _nearest(values, milder))
    return Judgement(verdict, np.where(judged, bound, np.nan), np.where(judged, None, unjudged))


def _crossed(values, bound, direction):
    if bound is None:
        return np.zeros(len(values), bool)
    if direction == "outside":
        return (values < bound[0]) | (values > bound[1])
    return values > bound if direction == "above" else values < bound


def _nearest(values, bound):
    if not _is_pair(bound):
        return np.nan if bound is None else float(bound)
    return np.where(values < sum(bound) / 2, bound[0], bound[1])


def _order_problem(bounds, direction):
    if len(bounds) < 2:
        return None
    warn, critical = bounds
    reached_first = critical < warn if direction == "above" else critical > warn
    return "critical_before_warn" if reached_first else None


def _is_pair(bound):
    return isinstance(bound, (tuple, list))


THRESHOLD = RuleKind(name="threshold", judge=judge, problem=find_problem)
