"""What does it cost to count predictions beside their outcomes, against a bare Spark join of the same tables?

    python -m benchmarks.score_join --predictions 10000000 --outcomes 8000000

Two Delta tables of thirty days are written: predictions a file a day, outcomes in no order. In turns: score cells are
counted, without segments and folds and with twenty segment values and folds; Spark joins the same columns of both tables
and adds them up, so that nothing can be left out; and two old days are counted again, for which late outcomes of a
thousand of their keys are followed to their predictions first. The ratio is of the fuller case.
"""

import argparse
import tempfile
from datetime import datetime, timezone
from functools import reduce
from pathlib import Path

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from benchmarks.contenders import MEMORY
from benchmarks.measure import ratio, report, side_by_side
from spark_monitor.cells.batches import ROWS_OF_LISTS, sized_batches
from spark_monitor.cells.bins import Bins
from spark_monitor.cells.freeze import score_edges
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.config.loader import load_config_text
from spark_monitor.logs.arrivals import predictions_touched
from spark_monitor.pipeline.agenda import Wish
from spark_monitor.pipeline.frozen_before import Frozen
from spark_monitor.pipeline.label_cells import label_cells, rows_to_label
from spark_monitor.pipeline.run import open_job
from spark_monitor.session import local_session
from spark_monitor.windows import to_micros

TARGET = 1.5
START = to_micros(datetime(2024, 1, 1, tzinfo=timezone.utc))
DAY_US, DAYS, LATE_DAYS, LATE_KEYS = 86_400_000_000, 30, (3, 11), 1_000
CELLS, BARE, LATE = "score cells", "bare join", "late outcomes of two old days"
PLAIN, FULL = ", no segments, no folds", ", 20 segment values and folds"
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
    parser.add_argument("--repeats", type=int, default=3, help="warm runs of each contender, after a cold one")
    parser.add_argument("--logs", help="folder in which both tables are kept for other runs")
    return parser.parse_args()


def write_tables(spark, folder, predictions, outcomes):
    """Write both logs: ids in order of time in one, shuffled in the other."""
    step = DAYS * DAY_US // predictions
    rows = spark.range(predictions).select(
        "id", F.timestamp_micros(F.lit(START) + F.col("id") * step).alias("at"), F.rand(1).alias("score"),
        F.concat(F.lit("v"), (F.rand(30) * 20).cast("int").cast("string")).alias("group"),
        (F.col("id") % 1_000_003).alias("machine"))
    rows = rows.withColumn("decision", (F.col("score") > 0.5).cast("int"))
    rows.repartitionByRange(DAYS, "at").write.format("delta").save(f"{folder}/predictions")
    known = spark.range(outcomes).select(
        (F.col("id") * 7_919 % predictions).alias("id"), (F.rand(3) < 0.4).cast("int").alias("late"))
    known = known.withColumn("known", F.timestamp_micros(F.lit(START) + F.col("id") * step + F.lit(3_600_000_000)))
    known.write.format("delta").save(f"{folder}/outcomes")


def bare_join(spark, folder, full):
    """Return what joins the columns that counting needs, and adds them up."""
    kept = ["id", "at", "score", "decision", *(["group", "machine"] if full else [])]
    sums = [F.sum("score"), F.sum((F.col("decision") == F.col("late")).cast("int")), F.max(F.col("known") > F.col("at")),
            *([F.max(F.hash("group")), F.sum("machine")] if full else [])]

    def join():
        rows = spark.read.format("delta").load(f"{folder}/predictions").select(*kept)
        known = spark.read.format("delta").load(f"{folder}/outcomes").select("id", "late", "known")
        return rows.join(known, "id", "left").agg(F.count("*"), *sums).collect()

    return join


class Scores:
    """Counts score cells as a run does; they end in the driver.

    Parameters
    ----------
    spark : SparkSession
    folder : str
    predictions : int
    full : bool
        Whether by segment values, and with folds.
    """

    def __init__(self, spark, folder, predictions, full):
        self.predictions = predictions
        config = load_config_text(CONFIG.format(folder=folder, segments="[group]" if full else "[]",
                                                entity=", entity: machine" if full else ""))
        as_of = START + (DAYS + 2) * DAY_US
        self.job = open_job(spark, config, Wish(as_of=as_of), "cost", as_of)
        own = [SegmentPlan("group", ("group",), tuple(f"v{n}" for n in range(20)))] if full else []
        bins = Bins("score", "numeric", family="performance", edges=score_edges(np.linspace(0.0005, 0.9995, 10_000))[1])
        self.frozen = Frozen({}, (SegmentPlan(None), *own), {}, (), {"score": bins})
        self.cells, self.files = None, 0

    def __call__(self):
        """Count all days."""
        self.count(np.ones(DAYS, bool))

    def count(self, wanted):
        """Count some days."""
        bounds = START + DAY_US * np.arange(DAYS + 1)
        rows = rows_to_label(self.job, bounds, wanted)
        self.files = len(rows.inputFiles())
        with sized_batches(self.job.spark, ROWS_OF_LISTS):
            self.cells = label_cells(self.job, self.job.layout, rows, self.frozen, bounds, wanted).toArrow()

    def follow(self):
        """Follow the late outcomes of some keys of two old days to their predictions, and count those days."""
        ids = [int((day + 0.5) * self.predictions / DAYS) for day in LATE_DAYS]
        keys = reduce(DataFrame.union, [self.job.spark.range(first, first + LATE_KEYS // 2) for first in ids])
        quarters, *found = predictions_touched(keys.toDF("k0"), self.job.rows(), self.job.layout, self.job.labels.layout)
        days = np.unique((quarters - START) // DAY_US)
        if (tuple(days), found) != (LATE_DAYS, [LATE_KEYS, LATE_KEYS, 0]):
            raise RuntimeError(f"followed keys to days {days}: {found}")
        self.count(np.isin(np.arange(DAYS), days))

    def rows_counted(self):
        """Return the rows of the overall cells."""
        return sum(row["row_count"] for row in self.cells.to_pylist() if row["segment"] is None)


def main():
    """Compare, and print the document."""
    asked = read_arguments()
    spark = local_session(app_name="score join", extra={"spark.driver.memory": MEMORY})
    with tempfile.TemporaryDirectory() as passing:
        folder = Path(asked.logs or passing, f"score-join-{asked.predictions}-{asked.outcomes}")
        if not folder.exists():
            write_tables(spark, folder, asked.predictions, asked.outcomes)
        counting = {case: Scores(spark, folder, asked.predictions, case == FULL) for case in (PLAIN, FULL)}
        late = Scores(spark, folder, asked.predictions, full=True)
        works = {CELLS + PLAIN: counting[PLAIN], BARE + PLAIN: bare_join(spark, folder, False),
                 CELLS + FULL: counting[FULL], BARE + FULL: bare_join(spark, folder, True), LATE: late.follow}
        costs = side_by_side(works, asked.repeats)
        for one in counting.values():
            if one.rows_counted() != asked.predictions:
                raise RuntimeError(f"counted {one.rows_counted()} rows, expected {asked.predictions}")
        files = {"all": counting[FULL].files, "late": late.files}
        spark.stop()
    report("score_join", asked.predictions, 8, costs, ratio(costs, CELLS + FULL, BARE + FULL), TARGET,
           ratio_plain=round(ratio(costs, CELLS + PLAIN, BARE + PLAIN), 4),
           ratio_late=round(ratio(costs, LATE, CELLS + FULL), 4), outcomes=asked.outcomes, files_read=files)


if __name__ == "__main__":
    main()
