"""Is no more read for late outcomes of old days than the files of those days, and of those keys?"""

import deltalake
import numpy as np
import pyarrow as pa
import pytest

from spark_monitor.config import load_config_text
from spark_monitor.logs.arrivals import known_between, of_keys
from spark_monitor.logs.outcomes import known_within
from spark_monitor.pipeline import Wish
from spark_monitor.pipeline.label_cells import rows_to_label
from spark_monitor.pipeline.run import open_job

DAY = 86_400_000_000
FIRST, DAYS = 19_800 * DAY, 6
CONFIG = """
model: m
predictions: {{table: "{0}/log", id: id, time: at, prediction: said, features: [], deduplicate: {1}}}
outcomes: {{table: "{0}/outcomes", id: {2}, outcome: bad, time: known, horizon: 2d}}
references: [{{name: before, start: 2024-01-01, end: 2024-02-01}}]
results: "{0}/results"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of two logs of six days, a file a day; ids grow with time, outcomes are known half a day later."""
    folder = tmp_path_factory.mktemp("late")
    for day in range(DAYS):
        ids, at = np.arange(4) + 10 * day, FIRST + day * DAY + np.arange(4) * DAY // 4
        times, known = (pa.array(one).cast(pa.timestamp("us", "UTC")) for one in (at, at + DAY // 2))
        deltalake.write_deltalake(f"{folder}/log", pa.table({"id": ids, "at": times, "said": [True] * 4}), mode="append")
        deltalake.write_deltalake(f"{folder}/outcomes", pa.table(
            {"id": ids, "text": ids.astype(str).tolist(), "bad": [True] * 4, "known": known}), mode="append")
    return folder


def job_of(spark, folder, copies="false", key="id"):
    return open_job(spark, load_config_text(CONFIG.format(folder, copies, key)), Wish(as_of=FIRST + 30 * DAY), "run", FIRST)


def days_of(rows, column="at"):
    return sorted({(row[0] - FIRST) // DAY for row in rows.selectExpr(f"unix_micros({column})").collect()})


@pytest.mark.parametrize("copies, files", [("false", 2), ("true", 4)])
def test_only_files_of_the_slices_to_count_are_read(spark, folder, copies, files):
    wanted = np.array([True, False, False, True])
    rows = rows_to_label(job_of(spark, folder, copies), FIRST + DAY * np.arange(1, 6), wanted)
    assert len(rows.inputFiles()) == files
    # Where copies are left out, the first of them may lie in between.
    assert days_of(rows) == ([1, 4] if files == 2 else [1, 2, 3, 4])


def test_few_keys_are_looked_up_where_their_predictions_are(spark, folder, capsys):
    job = job_of(spark, folder)
    keys = spark.createDataFrame([(21,), (23,), (29,)], "k0 bigint")
    edges = {"keys": 3, "low k0": 21, "high k0": 29}
    found = of_keys(keys, edges, job.rows(), job.layout, job.labels.layout)
    assert sorted(row["k0"] for row in found.collect()) == [21, 23] and len(found.inputFiles()) == 1
    found.explain()
    plan = capsys.readouterr().out
    assert "BroadcastHashJoin" in plan and "Exchange hashpartitioning" not in plan


def test_keys_of_another_type_are_compared_as_texts(spark, folder):
    job = job_of(spark, folder, key="text")
    keys = spark.createDataFrame([("3",), ("20",)], "k0 string")
    edges = {"keys": 2, "low k0": "20", "high k0": "3"}
    found = of_keys(keys, edges, job.rows(), job.layout, job.labels.layout)
    assert sorted(row["k0"] for row in found.collect()) == ["20", "3"]


def test_only_outcomes_that_can_be_the_truth_are_read(spark, folder):
    job = job_of(spark, folder)
    told = known_within(job.labels.source.read(spark), job.labels.layout, FIRST + 2 * DAY, FIRST + 3 * DAY)
    assert len(told.inputFiles()) == 2 and days_of(told, "known") == [2]
    known = known_between(spark, job.labels.source, job.labels.layout, FIRST + 5 * DAY, FIRST + 6 * DAY)
    assert sorted(row["k0"] for row in known.collect()) == [43, 50, 51, 52] and len(known.inputFiles()) == 2
