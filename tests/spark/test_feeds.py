"""Native feed, Spark's feed and a count of the raw rows agree on a table that has been through everything."""

import math
from dataclasses import replace
from datetime import timezone

import deltalake
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from odd_table import START, make_odd_table

from spark_monitor.cells.arrow import KEYS
from spark_monitor.cells.bins import Bins
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.config.loader import load_config_text
from spark_monitor.errors import ContractError
from spark_monitor.logs.features import choose_features
from spark_monitor.pipeline.agenda import Wish
from spark_monitor.pipeline.count import compare_columns, slice_cells
from spark_monitor.pipeline.feeds import choose_feed, with_fallback
from spark_monitor.pipeline.frozen_before import Frozen
from spark_monitor.pipeline.run import open_job
from spark_monitor.windows import to_micros

CONFIG = """
model: odd
predictions: {{table: "{table}", id: id, time: t, version: v, prediction: word{more}}}
references: [{{start: 2024-03-01, end: 2024-03-02}}]
segments: [city, flag, [city, tier]]
windows: {{start: 2000-01-01}}
scan: {scan}
results: {table}_results
"""
EDGES = np.array([-3.0, 0.0, 1.5, 1e6])
SLACK = {"mean": 1.0, "m2": 1.0}


@pytest.fixture(scope="module")
def table(spark, tmp_path_factory):
    """Return the folder of the odd table."""
    return make_odd_table(spark, str(tmp_path_factory.mktemp("odd") / "log 1"))


def opened(spark, table, scan="auto", more=""):
    """Return a job on the table, and frozen bins of all its features: of few edges, or of few names."""
    config = load_config_text(CONFIG.format(table=table, scan=scan, more=more))
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
    """Compare cells: counts, names and extremes exactly, moments to 1e-12 of what was added up."""
    assert left.keys() == right.keys()
    for key, row in left.items():
        for name, value in row.items():
            other = right[key][name]
            if name in SLACK and value is not None and other is not None:
                size = min(max(abs(row["min"]), abs(row["max"])), 1e150) ** (1 if name == "mean" else 2)
                near = math.isclose(value, other, rel_tol=1e-12, abs_tol=1e-12 * size * row["row_count"])
                assert near or (math.isnan(value) and math.isnan(other)), (key, name, value, other)
            else:
                assert value == other, (key, name, value, other)


def test_both_feeds_and_both_kinds_of_loops_count_the_same_cells(spark, table, monkeypatch):
    monkeypatch.setattr("spark_monitor.pipeline.feeds.WORTH_COMPILING", 0)
    feed, native = count(spark, table, "native")
    other, by_spark = count(spark, table, "spark")
    assert (feed.kind, other.kind) == ("native", "spark")
    names = {key[-1] for key in native}
    assert {"a.b", "tick`ed", "größe", "place.lat", "place.name", "length(tags)", "length(extras)", "later"} <= names
    assert_same(native, by_spark)
    assert_same(native, count(spark, table, "native", compiled=False)[1])


def test_cells_are_those_of_a_count_of_the_raw_rows(spark, table):
    _, cells = count(spark, table, "native")
    rows = spark.read.format("delta").load(table).selectExpr(
        "unix_micros(t) AS t", "id", "v", "`a.b` AS x", "`größe` AS y", "size(tags) AS n", "tags IS NULL AS none",
        "later", "flag").collect()
    start = to_micros(START)
    placed = [row for row in rows if row["id"] is not None and row["t"] is not None]
    wanted = {"a.b": lambda row: row["x"], "größe": lambda row: row["y"], "later": lambda row: row["later"],
              "length(tags)": lambda row: None if row["none"] else row["n"]}
    seen = 0
    for day in range(-1, 4):
        low = start + day * 86_400_000_000
        for version in ("1", "2", "(null)"):
            mine = [row for row in placed if low <= row["t"] < low + 86_400_000_000
                    and (row["v"] or "(null)") == version]
            for flag in (None, "true"):
                part = [row for row in mine if flag is None or row["flag"]]
                for feature, value in wanted.items():
                    key = (START.replace(tzinfo=None), version, flag and "flag", flag, "drift", feature)
                    found = next((cell for own, cell in cells.items() if own[1:] == key[1:]
                                  and to_micros(own[0].replace(tzinfo=own[0].tzinfo or timezone.utc)) == low), None)
                    seen += bool(part)
                    assert_counted(found, [value(row) for row in part])
    assert seen > 50


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
    assert (cell["min"], cell["max"]) == ((finite.min(), finite.max()) if len(finite) else (None, None))


def test_a_table_with_deletion_vectors_is_read_by_spark_and_says_so(spark, tmp_path):
    folder = f"{tmp_path}/log"
    rows = ("SELECT CAST(id AS string) AS id, timestamp_seconds(1709251200 + id) AS t, '1' AS v, 'a' AS word, "
            "'x' AS city, 1 AS tier, true AS flag")
    spark.sql(f"CREATE TABLE delta.`{folder}` USING delta TBLPROPERTIES ('delta.enableDeletionVectors' = 'true') "
              f"AS {rows} FROM range(100)")
    spark.sql(f"DELETE FROM delta.`{folder}` WHERE id = '7'")
    feed, cells = count(spark, folder, "auto")
    assert feed.kind == "spark" and "deletion" in feed.reason.lower()
    whole = [row["row_count"] for key, row in cells.items() if key[2] is None and key[-1] == "(rows)"]
    assert whole == [99]
    with pytest.raises(ContractError, match="scan: native, but .* use scan: auto"):
        count(spark, folder, "native")


def test_a_file_with_dates_of_another_calendar_is_left_to_spark(spark, tmp_path):
    folder = tmp_path / "log"
    times = pa.array([to_micros(START), to_micros(START) + 1], pa.timestamp("us", "UTC"))
    rows = pa.table({"id": ["1", "2"], "t": times, "v": ["1", "1"], "word": ["a", "b"], "city": ["x", "x"], "tier": [1, 1], "flag": [True, None]})
    deltalake.write_deltalake(folder, rows)
    file = next(folder.glob("*.parquet"))
    pq.write_table(rows.replace_schema_metadata({"org.apache.spark.legacyDateTime": ""}), file)
    job, frozen = opened(spark, str(folder))
    slices = job.calendar.windows(to_micros(START), to_micros(START) + 1, "day")
    found = []

    def work(feed):
        columns = compare_columns(job.config, job.layout.types, frozen)
        found.append(slice_cells(job, slices, frozen, columns, feed).collect())

    feed = with_fallback(job, choose_feed(spark, job.config, job.source, job.layout), work)
    assert feed.kind == "spark" and "Julian" in feed.reason and len(found) == 1


@pytest.mark.parametrize("more, words", [
    (", deduplicate: true", "copies of ids"), (", weight: word", "the weight is string"),
    (", where: {tier: '1'}", "'tier', which holds int")])
def test_what_only_spark_reads_rightly_is_left_to_it_with_the_reason(spark, table, more, words):
    job, _ = opened(spark, table, more=more)
    feed = choose_feed(spark, job.config, job.source, job.layout, job.config.predictions.deduplicate)
    assert feed.kind == "spark" and words in feed.reason
