"""Cells of a small table by either feed, and how two feeds' cells, or cells and raw rows, are held together."""

import math
from dataclasses import replace

import numpy as np
from odd_table import START
from pytest import approx

from spark_monitor.cells.arrow import KEYS
from spark_monitor.cells.bins import Bins
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.config.loader import load_config_text
from spark_monitor.logs.features import choose_features
from spark_monitor.pipeline.agenda import Wish
from spark_monitor.pipeline.count import compare_columns, slice_cells
from spark_monitor.pipeline.feeds import choose_feed
from spark_monitor.pipeline.frozen_before import Frozen
from spark_monitor.pipeline.run import open_job
from spark_monitor.windows import to_micros

CONFIG = """
model: odd
predictions: {{table: "{table}", id: id, time: t, version: v, prediction: word, features: {features}{more}}}
references: [{{start: 2024-03-01, end: 2024-03-02}}]
segments: [city, flag, [city, tier]]
windows: {{start: 2000-01-01}}
scan: {scan}
results: {table}_results
"""
# Everything by name, so that times are counted, too, and lengths of texts.
FEATURES = '["*", length(word), length(place.name)]'
EDGES = np.array([-3.0, 0.0, 1.5, 1e6])
SLACK = {"mean": 1.0, "m2": 1.0}


def opened(spark, table, scan="auto", more=""):
    """Return a job on the table, and frozen bins of all its features: of few edges, or of few names."""
    config = load_config_text(CONFIG.format(table=table, scan=scan, more=more, features=FEATURES))
    as_of = to_micros(START) + 30 * 86_400_000_000
    job = open_job(spark, config, Wish(as_of=as_of), "run", as_of)
    bins = {}
    for source in choose_features(config, job.layout.types)[0]:
        facts = {"kind": source.kind, "data_type": source.data_type}
        facts |= {"edges": EDGES} if source.kind == "numeric" else {"categories": ("a", "x", "true")}
        bins[source.family, source.feature] = Bins(source.feature, **facts)
    bins["drift", "gone"] = Bins("gone", "categorical", categories=("a",), data_type="text")
    named = {"city": ("a b", "(null)", "x=y/z"), "flag": ("true",)}
    segments = [SegmentPlan(name, (name,), values) for name, values in named.items()]
    crossing = SegmentPlan("city × tier", ("city", "tier"), ("a b × 1", "(null) × (null)", "c%d × 2"))
    return job, Frozen(bins, (SegmentPlan(None), *segments, crossing), {}, (), {})


def count(spark, table, scan, compiled=True, more=""):
    """Return the cells of four days as {key: row}."""
    job, frozen = opened(spark, table, scan, more)
    slices = job.calendar.windows(to_micros(START) - 1, to_micros(START) + 3 * 86_400_000_000 + 1, "day")
    feed = choose_feed(spark, job.config, job.source, job.layout)
    # As for a big table, so that loops are compiled where that is asked for.
    feed = replace(feed, size=1 << 40)
    if feed.listing is not None:
        files = tuple(replace(file, size=file.size) for file in feed.listing.files)
        feed = replace(feed, listing=replace(feed.listing, files=files))
    columns = compare_columns(job.config, job.layout.types, frozen)
    assert columns.missing == ("gone",) and not columns.changed
    rows = slice_cells(job, slices, frozen, columns, feed, compiled).collect()
    return feed, {tuple(row[name] for name in KEYS): row.asDict() for row in rows}


def assert_same(left, right):
    """Compare cells: counts, names and extremes exactly, moments to 1e-12 of the cell's own numbers."""
    assert not left.keys() ^ right.keys()
    for key, row in left.items():
        largest = min(max([abs(row[side]) for side in ("min", "max") if row[side] is not None], default=0.0), 1e150)
        for name, value in row.items():
            other = right[key][name]
            if name in SLACK and value is not None and other is not None:
                size = largest ** (1 if name == "mean" else 2)
                near = math.isclose(value, other, rel_tol=1e-12, abs_tol=1e-12 * size * row["row_count"])
                assert near or (math.isnan(value) and math.isnan(other)), (key, name, value, other)
            else:
                assert value == other, (key, name, value, other)


def assert_counted(cell, values):
    """Compare one cell with the values that should be in it."""
    if not values:
        assert cell is None
        return
    numbers = np.array([value for value in values if value is not None], float)
    finite = numbers[np.isfinite(numbers)]
    counts = np.bincount(np.searchsorted(EDGES, finite, side="left"), minlength=len(EDGES) + 1)
    assert cell["counts"] == counts.tolist() and cell["row_count"] == len(values)
    assert cell["nulls"] == sum(value is None for value in values)
    assert (cell["nans"], cell["pos_inf"], cell["neg_inf"]) == (
        np.isnan(numbers).sum(), np.isposinf(numbers).sum(), np.isneginf(numbers).sum())
    assert cell["zeros"] == (finite == 0).sum()
    # Python rounds decimals rightly, Arrow to the last bit but one.
    edges = [approx(edge, rel=1e-15, abs=0) for edge in (finite.min(), finite.max())] if len(finite) else [None, None]
    assert [cell["min"], cell["max"]] == edges
