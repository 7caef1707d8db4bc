"""Do cells survive the way into Arrow rows and back, and are units whole wherever batches are cut?"""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_monitor.cells.arrow import CELL_SCHEMA, key_columns, to_batch, to_block
from spark_monitor.cells.block import SPECIALS, CellBlock
from spark_monitor.cells.stream import UNIT, run_numbers, run_starts, units


def draw_block(seed, rows, bins, kind, weighted):
    random = np.random.default_rng(seed)
    block = CellBlock.empty(rows, bins, weighted)
    block.mass[:] = random.integers(0, 50, block.mass.shape)
    if kind == "discrete":
        block.mass[:, -1] = 0
        block.strays[:] = random.integers(0, 5, rows)
    for name in ("zeros", "out_of_range"):
        getattr(block, name)[:] = random.integers(0, 9, rows)
    for name in ("minimum", "maximum", "mean", "m2"):
        getattr(block, name)[:] = np.where(random.random(rows) < 0.3, np.nan, random.normal(size=rows))
    if weighted:
        block.weights[:], block.weight_squares[:] = random.random(block.weights.shape), random.random(rows)
    for place in np.flatnonzero(block.mass[:, -1] > 0).tolist():
        keys = random.integers(0, 99, 3).tolist()
        block.unseen[place] = {key: (f"n{key}" if key % 2 else None, key + 1) for key in keys}
    return block


def as_batch(block, bins_id="b", failure=None):
    keys = [(None if place % 3 == 0 else place, "v", None, None) for place in range(len(block))]
    return to_batch(key_columns(keys), block, "drift", "x", bins_id, failure)


@given(st.integers(0, 10**6), st.integers(0, 6), st.integers(0, 5),
       st.sampled_from(["numeric", "discrete", "categorical"]),
       st.booleans())
def test_a_block_comes_back_as_it_was(seed, rows, bins, kind, weighted):
    block = draw_block(seed, rows, bins, kind, weighted)
    batch = as_batch(block)
    assert batch.schema == CELL_SCHEMA
    back = to_block(batch, kind, bins)
    for name, value in vars(block).items():
        if isinstance(value, np.ndarray) and rows:
            np.testing.assert_array_equal(getattr(back, name), value, err_msg=name)
    assert back.unseen == block.unseen


def test_rows_of_a_time_without_weights_weigh_one_each():
    weighted, plain = (draw_block(seed, 2, 3, "numeric", weighted) for seed, weighted in ((1, True), (2, False)))
    both = to_block(pa.Table.from_batches([as_batch(weighted), as_batch(plain)]), "numeric", 3)
    np.testing.assert_array_equal(both.weights[:2], weighted.weights)
    np.testing.assert_array_equal(both.weights[2:], plain.mass)
    assert both.weight_squares[2:].tolist() == plain.mass.sum(axis=1).tolist()


def test_row_counts_are_all_rows_special_cells_included():
    block = draw_block(3, 5, 4, "categorical", False)
    assert as_batch(block).column("row_count").to_pylist() == block.mass.sum(axis=1).tolist()


def draw_rows(lengths):
    """Cells of as many units as there are lengths, each of that many rows; units change their feature now and then."""
    rows = [(unit, row) for unit, length in enumerate(lengths) for row in range(length)]
    table = {"family": ["drift"] * len(rows), "feature": [f"f{unit // 3}" for unit, _ in rows],
             "segment": [None if unit % 3 == 0 else "s" for unit, _ in rows],
             "segment_value": [None if unit % 3 == 0 else str(unit) for unit, _ in rows], "n": [row for _, row in rows]}
    kinds = {"n": pa.int64()}
    return pa.table({name: pa.array(values, kinds.get(name, pa.string())) for name, values in table.items()})


@given(st.lists(st.integers(1, 6), max_size=12), st.data())
def test_units_stay_whole_and_every_row_comes_once_wherever_batches_are_cut(lengths, data):
    table = draw_rows(lengths)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(table)), max_size=10)))
    batches = [pa.RecordBatch.from_pylist(table.slice(low, high - low).to_pylist(), table.schema)
               for low, high in zip([0, *cuts], [*cuts, len(table)])]
    found = list(units(batches))
    assert [row for part in found for row in part.to_pylist()] == table.to_pylist()
    for part in found:
        assert len(set(part.column("feature").to_pylist())) == 1 and part.num_rows
    seen = [{tuple(row[name] for name in UNIT) for row in part.to_pylist()} for part in found]
    assert sum(map(len, seen)) == len(set().union(*seen)) == len(lengths)


@given(st.lists(st.sampled_from(["a", "b", None]), max_size=30))
def test_runs_begin_where_a_value_changes_and_null_equals_null(values):
    table = pa.table({"a": pa.array(values, pa.string())})
    starts = [place for place, value in enumerate(values) if place == 0 or value != values[place - 1]]
    assert run_starts(table, ["a"]).tolist() == starts
    numbers, first = run_numbers(table, ["a"])
    assert first.tolist() == starts
    assert numbers.tolist() == [sum(s <= place for s in starts) - 1 for place in range(len(values))]


@pytest.mark.parametrize("seed", range(6))
def test_merging_in_any_order_and_in_steps_is_merging_at_once(seed):
    random = np.random.default_rng(seed)
    values = [random.normal(1e3, 1, random.integers(0, 6)) for _ in range(8)]
    parts = CellBlock.empty(8, 1)
    for place, own in enumerate(values):
        parts.mass[place, 0] = len(own)
        if len(own):
            parts.minimum[place], parts.maximum[place], parts.mean[place] = own.min(), own.max(), own.mean()
            parts.m2[place] = ((own - own.mean()) ** 2).sum()
    whole = parts.merge(np.zeros(8, np.int64), 1)
    order = random.permutation(8)
    steps = parts.take(order).merge(np.arange(8) // 3, 4).merge(np.array([0, 0, 1, 1]), 3)
    last = steps.merge(np.array([0, 0, 0]), 1)
    every = np.concatenate(values)
    for merged in (whole, last):
        assert merged.mass.sum() == len(every)
        assert (merged.minimum[0], merged.maximum[0]) == (every.min(), every.max())
        assert (merged.mean[0], merged.m2[0]) == (pytest.approx(every.mean(), rel=1e-12),
                                                  pytest.approx(every.var() * len(every), rel=1e-9))
    assert steps.mass[2].sum() == 0 and np.isnan(steps.mean[2]), "a group without rows is empty"


@given(st.lists(st.dictionaries(st.integers(0, 60), st.integers(1, 9), max_size=40), min_size=1, max_size=6))
def test_the_unseen_names_kept_have_their_exact_counts(parts):
    block = CellBlock.empty(len(parts), 1)
    truth = {}
    for place, part in enumerate(parts):
        for key, rows in part.items():
            truth[key] = truth.get(key, 0) + rows
        # What a task hands on: its own twenty smallest.
        block.unseen[place] = {key: (str(key), part[key]) for key in sorted(part)[:20]}
    merged = block.merge(np.zeros(len(parts), np.int64), 1).unseen.get(0, {})
    assert merged == {key: (str(key), truth[key]) for key in sorted(truth)[:20]}
    assert block.mass.shape[1] == 1 + SPECIALS
