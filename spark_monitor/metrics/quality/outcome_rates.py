"""How many outcomes can't be what they say: known before their prediction, of no class, or contradicted by others."""

from dataclasses import replace

import numpy as np

from spark_monitor.metrics.intervals import share_estimate
from spark_monitor.metrics.quality.table import fact
from spark_monitor.metrics.spec import TableMetric


def outcome_early_rate(facts):
    """Return the share of outcomes that were known before their prediction was made, with its Wilson interval.

    A model that could have seen them leaks; else a clock is wrong.

    Parameters
    ----------
    facts : mapping
        With `early`, `labelled`.

    Returns
    -------
    Estimate
        In [0, 1]; NaN where there are no outcomes (reason "no_outcomes").

    Examples
    --------
    >>> outcome_early_rate({"early": [1, 0], "labelled": [8, 0]}).value
    array([0.125,   nan])
    """
    labelled = fact(facts, "labelled")
    return share_estimate(fact(facts, "early"), labelled, labelled, labelled, "no_outcomes")


def outcome_unknown_rate(facts):
    """Return the share of outcomes that are none of the model's classes, with its Wilson interval.

    Parameters
    ----------
    facts : mapping
        With `unknown`, `labelled`.

    Returns
    -------
    Estimate
        In [0, 1]; NaN where there are no outcomes (reason "no_outcomes").

    Examples
    --------
    >>> outcome_unknown_rate({"unknown": [1, 0], "labelled": [7, 0]}).value
    array([0.125,   nan])
    """
    unknown = fact(facts, "unknown")
    whole = fact(facts, "labelled") + unknown
    return share_estimate(unknown, whole, whole, whole, "no_outcomes")


def outcome_conflict_rate(facts):
    """Return the share of labelled rows whose outcomes contradict each other, with its Wilson interval.

    Of several outcomes of a key the last known counts; where not all of them are the same, somebody changed their mind
    or two sources disagree.

    Parameters
    ----------
    facts : mapping
        With `conflicts`, `labelled`.

    Returns
    -------
    Estimate
        In [0, 1]; NaN where there are no outcomes (reason "no_outcomes"), or where slices were counted without a look
        at contradictions (reason "not_counted").

    Examples
    --------
    >>> found = outcome_conflict_rate({"conflicts": [1, 0, None], "labelled": [8, 0, 8]})
    >>> found.value, found.reasons.tolist()
    (array([0.125,   nan,   nan]), [None, 'no_outcomes', 'not_counted'])
    """
    conflicts, labelled = fact(facts, "conflicts"), fact(facts, "labelled")
    found = share_estimate(conflicts, labelled, labelled, labelled)
    reasons = np.where(np.isnan(conflicts), "not_counted", np.where(labelled > 0, None, "no_outcomes"))
    return replace(found, reasons=reasons)


OUTCOME_EARLY_RATE = TableMetric(
    name="outcome_early_rate", family="quality", compute=outcome_early_rate,
    formula="outcomes known before their prediction / outcomes", upper=1.0, direction="higher_is_worse",
    per_segment=True, source="Interval: E. B. Wilson (1927), JASA 22, 209-212",
)
OUTCOME_UNKNOWN_RATE = TableMetric(
    name="outcome_unknown_rate", family="quality", compute=outcome_unknown_rate,
    formula="outcomes that are none of the classes / outcomes", upper=1.0, direction="higher_is_worse",
    per_segment=True, source="Interval: E. B. Wilson (1927), JASA 22, 209-212",
)
OUTCOME_CONFLICT_RATE = TableMetric(
    name="outcome_conflict_rate", family="quality", compute=outcome_conflict_rate,
    formula="labelled rows whose outcomes contradict each other / labelled rows", upper=1.0,
    direction="higher_is_worse", per_segment=True, source="Interval: E. B. Wilson (1927), JASA 22, 209-212",
)
OUTCOME_RATES = (OUTCOME_EARLY_RATE, OUTCOME_UNKNOWN_RATE, OUTCOME_CONFLICT_RATE)
