"""How many rows there are, and whether that is as many as usual."""

import numpy as np

from spark_monitor.metrics.quality.table import fact
from spark_monitor.metrics.spec import Estimate, TableMetric


def row_count(facts):
    """Return the rows of the window or segment: 0 where there are none, never undefined; never weighted.

    Parameters
    ----------
    facts : mapping
        With `rows`.

    Examples
    --------
    >>> row_count({"rows": np.array([120, 0])}).value
    array([120.,   0.])
    """
    rows = fact(facts, "rows")
    return Estimate(rows, error_bound=np.zeros(len(rows)), sample_size=rows)


def volume_ratio(facts):
    """Return the rows per slice of the window over the rows per slice of the reference.

    Parameters
    ----------
    facts : mapping
        With `rows`, `slices`, `reference_rows`, `reference_slices`.

    Returns
    -------
    Estimate
        1 where there are as many rows a day as in the reference, 0 where there are none. NaN where the reference has
        no rows (reason "empty_reference").

    Notes
    -----
    It states no interval: volume wanders from day to day far more than independent arrivals would, so that an interval
    from the counts alone would be many times too narrow.

    Examples
    --------
    >>> week = {"rows": [700, 0, 5], "slices": [7] * 3, "reference_rows": [5600, 5600, 0], "reference_slices": [28] * 3}
    >>> volume_ratio(week).value
    array([0.5, 0. , nan])
    """
    rows, slices = fact(facts, "rows"), fact(facts, "slices")
    before, slices_before = fact(facts, "reference_rows"), fact(facts, "reference_slices")
    known = (slices > 0) & (before > 0) & (slices_before > 0)
    ratio = np.divide(rows * slices_before, slices * before, out=np.full(len(rows), np.nan), where=known)
    return Estimate(ratio, error_bound=np.where(known, 0.0, np.nan), expected=np.where(known, 1.0, np.nan),
                    sample_size=rows, reference_size=before, reason="empty_reference")


ROW_COUNT = TableMetric(
    name="row_count", family="quality", compute=row_count, formula="rows", source="Definition", direction="two_sided",
    unit="rows", per_segment=True,
)
VOLUME_RATIO = TableMetric(
    name="volume_ratio", family="quality", compute=volume_ratio,
    formula="(rows / slices) / (reference rows / reference slices)", source="Definition", direction="two_sided",
    per_segment=True, compares=True,
)
