"""Native feed, Spark's feed and a count of the raw rows agree on a table that has been through everything."""

from datetime import timezone

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from feed_counts import assert_counted, assert_same, count, opened
from odd_table import START, make_odd_table

from spark_monitor.errors import ContractError
from spark_monitor.pipeline.count import compare_columns, slice_cells
from spark_monitor.pipeline.feeds import choose_feed, with_fallback
from spark_monitor.windows import to_micros


@pytest.fixture(scope="module")
def table(spark, tmp_path_factory):
    """Return the folder of the odd table."""
    return make_odd_table(spark, str(tmp_path_factory.mktemp("odd") / "log 1"))


def test_both_feeds_and_both_kinds_of_loops_count_the_same_cells(spark, table, monkeypatch):
    monkeypatch.setattr("spark_monitor.pipeline.feeds.WORTH_COMPILING", 0)
    feed, native = count(spark, table, "native")
    other, by_spark = count(spark, table, "spark")
    assert (feed.kind, other.kind) == ("native", "spark")
    names = {key[-1] for key in native}
    assert {"a.b", "tick`ed", "größe", "place.lat", "place.name", "place.alt", "length(tags)", "length(extras)",
            "length(word)", "later", "seen", "day", "local", "wei", "huge", "void", "void_text", "broken"} <= names
    assert "blob" not in names
    assert_same(native, by_spark)
    assert_same(native, count(spark, table, "native", compiled=False)[1])


def test_cells_are_those_of_a_count_of_the_raw_rows(spark, table):
    _, cells = count(spark, table, "native")
    rows = spark.read.format("delta").load(table).selectExpr(
        "unix_micros(t) AS t", "id", "v", "`a.b` AS x", "`größe` AS y", "size(tags) AS n", "tags IS NULL AS none",
        "later", "flag", "huge", "wei", "void",
        "broken", "char_length(word) AS length", "unix_micros(seen) AS seen", "unix_date(day) AS day",
        "unix_micros(CAST(local AS timestamp)) AS local", "place.alt AS alt").collect()
    start = to_micros(START)
    placed = [row for row in rows if row["id"] is not None and row["t"] is not None]
    same = ("huge", "wei", "void", "broken", "seen", "day", "local")
    wanted = {"a.b": lambda row: row["x"], "größe": lambda row: row["y"], "later": lambda row: row["later"],
              "length(tags)": lambda row: None if row["none"] else row["n"], "length(word)": lambda row: row["length"],
              "place.alt": lambda row: row["alt"], **{name: lambda row, name=name: row[name] for name in same}}
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
