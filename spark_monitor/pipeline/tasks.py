"""Where a session's tasks run: whether they see the files that the driver lists, and how many run at once."""

import os
import re

from spark_monitor.logs.storage.find import told
from spark_monitor.logs.storage.place import NotNativeError

# What Spark itself takes for a shuffle where nothing is said; tasks that are too many are only smaller ones.
USUAL_TASKS = 200
# Settings by which Spark reads the times of files that don't name their writer otherwise than they are written.
SHIFTS = {"spark.sql.parquet.datetimeRebaseModeInRead": "LEGACY", "spark.sql.parquet.int96RebaseModeInRead": "LEGACY",
          "spark.sql.parquet.int96TimestampConversion": "TRUE"}


def check_tasks(spark, place):
    """Refuse where tasks may not see what the driver sees, or Spark is told to read times otherwise than they stand.

    Parameters
    ----------
    spark : SparkSession
    place : Place

    Raises
    ------
    NotNativeError
    """
    if _is_far():
        raise NotNativeError("the session is on another machine")
    master = told(spark, "spark.master")
    if master is None:
        raise NotNativeError("the session doesn't say where its tasks run")
    if place.is_local and not master.startswith("local"):
        raise NotNativeError(f"its tasks run on a cluster ({master}), which may not see the driver's disk")
    for name, value in SHIFTS.items():
        if str(told(spark, name)).upper() == value:
            raise NotNativeError(f"{name} is {value.lower()}")


def shares_disk(spark):
    """Say whether tasks are sure to see the disk that the driver sees."""
    return not _is_far() and (told(spark, "spark.master") or "").startswith("local")


def _is_far():
    return "SPARK_REMOTE" in os.environ and "SPARK_LOCAL_REMOTE" not in os.environ


def tasks_at_once(setting):
    """Return how many tasks a session runs at once, as far as its settings tell.

    Parameters
    ----------
    setting : callable
        Given the name of a setting, returns its text or None.

    Examples
    --------
    >>> tasks_at_once({"spark.master": "local[4,3]"}.get), tasks_at_once({"spark.master": "local"}.get)
    (4, 1)
    >>> tasks_at_once({"spark.executor.instances": "10", "spark.executor.cores": "4"}.get)
    40
    >>> tasks_at_once({"spark.master": "yarn", "spark.default.parallelism": "48"}.get), tasks_at_once({}.get)
    (48, 200)
    """
    master = setting("spark.master") or ""
    if master.startswith("local"):
        return _local_cores(master)
    executors = _number(setting("spark.executor.instances")) or _number(
        setting("spark.dynamicAllocation.maxExecutors"))
    if executors and executors < 1 << 20:
        return executors * (_number(setting("spark.executor.cores")) or 1)
    # With `auto`, a platform's word for the second, Spark decides when it knows the size.
    others = ("spark.cores.max", "spark.default.parallelism", "spark.sql.shuffle.partitions")
    return next(filter(None, (_number(setting(name)) for name in others)), USUAL_TASKS)


def _local_cores(master):
    asked = re.match(r"local\[([^],]+)", master)
    if asked is None:
        return 1
    return os.cpu_count() if asked[1] == "*" else int(asked[1])


def _number(text):
    return int(text) if text and text.isdecimal() else None
