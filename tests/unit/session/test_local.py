"""Which settings a local session gets, with no session started."""

from importlib import metadata

import pytest

from spark_monitor.errors import SessionError
from spark_monitor.session import local_session
from spark_monitor.session.local import delta_jars, local_settings


def test_the_jars_of_the_named_folder_are_taken(tmp_path):
    for name in ("delta-spark_4.2_2.13-4.4.0.jar", "delta-storage-4.4.0.jar", "notes.txt"):
        (tmp_path / name).touch()
    jars = delta_jars({"SPARK_MONITOR_JARS": str(tmp_path)})["spark.jars"].split(",")
    assert jars == [f"{tmp_path}/delta-spark_4.2_2.13-4.4.0.jar", f"{tmp_path}/delta-storage-4.4.0.jar"]


def test_a_folder_without_deltas_jar_is_refused(tmp_path):
    (tmp_path / "delta-storage-4.4.0.jar").touch()
    with pytest.raises(SessionError, match="found no delta-spark"):
        local_settings({"SPARK_MONITOR_JARS": str(tmp_path)})


def test_the_coordinates_follow_the_installed_versions():
    spark, delta = metadata.version("pyspark"), metadata.version("delta-spark")
    minor = spark.rpartition(".")[0]
    assert delta_jars({})["spark.jars.packages"] == f"io.delta:delta-spark_{minor}_2.13:{delta}"


def test_the_heap_and_the_partitions_are_those_asked_for():
    settings = local_settings({"SPARK_MONITOR_MEMORY": "5g"}, cores=3)
    assert settings["spark.driver.memory"] == "5g"
    assert settings["spark.sql.shuffle.partitions"] == "3"


def test_without_java_no_session_is_tried(monkeypatch):
    def no_java():
        raise SessionError("found no Java")

    for mark in ("DATABRICKS_RUNTIME_VERSION", "SPARK_REMOTE", "PYSPARK_GATEWAY_PORT"):
        monkeypatch.delenv(mark, raising=False)
    monkeypatch.setattr("spark_monitor.session.local.find_java", no_java)
    with pytest.raises(SessionError, match="found no Java"):
        local_session()
