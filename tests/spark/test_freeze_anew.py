"""Does freezing anew replace bins and references, record itself, and leave windows to the next run?"""

from datetime import datetime, timedelta, timezone

from spark_monitor.config import load_config_text
from spark_monitor.pipeline import Wish
from spark_monitor.pipeline.reference import freeze_anew
from spark_monitor.tables.results import RUNS
from spark_monitor.tables.state import BINS, REFERENCES
from spark_monitor.tables.store import Store
from spark_monitor.windows import to_micros

START = datetime(2024, 5, 1, tzinfo=timezone.utc)
CONFIG = """
model: m
predictions: {{table: "{0}/log", id: id, time: at, score: p, features: [x]}}
references: [{{name: launch, start: 2024-05-01, end: 2024-05-03}}]
results: "{0}/results"
"""


def append(spark, folder, first, number):
    rows = [(first + n, START + timedelta(minutes=first + n), float(n % 7), n / number) for n in range(number)]
    frame = spark.createDataFrame(rows, "id bigint, at timestamp, x double, p double")
    frame.write.format("delta").mode("append").save(f"{folder}/log")


def test_bins_and_references_are_replaced_and_nothing_else_is_claimed(spark, tmp_path):
    config = load_config_text(CONFIG.format(tmp_path))
    wish = Wish(as_of=to_micros(datetime(2024, 6, 1, tzinfo=timezone.utc)))
    store = Store(spark, config.results)
    append(spark, tmp_path, 0, 500)
    freeze_anew(spark, config, wish, "first", to_micros(START))
    append(spark, tmp_path, 500, 900)
    summary = freeze_anew(spark, config, wish, "second", to_micros(START) + 1)

    assert {row["sample_rows"] for row in store.read(BINS).where("feature = 'x'").collect()} == {1400}
    [reference] = store.read(REFERENCES).collect()
    assert (reference["reference"], reference["source_version"]) == ("launch", 1)
    runs = store.read(RUNS).orderBy("started_at").collect()
    assert [(row["run_id"], row["command"], row["windows"], row["slices"]) for row in runs] == [
        ("first", "reference", [], []), ("second", "reference", [], [])]
    assert [row["changes_through"] for row in runs] == [None, None]
    assert runs[1]["rows_in"] == runs[1]["rows_counted"] + runs[1]["rows_quarantined"] == 0
    assert summary.run["run_id"] == "second"
