"""Does a run start as many Spark jobs and make as many commits for forty features and windows as for one?"""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def bench():
    """Return the script that prints jobs and commits."""
    path = Path(__file__).parents[2] / "benchmarks" / "jobs_and_commits.py"
    spec = importlib.util.spec_from_file_location("jobs_and_commits", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_jobs_and_commits_grow_with_neither_features_nor_windows(spark, bench, backfill, tmp_path):
    bench.write_log(tmp_path / "log")
    # The first run of a session, and the first reading of a Delta log, start jobs of Delta's own.
    spark.read.format("delta").load(str(tmp_path / "log")).where("at > '2024-01-02'").count()
    one, forty = (bench.cost_of(spark, tmp_path / "log", tmp_path / f"results{size}", size, size) for size in (1, 40))
    assert one[1] == forty[1]
    # In a session that is not warm the first of the two starts a few jobs of Delta's own more.
    assert 0 < forty[0] <= one[0]
