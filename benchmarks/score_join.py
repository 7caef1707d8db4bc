"""What does it cost to count predictions beside their outcomes, against a bare Spark join of the same tables?

    python -m benchmarks.score_join --predictions 10000000 --outcomes 8000000

Two Delta tables are written to a temporary folder. Then, in one session and one after the other, for each number of
segment values, with and without folds: the score cells are counted and written; and Spark joins the same columns of
both tables, counts the rows and adds up score and agreement, so that nothing can be left out. CPU seconds are those of
the JVM and of all its Python workers; every case runs `--repeats` times and the least counts.
"""

import argparse
import tempfile
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
from pyspark.sql import functions as F

from benchmarks.cpu_time import cpu_seconds
from spark_monitor.config.loader import load_config_text
from spark_monitor.cells.bins import Bins
from spark_monitor.cells.freeze import score_edges
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.pipeline.frozen_before import Frozen
from spark_monitor.pipeline.label_cells import label_cells
from spark_monitor.pipeline.agenda import Wish
from spark_monitor.pipeline.run import open_job
from spark_monitor.session import local_session
from spark_monitor.windows import to_micros

START = to_micros(datetime(2024, 1, 1, tzinfo=timezone.utc))
DAYS = 30
CONFIG = """
model: cost
predictions: {{table: {folder}/predictions, id: id, time: at, score: score, prediction: decision{entity}}}
outcomes: {{table: {folder}/outcomes, id: id, outcome: late, time: known}}
references: [{{start: 2024-01-01, end: 2024-01-08}}]
segments: {segments}
results: {folder}/results
"""


def read_arguments():
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--predictions", type=int, default=10_000_000)
    parser.add_argument("--outcomes", type=int, default=8_000_000)
    parser.add_argument("--repeats", type=int, default=2)
    return parser.parse_args()


def write_tables(spark, folder, predictions, outcomes):
    """Write both logs: ids in order of time in one, shuffled in the other."""
    step = DAYS * 86_400_000_000 // predictions
    rows = spark.range(predictions).select(
        "id", F.timestamp_micros(F.lit(START) + F.col("id") * step).alias("at"), F.rand(1).alias("score"),
        *[F.concat(F.lit("v"), (F.rand(10 + many) * many).cast("int").cast("string")).alias(f"by_{many}")
          for many in (5, 20)],
        (F.col("id") % 1_000_003).alias("machine"))
    rows.withColumn("decision", (F.col("score") > 0.5).cast("int")).write.format("delta").save(f"{folder}/predictions")
    known = spark.range(outcomes).select(
        (F.col("id") * 7_919 % predictions).alias("id"), (F.rand(3) < 0.4).cast("int").alias("late"))
    known = known.withColumn("known", F.timestamp_micros(F.lit(START) + F.col("id") * step + F.lit(3_600_000_000)))
    known.write.format("delta").save(f"{folder}/outcomes")


def bare_join(spark, folder, column):
    """Join the columns that counting needs, and count."""
    rows = spark.read.format("delta").load(f"{folder}/predictions")
    known = spark.read.format("delta").load(f"{folder}/outcomes")
    kept = ["id", "at", "score", "decision", *([column] if column else [])]
    joined = rows.select(*kept).join(known.select("id", "late", "known"), "id", "left")
    sums = [F.sum("score"), F.sum((F.col("decision") == F.col("late")).cast("int")),
            F.max(F.col("known") > F.col("at")), *([F.max(column)] if column else [])]
    joined.agg(F.count("*"), *sums).collect()


def count_scores(spark, folder, column, folds, edges):
    """Count score cells as a run does, and write them."""
    text = CONFIG.format(folder=folder, segments=f"[{column}]" if column else "[]",
                         entity=", entity: machine" if folds else "")
    config = load_config_text(text)
    as_of = START + (DAYS + 2) * 86_400_000_000
    job = open_job(spark, config, Wish(as_of=as_of), "cost", as_of)
    many = int(column.removeprefix("by_")) if column else 0
    by_column = [SegmentPlan(column, (column,), tuple(f"v{n}" for n in range(many)))] if many else []
    segments = (SegmentPlan(None), *by_column)
    frozen = Frozen({}, segments, {}, (), {"score": Bins("score", "numeric", family="performance", edges=edges)})
    bounds = job.calendar.bounds(START, START + DAYS * 86_400_000_000, "day")
    cells = label_cells(job, job.layout, job.rows(), frozen, bounds)
    cells.write.format("delta").mode("overwrite").save(f"{folder}/cells")


def least(repeats, work, *given):
    """Return the least CPU seconds of some runs."""
    spent = []
    for _ in range(repeats):
        before = cpu_seconds()
        work(*given)
        spent.append(cpu_seconds() - before)
    return min(spent)


def main():
    """Print a line a case: CPU seconds of both, and their ratio."""
    arguments = read_arguments()
    spark = local_session(app_name="score join")
    with tempfile.TemporaryDirectory() as folder:
        write_tables(spark, folder, arguments.predictions, arguments.outcomes)
        print(f"{arguments.predictions:,} predictions, {arguments.outcomes:,} outcomes", flush=True)
        edges = score_edges(np.linspace(0.0005, 0.9995, 10_000))[1]
        print(f"{'segment values':>14} {'folds':>6} {'join s':>8} {'cells s':>8} {'ratio':>6}", flush=True)
        for column in (None, "by_5", "by_20"):
            bare = least(arguments.repeats, bare_join, spark, folder, column)
            for folds in (False, True):
                counted = least(arguments.repeats, count_scores, spark, folder, column, folds, edges)
                many = column.removeprefix("by_") if column else "0"
                print(f"{many:>14} {'yes' if folds else 'no':>6} {bare:8.1f} {counted:8.1f} {counted / bare:6.2f}",
                      flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
