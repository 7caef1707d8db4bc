"""Which feed counts a table: its files read directly where that is certainly right, else rows read by Spark."""

import os
import re
from dataclasses import dataclass, replace

import numpy as np

from spark_monitor.cells.native_feed import count_files
from spark_monitor.cells.parquet import Reading, UnreadableError
from spark_monitor.cells.spark_feed import count_cells
from spark_monitor.errors import ContractError
from spark_monitor.logs.files import NotNativeError, list_files
from spark_monitor.logs.nested import Derived
from spark_monitor.windows import merged

NATIVE, SPARK = "native", "spark"
# A compiler takes a second of processor time to load, in which NumPy counts about as many bytes of files.
WORTH_COMPILING = 32 << 20
# The kinds of a column that a value of each kind selects rows by, as Spark would.
SELECTED_BY = {str: ("string",), bool: ("boolean",), int: ("tinyint", "smallint", "int", "bigint")}


@dataclass(frozen=True)
class Feed:
    """How a table's rows reach the kernel.

    Parameters
    ----------
    kind : {"native", "spark"}
    reason : str
    size : int
        Bytes of the table.
    listing : Listing or None
        The files of a native feed.
    """

    kind: str
    reason: str
    size: int = 0
    listing: object = None


@dataclass(frozen=True)
class Selection:
    """Which rows of a table are to be counted.

    Parameters
    ----------
    rows : callable
        Returns those rows, as Spark reads them.
    layout : Layout
    low, high : int
        Microseconds between which their times lie.
    version_is : str or None
        Their only version.
    """

    rows: object
    layout: object
    low: int
    high: int
    version_is: str | None = None


def choose_feed(spark, config, source, layout, deduplicated=False):
    """Return the `Feed` of a pinned table.

    Parameters
    ----------
    spark : SparkSession
    config : MonitorConfig
    source : Source
    layout : Layout
    deduplicated : bool
        Whether each id counts once, which is found out across files.

    Raises
    ------
    ContractError
        If `scan: native` is asked for and can't be had.
    """
    if config.scan == SPARK:
        return Feed(SPARK, "scan: spark", source.size)
    try:
        if deduplicated:
            raise NotNativeError("copies of ids are left out, which takes a shuffle")
        _check_session(spark)
        _check_columns(config, layout)
        listing = list_files(source, layout.roles.time)
    except NotNativeError as error:
        if config.scan == NATIVE:
            message = f"scan: native, but {source.table} can't be read so: {error}; use scan: auto"
            raise ContractError(message) from error
        return Feed(SPARK, str(error), source.size)
    return Feed(NATIVE, f"a plain Delta table of {len(listing.files):,} files on a local disk", source.size, listing)


def counted(job, feed, selection, columns, plan, canonical=None, with_totals=False):
    """Return the cells of some rows by a plan, through their table's feed.

    Parameters
    ----------
    job : Job
    feed : Feed
    selection : Selection
    columns : dict of str to str
        Column of the table -> name in a batch.
    plan : CountPlan
    canonical : pyspark.sql.DataFrame, optional
        What Spark's feed counts, where it is not the canonical rows of the selection.
    with_totals : bool
        As for `count_cells`.
    """
    layout = selection.layout
    if feed.kind == SPARK:
        rows = layout.canonical(selection.rows(), columns) if canonical is None else canonical
        return count_cells(rows, _paid(plan, feed.size), job.config.min_cell, with_totals)
    made = {short: layout.derived.get(name, Derived((name,), False, "")) for name, short in columns.items()}
    reading = Reading(layout.roles, selection.low, selection.high, layout.where, selection.version_is,
                      {short: (one.path, one.is_length) for short, one in made.items()}, feed.listing.schema)
    files = [file for file in feed.listing.files if any(file.may_hold(*span) for span in _spans(selection, plan))]
    size = sum(file.size for file in files)
    cores = local_cores(job.spark.conf.get("spark.master"))
    return count_files(job.spark, files, reading, _paid(plan, size), job.config.min_cell, cores, with_totals)


def _spans(selection, plan):
    """Return the spans of time that rows are counted in: late rows of an old day ask for no file in between."""
    if plan.wanted is None:
        return [(selection.low, selection.high)]
    edges = np.asarray(plan.slice_bounds)
    spans = merged(zip(edges[:-1][plan.wanted].tolist(), edges[1:][plan.wanted].tolist()))
    return [(max(low, selection.low), min(high, selection.high)) for low, high in spans]


def local_cores(master):
    """Return how many tasks a local session runs at once.

    Examples
    --------
    >>> local_cores("local[2]"), local_cores("local[4,3]"), local_cores("local")
    (2, 4, 1)
    """
    asked = re.match(r"local\[([^],]+)", master)
    if asked is None:
        return 1
    return os.cpu_count() if asked[1] == "*" else int(asked[1])


def _paid(plan, size):
    """Return the plan, told whether so many bytes are worth a compiler."""
    return replace(plan, compiled=plan.compiled and size >= WORTH_COMPILING)


def with_fallback(job, feed, work):
    """Do work that writes what a feed counts; where a file turns out to be unreadable, once more through Spark.

    Parameters
    ----------
    job : Job
    feed : Feed
    work : callable
        Given a feed.

    Returns
    -------
    Feed
        The one that counted.
    """
    try:
        work(feed)
    except Exception as error:
        if feed.kind == SPARK or job.config.scan == NATIVE or UnreadableError.__name__ not in str(error):
            raise
        reason = next(line for line in str(error).splitlines() if UnreadableError.__name__ in line)
        feed = Feed(SPARK, reason.strip(), feed.size)
        work(feed)
    return feed


def _check_session(spark):
    """Refuse where a task may not see the disk whose files the driver lists."""
    if "SPARK_REMOTE" in os.environ and "SPARK_LOCAL_REMOTE" not in os.environ:
        raise NotNativeError("the session is on another machine")
    master = spark.conf.get("spark.master", "an unknown master")
    if not master.startswith("local"):
        raise NotNativeError(f"its tasks run on a cluster ({master}), which may not see the driver's disk")


def _check_columns(config, layout):
    log, types = config.predictions, layout.spark_types
    local = layout.time_type in ("date", "timestamp_ntz") and config.windows.time_zone != "UTC"
    if local:
        raise NotNativeError(f"the time column holds {layout.time_type}, in {config.windows.time_zone}")
    if layout.roles.weight and layout.types[log.weight] != "number":
        raise NotNativeError(f"the weight is {types[log.weight]}")
    for name, value in layout.where.items():
        if types[name] not in SELECTED_BY.get(type(value), ()):
            raise NotNativeError(f"rows are selected by {name!r}, which holds {types[name]}")
