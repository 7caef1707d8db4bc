"""Is an outcome given to the same prediction of its key whichever days of the log are counted?"""

import deltalake
import numpy as np
import pyarrow as pa
import pytest

from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.config import load_config_text
from spark_monitor.pipeline import Wish
from spark_monitor.pipeline.frozen_before import Frozen
from spark_monitor.pipeline.label_cells import label_cells
from spark_monitor.pipeline.run import open_job

HOUR = 3_600_000_000
DAY = 24 * HOUR
FIRST = 19_800 * DAY
# Ten keys, each scored on ten days, at an hour of its own; all turn bad at noon of the sixth day.
HOURS, KNOWN = range(8, 18), FIRST + 5 * DAY + 12 * HOUR
MADE = {hour: [FIRST + day * DAY + hour * HOUR for day in range(10)] for hour in HOURS}
CONFIG = """
model: m
predictions: {{table: "{0}/log", id: id, time: at, prediction: said, features: [], deduplicate: {2}}}
outcomes: {{table: "{0}/outcomes", id: id, outcome: bad, time: known, horizon: 3d, match: {1}}}
references: [{{name: before, start: 2024-01-01, end: 2024-02-01}}]
results: "{0}/results"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("again")
    keys, times = zip(*[(hour, at) for hour, made in MADE.items() for at in made])
    deltalake.write_deltalake(f"{folder}/log", pa.table({
        "id": keys, "at": pa.array(times).cast(pa.timestamp("us", "UTC")), "said": [True] * len(keys)}))
    deltalake.write_deltalake(f"{folder}/outcomes", pa.table({
        "id": list(HOURS), "bad": [True] * len(HOURS),
        "known": pa.array([KNOWN] * len(HOURS)).cast(pa.timestamp("us", "UTC"))}))
    return folder


@pytest.mark.parametrize("match, copies, days", [("first", "false", (2, 3)), ("last", "true", (4, 5))])
def test_each_outcome_is_the_truth_of_one_prediction(spark, folder, match, copies, days):
    config = load_config_text(CONFIG.format(folder, match, copies))
    job = open_job(spark, config, Wish(as_of=FIRST + 30 * DAY), "run", FIRST)
    chosen = [{"first": min, "last": max}[match](at for at in made if at <= KNOWN <= at + 3 * DAY)
              for made in MADE.values()]
    counted = {}
    for day in days:
        bounds = FIRST + DAY * np.arange(day, day + 2)
        cells = label_cells(job, job.layout, job.rows(), Frozen({}, (SegmentPlan(None),), {}, ()), bounds).toArrow()
        [row] = cells.to_pylist()
        counted[day] = sum(rows for outcome, rows in zip(row["cell_outcome"], row["cell_rows"]) if outcome == 1)
        assert row["row_count"] == sum(row["cell_rows"]) == len(HOURS)
    assert counted == {day: sum((at - FIRST) // DAY == day for at in chosen) for day in days}
    assert sum(counted.values()) == len(HOURS)
