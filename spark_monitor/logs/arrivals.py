"""Which predictions have gained, lost or changed an outcome since the last run: read from the outcome log's commits."""

from dataclasses import replace

import numpy as np
from pyspark.sql import functions as F

from spark_monitor.logs.outcomes import key_columns, keys_of, usable
from spark_monitor.logs.survey import QUARTER_US


def changed_keys(spark, source, layout, files, since_version):
    """Return the keys of outcome rows that changed files hold on one side only, as a DataFrame of key columns.

    Parameters
    ----------
    spark : SparkSession
    source : Source
        The outcome log, pinned.
    layout : OutcomeLayout
    files : (list of str, list of str)
        Names of files added and removed since `since_version`.
    since_version : int
        The version that the last run saw; rows of removed files are read from it.
    """
    added, removed = files
    keys = keys_of(layout)
    fresh = _rows_in(spark, source, layout, added)
    if not removed:
        return fresh.select(*keys).distinct()
    gone = _rows_in(spark, replace(source, version=since_version), layout, removed)
    both = fresh.withColumn("side", F.lit(1)).unionByName(gone.withColumn("side", F.lit(-1)))
    # A rewritten file holds most rows as before: they cancel.
    differ = both.groupBy(*fresh.columns).agg(F.sum("side").alias("side")).where("side <> 0")
    return differ.select(*keys).distinct()


def known_between(spark, source, layout, low, high):
    """Return the keys of outcome rows that were ingested after one moment and by another, microseconds each."""
    rows = usable(source.read(spark), layout, high)
    return rows.where(F.col("in") > F.lit(low)).select(*keys_of(layout))


def _rows_in(spark, source, layout, names):
    return usable(source.read(spark).where(F.expr("_metadata.file_name").isin(names)), layout)


def predictions_touched(keys, rows, prediction_layout, outcome_layout):
    """Return when the predictions of some keys were made, by quarter of an hour, and how many keys there are.

    Parameters
    ----------
    keys : pyspark.sql.DataFrame
        As `changed_keys` returns them.
    rows : pyspark.sql.DataFrame
        The model's rows of the prediction log.
    prediction_layout : Layout
    outcome_layout : OutcomeLayout

    Returns
    -------
    quarters : ndarray of int64
        Beginnings of the quarters of an hour with such predictions.
    keys, predictions, orphans : int
        How many keys, their predictions, and how many of the keys have none.
    """
    time = prediction_layout.time
    made = rows.where(f"({prediction_layout.reason}) IS NULL").select(
        *key_columns(prediction_layout.identity, outcome_layout.as_text),
        F.expr(f"{time} - pmod({time}, {QUARTER_US})").alias("quarter"))
    names = keys_of(outcome_layout)
    # By key first, in the order that the join leaves: each key is told apart from its predictions in the same pass.
    of_key = keys.join(made, names, "left").groupBy(*names).agg(F.collect_list("quarter").alias("all"))
    each = of_key.select(F.posexplode_outer("all").alias("place", "quarter"))
    is_first = F.when(F.coalesce("place", F.lit(0)) == 0, 1)
    found = each.groupBy("quarter").agg(F.count("*").alias("n"), F.count(is_first).alias("keys")).collect()
    matched = {row["quarter"]: row["n"] for row in found if row["quarter"] is not None}
    orphans = sum(row["n"] for row in found if row["quarter"] is None)
    return np.array(sorted(matched), np.int64), sum(row["keys"] for row in found), sum(matched.values()), orphans
