"""How many Spark jobs and commits does one run take, for 1 and 40 features and for 1 and 40 windows?

    python benchmarks/jobs_and_commits.py

A small log of 41 days is written to a temporary folder; each case is a first run into results of its own. Jobs are
counted by Spark's own job group, commits by the version of every result table. The first run of a session, and the
first reading of a Delta log, start jobs of Delta's own, so a run that is not counted goes before.
"""

import tempfile
from datetime import datetime, timezone
from pathlib import Path

import deltalake
import numpy as np
import pyarrow as pa

from spark_monitor.config.loader import load_config_text
from spark_monitor.pipeline import Wish, run
from spark_monitor.session import QUICK_START, local_session
from spark_monitor.tables.store import TABLES
from spark_monitor.windows import to_micros

FEATURES, WINDOWS, PER_DAY = 40, 40, 50
DAY_US = 86_400_000_000
START = to_micros(datetime(2024, 1, 1, tzinfo=timezone.utc))
CASES = ((1, 1), (FEATURES, 1), (1, WINDOWS), (FEATURES, WINDOWS))
CONFIG = """
model: cost
predictions: {{table: {log}, id: id, time: at, score: score, features: {features}}}
references: [{{name: first day, start: 2024-01-01, end: 2024-01-02}}]
metrics: {{overall: [row_count, missing_rate, mean, psi]}}
results: {results}
"""


def write_log(log):
    """Write 41 days of rows with forty features."""
    rows = (WINDOWS + 1) * PER_DAY
    random = np.random.default_rng(1)
    times = START + (np.arange(rows) * (DAY_US // PER_DAY))
    deltalake.write_deltalake(str(log), pa.table(
        {"id": np.arange(rows), "at": pa.array(times).cast(pa.timestamp("us", "UTC")), "score": random.random(rows)}
        | {f"f{n}": random.normal(size=rows) for n in range(FEATURES)}))


def cost_of(spark, log, results, features, windows):
    """Run once with so many features and windows; return jobs started, and commits by table."""
    config = load_config_text(CONFIG.format(log=log, results=results, features=[f"f{n}" for n in range(features)]))
    group = str(results)
    spark.sparkContext.setJobGroup(group, f"{features} features, {windows} windows")
    wish = Wish(as_of=START + (WINDOWS + 1) * DAY_US, start=START + DAY_US, end=START + (windows + 1) * DAY_US)
    summary = run(spark, config, wish, group, START)
    jobs = len(spark.sparkContext.statusTracker().getJobIdsForGroup(group))
    if len(summary.run["windows"]) != windows:
        raise RuntimeError(f"published {len(summary.run['windows'])} windows, expected {windows}")
    return jobs, commits(results)


def commits(results):
    """Return the commits of each result table, the one that made the table included."""
    return {name: deltalake.DeltaTable(f"{results}/{name}").version() + 1 for name in TABLES
            if deltalake.DeltaTable.is_deltatable(f"{results}/{name}")}


def main():
    """Print the table of jobs and commits."""
    spark = local_session(app_name="jobs and commits", extra=QUICK_START)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        write_log(log)
        cost_of(spark, log, Path(folder) / "before", 1, 1)
        print(f"{'features':>8} {'windows':>8} {'jobs':>6} {'commits':>8}  by table")
        for number, (features, windows) in enumerate(CASES):
            jobs, made = cost_of(spark, log, Path(folder) / f"results{number}", features, windows)
            print(f"{features:8} {windows:8} {jobs:6} {sum(made.values()):8}  {made}", flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
