"""Which predictions have gained, lost or changed an outcome since the last run: read from the outcome log's commits."""

from dataclasses import replace

import numpy as np
from pyspark.sql import functions as F

from spark_monitor.logs.outcomes import key_columns, keys_of, loaded_within, usable
from spark_monitor.logs.survey import QUARTER_US

# So many keys are sent to every task rather than all predictions shuffled.
FEW_KEYS = 500_000
PRUNED_BY = ("tinyint", "smallint", "int", "bigint", "string")


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
    rows = usable(loaded_within(source.read(spark), layout, low, high + 1), layout, high)
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
    names = keys_of(outcome_layout)
    edges = _edges(keys, names)
    if not edges["keys"]:
        return np.empty(0, np.int64), 0, 0, 0
    made = of_keys(keys, edges, rows, prediction_layout, outcome_layout)
    # By key first, in the order that the join leaves: each key is told apart from its predictions in the same pass.
    of_key = made.groupBy(*names).agg(F.collect_list("quarter").alias("all"))
    each = of_key.select(F.posexplode("all").alias("place", "quarter"))
    found = each.groupBy("quarter").agg(F.count("*").alias("n"), F.count_if(F.col("place") == 0).alias("keys")).collect()
    matched = sum(row["keys"] for row in found)
    return (np.array(sorted(row["quarter"] for row in found), np.int64), edges["keys"],
            sum(row["n"] for row in found), edges["keys"] - matched)


def _edges(keys, names):
    """Return how many keys there are, and the least and greatest value of each column that files can be pruned by."""
    ordered = [name for name, kind in keys.dtypes if kind in PRUNED_BY]
    return keys.agg(F.count(F.lit(1)).alias("keys"), *[F.min(name).alias(f"low {name}") for name in ordered],
                    *[F.max(name).alias(f"high {name}") for name in ordered]).first().asDict()


def of_keys(keys, edges, rows, layout, outcome_layout):
    """Return key columns and quarter of an hour of the placed predictions of some keys.

    Few keys go to where the predictions are, which are not shuffled then; of a log whose ids grow with time only the
    files around those keys are read.

    Parameters
    ----------
    keys : pyspark.sql.DataFrame
    edges : dict
        How many "keys", and the "low" and "high" of each key column that has an order.
    rows : pyspark.sql.DataFrame
    layout : Layout
    outcome_layout : OutcomeLayout
    """
    if not outcome_layout.as_text:
        for name, column in zip(keys_of(outcome_layout), layout.identity):
            if edges.get(f"low {name}") is not None:
                rows = rows.where(F.expr(column).between(F.lit(edges[f"low {name}"]), F.lit(edges[f"high {name}"])))
    made = rows.where(f"({layout.reason}) IS NULL").select(
        *key_columns(layout.identity, outcome_layout.as_text),
        F.expr(f"{layout.time} - pmod({layout.time}, {QUARTER_US})").alias("quarter"))
    return made.join(F.broadcast(keys) if edges["keys"] <= FEW_KEYS else keys, keys_of(outcome_layout))
