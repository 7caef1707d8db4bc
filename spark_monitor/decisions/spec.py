"""What a policy is, and what it answers: in which windows a model should be trained again, or rolled back."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

RETRAIN, ROLL_BACK, KEEP = "retrain", "roll_back", "keep"
PROPOSED, APPROVED, REJECTED, DONE, WITHDRAWN = "proposed", "approved", "rejected", "done", "withdrawn"
ALL_VERSIONS = "*"
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Policy:
    """One policy of one model; which of its fields count, and what stands for None, says its kind.

    Parameters
    ----------
    name : str
        Unique among the model's policies; part of every decision's id.
    when : str
        A name in `spark_monitor.decisions.POLICIES`.
    metric : str or None
        Which number is watched.
    margin : float or None
        By how much it must be worse, or moved, in its own unit, the whole interval of it.
    p_below : float or None
        The largest p-value with which a number counts as moved.
    windows, of : int or None
        So many of the last `of` windows must speak for the decision.
    after, training : int or None
        Microseconds: the age at which a version is due; the length of the training window that is proposed.
    rows : int or None
        Labelled rows that are enough.

    Examples
    --------
    >>> Policy("yearly", "age", after=365 * DAY_US).metric is None
    True
    """

    name: str
    when: str
    metric: str | None = None
    margin: float | None = None
    p_below: float | None = None
    windows: int | None = None
    of: int | None = None
    after: int | None = None
    rows: int | None = None
    training: int | None = None


@dataclass(frozen=True)
class Finding:
    """What a policy says of one window.

    Parameters
    ----------
    start, end : int
        Of the window, microseconds.
    ground : bool or None
        Whether there is ground for the decision; None where that can't be judged.
    evidence : callable
        Returns the evidence, a dict; asked only where the state of the decision changes.
    version : str or None
        The version of the model at work then.
    after : str or None
        The version that should be at work instead, where that is known.
    subject : str or None
        The version that is judged, where each has decisions of its own.
    """

    start: int
    end: int
    ground: bool | None
    evidence: Callable
    version: str | None = None
    after: str | None = None
    subject: str | None = None


@dataclass(frozen=True)
class Facts:
    """What policies judge by.

    Parameters
    ----------
    lifetimes : Lifetimes
        Which versions there were in which windows, with how many rows.
    low : int
        Beginning of the first window to be judged, microseconds.
    metrics : list of dict
        Rows of `metrics` of all rows together: those of the numbers that policies watch, of the windows from some
        before `low` on. Times are microseconds.
    verdicts : list of dict
        Rows of `verdicts` on them that warn: metric, model_version, window_start, fingerprint.
    resets : dict of (str or None) to tuple of int
        Subject -> the moments at which its decision was done; None: at which the model was trained again.
    champion : str or None
        The version that others are compared with.
    """

    lifetimes: object
    low: int = 0
    metrics: list = field(default_factory=list)
    verdicts: list = field(default_factory=list)
    resets: dict = field(default_factory=dict)
    champion: str | None = None

    def reset_before(self, moment, subject=None):
        """Return the last moment, not after another one, at which a decision was done; None where there was none."""
        return max((at for at in self.resets.get(subject, ()) if at <= moment), default=None)


@dataclass(frozen=True)
class PolicyKind:
    """A way to come to a decision, listed in `spark_monitor.decisions.POLICIES`.

    Parameters
    ----------
    name : str
    decision : {"retrain", "roll_back"}
    judge : callable
        ``judge(policy, facts) -> list of Finding``, of the windows from `facts.low` on, in order.
    needs : tuple of str
        Fields of a policy that must be given.
    defaults : dict
        What stands for other fields where they are not given; no further ones may be.
    metric : callable
        ``metric(policy) -> (family, metric)`` that is watched; None where no metric is.
    problem : callable or None
        ``problem(metric) -> str or None``: why a metric can't be watched, as a word of `PROBLEMS`.
    needs_outcomes : bool
    tasks : tuple of str
        Tasks that have the number; empty for all.
    """

    name: str
    decision: str
    judge: Callable
    needs: tuple = ()
    defaults: dict = field(default_factory=dict)
    metric: Callable | None = None
    problem: Callable | None = None
    needs_outcomes: bool = True
    tasks: tuple = ()

    def settled(self, policy):
        """Return a policy with what stands for the fields that were not given."""
        return replace(policy, **{name: value for name, value in self.defaults.items()
                                  if getattr(policy, name) is None})


TRAINING = {"training": 365 * DAY_US}
PROBLEMS = {
    "no_performance": "a metric of family performance",
    "no_comparison": "a metric of family champion, such as accuracy_vs_champion",
    "no_direction": "a metric that says which way is bad",
}
