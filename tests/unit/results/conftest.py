"""A small log of two weeks and its reference, their cells as the tables hold them, and an evaluation of both."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from spark_monitor.cells.arrow import CELL_SCHEMA, key_columns, to_batch
from spark_monitor.cells.bins import COLUMNS, DUPLICATES, ROWS, Bins
from spark_monitor.cells.block import CellBlock
from spark_monitor.cells.kernel.plan import CountPlan, FeaturePlan, SegmentPlan
from spark_monitor.cells.spark_feed import _counting, merging
from spark_monitor.cells.stream import UNIT, units
from spark_monitor.metrics.selection import Selection
from spark_monitor.results.evaluate import evaluate
from spark_monitor.results.request import EvaluationRequest, ReferenceRequest, WindowRequest
from spark_monitor.tables.results import METRICS

DAY = 86_400_000_000
FIRST = 20_000 * DAY
EVERYTHING = Selection(everything=True)
X = Bins("x", "numeric", edges=np.array([-1.0, -0.5, 0.0, 0.5, 1.0]), coarse=np.array([0, 0, 1, 1, 2, 2]), low=-3.0,
         high=3.0)
CITY = Bins("city", "categorical", categories=("A", "B"), coarse=np.arange(2))
SAID = Bins("prediction", "categorical", family="prediction", categories=("no", "yes"), coarse=np.arange(2))
CONFIGURED = ReferenceRequest("training", "table", "r1")
FAR = ReferenceRequest("launch", "period", "r2", slices=5)


def draw(rows, days, seed, shift=0.0):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "day": random.choice(days, rows), "v": random.choice(["1", "2"], rows), "x": random.normal(shift, 1, rows),
        "city": random.choice(["A", "B", "C"], rows, p=[0.6, 0.3, 0.1]), "said": random.choice(["no", "yes"], rows)})
    frame.loc[random.random(rows) < 0.08, "x"] = None
    frame["t"] = FIRST + frame["day"] * DAY + random.integers(0, DAY, rows)
    frame["q"] = random.random(rows) < 0.04
    return frame


def count(frame, with_totals=False, x_bins=X, failure=None):
    """Return the cells of a log as a table sorted as `units` wants it."""
    features = (FeaturePlan(x_bins, ("x",), failure), FeaturePlan(CITY, ("city",)), FeaturePlan(SAID, ("said",)),
                FeaturePlan(Bins(ROWS, "numeric", family="rows", pivot=float(FIRST)), ("t",)))
    segments = (SegmentPlan(None), SegmentPlan("city", ("city",), ("A", "B")),
                SegmentPlan("city × said", ("city", "said"), ("A × yes", "B × no")))
    plan = CountPlan(FIRST + DAY * np.arange(-30, 31), segments, features, versioned=True)
    batch = pa.RecordBatch.from_pandas(frame[["t", "q", "v", "x", "city", "said"]], preserve_index=False)
    partial = pa.Table.from_batches(_counting(plan)([batch]), CELL_SCHEMA)
    sizes = {(f.bins.family, f.bins.feature): (f.bins.kind, f.bins.size) for f in features}
    merged = pa.Table.from_batches(merging(sizes, 1, with_totals)(_sorted(partial).to_batches()), CELL_SCHEMA)
    return merged.filter(pc.is_null(merged.column("slice"))) if with_totals else merged


def _sorted(table):
    order = [name for name in (*UNIT, "reference", "slice", "model_version") if name in table.column_names]
    return table.take(pc.sort_indices(table, [(name, "ascending") for name in order])).combine_chunks()


def named(table, reference):
    return table.append_column("reference", pa.array([reference] * len(table), pa.string()))


def facts(feature, counts):
    """Return cells of one of the features that count rows, {day: counts of its bins}, or {(day, version): counts}."""
    block = CellBlock.empty(len(counts), len(next(iter(counts.values()))))
    block.mass[:, :-5] = list(counts.values())
    keys = [key if isinstance(key, tuple) else (key, "(none)") for key in counts]
    where = [(FIRST + day * DAY, version, None, None) for day, version in keys]
    return pa.Table.from_batches([to_batch(key_columns(where), block, "rows", feature, None, None)])


def window(first, days, before=()):
    """A window from one day; `before` are the first days of the windows before it, each as long."""
    return WindowRequest(FIRST + first * DAY, FIRST + (first + days) * DAY, days,
                         tuple(FIRST + day * DAY for day in before), (days,) * len(before))


def publish(current, stored=(), references=(CONFIGURED,), windows=None, selections=None):
    """Evaluate cells and {reference: cells}, and return the rows of `metrics` as a frame."""
    if windows is None:
        windows = {"day": tuple(window(day, 1) for day in range(14)), "week": (window(0, 7), window(7, 7))}
    request = EvaluationRequest("m", "run", 5,
                                {("drift", "x"): X, ("drift", "city"): CITY, ("prediction", "prediction"): SAID},
                                {"city": frozenset("AB"),
                                 "city × said": frozenset(["A × yes", "B × no"])}, windows, references,
                                selections or dict.fromkeys(("overall", "segments", "crossings"), EVERYTHING))
    table = pa.concat_tables([named(current, None), *[named(cells, name) for name, cells in dict(stored).items()]])
    batches = [batch for part in units(_sorted(table).to_batches()) for batch in evaluate(part, request)]
    return pa.Table.from_batches(batches).to_pandas() if batches else METRICS.schema.empty_table().to_pandas()


def pick(rows, **where):
    """Return the rows of a frame where columns equal values; None stands for null. `day` counts window starts."""
    if "day" in where:
        where["window_start"] = pd.Timestamp(FIRST // 1000 + where.pop("day") * DAY // 1000, unit="ms", tz="UTC")
    where = {"segment": None, "model_version": "*", **where}
    for name, value in where.items():
        rows = rows[rows[name].isna() if value is None else rows[name] == value]
    return rows


def one(rows, **where):
    """Return the only row there is."""
    rows = pick(rows, **where)
    assert len(rows) == 1, rows
    return rows.iloc[0]


@pytest.fixture(scope="session")
def tiny():
    """Return the functions above, the raw rows of log and reference, and what their evaluation publishes."""
    log = draw(900, [day for day in range(14) if day != 4], seed=1, shift=0.3)
    before = draw(400, range(-20, -15), seed=2)
    cells, stored = count(log), count(before, with_totals=True)
    published = publish(cells, {"training": stored, "launch": stored}, (CONFIGURED, FAR))
    return SimpleNamespace(log=log, before=before, cells=cells, stored=stored, published=published, count=count,
                           draw=draw,
                           facts=facts, window=window,
                           publish=publish, pick=pick, one=one, bins=X, city=CITY, first=FIRST, day=DAY,
                           training=CONFIGURED, launch=FAR, columns=COLUMNS, duplicates=DUPLICATES)
