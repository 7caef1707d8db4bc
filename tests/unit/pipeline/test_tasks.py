"""Which sessions' tasks may read files themselves, and which names are not to be read past their catalogue."""

from types import SimpleNamespace

import pytest

from spark_monitor.logs.governed import check_catalog
from spark_monitor.logs.storage.place import NotNativeError, Place
from spark_monitor.pipeline.tasks import check_tasks, tasks_at_once

DISK, STORE = Place("file", "/log", "file:///log"), Place("s3", "bucket/log", "s3://bucket/log")
DELTA = {"spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
         "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension"}


def session(**conf):
    """Return what has the settings of a session; `_` for a dot."""
    told = {name.replace("_", "."): value for name, value in conf.items()}
    return SimpleNamespace(conf=SimpleNamespace(get=lambda name, default=None: told.get(name, default)))


def session_of(told, catalog="spark_catalog"):
    return SimpleNamespace(conf=SimpleNamespace(get=lambda name, default=None: told.get(name, default)),
                           catalog=SimpleNamespace(currentCatalog=lambda: catalog))


@pytest.mark.parametrize("master", ["yarn", "spark://host:7077", "k8s://https://host"])
def test_a_cluster_reads_a_store_but_not_the_disk_of_the_driver(master):
    check_tasks(session(spark_master=master), STORE)
    with pytest.raises(NotNativeError, match="run on a cluster"):
        check_tasks(session(spark_master=master), DISK)


def test_a_local_session_reads_both():
    for place in (DISK, STORE):
        check_tasks(session(spark_master="local[2]"), place)


def test_a_session_that_hides_its_settings_reads_neither():
    def get(name, default=None):
        raise PermissionError(name)

    for place in (DISK, STORE):
        with pytest.raises(NotNativeError, match="doesn't say where its tasks run"):
            check_tasks(SimpleNamespace(conf=SimpleNamespace(get=get)), place)


def test_a_session_far_away_reads_neither(monkeypatch):
    monkeypatch.setenv("SPARK_REMOTE", "sc://far")
    with pytest.raises(NotNativeError, match="on another machine"):
        check_tasks(session(spark_master="yarn"), STORE)


@pytest.mark.parametrize("name, value", [("datetimeRebaseModeInRead", "LEGACY"), ("int96RebaseModeInRead", "legacy"),
                                         ("int96TimestampConversion", "true")])
def test_a_session_that_shifts_times_on_reading_is_left_to_itself(name, value):
    with pytest.raises(NotNativeError, match=name):
        check_tasks(session_of({"spark.master": "local", f"spark.sql.parquet.{name}": value}), DISK)


def test_tasks_of_a_cluster_are_counted_by_what_its_settings_tell():
    assert tasks_at_once({"spark.master": "yarn", "spark.dynamicAllocation.maxExecutors": "8",
                          "spark.executor.cores": "4"}.get) == 32
    # Without an end to its growth, and with a word for a number, nothing is told.
    assert tasks_at_once({"spark.master": "yarn", "spark.dynamicAllocation.maxExecutors": str((1 << 31) - 1),
                          "spark.sql.shuffle.partitions": "auto"}.get) == 200


@pytest.mark.parametrize("table", ["shop.log", "spark_catalog.shop.log"])
def test_names_of_the_plain_session_catalogue_are_read_from_files(table):
    check_catalog(session_of(DELTA), table)


@pytest.mark.parametrize("table, told, catalog, words", [
    ("main.shop.log", {}, "spark_catalog", "its catalogue, main"),
    ("shop.log", {}, "main", "its catalogue, main"),
    ("shop.log", {"spark.sql.catalog.spark_catalog": "io.unitycatalog.spark.UCSingleCatalog"}, "spark_catalog",
     "its catalogue, spark_catalog"),
    ("shop.log", {"spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension, org.ranger.RowFilter"},
     "spark_catalog", "extension org.ranger.RowFilter")])
def test_names_that_something_may_filter_are_left_to_spark(table, told, catalog, words):
    with pytest.raises(NotNativeError, match=words):
        check_catalog(session_of(DELTA | told, catalog), table)


def test_whoever_names_a_path_reads_files_anyway(monkeypatch):
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "17.3")
    check_catalog(session_of({}), "s3://bucket/log")
