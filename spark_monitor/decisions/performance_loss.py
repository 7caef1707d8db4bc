"""Is the model worse than it was in the first reference, window after window?"""

from spark_monitor.decisions.series import retrain_findings
from spark_monitor.decisions.spec import RETRAIN, TRAINING, PolicyKind
from spark_monitor.decisions.sustained import beyond
from spark_monitor.metrics import metric_facts

FAMILY = "performance"


def judge(policy, facts):
    """Return a `Finding` for each window of the policy's metric: whether k of n windows are worse for certain.

    A window is worse where the whole interval of the metric lies more than the margin on the bad side of the number
    that the first reference has.
    """
    worse = metric_facts(policy.metric).direction
    return retrain_findings(policy, facts, watched(policy),
                            lambda row: beyond(row, worse, policy.margin, row["reference_value"]))


def watched(policy):
    """Return family and metric."""
    return FAMILY, policy.metric


def problem(metric):
    """Return why a metric can't be watched, as a word of `PROBLEMS`, or None.

    Examples
    --------
    >>> problem("roc_auc"), problem("psi"), problem("base_rate")
    (None, 'no_performance', 'no_direction')
    """
    facts = metric_facts(metric)
    if facts.family != FAMILY:
        return "no_performance"
    return "no_direction" if facts.direction == "two_sided" else None


PERFORMANCE_LOSS = PolicyKind("performance_loss", RETRAIN, judge, needs=("metric",), metric=watched, problem=problem,
                              defaults={"margin": 0.0, "windows": 3, "of": 4, **TRAINING})
