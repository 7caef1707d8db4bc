"""The native feed: Spark hands out shares of files, and each task reads them itself straight into the kernel."""

from functools import partial as bound

from spark_monitor.cells.kernel.counter import Counter
from spark_monitor.cells.parquet import Part, count_part
from spark_monitor.cells.spark_feed import cell_batches, merge_partial

# Bytes of files that one task reads: enough that starting it does not count, few enough that it can be lost.
LEAST, MOST, TASKS_A_CORE = 32 << 20, 1 << 30, 1


def count_files(spark, files, reading, plan, min_cell, cores, with_totals=False):
    """Return the cells of the rows in some files, one row a key, as `count_cells` does.

    Parameters
    ----------
    spark : SparkSession
    files : sequence of DataFile
    reading : Reading
    plan : CountPlan
    min_cell : int
    cores : int
        How many tasks run at once.
    with_totals : bool

    Returns
    -------
    pyspark.sql.DataFrame
        Of `CELL_SCHEMA`; nothing runs before it is written.
    """
    fair = -(-sum(file.size for file in files) // (cores * TASKS_A_CORE))
    tasks = share_out(files, min(max(fair, LEAST), MOST))
    numbers = spark.range(0, len(tasks), 1, max(len(tasks), 1))
    return merge_partial(numbers, bound(_count_tasks, tasks, reading, plan), plan, min_cell, with_totals)


def share_out(files, task_bytes):
    """Return parts of files by task, in the order given: about equal bytes each, big files cut into equal shares.

    Examples
    --------
    >>> from spark_monitor.logs.files import DataFile
    >>> tasks = share_out([DataFile("a", 10), DataFile("b", 255), DataFile("c", 20)], 100)
    >>> [[(part.path, part.number, part.of) for part in task] for task in tasks]
    [[('a', 0, 1), ('b', 0, 3)], [('b', 1, 3)], [('b', 2, 3), ('c', 0, 1)]]
    """
    whole = sum(file.size for file in files)
    tasks, before = [[] for _ in range(max(-(-whole // task_bytes), 1))], 0
    for file in files:
        many = max(-(-file.size // task_bytes), 1)
        for number in range(many):
            # A part is for the task that its middle lies in.
            place = int((before + file.size / many / 2) / max(whole, 1) * len(tasks))
            tasks[min(place, len(tasks) - 1)].append(Part(file.path, number, many, file.partition))
            before += file.size / many
    return [task for task in tasks if task]


def _count_tasks(tasks, reading, plan, batches):
    counter = Counter(plan)
    for batch in batches:
        for task in batch.column("id").to_pylist():
            for part in tasks[task]:
                for _ in count_part(part, reading, counter):
                    if counter.full:
                        yield from cell_batches(counter)
    yield from cell_batches(counter)
