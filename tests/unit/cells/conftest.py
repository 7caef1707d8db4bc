"""A log with everything in it that can go wrong, the plan to count it by, and how tasks count and merge it."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from spark_monitor.cells.arrow import KEYS
from spark_monitor.cells.bins import Bins
from spark_monitor.cells.kernel.counter import Counter
from spark_monitor.cells.kernel.plan import CountPlan, FeaturePlan, SegmentPlan
from spark_monitor.cells.render import alias, name_hash
from spark_monitor.cells.spark_feed import _counting, merging
from spark_monitor.cells.stream import UNIT

NAN, INF = float("nan"), float("inf")
BOUNDS = (1_000_000, 2_000_000, 3_500_000, 5_000_000)
NUMBERS = (None, NAN, INF, -INF, -0.0, 0.0, 1.0, 1.0 + 2**-52, 2.0, 2.5, -7.25, 1e6 + 0.1, 3.0)
CITIES = (None, "Rome", "Ulm", "Pau", "Lyon", "(null)", "*", "", "a × b", "back\\slash", "\\(null)", "(other)", "×")
SCHEMA = pa.schema([
    ("t", pa.int64()), ("q", pa.bool_()), ("v", pa.string()), ("w", pa.float64()), ("amount", pa.float64()),
    ("cents", pa.decimal128(7, 2)), ("big", pa.int64()), ("flag", pa.bool_()), ("same", pa.float32()),
    ("void", pa.float64()), ("city", pa.string()), ("secret", pa.string()), ("score", pa.float64()),
    ("yes", pa.float64()), ("no", pa.float64())])


def _draw_log(rows=700):
    random = np.random.default_rng(20130301)

    def pick(values):
        return [values[place] for place in random.integers(0, len(values), rows)]

    edges = [edge + side for edge in BOUNDS for side in (-1, 0, 1)]
    scores = [None if place % 17 == 0 else float(x) for place, x in enumerate(random.random(rows))]
    columns = {
        "t": pick(edges + [1_200_000, 2_222_222, 4_999_998]), "q": (random.random(rows) < 0.06).tolist(),
        "v": pick([None, "1", "2", "(null)", "*"]), "w": pick([0.0, 0.5, 1.0, 3.25]), "amount": pick(NUMBERS),
        "cents": [None if x is None else Decimal(x) / 100 for x in pick([None, 0, 150, 151, -999, 99999])],
        "big": pick([None, 2**53 - 1, 2**53, -(2**53) + 1, 7, 0]), "flag": pick([None, True, False]),
        "same": [0.1] * rows, "void": [None] * rows, "city": pick(CITIES), "score": scores,
        "secret": pick(["ann", "bob", None, *[f"guest {number}" for number in range(60)]]),
        "yes": [None if x is None else 0.9 * x for x in scores],
        "no": [None if x is None else 1 - 0.9 * x for x in scores]}
    return pa.RecordBatch.from_arrays([pa.array(columns[field.name], field.type) for field in SCHEMA], schema=SCHEMA)


def _plan():
    folded = frozenset(map(name_hash, ["Pau", "\\*"]))
    bins = (
        (Bins("amount", "numeric", edges=np.array([-1.0, 0.0, 1.0, 2.0]), pivot=2.5, low=-5.0, high=2.0), ("amount",)),
        (Bins("cents", "numeric", edges=np.array([0.0, 1.5]), pivot=1.5), ("cents",)),
        (Bins("big", "discrete", edges=np.array([0.0, 7.0, 2.0**53 - 1])), ("big",)),
        (Bins("flag", "discrete", edges=np.array([0.0, 1.0]), low=1.0), ("flag",)),
        (Bins("flag as text", "categorical", categories=("true", "false")), ("flag",)),
        (Bins("same", "numeric", edges=np.array([0.0]), pivot=1e9), ("same",)),
        (Bins("void", "numeric", edges=np.array([0.0])), ("void",)),
        (Bins("city", "categorical", categories=("Rome", "Ulm", "\\(null)"), folded=folded), ("city",)),
        (Bins("secret", "categorical", categories=(alias("ann"),), sensitive=True), ("secret",)),
        (Bins("gone", "numeric", edges=np.array([0.0])), ()),
        (Bins("score", "numeric", family="prediction", edges=np.array([0.25, 0.5, 0.75]), pivot=0.5), ("score",)),
        (Bins("confidence", "numeric", family="prediction", edges=np.array([0.75]), pivot=0.7), ("yes", "no")),
        (Bins("(rows)", "numeric", family="rows", pivot=float(BOUNDS[0])), ("t",)))
    features = tuple(FeaturePlan(b, columns, None if columns else "column_missing") for b, columns in bins)
    segments = (SegmentPlan(None), SegmentPlan("city", ("city",), ("Rome", "Ulm", "(null)", "\\(null)")),
                SegmentPlan("city × flag", ("city", "flag"), ("Rome × true", "a\\ × b × false", "(null) × (null)")))
    return CountPlan(np.array(BOUNDS), segments, features, versioned=True, weighted=True,
                     wanted=np.array([True, True, False]))


def _as_plain(blocks):
    """Return what a counter counted as {key: facts}, each fact a plain value."""
    found = {}
    for segment, feature, keys, places, block in blocks:
        for place, (start, version, value) in enumerate(keys[key] for key in places):
            names = ("zeros", "out_of_range", "strays", "minimum", "maximum", "mean", "m2", "weight_squares")
            facts = {name: getattr(block, name)[place].item() for name in names}
            facts |= {"mass": block.mass[place].tolist(), "weights": block.weights[place].tolist()}
            facts["unseen"] = dict(block.unseen.get(place, {}))
            found[start, version, segment.name, value, feature.bins.family, feature.bins.feature] = facts
    return found


@pytest.fixture(scope="session")
def salted_log():
    """Return the log as one record batch."""
    return _draw_log()


@pytest.fixture(scope="session", params=[False, True], ids=["plain", "compiled"])
def plan(request):
    """Return the plan: three segments, thirteen features, two of three slices wanted; counted by each kind of loop."""
    return replace(_plan(), compiled=request.param)


@pytest.fixture(scope="session")
def count(plan):
    """Return the function that counts record batches, one after the other, into {key: facts}."""
    def count(*batches):
        counter = Counter(plan)
        for batch in batches:
            counter.count(batch)
        return _as_plain(counter.blocks())

    return count


@pytest.fixture(scope="session")
def count_in_tasks(plan):
    """Return the function that counts as tasks do: each list of batches by itself, partial cells sorted and merged.

    The answer is a table of cells; `size` is how many rows the batches of partial cells hold on their way.
    """
    sizes = {(f.bins.family, f.bins.feature): (f.bins.kind, f.bins.size) for f in plan.features}

    def count(tasks, size=10_000, min_cell=1, with_totals=False):
        partial = pa.Table.from_batches([cells for batches in tasks for cells in _counting(plan)(batches)])
        order = [(name, "ascending") for name in (*UNIT, "model_version", "slice")]
        together = partial.take(pc.sort_indices(partial, order)).combine_chunks()
        return pa.Table.from_batches(merging(sizes, min_cell, with_totals)(together.to_batches(size)))

    return count


@pytest.fixture(scope="session")
def assert_same_cells():
    """Return the check that two tables of cells are equal: floats to 1e-12 of the numbers' size, all else exactly."""
    def check(left, right):
        left, right = ({tuple(row[key] for key in KEYS): row for row in table.to_pylist()} for table in (left, right))
        assert left.keys() == right.keys()
        for key, row in left.items():
            # A mean or a deviation may cancel to nothing; rounding is then in proportion to what was added up.
            size = max(abs(row["min"] or 0.0), abs(row["max"] or 0.0))
            slack = {"mean": size, "m2": size**2 * row["row_count"], "weights": 0.0, "weight_squares": 0.0}
            for name, value in row.items():
                near = name in slack and value is not None
                expected = right[key][name]
                expected = pytest.approx(expected, rel=1e-12, abs=1e-12 * slack[name]) if near else expected
                assert value == expected, (key, name)

    return check
