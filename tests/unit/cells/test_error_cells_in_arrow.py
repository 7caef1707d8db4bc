"""Are predicted values counted beside their outcomes as a slow loop counts them, however the rows come?"""

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from spark_monitor.cells.arrow import KEYS
from spark_monitor.cells.error_arrow import (
    ERROR_SCHEMA, error_bins, read_error_folds, read_errors, read_losses, to_error_batch, to_error_folds,
)
from spark_monitor.cells.error_feed import _counting, _merging
from spark_monitor.cells.kernel.error_counter import ErrorCounter, ErrorPlan
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.cells.score_arrow import read_delays
from spark_monitor.cells.stream import UNIT
from spark_monitor.metrics.error_cells import ErrorCells, ErrorFolds
from spark_monitor.metrics.error_rows import COUNTS, FOLD_SUMS, LOSS_SUMS, error_bin
from spark_monitor.metrics.loss_cells import LossCells
from spark_monitor.metrics.maturity.delay_bins import delay_bin
from spark_monitor.tables.state import ERROR_CELLS

HOUR = 3_600_000_000
BOUNDS = np.array([0, 24 * HOUR, 48 * HOUR, 72 * HOUR])
SEGMENTS = (SegmentPlan(None), SegmentPlan("city", ("city",), ("Rome", "Ulm")))
PLAN = ErrorPlan(BOUNDS, SEGMENTS, 20.0, versioned=True, weighted=True, folded=True, bounded=True,
                 wanted=np.array([True, True, False]), edges=np.array([0.0, 20.0, 60.0]))


def draw_log(rows=900, seed=4):
    random = np.random.default_rng(seed)
    outcome = random.gamma(2.0, 20.0, rows).round(1) * random.integers(0, 2, rows)
    prediction = outcome + random.standard_t(4, rows)
    time = random.integers(-HOUR, 73 * HOUR, rows)
    labelled = random.random(rows) < 0.8
    kinds = np.where(random.random(rows) < 0.02, np.inf, outcome)

    def some(values, share):
        return [None if hidden else value for value, hidden in zip(values.tolist(), random.random(rows) < share)]

    return pa.RecordBatch.from_pydict({
        "t": time, "v": [["1", "2", None][i] for i in random.integers(0, 3, rows)],
        "w": random.choice([0.0, 0.5, 1.0, 3.0], rows), "d": some(prediction, 0.05),
        "y": [value if there else None for value, there in zip(kinds.tolist(), labelled)],
        "known": pa.array([int(at) if there else None for at, there in
                           zip(time + random.integers(-HOUR, 90 * HOUR, rows), labelled)], pa.int64()),
        "fold": random.integers(0, 32, rows), "low": some(prediction - 2, 0.2), "high": prediction + 2,
        "city": [["Rome", "Ulm", "Oslo", None][i] for i in random.integers(0, 4, rows)]})


@pytest.fixture(scope="module")
def log():
    return draw_log()


def counted(tasks, plan=PLAN, size=10_000):
    """Return rows of state as tasks make them: each list of batches by itself, partial cells sorted and merged."""
    bins_id = error_bins(plan.pivot, plan.edges).bins_id
    parts = [cells for batches in tasks for cells in _counting(plan, bins_id)(batches)]
    partial = pa.Table.from_batches(parts, ERROR_SCHEMA)
    order = [(name, "ascending") for name in (*UNIT, "model_version", "slice")]
    together = partial.take(pc.sort_indices(partial, order)).combine_chunks()
    return pa.Table.from_batches(_merging(plan.pivot, plan.bins)(together.to_batches(size)), ERROR_SCHEMA)


def grouped(log):
    """Return the rows of each group, {key: [row]}."""
    found = {}
    for row in log.to_pylist():
        if not 0 <= row["t"] < 48 * HOUR:
            continue
        start, version = row["t"] // (24 * HOUR) * 24 * HOUR, row["v"] or "(null)"
        city = row["city"] if row["city"] in ("Rome", "Ulm") else "(other)"
        for segment, value in ((None, None), ("city", city)):
            found.setdefault((start, version, segment, value), []).append(row)
    return found


def keyed(table):
    rows = table.to_pylist()
    starts = table.column("slice").cast(pa.int64()).to_pylist()
    return {(start, *(row[name] for name in KEYS[1:4])): row for start, row in zip(starts, rows)}


@pytest.fixture(scope="module")
def at_once(log):
    return counted([[log]])


def assert_same(left, right):
    left, right = keyed(left), keyed(right)
    assert left.keys() == right.keys()
    for key, row in right.items():
        for name, value in row.items():
            if isinstance(value, list) and value and isinstance(value[0], float):
                # A moment may cancel to nothing; rounding is then in proportion to what was added up.
                size = max(map(abs, row["error_extremes"])) ** 2 * row["row_count"] if name == "error_moments" else 1.0
                np.testing.assert_allclose(left[key][name], value, rtol=1e-12, atol=1e-13 * max(size, *map(abs, value)))
            else:
                assert left[key][name] == value, (key, name)


def test_every_group_with_rows_has_one_row_of_state(log, at_once):
    assert keyed(at_once).keys() == grouped(log).keys() and len(keyed(at_once)) == at_once.num_rows


def test_counts_are_those_of_a_slow_loop(log, at_once):
    stored = keyed(at_once)
    for key, rows in grouped(log).items():
        tally = dict.fromkeys(COUNTS, 0)
        for row in rows:
            y, p = row["y"], row["d"]
            known = "unpredicted" if p is None else "rows"
            kind = "unlabelled" if y is None else "unusable" if math.isinf(y) else known
            tally[kind] += 1
            tally["zero_outcomes"] += kind == "rows" and y == 0
            ends = kind in ("rows", "unpredicted") and row["low"] is not None
            tally["bounded"] += ends
            tally["covered"] += ends and row["low"] <= y <= row["high"]
        assert dict(zip(COUNTS, stored[key]["error_counts"])) == tally
        assert stored[key]["row_count"] == len(rows)


def test_sums_bins_and_moments_are_those_of_a_slow_loop(log, at_once):
    cells, stored = read_errors(at_once, 20.0), list(keyed(at_once))
    for key, rows in grouped(log).items():
        place = stored.index(key)
        used = [(r["d"] - r["y"], r["y"], r["w"]) for r in rows
                if r["y"] is not None and math.isfinite(r["y"]) and r["d"] is not None]
        weight = math.fsum(w for _, _, w in used)
        assert cells.of("weight")[place] == pytest.approx(weight, rel=1e-12)
        assert cells.of("abs_error")[place] == pytest.approx(math.fsum(w * abs(e) for e, _, w in used), rel=1e-12)
        squares = math.fsum((w * e * (y - 20)) ** 2 for e, y, w in used)
        assert cells.of("eezz")[place] == pytest.approx(squares, rel=1e-10)
        mean = math.fsum(w * e for e, _, w in used) / weight
        assert cells.of("error_mean")[place] == pytest.approx(mean, rel=1e-11, abs=1e-12)
        m2 = math.fsum(w * (e - mean) ** 2 for e, _, w in used)
        assert cells.of("error_m2")[place] == pytest.approx(m2, rel=1e-11)
        mine = cells.target == place
        slow = {}
        for e, _, w in used:
            if w > 0:
                code = int(error_bin(np.array([e]))[0])
                slow[code] = slow.get(code, 0) + 1
        assert dict(zip(cells.bin[mine].tolist(), cells.bin_rows[mine].tolist())) == slow


def test_sums_by_prediction_are_those_of_a_slow_loop(log, at_once):
    cells = LossCells.of_sums(read_losses(at_once, np.arange(at_once.num_rows), 4), at_once.num_rows, 4)
    stored = list(keyed(at_once))
    for key, rows in grouped(log).items():
        for place in range(4):
            said = [r for r in rows if r["d"] is not None and sum(r["d"] > edge for edge in (0, 20, 60)) == place]
            used = [(r["d"] - r["y"], r["w"]) for r in said if r["y"] is not None and math.isfinite(r["y"])]
            truth = {"rows": len(said), "weight": sum(r["w"] for r in said),
                     "weight_sq": sum(r["w"] ** 2 for r in said),
                     "known": len(used), "known_weight": sum(w for _, w in used), "error": sum(w * e for e, w in used),
                     "abs_error": sum(w * abs(e) for e, w in used), "sq_error": sum(w * e**2 for e, w in used),
                     "known_weight_sq": sum(w**2 for _, w in used), "e": sum(w**2 * e for e, w in used),
                     "abs_e": sum(w**2 * abs(e) for e, w in used), "ee": sum((w * e) ** 2 for e, w in used),
                     "e4": sum(w**2 * e**4 for e, w in used)}
            found = {name: cells.of(name)[stored.index(key), place] for name in truth}
            assert found == pytest.approx(truth, rel=1e-11, abs=1e-11)


def test_delays_are_those_of_outcomes_that_are_known(log, at_once):
    codes, rows, _ = read_delays(at_once, np.arange(at_once.num_rows), 1)
    per_row = np.bincount(codes // (delay_bin(10**18) + 1), rows, at_once.num_rows)
    stored = list(keyed(at_once))
    for key, members in grouped(log).items():
        known = [r for r in members if r["y"] is not None and math.isfinite(r["y"])]
        assert per_row[stored.index(key)] == len(known)
        row = keyed(at_once)[key]
        slow = {}
        for r in known:
            code = int(delay_bin(r["known"] - r["t"]))
            slow[code] = slow.get(code, 0) + 1
        assert dict(zip(row["delay_bin"], row["delay_rows"])) == slow and set(row["delay_outcome"]) <= {0}


@pytest.mark.parametrize("size, tasks", [(40, 1), (60, 5), (900, 1), (7, 3)])
def test_batches_and_tasks_change_nothing(log, at_once, size, tasks):
    batches = [log.slice(start, size) for start in range(0, log.num_rows, size)]
    assert_same(counted([batches[task::tasks] for task in range(tasks)] + [[]], size=size), at_once)


def test_the_order_of_rows_changes_nothing(log, at_once):
    shuffled = log.take(pa.array(np.random.default_rng(3).permutation(log.num_rows)))
    assert_same(counted([[shuffled.slice(0, 100), shuffled.slice(100)]]), at_once)


def test_many_pending_parts_are_added_up_on_the_way(log, at_once, monkeypatch):
    monkeypatch.setattr("spark_monitor.cells.kernel.error_counter.MOST_PENDING", 50)
    assert_same(counted([[log.slice(start, 30) for start in range(0, log.num_rows, 30)]]), at_once)


def test_cells_and_folds_survive_the_way_into_arrow_and_back():
    rows = {"prediction": [1.0, 5.0, 2.0, np.nan], "outcome": [2.0, 5.0, np.nan, 4.0], "low": [0, 1, 2, 3],
            "high": [4, 5, 6, 7]}
    target, fold = np.array([0, 2, 2, 2]), np.array([3, 3, 31, 0])
    cells = ErrorCells.of_rows(**rows, target=target, size=3, pivot=1.0)
    folds = ErrorFolds.of_rows(**rows, fold=fold, target=target, size=3, pivot=1.0)
    losses = LossCells.of_rows(rows["prediction"], rows["outcome"], [1.5, 3.0], target, size=3)
    by_bin = np.flatnonzero(losses.sums[..., 0])
    sparse = losses.sums.reshape(-1, len(LOSS_SUMS) + 1)[by_bin].T
    held = np.flatnonzero(folds.sums.any(axis=2).ravel())
    sums = folds.sums.reshape(-1, len(FOLD_SUMS))[held].T
    nothing = np.empty(0, np.int64)
    batch = to_error_batch([(0, "1", None), (HOUR, "1", None), (HOUR, "2", None)], None, "error", "b", cells,
                           (by_bin, sparse[0].astype(np.int64), sparse[1:]),
                           (held, sums[0].astype(np.int64), sums), (nothing, nothing, np.empty((0, 0))), np.array([1.0, np.nan, 0.0]), 3)
    table = pa.Table.from_batches([batch])
    back = read_errors(table, 1.0)
    for name, value in vars(cells).items():
        np.testing.assert_array_equal(getattr(back, name), value, err_msg=name)
    again = to_error_folds(read_error_folds(table, np.arange(3)), 3)
    np.testing.assert_array_equal(again.sums, folds.sums)
    np.testing.assert_array_equal(LossCells.of_sums(read_losses(table, np.arange(3), 3), 3, 3).sums, losses.sums)
    together = to_error_folds(read_error_folds(table, np.zeros(3, np.int64)), 1)
    np.testing.assert_allclose(together.sums[0], folds.sums.sum(axis=0), rtol=1e-15)
    assert batch.column("row_count").to_pylist() == [1, 0, 3]
    assert batch.column("conflicts").to_pylist() == [1, None, 0]


def test_folds_in_state_are_the_folds_of_the_rows(log, at_once):
    inside = log.filter(pa.array([0 <= row["t"] < 48 * HOUR for row in log.to_pylist()]))
    whole = at_once.filter(pc.is_null(at_once.column("segment")))
    folds = to_error_folds(read_error_folds(whole, np.zeros(whole.num_rows, np.int64)), 1)
    number = {name: inside.column(name).to_numpy(zero_copy_only=False).astype(float)
              for name in ("d", "y", "w", "low", "high")}
    truth = ErrorFolds.of_rows(number["d"], number["y"], np.asarray(inside.column("fold")), weight=number["w"],
                               low=number["low"], high=number["high"], pivot=20.0)
    np.testing.assert_allclose(folds.sums, truth.sums, rtol=1e-12, atol=1e-9)


def test_a_log_without_entities_weights_versions_or_intervals_is_counted():
    plan = ErrorPlan(BOUNDS, (SegmentPlan(None),))
    batch = pa.RecordBatch.from_pydict({"t": [1, 2], "d": [1.0, 2.0], "y": [1.0, 4.0], "known": [3, 4]})
    table = counted([[batch]], plan)
    assert to_error_folds(read_error_folds(table, np.zeros(1, np.int64)), 1) is None
    assert read_errors(table, 0.0).of("weight").tolist() == [2.0]
    assert table.column("bin_code").to_pylist() == [error_bin(np.array([-2.0, 0.0])).tolist()]


def test_rows_outside_leave_no_trace(log):
    counter = ErrorCounter(PLAN)
    counter.count(log.set_column(0, "t", pa.array([48 * HOUR] * log.num_rows)))
    counter.count(log.slice(0, 0))
    assert list(counter.groups()) == []


def test_the_table_of_state_has_the_columns_of_the_cells():
    kinds = {name: kind for name, kind, _ in ERROR_CELLS.columns}
    assert {field.name: field.type for field in ERROR_SCHEMA} == {name: kinds[name] for name in ERROR_SCHEMA.names}
    assert set(kinds) - set(ERROR_SCHEMA.names) == {"model", "reference", "run_id"}
