"""The counting step: the slices of an agenda in one pass, their cells replaced in one commit."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from spark_monitor.cells.arrow import key_columns, to_batch
from spark_monitor.cells.bins import COLUMNS, DUPLICATES
from spark_monitor.cells.block import CellBlock
from spark_monitor.cells.kernel.plan import TIME, CountPlan, FeaturePlan
from spark_monitor.logs.copies import duplicate_cells, first_copies
from spark_monitor.logs.features import mapped_columns, prediction_features
from spark_monitor.logs.small_copies import duplicate_cells_here
from spark_monitor.pipeline.agenda import grains_of
from spark_monitor.pipeline.feeds import (NATIVE, Selection, choose_feed, counted, files_of, is_few, reading_of,
                                          with_fallback)
from spark_monitor.pipeline.freezing import batch_columns, rows_bins, segments_on
from spark_monitor.tables.local import union, with_column
from spark_monitor.tables.state import FEATURE_CELLS
from spark_monitor.tables.store import instants, of_model
from spark_monitor.tables.table import literal
from spark_monitor.windows import merged


@dataclass(frozen=True)
class Columns:
    """How the log's columns stand beside those that the bins were frozen with.

    Parameters
    ----------
    missing, changed, new : tuple of str
    """

    missing: tuple
    changed: tuple
    new: tuple


def compare_columns(config, types, frozen):
    """Return which features lost their column or its type, and which columns came later.

    Parameters
    ----------
    config : MonitorConfig
    types : dict of str to str
        Column of the log -> class of type.
    frozen : Frozen
    """
    columns = feature_columns(config, types, frozen)
    missing = [key[1] for key, names in columns.items() if any(name not in types for name in names)]
    changed = [key[1] for key, names in columns.items() if key[1] not in missing
               and types[names[0]] != frozen.bins[key].data_type]
    known = {*frozen.left_out, *(name for names in columns.values() for name in names), *mapped_columns(config)}
    return Columns(tuple(missing), tuple(changed), tuple(name for name in types if name not in known))


def feature_columns(config, types, frozen):
    """Return the columns of the log that each frozen feature is read from, by family and name."""
    said = {(s.family, s.feature): s.columns for s in prediction_features(config, types)}
    return {key: said.get(key, (key[1],)) for key in frozen.bins}


def count_slices(job, agenda, frozen, columns):
    """Count the agenda's slices and duplicates and replace their cells; return rows counted.

    Parameters
    ----------
    job : Job
    agenda : Agenda
    frozen : Frozen
    columns : Columns
    """
    conditions = []
    if agenda.slices:
        conditions.append(f"{instants('slice', [s.start for s in agenda.slices])} AND feature NOT LIKE '(duplicates:%'")
    windows = {grain: [w for w in spans if not _rests_on_kept(agenda, w)] for grain, spans in agenda.windows.items()}
    windows = {grain: spans for grain, spans in windows.items() if spans}
    windows = windows if job.config.predictions.duplicates == "count" else {}
    if windows:
        conditions += [f"feature = {literal(f'(duplicates:{grain})')} AND {instants('slice', [w.start for w in spans])}"
                       for grain, spans in windows.items()]
    if not conditions:
        return
    predicate = of_model(job.model, " OR ".join(f"({condition})" for condition in conditions))

    def write(feed):
        parts = []
        if agenda.slices:
            parts = [slice_cells(job, agenda.slices, frozen, columns, feed, here=True),
                     _column_cells(agenda.slices, columns)]
        if windows:
            parts.append(_duplicates(job, feed, windows))
        job.store.replace(FEATURE_CELLS, job.stamped(union(job.spark, parts)), predicate)

    feed = choose_feed(job.spark, job.config, job.source, job.layout, job.config.predictions.deduplicate,
                       job.shared.listing)
    job.feed = with_fallback(job, feed, write)


def _rests_on_kept(agenda, window):
    """Say whether a published window holds rows that the log has no more: its duplicates can't be counted again."""
    return window in agenda.restated and any(window.start <= s.start < window.end for s in agenda.kept)


def _duplicates(job, feed, windows):
    """Return the cells of ids that repeat in some windows: of few files in Arrow, else as a DataFrame."""
    low = min(w.start for spans in windows.values() for w in spans)
    high = max(w.end for spans in windows.values() for w in spans)
    layout = job.layout
    spans = merged((w.start, w.end) for own in windows.values() for w in own)
    selection = Selection(lambda: layout.within(job.rows(), spans), layout, low, high)
    found = None
    if feed.kind == NATIVE and is_few(files := files_of(feed, selection)):
        found = duplicate_cells_here(files, reading_of(feed, selection, {}), windows, layout.version is not None,
                                     layout.weight is not None)
    return duplicate_cells(selection.rows(), layout, windows) if found is None else found


def slice_cells(job, slices, frozen, columns, feed, compiled=True, here=False):
    """Return the cells of some slices of the log, as a DataFrame of `CELL_SCHEMA`.

    Parameters
    ----------
    job : Job
    slices : list of Window
    frozen : Frozen
    columns : Columns
    feed : Feed
    compiled : bool
        Whether loops may be compiled, where there is enough to count.
    here : bool
        As for `counted`.
    """
    config, layout = job.config, job.layout
    names = feature_columns(config, layout.types, frozen)
    batch = batch_columns([*[n for c in names.values() for n in c], *[n for s in frozen.segments for n in s.columns]])
    features = [FeaturePlan(rows_bins(), (TIME,))]
    for key, own in names.items():
        failed = ("column_missing" if key[1] in columns.missing else
                  "type_changed" if key[1] in columns.changed else None)
        features.append(FeaturePlan(frozen.bins[key], tuple(batch[name] for name in own), failed))
    bounds = np.array(sorted({edge for s in slices for edge in (s.start, s.end)}), np.int64)
    wanted = np.isin(bounds[:-1], [s.start for s in slices])
    plan = CountPlan(bounds, segments_on(batch, frozen.segments, config), tuple(features),
                     layout.version is not None, layout.weight is not None, wanted, compiled)
    low, high = int(bounds[0]), int(bounds[-1])
    own = merged((s.start, s.end) for s in slices)
    selection, canonical = Selection(lambda: layout.within(job.rows(), own), layout, low, high), None
    if config.predictions.deduplicate:
        spans = job.calendar.windows(low, high, config.windows.grain)
        canonical = first_copies(selection.rows(), layout, batch, spans)
    return counted(job, feed, selection, batch, plan, canonical, here=here)


def anchors(job):
    """Return cells without rows, in Arrow, of the features without a reference: so empty windows have results, too."""
    counted = job.config.predictions.duplicates == "count"
    sizes = {COLUMNS: 3, **{DUPLICATES.format(grain=grain): 2 for grain in grains_of(job.config) if counted}}
    batches = [to_batch(key_columns([(None, "(none)", None, None)]), CellBlock.empty(1, size), "rows", name, None, None)
               for name, size in sizes.items()]
    return pa.Table.from_batches(batches)


def _column_cells(slices, columns):
    """Return one cell a slice that says how the log's columns stood when it was counted."""
    block = CellBlock.empty(len(slices), 3)
    block.mass[:, :3] = [len(columns.missing), len(columns.new), len(columns.changed)]
    keys = [(s.start, "(none)", None, None) for s in slices]
    cells = pa.Table.from_batches([to_batch(key_columns(keys), block, "rows", COLUMNS, None, None)])
    return with_column(cells, "weights", None)
