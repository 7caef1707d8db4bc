"""Are labelled rows counted by the values of features as numpy counts the raw rows, however the rows come?"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from spark_monitor.cells.bins import Bins
from spark_monitor.cells.kernel.plan import FeaturePlan
from spark_monitor.cells.kernel.relations import RelationCounter, RelationPlan
from spark_monitor.cells.relation_arrow import RELATION_SCHEMA, read_relations, to_relation_cells
from spark_monitor.cells.relation_bins import MOST_MERGED, merge_bins
from spark_monitor.cells.relation_feed import _counting, _merging
from spark_monitor.cells.stream import UNIT
from spark_monitor.metrics.relation.relation_cells import RELATION_SUMS
from spark_monitor.tables.state import RELATION_CELLS

DAY = 86_400_000_000
BOUNDS = np.arange(4) * DAY
X = Bins("x", "numeric", edges=np.linspace(-2, 2, 59), coarse=np.arange(60) // 6)
N = Bins("n", "discrete", edges=np.arange(7.0), coarse=np.arange(7))
CITY = Bins("city", "categorical", categories=tuple(f"c{i:02}" for i in range(24)), folded_open=True)
FEATURES = tuple(FeaturePlan(bins, (bins.feature,)) for bins in (X, N, CITY))
LABELS = (frozenset({"no"}), frozenset({"yes"}))
PLAN = RelationPlan(BOUNDS, FEATURES, "binary", LABELS, versioned=True, weighted=True,
                    wanted=np.array([True, True, False]))


def draw_log(rows=1_500, seed=7):
    random = np.random.default_rng(seed)
    x = random.normal(0, 1, rows)
    return pd.DataFrame({
        "t": random.integers(-DAY // 10, 3 * DAY, rows),
        "v": random.choice(["1", "2"], rows), "w": random.choice([0.0, 0.5, 1.0, 3.0], rows),
        "x": np.where(random.random(rows) < 0.05, np.nan, np.where(random.random(rows) < 0.03, np.inf, x)),
        "n": random.integers(0, 7, rows).astype(float), "city": [f"c{i:02}" for i in random.geometric(0.08, rows) % 40],
        "s": np.where(random.random(rows) < 0.04, 1.5, np.clip(random.beta(2, 3, rows), 0.0, 1.0)),
        "d": random.choice(["no", "yes"], rows),
        "y": random.choice(["no", "yes", "?", None], rows, p=[.5, .3, .05, .15])})


@pytest.fixture(scope="module")
def log():
    return draw_log()


def batches(log, size=10_000):
    table = pa.Table.from_pandas(log, preserve_index=False)
    # NaN of a column that has both stays NaN; pandas can't tell it from null.
    return table.set_column(table.column_names.index("x"), "x", pa.array(log["x"].to_numpy())).to_batches(size)


def counted(tasks, plan=PLAN, size=10_000):
    """Return rows of state as tasks make them: each list of batches by itself, partial cells sorted and merged."""
    partial = pa.Table.from_batches([cells for task in tasks for cells in _counting(plan)(task)], RELATION_SCHEMA)
    order = [(name, "ascending") for name in (*UNIT, "model_version", "slice")]
    together = partial.take(pc.sort_indices(partial, order)).combine_chunks()
    bins = {feature.bins.feature: feature.bins for feature in plan.features}
    return pa.Table.from_batches(_merging(bins)(together.to_batches(size)), RELATION_SCHEMA)


def label_of(bins, value):
    """Return which merged cell a value is in, by its name, without the kernel."""
    if bins.kind == "categorical":
        return value if value in bins.categories[:MOST_MERGED - 1] else "(other)"
    if np.isnan(value):
        return "(nan)"
    if np.isinf(value):
        return "(+inf)"
    if bins.kind == "discrete":
        return f"{value:g}"
    return int(sum(value > edge for edge in bins.edges)) // 3


def by_hand(log, outcome, loss):
    """Return {(feature, slice, version, cell): the eight sums} of rows that are already known to count."""
    found = {}
    for (at, row), y, loss_of in zip(log.iterrows(), outcome, loss):
        for bins in (X, N, CITY):
            key = bins.feature, int(row["t"] // DAY) * DAY, row["v"], label_of(bins, row[bins.feature])
            w = row["w"]
            found[key] = found.get(key, 0) + np.array(
                [1, w, w**2, w * y, w**2 * y, w * loss_of, w**2 * loss_of, w**2 * loss_of**2])
    return found


def told(table):
    """Return the rows of state in the same form."""
    found = {}
    for row in table.to_pylist():
        for place, cell in enumerate(row["cell_bin"]):
            name = row["cell_category"][place]
            if name is None:
                low, high = row["cell_lower"][place], row["cell_upper"][place]
                name = f"{low:g}" if row["feature"] == "n" else cell
                bins = {"x": X, "n": N}[row["feature"]]
                expected = merge_bins(bins)
                assert (low, high) == (expected.lower[cell], expected.upper[cell])
            sums = np.array([row[f"cell_{part}"][place] for part in RELATION_SUMS])
            found[row["feature"], int(row["slice"].timestamp() * 1e6), row["model_version"], name] = sums
    return found


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for key, sums in expected.items():
        np.testing.assert_allclose(found[key], sums, rtol=1e-12, atol=1e-12, err_msg=str(key))


def test_cells_equal_a_count_of_the_raw_rows(log):
    usable = log[log["t"].between(0, 2 * DAY - 1) & log["y"].isin(["no", "yes"]) & (log["s"] <= 1)]
    y = (usable["y"] == "yes").to_numpy(int)
    p = np.where(y == 1, usable["s"], 1 - usable["s"])
    table = counted([batches(log)])
    assert_same(told(table), by_hand(usable, y, -np.log(np.clip(p, 1e-15, 1))))
    assert sum(table.filter(pc.equal(table["feature"], "x"))["row_count"].to_pylist()) == len(usable)


def test_without_scores_a_wrong_decision_is_the_loss(log):
    plan = RelationPlan(BOUNDS, FEATURES, "binary", LABELS, scored=False, versioned=True, weighted=True)
    usable = log[(log["t"] >= 0) & log["y"].isin(["no", "yes"])]
    assert_same(told(counted([batches(log)], plan)),
                by_hand(usable, usable["y"] == "yes", (usable["y"] != usable["d"]).astype(float)))


def test_of_several_classes_a_wrong_prediction_is_the_outcome(log):
    random = np.random.default_rng(3)
    p = random.dirichlet([1, 1, 1], len(log))
    more = log.assign(y=random.integers(0, 4, len(log)), **{f"s:{name}": p[:, i] for i, name in enumerate("abc")})
    labels, scores = tuple(frozenset(name) for name in "abc"), (("s:a",), ("s:b",), ("s:c",))
    plan = RelationPlan(BOUNDS, FEATURES, "multiclass", labels, scores, decided=False, versioned=True, weighted=True,
                        coded=True)
    kept = (more["t"] >= 0) & (more["y"] < 3)
    true = p[kept, more["y"][kept]]
    assert_same(told(counted([batches(more)], plan)),
                by_hand(more[kept], p[kept].argmax(axis=1) != more["y"][kept], -np.log(true)))


def test_of_a_regression_the_error_is_the_outcome_and_its_square_the_loss(log):
    random = np.random.default_rng(4)
    drawn = random.normal(0, 1, (2, len(log)))
    more = log.assign(d=drawn[0], y=np.where(log["y"].isna(), np.nan, drawn[1]))
    plan = RelationPlan(BOUNDS, FEATURES, "regression", versioned=True, weighted=True)
    usable = more[(more["t"] >= 0) & more["y"].notna()]
    error = usable["d"] - usable["y"]
    assert_same(told(counted([batches(more)], plan)), by_hand(usable, error, error**2))


@pytest.mark.parametrize("size", [1, 37, 400])
def test_batches_and_tasks_may_be_cut_anywhere(log, size):
    whole, parts = counted([batches(log)]), batches(log, size)
    assert_same(told(counted([parts[0::3], parts[1::3], parts[2::3]], size=5)), told(whole))


def test_days_add_up_to_their_week_and_versions_to_all(log):
    plan = RelationPlan(np.array([0, 3 * DAY]), FEATURES, "binary", LABELS, weighted=True)
    days = counted([batches(log)], RelationPlan(BOUNDS, FEATURES, "binary", LABELS, versioned=True, weighted=True))
    week = counted([batches(log)], plan)
    for feature in ("x", "n", "city"):
        some, one = (table.filter(pc.equal(table["feature"], feature)) for table in (days, week))
        sums = [to_relation_cells(read_relations(table, np.zeros(len(table), np.int64)), 1).sums
                for table in (some, one)]
        np.testing.assert_allclose(*sums, rtol=1e-12)


def test_nothing_usable_gives_no_cells(log):
    counter = RelationCounter(PLAN)
    for batch in batches(log.assign(y=None).astype({"y": "string"})):
        counter.count(batch)
    assert list(counter.features()) == []


@pytest.mark.parametrize("groups", [1, 3, 7, 10, 20, 21, 64, 100])
def test_numbers_are_merged_in_order_into_twenty_cells_at_most(groups):
    for count in (groups, 100 + groups):
        coarse = np.arange(count) * groups // count
        merged = merge_bins(Bins("x", "numeric", edges=np.arange(count - 1.0), coarse=coarse)).of_bin[:count]
        assert merged[0] == 0 and set(np.diff(merged)) <= {0, 1} and merged[-1] < MOST_MERGED
        # What shares a coarse bin only is cut further, as long as there is room.
        assert merged[-1] + 1 >= min(groups, 11)


def test_a_value_that_most_rows_hold_stays_by_itself():
    coarse = np.r_[0, np.repeat(np.arange(3, 7), [11, 10, 10, 10])]
    zeros = Bins("x", "numeric", edges=np.arange(41.0), coarse=coarse)
    assert np.bincount(merge_bins(zeros).of_bin[:42])[0] == 1


def test_the_table_of_state_has_the_columns_of_the_cells():
    kinds = {name: kind for name, kind, _ in RELATION_CELLS.columns}
    own = [field for field in RELATION_SCHEMA if field.name not in ("segment", "segment_value", "family")]
    assert {field.name: field.type for field in own}.items() <= kinds.items()
    assert kinds.keys() - {field.name for field in own} == {"model", "reference", "run_id"}
