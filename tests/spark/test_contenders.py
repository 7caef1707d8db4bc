"""Do the works that benchmarks compare look at every row, to the end?"""

from dataclasses import replace

import deltalake
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyspark.sql import functions as F

from benchmarks.contenders import Counting, Scan, Transfer, check_all_counted
from benchmarks.generate import DAY_US, START, Shape, log_at

SHAPE = Shape(rows=3_000, numbers=3, texts=2, days=3, groups=1, group_values=3)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return log_at(tmp_path_factory.mktemp("logs"), SHAPE)


@pytest.fixture(scope="module")
def rows(log):
    found = deltalake.DeltaTable(log).to_pyarrow_table()
    day = pc.divide(pc.subtract(found.column("at").cast(pa.int64()), START), DAY_US)
    return found.append_column("day", day)


@pytest.mark.parametrize("scan", ["native", "spark"])
def test_cells_hold_every_row_of_every_day_version_and_group(spark, log, rows, tmp_path, scan):
    counting = Counting(spark, log, SHAPE, str(tmp_path), scan, segments=["g0"], committed=True)
    counting()
    check_all_counted(counting, SHAPE)
    cells = spark.read.format("delta").load(counting.table).where("feature = 'n1'")
    found = cells.select(((F.unix_micros("slice") - START) / DAY_US).cast("bigint"), "model_version", "segment_value",
                         "row_count", "nulls", F.expr("aggregate(counts, 0L, (a, b) -> a + b)")).collect()
    mine = {tuple(row[:3]): tuple(row[3:]) for row in found}
    for keys in (["day", "version"], ["day", "version", "g0"]):
        truth = rows.group_by(keys).aggregate([([], "count_all"), ("n1", "count")])
        for one in truth.to_pylist():
            key = (one["day"], one["version"], one.get("g0"))
            assert mine.pop(key) == (one["count_all"], one["count_all"] - one["n1_count"], one["n1_count"])
    assert mine == {}


def test_the_scan_adds_up_every_column(spark, log, rows):
    sums = Scan(spark, log, SHAPE)()[0]
    assert len(sums) == len(SHAPE.columns) == 6
    assert sums[0] == pytest.approx(pc.sum(rows.column("n0")).as_py(), rel=1e-9)
    assert sums[5] == pytest.approx(pc.sum(rows.column("score")).as_py(), rel=1e-9)


def test_the_transfer_receives_every_row_or_says_so(spark, log):
    Transfer(spark, log, SHAPE)()
    with pytest.raises(RuntimeError, match="received 3000 rows, expected 3001"):
        Transfer(spark, log, replace(SHAPE, rows=3_001))()
