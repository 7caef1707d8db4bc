"""What a pinned log holds, counted before anything else: rows by time, rows without a place, rows that are new."""

from dataclasses import dataclass, field

import numpy as np
from pyspark.sql import functions as F

from spark_monitor.cells.survey_files import QUARTER_US


@dataclass(frozen=True)
class Survey:
    """Rows by quarter of an hour, and rows without a place by reason.

    Parameters
    ----------
    quarters : ndarray of int64
        Beginnings of the quarters that hold rows with a time, in order. Rows that an earlier run surveyed may stand
        at the beginning of their slice.
    rows, fresh : ndarray of int64
        Rows with a time and, of those, rows in files that the last run did not see.
    first, newest : int or None
        Time of the first and of the newest placed row, in microseconds.
    reasons : dict of str to int
        Rows without a place, by reason.
    latest, beyond : int or None
        The greatest time that is not absurd, of any row, and the least one that is absurdly late.
    """

    quarters: np.ndarray
    rows: np.ndarray
    fresh: np.ndarray
    first: int | None
    newest: int | None
    reasons: dict = field(default_factory=dict)
    latest: int | None = None
    beyond: int | None = None

    def by_slice(self, bounds):
        """Return rows and fresh rows of each slice, given the slices' bounds."""
        place = np.searchsorted(bounds, self.quarters, side="right") - 1
        inside = (place >= 0) & (place < len(bounds) - 1)
        return tuple(np.bincount(place[inside], counts[inside], len(bounds) - 1).astype(np.int64)
                     for counts in (self.rows, self.fresh))


def survey(rows, layout, new_files=None):
    """Count the rows of a log in one job that reads the time and id columns only.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        The model's rows at the pinned version.
    layout : Layout
    new_files : list of str or None
        Names of the data files that are new since the last run; None where nothing is known.

    Returns
    -------
    Survey
    """
    fresh = F.lit(False) if not new_files else F.expr("_metadata.file_name").isin(new_files)
    counted = (rows.select(F.expr(layout.time).alias("t"), F.expr(layout.reason).alias("reason"), fresh.alias("fresh"))
               .withColumn("quarter", F.expr(f"CASE WHEN reason IN ('no_time', 'absurd_time') THEN NULL "
                                             f"ELSE (t - pmod(t, {QUARTER_US})) END"))
               .groupBy("quarter", "reason", "fresh")
               .agg(F.count("*").alias("n"), F.min("t").alias("low"), F.max("t").alias("high"),
                    F.min(F.expr(f"IF(t > {layout.roles.last}, t, NULL)")).alias("beyond")).collect())
    placed = [row for row in counted if row["reason"] is None]
    timed = [row for row in counted if row["quarter"] is not None]
    quarters = np.array(sorted({row["quarter"] for row in timed}), np.int64)
    totals = np.zeros((2, len(quarters)), np.int64)
    for row in timed:
        place = np.searchsorted(quarters, row["quarter"])
        totals[0, place] += row["n"]
        totals[1, place] += row["n"] * row["fresh"]
    reasons = {}
    for row in counted:
        if row["reason"] is not None:
            reasons[row["reason"]] = reasons.get(row["reason"], 0) + row["n"]
    return Survey(quarters, totals[0], totals[1], min((row["low"] for row in placed), default=None),
                  max((row["high"] for row in placed), default=None), reasons,
                  max((row["high"] for row in timed), default=None),
                  min((row["beyond"] for row in counted if row["beyond"] is not None), default=None))
