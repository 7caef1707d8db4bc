"""How many rows of the log are copies of others, or have no place in any window."""

import numpy as np

from spark_monitor.metrics.intervals import share_estimate
from spark_monitor.metrics.quality.table import fact
from spark_monitor.metrics.spec import TableMetric


def duplicate_rate(facts):
    """Return the share of rows that repeat an id of their version and window, with its Wilson interval.

    Parameters
    ----------
    facts : mapping
        With `duplicates`, `rows`.

    Returns
    -------
    Estimate
        In [0, 1): an id with three rows counts two of them. NaN where there are no rows (reason "no_rows"), or where
        ids are not compared (reason "not_counted").

    Examples
    --------
    >>> duplicate_rate({"duplicates": [2, 0], "rows": [10, 0]}).value
    array([0.2, nan])
    >>> duplicate_rate({"duplicates": [np.nan], "rows": [10]}).reason
    'not_counted'
    """
    duplicates, rows = fact(facts, "duplicates"), fact(facts, "rows")
    return share_estimate(duplicates, rows, rows, rows, "not_counted" if np.isnan(duplicates).any() else "no_rows")


def quarantined_rate(facts):
    """Return the share of rows read that had no place (no time, an absurd time, no id), with its Wilson interval.

    Parameters
    ----------
    facts : mapping
        With `quarantined`, `rows_in`.

    Returns
    -------
    Estimate
        In [0, 1]; NaN where no rows were read.

    Examples
    --------
    >>> quarantined_rate({"quarantined": [1, 0], "rows_in": [8, 0]}).value
    array([0.125,   nan])
    """
    rows = fact(facts, "rows_in")
    return share_estimate(fact(facts, "quarantined"), rows, rows, rows)


DUPLICATE_RATE = TableMetric(
    name="duplicate_rate", family="quality", compute=duplicate_rate, formula="(rows - distinct ids) / rows",
    source="Interval: E. B. Wilson (1927), JASA 22, 209-212", upper=1.0, direction="higher_is_worse",
)
QUARANTINED_RATE = TableMetric(
    name="quarantined_rate", family="quality", compute=quarantined_rate, formula="quarantined rows / rows read",
    source="Interval: E. B. Wilson (1927), JASA 22, 209-212", upper=1.0, direction="higher_is_worse",
)
