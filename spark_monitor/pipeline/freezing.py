"""How a reference is frozen: its span is read, the bins of every feature are made, its cells are counted."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from pyspark.sql import functions as F

from spark_monitor.cells.bins import ROWS, Bins
from spark_monitor.cells.freeze import FreezeOptions, frozen_bins, sample_rows
from spark_monitor.cells.freeze_here import frozen_bins_here
from spark_monitor.cells.kernel.plan import QUARANTINED, TIME, CountPlan, FeaturePlan
from spark_monitor.cells.unreadable import UnreadableError
from spark_monitor.errors import ReferenceMissingError
from spark_monitor.logs.features import prediction_features
from spark_monitor.logs.layout import bind_table
from spark_monitor.pipeline.agenda import slice_grain
from spark_monitor.pipeline.feeds import NATIVE, Selection, choose_feed, counted, files_of, is_few, reading_of
from spark_monitor.pipeline.tasks import shares_disk
from spark_monitor.windows import to_micros

TIMES_PIVOT = float(to_micros(datetime(2020, 1, 1, tzinfo=timezone.utc)))


@dataclass(frozen=True)
class Span:
    """The rows of one reference: where they are read, and which slices they lie in.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
    layout : Layout
    source : Source
    start, end : int
        Microseconds.
    bounds : ndarray of int64
        Beginnings of its slices and the end of the last.
    version : str or None
        The only version whose rows these are.
    """

    rows: object
    layout: object
    source: object
    start: int
    end: int
    bounds: object
    version: str | None = None


def make_bins(job, reference, sources, segments, first):
    """Return the frozen bins of features and the frozen values of segments, as rows of the `bins` table.

    Parameters
    ----------
    job : Job
    reference : Reference
        Whose rows they are made from.
    sources : list of FeatureSource
        All of them columns of the reference.
    segments : tuple of tuple of str
    first : int or None
        Time of the log's first row.
    """
    span = span_of(job, reference, first)
    there = [s for s in sources if all(name in span.layout.types for name in s.columns)]
    if not there and not segments:
        return []
    columns = batch_columns([*[n for s in there for n in s.columns], *[n for names in segments for n in names]])
    how = there, columns, segments, FreezeOptions.of(job.config)
    found = _frozen_here(job, span, how)
    if found is None:
        sample = sample_rows(span.rows, span.layout.identity, job.config.bins.sample)
        canonical = span.layout.canonical(sample, columns).where(~F.col(QUARANTINED))
        found = frozen_bins(canonical, *how).toArrow()
    return found.to_pylist()


def _frozen_here(job, span, how):
    """Return the bins of a reference of few files; None where Spark has to read it."""
    feed = choose_feed(job.spark, job.config, span.source, span.layout, listed=job.shared.listing)
    selection = Selection(lambda: span.rows, span.layout, span.start, span.end, span.version)
    if feed.kind != NATIVE or not is_few(files := files_of(feed, selection)):
        return None
    plan = CountPlan(span.bounds, (), (), span.layout.version is not None, span.layout.weight is not None)
    try:
        return frozen_bins_here(files, reading_of(feed, selection, how[1]), plan, job.config.bins.sample, how)
    except UnreadableError:
        return None


def span_of(job, reference, first):
    """Return the rows that a reference is frozen from, as a `Span`."""
    unit = slice_grain(job.config)
    start, end = (None if edge is None else to_micros(edge) for edge in (reference.start, reference.end))
    source, layout = job.source, job.layout
    if reference.kind == "rolling":
        grain = job.config.windows.grain
        if first is None:
            raise ReferenceMissingError(no_rows(reference, job))
        start = job.calendar.start(first, grain)
        end = start
        for _ in range(reference.rolling):
            end = job.calendar.following(end, grain)
    if reference.kind == "table":
        source = job.shared.pin(job.spark, reference.table, shares_disk(job.spark))
        layout = bind_table(job.config, source.columns(job.spark), reference.time)
    rows = layout.own(source.read(job.spark))
    if start is None and layout.raw_time is not None:
        low, high = rows.agg(F.min(F.expr(layout.time)), F.max(F.expr(layout.time))).first()
        start, end = low, None if high is None else high + 1
        if low is None:
            raise ReferenceMissingError(no_rows(reference, job))
    start, end = (0, 1) if start is None else (start, end)
    rows = layout.between(rows, start, end)
    if reference.kind == "version":
        rows = rows.where(F.expr(f"CAST({layout.version} AS string)") == reference.model_version)
    only = reference.model_version if reference.kind == "version" else None
    return Span(rows, layout, source, start, end, job.calendar.bounds(start, end, unit), only)


def count_reference(job, span, frozen, feed):
    """Return the cells of a reference's rows, by slice and over all slices.

    Parameters
    ----------
    job : Job
    span : Span
    frozen : Frozen
        Features that the reference has no column of their type for are left out.
    feed : Feed
        Of the span's table.
    """
    sources = {(s.family, s.feature): s for s in prediction_features(job.config, span.layout.types)}
    names = {key: sources[key].columns if key in sources else (key[1],) for key in frozen.bins}
    there = {key: columns for key, columns in names.items()
             if all(span.layout.types.get(name) == frozen.bins[key].data_type for name in columns)}
    batch = batch_columns([*[n for c in there.values() for n in c], *[n for s in frozen.segments for n in s.columns]])
    features = [FeaturePlan(rows_bins(), (TIME,))]
    features += [FeaturePlan(frozen.bins[key], tuple(batch[name] for name in columns))
                 for key, columns in there.items()]
    plan = CountPlan(span.bounds, segments_on(batch, frozen.segments, job.config), tuple(features),
                     span.layout.version is not None, span.layout.weight is not None, compiled=True)
    selection = Selection(lambda: span.rows, span.layout, span.start, span.end, span.version)
    return counted(job, feed, selection, batch, plan, with_totals=True, here=True)


def segments_on(batch, segments, config):
    """Return segments as the kernel reads them: with names of batch columns, the sensitive ones marked."""
    options = FreezeOptions.of(config)
    return tuple(replace(s, columns=tuple(batch[name] for name in s.columns),
                         hidden=frozenset(batch[name] for name in s.columns if options.is_sensitive(name)))
                 for s in segments)


def has_own_cells(reference, config):
    """Say whether cells are kept for a reference.

    One that is made of current cells at each comparison needs none, but for the first: the cells of the rows that froze
    the bins name every unit that results are written for, so that a window without any row has its rows of results.
    """
    lasting = reference.kind in ("period", "table") or (reference.kind == "version" and reference.start is not None)
    return lasting or reference == config.references[0]


def definition(reference):
    """Return a configured reference as JSON: what it means, so that a change is noticed."""
    return json.dumps(reference.model_dump(mode="json", exclude_none=True), sort_keys=True)


def reference_id(reference, bins_ids):
    """Return what names one freezing of a reference: its definition and the bins it is counted in."""
    return hashlib.sha256("\n".join([definition(reference), *bins_ids]).encode()).hexdigest()[:16]


def rows_bins():
    """Return the bins of the reserved feature that is the rows themselves: one bin over all times.

    The pivot is the same in every run, so that the cells of a slice are too, whichever run counted it.
    """
    return Bins(ROWS, "numeric", family="rows", pivot=TIMES_PIVOT)


def batch_columns(names):
    """Return short batch names for columns of a table, each column once.

    Examples
    --------
    >>> batch_columns(["a.b", "c", "a.b"])
    {'a.b': 'c0', 'c': 'c1'}
    """
    return {name: f"c{place}" for place, name in enumerate(dict.fromkeys(names))}


def no_rows(reference, job):
    """Return the message that a reference has no rows."""
    return (f"reference {reference.name!r} ({definition(reference)}) has no rows with a place in "
            f"{reference.table or job.config.predictions.table}; expected some to freeze the bins from")
