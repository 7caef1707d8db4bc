"""Several models counted in one pass over the files of their log: a row group is read once, and fed to all of them."""

from dataclasses import dataclass
from functools import partial as bound

import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.arrow import CELL_SCHEMA
from spark_monitor.cells.here import merge_here
from spark_monitor.cells.kernel.counter import Counter
from spark_monitor.cells.native_feed import LEAST, MOST, TASKS_A_CORE, share_out
from spark_monitor.cells.parquet import count_group
from spark_monitor.cells.spark_feed import cell_batches
from spark_monitor.cells.split_groups import shares
from spark_monitor.tables.arrow_types import spark_schema

NUMBERED = CELL_SCHEMA.append(pa.field("number", pa.int64()))


@dataclass(frozen=True)
class Wanted:
    """What one model wants counted.

    Parameters
    ----------
    files : tuple of DataFile
    reading : Reading
    plan : CountPlan
    min_cell : int
    with_totals : bool
    """

    files: tuple
    reading: object
    plan: object
    min_cell: int
    with_totals: bool


def count_shared(spark, wanted, cores, most_here):
    """Return the cells of several models, as many as fit in memory, from one pass over the files of all.

    Parameters
    ----------
    spark : SparkSession
    wanted : list of Wanted
        Of one version of one table.
    cores : int
        How many tasks run at once.
    most_here : int
        Bytes of files from which on tasks count, and not this process.

    Returns
    -------
    list of pyarrow.Table
        As `count_here` returns for each.
    """
    files = list({file.path: file for one in wanted for file in one.files}.values())
    size = sum(file.size for file in files)
    tasks = share_out(files, min(max(-(-size // (cores * TASKS_A_CORE)), LEAST), MOST))
    count = bound(_count_tasks, tasks, [one.reading for one in wanted], [one.plan for one in wanted])
    if size < most_here:
        every = pa.record_batch({"id": pa.array(range(len(tasks)), pa.int64())})
        found = pa.Table.from_batches(count([every]), NUMBERED)
    else:
        numbers = spark.range(0, len(tasks), 1, len(tasks))
        found = numbers.mapInArrow(count, spark_schema(NUMBERED)).toArrow().cast(NUMBERED)
    return [merge_here(found.filter(pc.equal(found["number"], number)).select(CELL_SCHEMA.names), one.plan,
                       one.min_cell, one.with_totals) for number, one in enumerate(wanted)]


def _count_tasks(tasks, readings, plans, batches):
    counters = [Counter(plan) for plan in plans]
    for batch in batches:
        for task in batch.column("id").to_pylist():
            for part in tasks[task]:
                for number, share in shares(part, readings):
                    counter = counters[number]
                    if share.may_hold(counter.plan.slice_bounds):
                        count_group(share, readings[number], counter)
                        if counter.full:
                            yield from _numbered(number, counter)
    for number, counter in enumerate(counters):
        yield from _numbered(number, counter)


def _numbered(number, counter):
    for batch in cell_batches(counter):
        numbers = pa.repeat(pa.scalar(number, pa.int64()), batch.num_rows)
        yield pa.RecordBatch.from_arrays([*batch.columns, numbers], schema=NUMBERED)
