"""How old the newest row was when its window ended."""

import numpy as np

from spark_monitor.metrics.quality.table import fact
from spark_monitor.metrics.spec import Estimate, TableMetric

HOUR_US = 3_600_000_000


def freshness_hours(facts):
    """Return the hours between a window's newest event time and the window's end; never measured to the present.

    Parameters
    ----------
    facts : mapping
        With `newest_us`, `window_end_us`.

    Returns
    -------
    Estimate
        In hours; NaN where the window has no rows.

    Examples
    --------
    >>> freshness_hours({"newest_us": [0.0, np.nan], "window_end_us": [5_400_000_000] * 2}).value
    array([1.5, nan])
    """
    hours = (fact(facts, "window_end_us") - fact(facts, "newest_us")) / HOUR_US
    return Estimate(hours, error_bound=np.where(np.isnan(hours), np.nan, 0.0), reason="no_rows")


FRESHNESS_HOURS = TableMetric(
    name="freshness_hours", family="quality", compute=freshness_hours, formula="window end - newest event time",
    source="Definition", direction="higher_is_worse", unit="hours",
)
