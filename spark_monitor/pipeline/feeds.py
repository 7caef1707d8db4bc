"""Which feed counts a table: its files read directly where that is certainly right, else rows read by Spark."""

import re
from dataclasses import dataclass, replace

from spark_monitor.cells.native_feed import count_files
from spark_monitor.cells.opening import UnreadableError
from spark_monitor.cells.parquet import Reading
from spark_monitor.cells.spark_feed import count_cells
from spark_monitor.errors import ContractError
from spark_monitor.logs.files import list_files
from spark_monitor.logs.governed import check_catalog
from spark_monitor.logs.nested import Derived
from spark_monitor.logs.storage.find import find_place, settings_of, told
from spark_monitor.logs.storage.place import NotNativeError
from spark_monitor.pipeline.tasks import check_tasks, tasks_at_once

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
        _check_columns(config, layout)
        check_catalog(spark, source.table)
        place = find_place(source.location, settings_of(spark))
        check_tasks(spark, place)
        listing = list_files(source, place, layout.roles.time)
    except NotNativeError as error:
        if config.scan == NATIVE:
            message = f"scan: native, but {source.table} can't be read so: {error}; use scan: auto"
            raise ContractError(message) from error
        return Feed(SPARK, str(error), source.size)
    where = "on a local disk" if place.is_local else f"at {place.name(place.root)}"
    return Feed(NATIVE, f"a plain Delta table of {len(listing.files):,} files {where}", source.size, listing)


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
                      {short: (one.path, one.is_length) for short, one in made.items()}, feed.listing.schema,
                      feed.listing.place)
    files = [file for file in feed.listing.files if file.may_hold(selection.low, selection.high)]
    size = sum(file.size for file in files)
    many = tasks_at_once(lambda name: told(job.spark, name))
    return count_files(job.spark, files, reading, _paid(plan, size), job.config.min_cell, many, with_totals)


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
        # All that comes of an error inside a task is its text.
        found = re.search(rf"\b{UnreadableError.__name__}: (.*)", str(error))
        if feed.kind == SPARK or job.config.scan == NATIVE or found is None:
            raise
        feed = Feed(SPARK, found[1].strip(), feed.size)
        work(feed)
    return feed


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
