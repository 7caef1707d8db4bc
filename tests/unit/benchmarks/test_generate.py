"""Generated logs are what they are said to be: seeded, with the shares asked for, and real Delta tables."""

import deltalake
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from benchmarks.generate import DAY_US, START, Shape, draw_file, log_at, write_log

SHAPE = Shape(rows=20_000, numbers=6, texts=3, days=5, nulls=0.1, cardinalities=(3, 40), groups=2, group_values=4)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated") / "log"
    write_log(folder, SHAPE)
    return deltalake.DeltaTable(str(folder)).to_pyarrow_table()


def test_the_table_holds_every_row_once(rows):
    assert sorted(rows.column("id").to_pylist()) == list(range(SHAPE.rows))


def test_rows_are_spread_over_the_days_and_come_in_order(rows):
    rows = rows.sort_by("id")
    times = rows.column("at").cast(pa.int64()).to_numpy()
    assert (np.diff(times) >= 0).all()
    assert rows.schema.field("at").type == pa.timestamp("us", "UTC")
    assert np.bincount((times - START) // DAY_US, minlength=5).tolist() == pytest.approx([4000] * 5, abs=200)


def test_numbers_are_normal_exponential_and_gamma(rows):
    moments = [(pc.mean(rows.column(name)).as_py(), pc.variance(rows.column(name)).as_py())
               for name in ("n0", "n1", "n2")]
    assert np.allclose(moments, [(0, 1), (1, 1), (2, 2)], atol=0.15)


def test_so_many_numbers_are_null_as_asked(rows):
    shares = [rows.column(f"n{place}").null_count / SHAPE.rows for place in range(SHAPE.numbers)]
    assert shares == pytest.approx([0.1] * SHAPE.numbers, abs=0.01)


def test_the_kth_text_is_a_kth_as_frequent(rows):
    counts = {pair["values"]: pair["counts"] for pair in rows.column("c0").value_counts().to_pylist()}
    assert [counts[f"c0_{k}"] / SHAPE.rows for k in range(3)] == pytest.approx([6 / 11, 3 / 11, 2 / 11], abs=0.02)
    assert pc.count_distinct(rows.column("c1")).as_py() == 40


def test_groups_are_drawn_evenly(rows):
    counts = [pair["counts"] for pair in rows.column("g1").value_counts().to_pylist()]
    assert counts == pytest.approx([5000] * 4, abs=300)


def test_statistics_of_files_hold_for_their_rows(tmp_path):
    write_log(tmp_path / "log", SHAPE)
    table = deltalake.DeltaTable(str(tmp_path / "log"))
    for action in pa.table(table.get_add_actions(flatten=True)).to_pylist():
        held = pa.parquet.read_table(tmp_path / "log" / action["path"])
        assert action["num_records"] == held.num_rows
        assert action["null_count.n1"] == held.column("n1").null_count
        for name in ("id", "n0", "c1"):
            edges = pc.min_max(held.column(name)).as_py()
            assert (action[f"min.{name}"], action[f"max.{name}"]) == (edges["min"], edges["max"])


def test_the_same_seed_gives_the_same_values_and_another_gives_others():
    other = Shape(**{**SHAPE.__dict__, "seed": 1})
    assert draw_file(SHAPE, 1).equals(draw_file(SHAPE, 1))
    assert not draw_file(SHAPE, 1).column("n0").equals(draw_file(other, 1).column("n0"))


def test_a_column_does_not_depend_on_the_others():
    wider = Shape(**{**SHAPE.__dict__, "numbers": 9, "texts": 4, "groups": 0})
    for name in ("at", "n5", "c2", "score"):
        assert draw_file(SHAPE, 2).column(name).equals(draw_file(wider, 2).column(name))


def test_files_of_wide_logs_hold_fewer_rows():
    files = Shape(rows=20_000, numbers=4_989).files()
    assert sum(size for _, size in files) == 20_000
    assert max(size for _, size in files) * 5_000 <= 50_000_000


def test_a_log_that_is_there_is_not_written_again(tmp_path, capsys):
    first = log_at(tmp_path, Shape(rows=10, numbers=1, texts=1))
    assert "writing" in capsys.readouterr().out
    assert log_at(tmp_path, Shape(rows=10, numbers=1, texts=1)) == first
    assert log_at(tmp_path, Shape(rows=11, numbers=1, texts=1)) != first
    assert capsys.readouterr().out.count("writing") == 1
