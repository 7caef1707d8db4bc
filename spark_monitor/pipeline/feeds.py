"""Which feed counts a table: its files read directly where that is certainly right, else rows read by Spark."""

import re
from dataclasses import dataclass, replace

import numpy as np

from spark_monitor.cells.batches import batch_rows, sized_batches
from spark_monitor.cells.here import count_here
from spark_monitor.cells.native_feed import count_files
from spark_monitor.cells.parquet import Reading
from spark_monitor.cells.shared_feed import Wanted, count_shared
from spark_monitor.cells.spark_feed import count_cells
from spark_monitor.cells.unreadable import UnreadableError
from spark_monitor.errors import ContractError
from spark_monitor.logs.files import list_files
from spark_monitor.logs.governed import check_catalog
from spark_monitor.logs.nested import Derived
from spark_monitor.logs.spans import spans_of
from spark_monitor.logs.storage.find import find_place, settings_of, told
from spark_monitor.logs.storage.place import NotNativeError
from spark_monitor.pipeline.shared import COUNTS
from spark_monitor.pipeline.tasks import check_tasks, tasks_at_once

NATIVE, SPARK = "native", "spark"
# A compiler takes a second of processor time to load, in which NumPy counts about as many bytes of files.
WORTH_COMPILING = 32 << 20
# Rows of cells that one of several models of a log brings to the driver at most.
MOST_TOGETHER = 5_000
# Rows of cells that this process counts and hands to Spark at most: of more, tasks write them sooner.
MOST_HERE = 50_000
# Versions that a log is taken to have at once.
VERSIONS = 2
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


def choose_feed(spark, config, source, layout, deduplicated=False, listed=list_files):
    """Return the `Feed` of a pinned table.

    Parameters
    ----------
    spark : SparkSession
    config : MonitorConfig
    source : Source
    layout : Layout
    deduplicated : bool
        Whether each id counts once, which is found out across files.
    listed : callable
        Lists the files of a source at a place, as `list_files` does.

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
        listing = listed(source, place, layout.roles.time)
    except NotNativeError as error:
        if config.scan == NATIVE:
            message = f"scan: native, but {source.table} can't be read so: {error}; use scan: auto"
            raise ContractError(message) from error
        return Feed(SPARK, str(error), source.size)
    where = "on a local disk" if place.is_local else f"at {place.name(place.root)}"
    return Feed(NATIVE, f"a plain Delta table of {len(listing.files):,} files {where}", source.size, listing)


def counted(job, feed, selection, columns, plan, canonical=None, with_totals=False, here=False):
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
    here : bool
        Whether few files, into few cells, are counted by this process, into a pyarrow.Table.
    """
    layout = selection.layout
    if feed.kind == SPARK:
        rows = layout.canonical(selection.rows(), columns) if canonical is None else canonical
        return count_cells(rows, _paid(plan, feed.size), job.config.min_cell, with_totals)
    reading, files = reading_of(feed, selection, columns), files_of(feed, selection, plan)
    size = sum(file.size for file in files)
    if here and job.is_in_company and _cells_of(plan) <= MOST_TOGETHER:
        # Some cells of each come to the driver, so that all of them take one pass.
        wanted = Wanted(tuple(files), reading, _paid(plan, size), job.config.min_cell, with_totals)
        return job.store.meeting.ask((COUNTS, id(feed.listing)), wanted)
    if here and is_few(files) and _cells_of(plan) <= MOST_HERE:
        return count_here(files, reading, replace(plan, compiled=False), job.config.min_cell, with_totals)
    many = _tasks_of(job.spark)
    return count_files(job.spark, files, reading, _paid(plan, size), job.config.min_cell, many, with_totals)


def _spans(selection, plan):
    """Return the spans of time that rows are counted in: late rows of an old day ask for no file in between."""
    if plan.wanted is None:
        return [(selection.low, selection.high)]
    spans = spans_of(np.asarray(plan.slice_bounds), plan.wanted)
    return [(max(low, selection.low), min(high, selection.high)) for low, high in spans]


def reading_of(feed, selection, columns):
    """Return how the files of a native feed are read."""
    layout = selection.layout
    made = {short: layout.derived.get(name, Derived((name,), False, "")) for name, short in columns.items()}
    return Reading(layout.roles, selection.low, selection.high, layout.where, selection.version_is,
                   {short: (one.path, one.is_length) for short, one in made.items()}, feed.listing.schema,
                   feed.listing.place)


def files_of(feed, selection, plan=None):
    """Return the files of a native feed that may hold rows of a selection, in the slices of a plan if one is given."""
    spans = [(selection.low, selection.high)] if plan is None else _spans(selection, plan)
    return [file for file in feed.listing.files if any(file.may_hold(*span) for span in spans)
            and all(file.partition.get(name, value) == value for name, value in selection.layout.where.items())]


def _cells_of(plan):
    groups = sum(len(segment.values) + 1 for segment in plan.segments)
    return (len(plan.slice_bounds) - 1) * groups * len(plan.features) * VERSIONS


def count_together(spark, wanted):
    """Return the cells of models that share a log, or for each the error that it is to raise."""
    try:
        return count_shared(spark, wanted, _tasks_of(spark), WORTH_COMPILING)
    except Exception as error:
        return [error] * len(wanted)


def is_few(files):
    """Say whether files are counted sooner by this process than by tasks."""
    return sum(file.size for file in files) < WORTH_COMPILING


def _tasks_of(spark):
    return tasks_at_once(lambda name: told(spark, name))


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
    def through_spark(feed):
        with sized_batches(job.spark, batch_rows(job.layout.spark_types.values())):
            work(feed)

    if feed.kind == SPARK:
        through_spark(feed)
        return feed
    try:
        work(feed)
    except Exception as error:
        # All that comes of an error inside a task is its text.
        found = re.search(rf"\b{UnreadableError.__name__}: (.*)", f"{type(error).__name__}: {error}")
        if job.config.scan == NATIVE or found is None:
            raise
        feed = Feed(SPARK, found[1].strip(), feed.size)
        through_spark(feed)
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
