"""Which of the metric rows make the series that a policy watches?"""

from spark_monitor.decisions.spec import ALL_VERSIONS
from spark_monitor.decisions.sustained import find_sustained


def rows_of(facts, watched):
    """Return the rows of one family and metric."""
    return [row for row in facts.metrics if (row["family"], row["metric"]) == watched]


def retrain_findings(policy, facts, watched, speaks):
    """Return the findings of a policy of retraining that watches one number of all versions together.

    Parameters
    ----------
    policy : Policy
    facts : Facts
    watched : (str, str)
        Family and metric.
    speaks : callable
        As for `find_sustained`.
    """
    rows = [row for row in rows_of(facts, watched) if row["model_version"] == ALL_VERSIONS]
    return find_sustained(policy, facts, rows, speaks,
                          lambda start: facts.lifetimes.at_work_since(start, facts.reset_before(start)))
