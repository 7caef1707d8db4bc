"""Are there enough new labelled rows since the version at work began?"""

from spark_monitor.decisions.spec import RETRAIN, TRAINING, Finding, PolicyKind


def judge(policy, facts):
    """Return a `Finding` for each window with rows: whether enough labelled rows have come since the version began.

    Counted are rows of all versions, in windows whose outcomes have all come; a window that still waits for outcomes
    decides nothing.

    Examples
    --------
    >>> from spark_monitor.decisions.lifetimes import Lifetimes
    >>> from spark_monitor.decisions.spec import DAY_US, Facts, Policy
    >>> from spark_monitor.windows import Calendar
    >>> labelled = {0: (5, 4), DAY_US: (5, 5), 2 * DAY_US: (5, -1)}
    >>> known = Lifetimes({"1": labelled}, Calendar("UTC"), "day")
    >>> [found.ground for found in judge(Policy("p", "new_labels", rows=9), Facts(known))]
    [False, True, None]
    """
    found = []
    for start, end in facts.lifetimes.since(facts.low):
        version, began = facts.lifetimes.at_work_since(start, facts.reset_before(start))
        rows = facts.lifetimes.labelled(began, end)
        ground = rows >= policy.rows if facts.lifetimes.is_labelled(start) else None
        evidence = {"model_version": version, "began": began, "labelled_rows": rows, "rows": policy.rows}
        found.append(Finding(start, end, ground, evidence.copy, version))
    return found


NEW_LABELS = PolicyKind("new_labels", RETRAIN, judge, needs=("rows",), defaults=TRAINING)
