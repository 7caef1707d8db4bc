"""Are pairs of each task counted as a slow count of raw rows does, however the ids are batched and merged?"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from spark_monitor.cells.kernel.pairs import PairCounter, PairPlan
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.cells.pair_arrow import LISTS, PAIR_SCHEMA, Pairs, to_pair_batch
from spark_monitor.cells.pair_feed import _counting, _merging
from spark_monitor.cells.stream import UNIT
from spark_monitor.metrics.pairs.agreement import equal_share
from spark_monitor.metrics.pairs.paired import accuracy_difference, loss_difference
from spark_monitor.tables.state import PAIR_CELLS

BOUNDS = np.array([0, 100, 200])
OVERALL, KIND = SegmentPlan(None), SegmentPlan("kind", ("kind",), ("a", "b"))
FACTS = {"feature": "log_loss", "bins_id": "b1", "champion": "1"}


def log(size=120):
    """Return rows of ids that two versions score, several times some of them, sorted by id and then by time."""
    random = np.random.default_rng(3)
    key = np.sort(random.integers(0, size // 4, size))
    time = random.integers(0, 200, size)
    order = np.lexsort((time, key))
    return pa.table({
        "key": key, "t": time[order], "v": random.choice(["1", "2", None], size), "w": random.integers(1, 4, size) / 2,
        "kind": random.choice(["a", "b", "c"], size), "s": random.random(size), "d": random.choice(["0", "1"], size),
        "y": pa.array(key % 2, mask=key % 5 == 0), "fold": key % 4})


def plan_of(loss="log_loss", **more):
    given = {"labels": (frozenset("0"), frozenset("1")), "scores": ("s",), "weighted": True, "folded": True, **more}
    return PairPlan(BOUNDS, given.pop("segments", (OVERALL, KIND)), "1", loss, **given)


def batches(rows, cuts=()):
    """Return rows as the feed gets them: one list a key."""
    edges = [0, *np.flatnonzero(np.diff(rows["key"])) + 1, rows.num_rows]
    one = rows.drop_columns(["key"]).to_struct_array().combine_chunks()
    lists = pa.ListArray.from_arrays(pa.array(edges, pa.int32()), one)
    ends = [0, *cuts, len(lists)]
    return [pa.RecordBatch.from_arrays([lists[low:high]], ["rows"]) for low, high in zip(ends, ends[1:])]


def counted(parts, plan):
    """Return the cells of several tasks, added up."""
    partial = pa.Table.from_batches([batch for part in parts for batch in _counting(plan, FACTS)(part)], PAIR_SCHEMA)
    order = [(name, "ascending") for name in (*UNIT, "model_version", "slice")]
    together = partial.take(pc.sort_indices(partial, order)).combine_chunks()
    return pa.Table.from_batches(list(_merging(len(plan.labels), FACTS)(together.to_batches())), PAIR_SCHEMA)


def slow_pairs(rows):
    """Yield (slice, first row, second row) of each id that version 1 and another one scored."""
    earliest = {}
    for row in rows.to_pylist():
        earliest.setdefault((row["key"], row["t"] // 100, row["v"]), row)
    for (key, place, version), row in earliest.items():
        if version != "1" and (key, place, "1") in earliest:
            yield place * 100, earliest[key, place, "1"], row


def test_cells_are_those_of_a_slow_count():
    rows = log()
    cells = counted([batches(rows)], plan_of())
    expected = {}
    for start, first, second in slow_pairs(rows):
        one = expected.setdefault((start, second["v"] or "(null)"), [0, {}, 0.0])
        one[0] += 1
        outcome = -1 if second["y"] is None else second["y"]
        place = second["fold"], int(first["d"]), int(second["d"]), outcome
        one[1][place] = one[1].get(place, 0) + second["w"]
        if outcome >= 0:
            chances = [row["s"] if outcome else 1 - row["s"] for row in (first, second)]
            one[2] += second["w"] * (np.log(chances[0]) - np.log(chances[1]))
    overall = cells.filter(pc.is_null(cells["segment"])).to_pylist()
    found = {(int(row["slice"].timestamp() * 1e6), row["model_version"]): row for row in overall}
    assert found.keys() == expected.keys() and len(found) == 4
    for key, (pairs, cell, loss) in expected.items():
        row = found[key]
        places = zip(row["pair_fold"], row["pair_first"], row["pair_second"], row["pair_outcome"])
        assert row["row_count"] == pairs and dict(zip(places, row["pair_weight"])) == cell
        assert sum(row["loss_loss"]) == pytest.approx(loss, rel=1e-12)
    by_kind = cells.filter(pc.equal(cells["segment"], "kind"))
    assert pc.sum(by_kind["row_count"]).as_py() == sum(pairs for pairs, *_ in expected.values())


def test_batches_and_tasks_make_no_difference():
    rows = log()
    whole = counted([batches(rows)], plan_of())
    parts = batches(rows, cuts=(5, 6, 17))
    cut = counted([parts[2:], parts[:2]], plan_of())
    assert whole.drop_columns(list(LISTS)) == cut.drop_columns(list(LISTS))
    for name in LISTS:
        for one, other in zip(whole[name].to_pylist(), cut[name].to_pylist()):
            np.testing.assert_allclose(one, other, rtol=1e-12)


def compared(rows, plan):
    """Return the pairs of all rows as one target."""
    cells = counted([batches(pa.table({"key": np.arange(len(rows)) // 2, "t": np.arange(len(rows)) % 2,
                                       "v": ["1", "2"] * (len(rows) // 2), **pa.Table.from_pylist(rows).to_pydict()}))],
                    plan)
    return Pairs.of(cells, np.zeros(len(cells), np.int64), 1, len(plan.labels))


def test_of_several_classes_who_is_right_and_who_agrees_is_known():
    said = [("x", "y", 0), ("z", "z", 1), ("y", "y", 1), ("x", "z", 2), ("x", "x", None), ("x", None, 2)]
    rows = [{"d": d, "y": y, "sx": 0.2, "sy": 0.5, "sz": 0.3 + 0.1 * place}
            for first, second, y in said for place, d in enumerate((first, second))]
    plan = plan_of(labels=tuple(map(frozenset, "xyz")), scores=(("sx",), ("sy",), ("sz",)), weighted=False, folded=False,
                   segments=(OVERALL,))
    pairs = compared(rows, plan)
    assert pairs.rows.tolist() == [6] and not pairs.folded
    assert equal_share(pairs.take([0], alike=True)).value.tolist() == [3 / 5]
    # First right: x of 0, y of 1; second right: y of 1, z of 2.
    accuracy = accuracy_difference(pairs.take([0]))
    assert accuracy.value.tolist() == [0.0] and accuracy.sample_size.tolist() == [4]
    loss = loss_difference(pairs.take([0]))
    assert loss.value[0] == pytest.approx(2 * (np.log(0.3) - np.log(0.4)) / 5, rel=1e-12)
    assert loss.sample_size.tolist() == [4]


def test_a_regression_is_compared_by_squared_error_alone():
    rows = [{"d": d, "y": y} for first, second, y in [(1.0, 2.0, 3.0), (5.0, 5.5, 5.0), (1.0, None, 1.0), (1.0, 2.0, None),
                                                      (1.0, float("inf"), 2.0)] for d in (first, second)]
    pairs = compared(rows, plan_of("squared_error", labels=(), scores=(), weighted=False, folded=False,
                                   segments=(OVERALL,)))
    assert pairs.rows.tolist() == [5] and len(pairs.cells[0]) == 0
    assert loss_difference(pairs.take([0])).value[0] == pytest.approx(((1 - 4) + (0.25 - 0)) / 2, rel=1e-12)


def test_decisions_alone_are_compared_by_being_wrong():
    rows = [{"d": d, "y": y} for first, second, y in [("1", "0", 1), ("1", "1", 1), ("0", "1", 0), ("1", "0", 0)]
            for d in (first, second)]
    pairs = compared(rows, plan_of("zero_one_loss", scores=(), weighted=False, folded=False, segments=(OVERALL,)))
    assert loss_difference(pairs.take([0])).value.tolist() == [0.25]


def test_rows_of_a_pair_whose_outcomes_differ_have_none():
    rows = [{"d": "1", "y": y, "s": 0.5} for y in (1, None, 0, 0)]
    pairs = compared(rows, plan_of(weighted=False, folded=False, segments=(OVERALL,)))
    cells = pairs.take([0])
    assert cells.of("rows")[0, 0, 1, 1].tolist() == [1, 0, 1] and cells.loss("weight").sum() == 1


def test_without_the_champion_or_outside_the_slices_nothing_is_counted():
    rows = log().filter(pc.not_equal(log()["v"], "1"))
    assert counted([batches(rows)], plan_of()).num_rows == 0
    plan = plan_of(wanted=np.array([False, True]))
    assert set(counted([batches(log())], plan)["slice"].cast(pa.int64()).to_pylist()) == {100}


def test_the_table_of_state_has_the_columns_of_the_cells():
    kinds = {name: kind for name, kind, _ in PAIR_CELLS.columns}
    assert {field.name: field.type for field in PAIR_SCHEMA} == {name: kinds[name] for name in PAIR_SCHEMA.names}
    assert set(kinds) - set(PAIR_SCHEMA.names) == {"model", "run_id"}


def test_no_pairs_are_a_row_that_says_so():
    nothing = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((number, 0))) for number in (0, 2, 5)]
    batch = to_pair_batch([(100, "2", None)], None, FACTS, *nothing, 2)
    pairs = Pairs.of(pa.Table.from_batches([batch]), np.zeros(1, np.int64), 1, 2)
    assert pairs.rows.tolist() == [0] and np.isnan(equal_share(pairs.take([0])).value).all()
    assert list(PairCounter(plan_of()).groups()) == []
