"""The works that are compared: counting cells as a run does, Spark's own scan, a bare transfer to Python.

All of them read the same Delta table at the same version and are run to their end: what they find is in the driver.
What is frozen once in the life of a model, bins and segment values, is frozen before, and not measured.
"""

import argparse
import tempfile
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F

from benchmarks.generate import DAY_US, START
from spark_monitor.cells.batches import batch_rows, sized_batches
from spark_monitor.config.loader import load_config_text
from spark_monitor.pipeline.agenda import Wish
from spark_monitor.pipeline.count import compare_columns, slice_cells
from spark_monitor.pipeline.feeds import choose_feed, with_fallback
from spark_monitor.pipeline.frozen import freeze_missing
from spark_monitor.pipeline.run import open_job
from spark_monitor.session import local_session
from spark_monitor.tables.state import FEATURE_CELLS

MEMORY = "6g"
# The columns of a regression's own are one, its prediction: what is counted is what the scan adds up, and no more.
CONFIG = """
model: benchmark
task: regression
scan: {scan}
predictions:
  {{table: {log}, id: id, time: at, version: version, prediction: score, features: {{include: {features}}}}}
segments: {segments}
references: [{{name: first day, start: 2026-01-01, end: 2026-01-02}}]
results: {results}
"""


class Counting:
    """Counts the cells of all days of a generated log, by the functions that a run counts with.

    They end where the other contenders' numbers do, in the driver; or, as in a run, in a Delta table.

    Parameters
    ----------
    spark : SparkSession
    log : str
        Path of the generated table.
    shape : Shape
        What it looks like.
    results : str
        Folder of results, made where it is not there; the bins in it are frozen from the log's first day.
    scan : {"native", "spark"}
        Which way the rows take.
    compiled : bool
        Whether workers may count with compiled code.
    segments : sequence of str
    committed : bool
        Whether cells end in a Delta table.
    """

    def __init__(self, spark, log, shape, results, scan, compiled=True, segments=(), committed=False):
        features = [name for name in shape.columns if name != "score"]
        config = load_config_text(CONFIG.format(scan=scan, log=log, features=features, segments=list(segments),
                                                results=results))
        end = START + shape.days * DAY_US
        self.spark, self.compiled, self.committed = spark, compiled, committed
        self.job = open_job(spark, config, Wish(as_of=end), "benchmark", end)
        self.frozen = freeze_missing(self.job, START)
        self.columns = compare_columns(config, self.job.layout.types, self.frozen)
        self.slices = self.job.calendar.windows(START, end, "day")
        self.table, self.cells = self.job.store.name(FEATURE_CELLS), None

    def __call__(self):
        """List the files and count once."""
        feed = choose_feed(self.spark, self.job.config, self.job.source, self.job.layout)
        with_fallback(self.job, feed, self._count)

    def _count(self, feed):
        cells = slice_cells(self.job, self.slices, self.frozen, self.columns, feed, self.compiled)
        if self.committed:
            cells.write.format("delta").mode("overwrite").save(self.table)
        else:
            self.cells = cells.toArrow()

    def counted(self):
        """Return how many cells there are, and how many rows the overall ones say were counted."""
        cells = self.spark.read.format("delta").load(self.table).toArrow() if self.committed else self.cells
        own = pc.and_(pc.is_null(cells.column("segment")), pc.equal(cells.column("family"), "rows"))
        return cells.num_rows, pc.sum(cells.filter(own).column("row_count")).as_py()


class Scan:
    """Spark's own reading of all columns: one ungrouped aggregate, sums of numbers and of hashes of texts.

    Parameters
    ----------
    spark : SparkSession
    log : str
    shape : Shape
    """

    def __init__(self, spark, log, shape):
        self.spark, self.log, self.shape = spark, log, shape

    def __call__(self):
        """Collect the sums."""
        sums = [F.sum(F.hash(name)) if name.startswith("c") else F.sum(name) for name in self.shape.columns]
        return self.spark.read.format("delta").load(self.log).agg(*sums).collect()


class Transfer:
    """The same rows handed to Python through a bare `mapInArrow` that only receives its batches.

    Parameters
    ----------
    spark : SparkSession
    log : str
    shape : Shape
    sized : bool
        Whether batches are of the size that counting asks for, and not of the session's.
    """

    def __init__(self, spark, log, shape, sized=False):
        self.spark, self.log, self.shape, self.sized = spark, log, shape, sized

    def __call__(self):
        """Collect the number of rows that came."""
        rows = self.spark.read.format("delta").load(self.log).select("at", "version", *self.shape.columns)
        size = batch_rows([kind for _, kind in rows.dtypes])
        with sized_batches(self.spark, size) if self.sized else nullcontext():
            came = rows.mapInArrow(_receive, "rows bigint").agg(F.sum("rows")).first()[0]
        if came != self.shape.rows:
            raise RuntimeError(f"received {came} rows, expected {self.shape.rows}")


def _receive(batches):
    yield pa.RecordBatch.from_pydict({"rows": pa.array([sum(batch.num_rows for batch in batches)], pa.int64())})


def open_spark(name):
    """Return the local session that benchmarks run in."""
    return local_session(app_name=name, extra={"spark.driver.memory": MEMORY})


def check_all_counted(counting, shape):
    """Raise if cells say that other than all rows were counted."""
    counted = counting.counted()[1]
    if counted != shape.rows:
        raise RuntimeError(f"counted {counted} rows, expected {shape.rows}")


def arguments(description, **numbers):
    """Return a parser with what all benchmarks are asked: repeats, where logs are kept, and numbers of one's own.

    Parameters
    ----------
    description : str
        Docstring of the module; its first line is shown.
    numbers : int
        Name to default.
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    for name, default in numbers.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default)
    parser.add_argument("--repeats", type=int, default=3, help="warm runs of each contender, after a cold one")
    parser.add_argument("--logs", help="folder in which generated logs are kept for other runs")
    return parser


@contextmanager
def folders(logs):
    """Yield the folder of generated logs and one for results; afterwards that is gone, and logs without a folder."""
    with tempfile.TemporaryDirectory() as passing:
        yield Path(logs or f"{passing}/logs"), f"{passing}/results"
