"""Does the same score mean another chance of the outcome than in the first reference, window after window?"""

from spark_monitor.decisions.series import retrain_findings
from spark_monitor.decisions.spec import RETRAIN, TRAINING, PolicyKind


def judge(policy, facts):
    """Return a `Finding` for each window: whether relation_shift is large, and no chance, in k of n windows."""
    def speaks(row):
        if row["value"] is None or row["p_value"] is None:
            return None
        return row["value"] > policy.margin and row["p_value"] <= policy.p_below

    return retrain_findings(policy, facts, watched(policy), speaks)


def watched(_):
    """Return family and metric."""
    return "concept", "relation_shift"


# As the default rule `relation_changed` warns.
CONCEPT_DRIFT = PolicyKind("concept_drift", RETRAIN, judge, metric=watched, tasks=("binary",), defaults={
    "margin": 0.02, "p_below": 0.001, "windows": 2, "of": 3, **TRAINING})
