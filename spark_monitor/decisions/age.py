"""Is the version at work as old as a version may become?"""

from spark_monitor.decisions.spec import DAY_US, RETRAIN, TRAINING, Finding, PolicyKind


def judge(policy, facts):
    """Return a `Finding` for each window with rows: whether the version at work is due for retraining.

    A version's age is counted from its first window, or from a later retraining, to the end of the window judged.

    Examples
    --------
    >>> from spark_monitor.decisions.lifetimes import Lifetimes
    >>> from spark_monitor.decisions.spec import Facts, Policy
    >>> from spark_monitor.windows import Calendar
    >>> known = Lifetimes({"1": {day * DAY_US: (5, 5) for day in range(3)}}, Calendar("UTC"), "day")
    >>> [found.ground for found in judge(Policy("p", "age", after=2 * DAY_US), Facts(known))]
    [False, True, True]
    """
    found = []
    for start, end in facts.lifetimes.since(facts.low):
        version, began = facts.lifetimes.at_work_since(start, facts.reset_before(start))
        evidence = {"model_version": version, "began": began, "age_days": (end - began) / DAY_US,
                    "after_days": policy.after / DAY_US}
        found.append(Finding(start, end, end - began >= policy.after, evidence.copy, version))
    return found


AGE = PolicyKind("age", RETRAIN, judge, needs=("after",), defaults=TRAINING, needs_outcomes=False)
