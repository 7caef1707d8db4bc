"""Are the cells the same however the rows reach the kernel: in batches of any size, in any order, over any tasks?"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from spark_monitor.cells.arrow import CELL_SCHEMA


@pytest.fixture(scope="module")
def at_once(salted_log, count_in_tasks):
    return count_in_tasks([[salted_log]])


def cut(log, size):
    return [log.slice(start, size) for start in range(0, log.num_rows, size)]


@pytest.mark.parametrize("size", [40])
def test_the_size_of_batches_changes_nothing(salted_log, count_in_tasks, at_once, assert_same_cells, size):
    assert_same_cells(count_in_tasks([cut(salted_log, size)]), at_once)


@pytest.mark.parametrize("tasks", [5])
def test_the_number_of_tasks_changes_nothing(salted_log, count_in_tasks, at_once, assert_same_cells, tasks):
    batches = cut(salted_log, 60)
    assert_same_cells(count_in_tasks([batches[task::tasks] for task in range(tasks)] + [[]]), at_once)


def test_the_order_of_rows_changes_nothing(salted_log, count_in_tasks, at_once, assert_same_cells):
    shuffled = salted_log.take(pa.array(np.random.default_rng(3).permutation(salted_log.num_rows)))
    assert_same_cells(count_in_tasks([cut(shuffled, 128)]), at_once)
    assert_same_cells(count_in_tasks([cut(salted_log, 128)[::-1]]), at_once)


@pytest.mark.parametrize("seed", range(3))
def test_any_split_of_the_rows_merges_to_the_whole(salted_log, count_in_tasks, at_once, assert_same_cells, seed):
    random = np.random.default_rng(seed)
    task_of = random.integers(0, seed + 2, salted_log.num_rows)
    parts = [salted_log.filter(pa.array(task_of == task)) for task in range(seed + 2)]
    assert_same_cells(count_in_tasks([cut(part, int(random.integers(50, 400))) for part in parts]), at_once)


@pytest.mark.parametrize("size", [7])
def test_partial_cells_may_come_in_batches_cut_anywhere(salted_log, count_in_tasks, at_once, assert_same_cells, size):
    tasks = [[part] for part in cut(salted_log, 250)]
    assert_same_cells(count_in_tasks(tasks, size=size), at_once)


def test_each_key_has_one_row(at_once):
    keys = at_once.select(["slice", "model_version", "segment", "segment_value", "family", "feature"]).to_pylist()
    assert at_once.schema == CELL_SCHEMA and len({tuple(key.values()) for key in keys}) == len(keys)


def test_every_placed_row_is_in_one_cell_of_every_feature(salted_log, at_once, plan):
    times, quarantined = (np.asarray(salted_log.column(name)) for name in ("t", "q"))
    inside = (times >= plan.slice_bounds[0]) & (times < plan.slice_bounds[2])
    for feature in plan.features:
        for segment in plan.segments:
            mine = pc.equal(at_once.column("feature"), feature.bins.feature)
            of_segment = pc.is_null(at_once.column("segment")) if segment.name is None else pc.fill_null(
                pc.equal(at_once.column("segment"), segment.name), False)
            rows = pc.sum(at_once.filter(pc.and_(mine, of_segment)).column("row_count")).as_py()
            expected = inside if feature.bins.family == "rows" else inside & ~quarantined
            assert rows == expected.sum()


def test_a_segments_values_add_up_to_the_whole(at_once):
    cells = at_once.to_pandas()
    cells["segment"] = cells["segment"].fillna("overall")
    sums = cells.groupby(["slice", "model_version", "family", "feature", "segment"], dropna=False)[
        ["row_count", "nulls", "nans", "pos_inf", "neg_inf", "zeros", "unseen", "out_of_range"]].sum()
    overall = sums.xs("overall", level="segment")
    for segment in ("city", "city × flag"):
        assert (sums.xs(segment, level="segment") == overall).all(axis=None)


def test_a_total_is_what_the_rows_count_to_in_one_slice(salted_log, count_in_tasks, assert_same_cells):
    with_totals = count_in_tasks([[salted_log]], with_totals=True)
    times = np.asarray(salted_log.column("t"))
    inside = salted_log.filter(pa.array((times >= 1_000_000) & (times < 3_500_000)))
    together = count_in_tasks([[inside.set_column(0, "t", pa.array([1_000_000] * len(inside)))]])
    together = together.set_column(0, "slice", pa.nulls(len(together), CELL_SCHEMA.field("slice").type))
    totals = with_totals.filter(pc.is_null(with_totals.column("slice")))
    assert_same_cells(*[table.filter(pc.not_equal(table.column("feature"), "(rows)")) for table in (totals, together)])


def test_a_rare_unseen_category_keeps_its_hash_and_count_but_not_its_name(salted_log, count_in_tasks, at_once):
    withheld = count_in_tasks([[salted_log]], min_cell=10)
    for kept, full in zip(withheld.to_pylist(), at_once.to_pylist()):
        assert (kept["unseen_hashes"], kept["unseen_counts"]) == (full["unseen_hashes"], full["unseen_counts"])
        assert kept["unseen_names"] == [name if rows >= 10 else None
                                        for name, rows in zip(full["unseen_names"], full["unseen_counts"])]


def test_two_categories_of_one_place_are_named_when_they_are_enough_together(salted_log, count_in_tasks):
    few = salted_log.filter(pc.fill_null(pc.equal(salted_log.column("city"), "Lyon"), False)).slice(0, 12)
    few = few.set_column(0, "t", pa.array([1_000_000] * 12)).set_column(1, "q", pa.array([False] * 12))
    few = few.set_column(2, "v", pa.array(["1"] * 12))
    cells = count_in_tasks([[few.slice(0, 6)], [few.slice(6)]], min_cell=10).to_pylist()
    city = next(row for row in cells if row["feature"] == "city" and row["segment"] is None)
    assert (city["unseen"], city["unseen_names"], city["unseen_counts"]) == (12, ["Lyon"], [12])
