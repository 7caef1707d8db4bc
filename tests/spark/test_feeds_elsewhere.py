"""Tables in an object store, under a name, and of newer protocols: which feed takes them, and that both count alike."""

from dataclasses import replace
from pathlib import Path

import pytest
from feed_counts import assert_same, count, opened
from object_store import KEY, SECRET, TOKEN, object_store
from odd_table import SCHEMA, START, add_files_of_others, draw_rows

from spark_monitor.errors import ContractError
from spark_monitor.logs.source import pin
from spark_monitor.pipeline.count import compare_columns, slice_cells
from spark_monitor.pipeline.feeds import choose_feed, with_fallback
from spark_monitor.windows import to_micros


@pytest.fixture(scope="module")
def table(spark, tmp_path_factory):
    """Return the folder of a table that Spark and others wrote, inside a folder that can be served as a bucket."""
    folder = str(tmp_path_factory.mktemp("root") / "bucket" / "log 1")
    rows = spark.createDataFrame(draw_rows(200, 1), SCHEMA)
    rows.coalesce(1).write.format("delta").partitionBy("city", "tier").save(folder)
    add_files_of_others(spark, folder)
    return folder


@pytest.fixture
def store(spark, table):
    """Serve the table as `s3a://bucket/log 1`, and tell Spark the keys."""
    with object_store(Path(table).parents[1]) as running:
        for name, value in running.settings().items():
            spark.conf.set(name, value)
        yield running
        for name in running.settings():
            spark.conf.unset(name)


def moved(spark, table):
    """Return a job on the table whose log says that it lies in the store, and frozen bins."""
    job, frozen = opened(spark, table)
    job.source = replace(job.source, location="s3a://bucket/log 1")
    return job, frozen


def cells(job, frozen, feed):
    slices = job.calendar.windows(to_micros(START) - 1, to_micros(START) + 3 * 86_400_000_000 + 1, "day")
    columns = compare_columns(job.config, job.layout.types, frozen)
    rows = slice_cells(job, slices, frozen, columns, feed).collect()
    keys = ("slice", "model_version", "segment", "segment_value", "family", "feature")
    return {tuple(row[name] for name in keys): row.asDict() for row in rows}


def test_a_table_in_a_store_is_counted_from_its_files(spark, table, store):
    job, frozen = moved(spark, table)
    feed = choose_feed(spark, job.config, job.source, job.layout)
    assert feed.kind == "native" and feed.reason.endswith("at s3://bucket/log 1")
    assert not [secret for secret in (KEY, SECRET, TOKEN) if secret in repr(feed)]
    store.served.clear()
    found = cells(job, frozen, feed)
    assert {key for _, key, _ in store.served if "old" in key}
    assert_same(found, count(spark, table, "spark")[1])


def test_keys_that_a_store_refuses_are_told_without_the_keys(spark, table, store):
    spark.conf.set("fs.s3a.access.key", "AKIAWRONGWRONGWRONG1")
    job, _ = moved(spark, table)
    feed = choose_feed(spark, job.config, job.source, job.layout)
    assert feed.kind == "spark" and "log can't be read without Spark" in feed.reason
    assert not [secret for secret in ("AKIAWRONGWRONGWRONG1", SECRET, TOKEN) if secret in feed.reason]


def test_what_tasks_are_refused_is_counted_through_spark(spark, table, store):
    job, frozen = moved(spark, table)
    feed = choose_feed(spark, job.config, job.source, job.layout)
    store.is_closed = True
    found = []
    taken = with_fallback(job, feed, lambda feed: found.append(cells(job, frozen, feed)))
    assert taken.kind == "spark" and taken.reason.startswith("s3://bucket/log 1/")
    assert "can't be read without Spark" in taken.reason
    assert not [secret for secret in (KEY, SECRET, TOKEN) if secret in taken.reason]
    assert_same(found[0], count(spark, table, "spark")[1])


def test_an_error_of_our_own_is_no_reason_to_count_through_spark(spark, table):
    job, _ = opened(spark, table)
    feed = choose_feed(spark, job.config, job.source, job.layout)

    def work(feed):
        raise KeyError(feed.kind)

    with pytest.raises(KeyError, match="native"):
        with_fallback(job, feed, work)


@pytest.fixture(scope="module")
def named(spark):
    """Return the name of a managed table of newer protocol: all that is on the list, and what concerns writers only."""
    spark.sql("CREATE DATABASE IF NOT EXISTS shop")
    spark.sql("CREATE TABLE shop.log (id string, t timestamp, v string, word string, city string, tier int, "
              "flag boolean, local timestamp_ntz, number bigint GENERATED ALWAYS AS IDENTITY, "
              "day date GENERATED ALWAYS AS (CAST(t AS date))) USING delta PARTITIONED BY (day, flag) TBLPROPERTIES ('delta.checkpointPolicy' = 'v2', "
              "'delta.checkpointInterval' = '2', 'delta.feature.vacuumProtocolCheck' = 'supported', "
              "'delta.enableChangeDataFeed' = 'true', 'delta.enableRowTracking' = 'true', "
              "'delta.enableInCommitTimestamps' = 'true')")
    spark.sql("ALTER TABLE shop.log ADD CONSTRAINT positive CHECK (tier >= 0)")
    for first in (0, 50):
        spark.sql("INSERT INTO shop.log (id, t, v, word, city, tier, flag, local) SELECT CAST(id AS string), "
                  "timestamp_seconds(1709251200 + id * 2000), '1', 'a', 'x', CAST(id % 3 AS int), "
                  "CASE WHEN id % 3 > 0 THEN id % 3 = 1 END, TIMESTAMP_NTZ'2024-03-01 00:00:00.000001' "
                  f"FROM range({first}, {first + 50})")
    spark.sql("UPDATE shop.log SET tier = 9 WHERE tier = 2 AND id < 20")
    return "shop.log"


def test_a_named_table_is_counted_from_its_files(spark, named):
    asked = spark.sql(f"DESCRIBE DETAIL {named}").first()["tableFeatures"]
    assert {"timestampNtz", "v2Checkpoint", "vacuumProtocolCheck", "identityColumns", "rowTracking"} <= set(asked)
    assert list((Path(pin(spark, named).location.removeprefix("file:")) / "_delta_log").glob("*checkpoint*"))
    feed, native = count(spark, named, "auto")
    assert feed.kind == "native"
    by_spark = count(spark, named, "spark")[1]
    assert_same(native, by_spark)
    whole = [row["row_count"] for key, row in native.items() if key[2] is None and key[-1] == "(rows)"]
    assert sum(whole) == 100


@pytest.mark.parametrize("kind", ["timestamp_ntz", "date"])
def test_times_without_a_zone_place_a_row_alike(spark, tmp_path, kind):
    folder = f"{tmp_path}/log"
    spark.sql(f"CREATE TABLE delta.`{folder}` USING delta AS SELECT CAST(id AS string) AS id, "
              "CAST(timestamp_micros(1709251200000000 + (id DIV 3) * 86400000000 + id % 3 - 1) AS "
              f"{kind}) AS t, '1' AS v, 'a' AS word, 'x' AS city, 1 AS tier, true AS flag FROM range(9)")
    feed, native = count(spark, folder, "auto")
    assert feed.kind == "native"
    assert_same(native, count(spark, folder, "spark")[1])
    rows = sorted(row["row_count"] for key, row in native.items() if key[2] is None and key[-1] == "(rows)")
    # A microsecond before midnight is of the day before.
    assert rows == [1, 2, 3, 3]


def test_a_view_is_refused_in_words(spark, named):
    spark.sql(f"CREATE OR REPLACE VIEW shop.some AS SELECT * FROM {named} WHERE tier > 0")
    with pytest.raises(ContractError, match="shop.some: found a view"):
        pin(spark, "shop.some")


def test_names_whose_catalogue_may_filter_rows_are_left_to_spark(spark, named, monkeypatch):
    job, _ = opened(spark, named)

    def reason():
        feed = choose_feed(spark, job.config, job.source, job.layout)
        assert feed.kind == "spark"
        return feed.reason

    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "17.3")
    assert "on Databricks a named table may have row filters" in reason()
    monkeypatch.undo()
    job.source = replace(job.source, table="main.shop.log")
    assert "its catalogue, main, may filter rows" in reason()


def test_a_shallow_clone_and_wider_types_are_left_to_spark(spark, named, tmp_path):
    clone, wide = f"delta.`{tmp_path}/clone`", f"delta.`{tmp_path}/wide`"
    spark.sql(f"CREATE TABLE {clone} SHALLOW CLONE {named}")
    feed, cloned = count(spark, f"{tmp_path}/clone", "auto")
    assert feed.kind == "spark" and "outside its folder" in feed.reason
    assert_same(cloned, count(spark, named, "auto")[1])
    spark.sql(f"CREATE TABLE {wide} USING delta TBLPROPERTIES ('delta.enableTypeWidening' = 'true') AS "
              f"SELECT id, t, v, word, city, tier, flag FROM {named}")
    spark.sql(f"ALTER TABLE {wide} ALTER COLUMN tier TYPE bigint")
    feed, _ = count(spark, f"{tmp_path}/wide", "auto")
    assert feed.kind == "spark" and "typeWidening" in feed.reason
