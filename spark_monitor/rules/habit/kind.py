"""The rule kind that judges drift beyond habit."""

from spark_monitor.rules.spec import RuleKind
from spark_monitor.rules.threshold import find_problem as problem_of_bounds


def find_problem(rule, fact):
    """Return why `rule` can't judge, as a word of `PROBLEMS`, or None.

    Parameters
    ----------
    rule : Rule
    fact : str or None
        The metric's declared direction.

    Examples
    --------
    >>> from spark_monitor.rules.spec import Rule
    >>> find_problem(Rule("drift", "ks", kind="habit", warn=0.02), "higher_is_worse")
    'not_psi'
    """
    if rule.metric != "psi":
        return "not_psi"
    return "needs_warn" if rule.warn is None else problem_of_bounds(rule, fact)


HABIT = RuleKind(name="habit", judge=None, problem=find_problem)
