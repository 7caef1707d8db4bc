"""Is a version that began after the champion worse than the champion, window after window?"""

from spark_monitor.decisions.series import rows_of
from spark_monitor.decisions.spec import ALL_VERSIONS, ROLL_BACK, PolicyKind
from spark_monitor.decisions.sustained import beyond, find_sustained
from spark_monitor.metrics import metric_facts
from spark_monitor.metrics.pairs import CHAMPION_METRICS


def judge(policy, facts):
    """Return the findings of each newer version: whether it is worse than the champion for certain in k of n windows.

    A window speaks for rolling back where the whole interval of the difference lies beyond the margin on the bad side.
    Versions that were there before the champion are not judged: there is nothing to go back from.
    """
    worse, lifetimes, found = metric_facts(policy.metric).direction, facts.lifetimes, []
    rows = rows_of(facts, watched(policy))
    for version in sorted({row["model_version"] for row in rows} - {ALL_VERSIONS, facts.champion}):
        began, others = lifetimes.began(version), lifetimes.began(facts.champion)
        if began is None or others is None or began <= others:
            continue

        def since(start, version=version, began=began):
            return version, max(began, facts.reset_before(start, version) or began)

        found += find_sustained(policy, facts, [row for row in rows if row["model_version"] == version],
                                lambda row: beyond(row, worse, policy.margin), since, after=facts.champion,
                                subject=version)
    return found


def watched(policy):
    """Return family and metric."""
    return "champion", policy.metric


def problem(metric):
    """Return why a metric can't be watched, as a word of `PROBLEMS`, or None.

    Examples
    --------
    >>> problem("loss_vs_champion"), problem("accuracy"), problem("mcnemar")
    (None, 'no_comparison', 'no_direction')
    """
    if metric not in CHAMPION_METRICS:
        return "no_comparison"
    return "no_direction" if CHAMPION_METRICS[metric].direction == "two_sided" else None


WORSE_VERSION = PolicyKind("worse_version", ROLL_BACK, judge, metric=watched, problem=problem, defaults={
    "metric": "loss_vs_champion", "margin": 0.0, "windows": 2, "of": 3})
