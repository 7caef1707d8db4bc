"""Is the share of positive outcomes another one than in the first reference, window after window?"""

from spark_monitor.decisions.series import retrain_findings
from spark_monitor.decisions.spec import RETRAIN, TRAINING, PolicyKind
from spark_monitor.decisions.sustained import beyond


def judge(policy, facts):
    """Return a `Finding` for each window: whether base_rate_shift is certainly beyond the margin in k of n windows."""
    return retrain_findings(policy, facts, watched(policy), lambda row: beyond(row, "two_sided", policy.margin))


def watched(_):
    """Return family and metric."""
    return "concept", "base_rate_shift"


LABEL_DRIFT = PolicyKind("label_drift", RETRAIN, judge, metric=watched, tasks=("binary",), defaults={
    "margin": 0.05, "windows": 2, "of": 3, **TRAINING})
