"""What a rule is, and what it answers: which metric rows it judges, by which bounds, and the verdicts there are."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

OK, WARN, CRITICAL, NOT_JUDGED, CONFIG_ERROR = range(5)
VERDICTS = ("ok", "warn", "critical", "not_judged", "config_error")
ALL_VERSIONS = "*"
OVERALL = "overall"


@dataclass(frozen=True)
class Rule:
    """One rule of one model: the metric, the rows of it that are judged, and the bounds.

    Parameters
    ----------
    name : str
        Unique among the model's rules; part of every alert's fingerprint.
    metric : str
        The exact name of a metric.
    kind : str
        A name in `spark_monitor.rules.RULES`.
    warn, critical : float or pair of float or None
        The value beyond which the verdict is given, in the metric's own unit; 0 is a bound like any other, None is no
        bound. A pair ``(low, high)`` is judged "outside".
    direction : {"above", "below", "outside"} or None
        Which side of a bound is bad. None takes "outside" for pairs, else what the metric says of itself.
    feature, segment_value, family : tuple of str
        Case-sensitive globs; an empty tuple doesn't narrow. A row without a feature, as the numbers of the whole table
        have it, fits only an empty tuple or the glob ``*``; a row without a segment value likewise.
    segment : tuple of str
        Globs on the name of the segment; the word ``overall`` is the row of all segments together. A glob fits a
        crossing only if it is one: ``*`` is each single segment, ``* × *`` each crossing of two. An empty tuple is
        overall and single segments.
    grain, reference, version : str or None
        None is the base grain, the first reference (and numbers that compare nothing), all versions together.
    min_rows : int
        Rows below which a value isn't judged.
    on : {"value", "limit"}
        What is held against the bounds: the value, or the limit of its interval that is nearest to harmless, so that
        a bound is crossed only where the whole interval lies beyond it.
    p_below : float or None
        The largest p-value of the row with which a bound counts as crossed; None asks for none.
    persist, clear, cool_off : pair of int, int, int
        (breaches, within), clear and cool_off of `Persistence`: which windows open and end an alert.

    Examples
    --------
    >>> Rule(name="scores_drift", metric="psi", warn=0.1, critical=0.25, feature=("score*",)).direction is None
    True
    """

    name: str
    metric: str
    kind: str = "threshold"
    warn: float | tuple | None = None
    critical: float | tuple | None = None
    direction: str | None = None
    feature: tuple = ()
    segment: tuple = ()
    segment_value: tuple = ()
    family: tuple = ()
    grain: str | None = None
    reference: str | None = None
    version: str | None = None
    min_rows: int = 0
    on: str = "value"
    p_below: float | None = None
    persist: tuple = (1, 1)
    clear: int = 1
    cool_off: int = 0


@dataclass(frozen=True)
class Judgement:
    """What a rule says of n metric rows.

    Parameters
    ----------
    verdict : ndarray of int8, shape (n,)
        Positions in `VERDICTS`.
    bound : ndarray of float64, shape (n,)
        The bound that was crossed, or the nearest one where none was; NaN where nothing was judged.
    reason : ndarray of object, shape (n,)
        Why a row was not judged: the metric's status, a word of `PROBLEMS`, "too_few_rows", "no_interval" or
        "no_p_value"; None where it was.
    """

    verdict: np.ndarray
    bound: np.ndarray
    reason: np.ndarray

    @classmethod
    def refused(cls, count, problem):
        """Return `count` times "config_error" because of `problem`: the rule is wrong, not the data."""
        return cls(np.full(count, CONFIG_ERROR, np.int8), np.full(count, np.nan), np.full(count, problem, object))


@dataclass(frozen=True)
class RuleKind:
    """A way of judging, listed in `spark_monitor.rules.RULES`.

    Parameters
    ----------
    name : str
    judge : callable or None
        ``judge(rule, fact, values, sizes, statuses) -> Judgement`` over n metric rows; `fact` is the direction that
        the metric declares, or None. Called only for rules without a problem. None where a row can't be judged by
        itself, but only beside those of other features and earlier windows.
    problem : callable
        ``problem(rule, fact) -> str or None``: why the rule can't judge that metric, as a word of `PROBLEMS`.
    """

    name: str
    judge: Callable | None
    problem: Callable


PROBLEMS = {
    "unknown_kind": "no such kind of rule",
    "no_threshold": "a rule needs warn, critical or both",
    "not_finite": "bounds must be finite numbers",
    "no_direction": "the metric doesn't say which way is bad: say direction above or below, or give bounds [low, high]",
    "bounds_for_one_side": "bounds [low, high] are judged outside; above and below take one number",
    "outside_needs_bounds": "direction outside needs bounds [low, high], for warn and critical alike",
    "bounds_reversed": "bounds [low, high] need low <= high",
    "critical_before_warn": "critical would be reached before warn",
    "not_psi": "a rule of kind habit judges psi",
    "needs_warn": "a rule of kind habit needs warn: the psi beyond habit from which on a change matters",
    "compares_nothing": "the rule names a reference, and the metric is not compared with any",
}
