"""What does day 365 of a daily run cost beside day 30, and what does a year of days leave in the result tables?

    python -m benchmarks.increment --rows 20000 --features 100 --segments 3

A model is run on the first days of a log, on the last of them alone. What that run wrote (cells, metrics, verdicts, its
row of `runs`) is written again for every later day with that day's dates, in one commit a table and day, as runs would
have; so is the log, whose features are constant on those days, for nobody counts them any more. So two models are made,
of 29 and of 364 days. Both are then run on the next days, in turns; the first run of each is cold, and reads what all
runs before it left, since those days hand nothing on. At the end `maintain` puts the old one's tables in order, and
both are run once more.
"""

import json
import shutil
import tempfile
from pathlib import Path
from statistics import median
from urllib.parse import unquote

import deltalake
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.contenders import arguments, open_spark
from benchmarks.generate import DAY_US, START, Shape, draw_file, names
from benchmarks.measure import measured, ratio, report, side_by_side
from spark_monitor.config.loader import load_config_text
from spark_monitor.logs.names import sql_name
from spark_monitor.pipeline import Wish, run
from spark_monitor.tables.maintain import maintain
from spark_monitor.tables.store import TABLES, Store

TARGET = 1.1
REAL_DAYS, YOUNG_DAYS = 9, 29
# Spark writes a checkpoint of a Delta log every so many commits.
CHECKPOINT_EVERY = 10
CONFIG = """
model: daily
task: regression
predictions:
  {{table: {folder}/log, id: id, time: at, version: version, prediction: score, features: {{include: {features}}}}}
segments: {segments}
windows: {{grain: day}}
references: [{{name: first week, start: 2026-01-01, end: 2026-01-08}}]
results: {folder}/results
"""


class Daily:
    """A model that is run day by day.

    Parameters
    ----------
    spark : SparkSession
    folder : path
        Of its log and its results.
    shape : Shape
        What one day of the log looks like.
    day : int
        The first day to run; days count from 1.
    """

    def __init__(self, spark, folder, shape, day):
        self.spark, self.folder, self.shape, self.day = spark, Path(folder), shape, day
        features = [*names("n", shape.numbers), *names("c", shape.texts)]
        self.config = load_config_text(CONFIG.format(folder=folder, features=features,
                                                     segments=names("g", shape.groups)))
        self.seconds = {}

    def __call__(self):
        """Run the next day."""
        end = START + self.day * DAY_US
        summary = run(self.spark, self.config, Wish(as_of=end), f"day-{self.day}", end, self._told)
        if summary.run["windows"][-1:] != [f"day/{_text(self.day)}"]:
            raise RuntimeError(f"day {self.day} published {summary.run['windows']}")
        self.day += 1

    def _told(self, step, seconds, detail):
        self.seconds.setdefault(step, []).append(seconds)

    def measured(self):
        """Append the next day to the log, and return what its run costs."""
        self.write_days(self.day, self.day)
        return measured(self)

    def write_days(self, first, last, cheap=False):
        """Append days to the log, a commit each."""
        sample = day_rows(self.shape, first)
        for day in range(first, last + 1):
            rows = cheap_rows(sample, day - first, self.shape) if cheap else day_rows(self.shape, day)
            append(self.folder / "log", rows)


def _text(day):
    return f"{np.datetime64(START + (day - 1) * DAY_US, 'us').item():%Y-%m-%dT%H:%M:%SZ}"


def day_rows(shape, day):
    """Return the rows of one day of the log."""
    one = Shape(**{**vars(shape), "seed": day})
    drawn = pa.concat_tables([draw_file(one, number) for number in range(len(one.files()))])
    return _moved(drawn, day - 1, shape.rows)


def cheap_rows(sample, days, shape):
    """Return a day's rows so many days later, with features that are constant."""
    constant = pa.array(np.zeros(sample.num_rows, np.int64))
    flat = {name: sample[name] if name in ("id", "at", "version") else sample[name].take(constant)
            for name in sample.column_names}
    return _moved(pa.table(flat, schema=sample.schema), days, shape.rows)


def _moved(rows, days, ids):
    at = rows["at"].cast(pa.int64()).combine_chunks().to_numpy() + days * DAY_US
    rows = rows.set_column(rows.column_names.index("id"), "id", pa.array(rows["id"].to_numpy() + days * ids))
    return rows.set_column(rows.column_names.index("at"), "at", pa.array(at).cast(pa.timestamp("us", "UTC")))


def append(table, rows):
    """Append rows in one commit; every tenth gets a checkpoint, as Spark writes it."""
    deltalake.write_deltalake(str(table), rows, mode="append")
    written = deltalake.DeltaTable(str(table))
    if written.version() % CHECKPOINT_EVERY == 0:
        written.create_checkpoint()


def newest_rows(results, name, day):
    """Return what the run of a day wrote to a result table, read from its files."""
    table = TABLES[name]
    found = deltalake.DeltaTable(f"{results}/{name}")
    parts = []
    for action in pa.table(found.get_add_actions(flatten=True)).to_pylist():
        part = pq.ParquetFile(f"{results}/{name}/{unquote(action['path'])}", coerce_int96_timestamp_unit="us").read()
        if "model" not in part.column_names:
            part = part.append_column("model", pa.array(["daily"] * part.num_rows))
        part = part.filter(pc.equal(part["run_id"], f"day-{day}"))
        parts.append(part.select(table.names).cast(table.schema))
    return pa.concat_tables(parts)


def write_results(results, day, last, done=None):
    """Append what a run of each of the days after `done` would have to the result tables, made from the rows of `day`.

    Returns
    -------
    dict of str to dict
        The tables' sizes after every thirtieth day.
    """
    rows = {name: newest_rows(results, name, day) for name in ("feature_cells", "metrics", "verdicts", "runs")}
    growth = {}
    for later in range((done or day) + 1, last + 1):
        for name, own in rows.items():
            append(f"{results}/{name}", _of_day(own, later, later - day))
        if later % 30 == 0:
            growth[f"day {later}"] = sizes(results)
    return growth


def _of_day(rows, day, days):
    columns = {}
    for field in rows.schema:
        column = rows[field.name]
        if pa.types.is_timestamp(field.type) and field.name != "frozen_at":
            moved = pc.add(column.cast(pa.int64()), days * DAY_US)
            column = moved.cast(field.type)
        elif field.name == "carried":
            column = pa.nulls(rows.num_rows, pa.string())
        elif field.name == "run_id":
            column = pa.array([f"day-{day}"] * rows.num_rows)
        elif field.name == "windows":
            column = pa.array([[f"day/{_text(day)}"]])
        elif field.name == "slices":
            column = pa.array([[f"{_text(day)}/{_text(day + 1)}"]])
        elif field.name in ("source_version", "changes_through"):
            column = pc.add(column, days)
        columns[field.name] = column
    return pa.table(columns, schema=rows.schema)


def sizes(results):
    """Return, by result table, its commits, files, bytes, and files of the Delta log."""
    found = {}
    for name in TABLES:
        if deltalake.DeltaTable.is_deltatable(f"{results}/{name}"):
            table = deltalake.DeltaTable(f"{results}/{name}")
            actions = pa.table(table.get_add_actions(flatten=True))
            found[name] = {"commits": table.version() + 1, "files": actions.num_rows,
                           "mb": round(sum(actions["size_bytes"].to_pylist()) / 1e6, 2),
                           "log_files": sum(1 for _ in Path(f"{results}/{name}/_delta_log").iterdir())}
    return found


def build(spark, folder, shape, days):
    """Make the young model and the old one, in folders of these names, and say how the old one's tables grew."""
    young = Daily(spark, folder / "young", shape, REAL_DAYS - 1)
    young.write_days(1, REAL_DAYS)
    young()
    young()
    young.write_days(REAL_DAYS + 1, YOUNG_DAYS, cheap=True)
    write_results(young.folder / "results", REAL_DAYS, YOUNG_DAYS)
    shutil.copytree(young.folder, folder / "old")
    old = Daily(spark, folder / "old", shape, days)
    old.write_days(YOUNG_DAYS + 1, days - 1, cheap=True)
    growth = write_results(old.folder / "results", REAL_DAYS, days - 1, YOUNG_DAYS)
    (folder / "growth.json").write_text(json.dumps(growth), encoding="utf-8")


def put_in_order(spark, daily):
    """Maintain the tables of a model, with files that were replaced just now deleted at once."""
    store = Store(spark, daily.config.results)
    for name in sizes(daily.config.results):
        spark.sql(f"ALTER TABLE {sql_name(store.name(TABLES[name]))} SET TBLPROPERTIES "
                  "('delta.deletedFileRetentionDuration' = 'interval 0 hours')")
    maintain(store, daily.config, START + daily.day * DAY_US)


def main():
    """Compare, and print the document."""
    parser = arguments(__doc__, rows=20_000, features=100, segments=3, values=5, days=365)
    asked = parser.parse_args()
    numbers = asked.features * 7 // 10
    shape = Shape(rows=asked.rows, numbers=numbers, texts=asked.features - numbers, days=1, groups=asked.segments,
                  group_values=asked.values)
    with tempfile.TemporaryDirectory() as passing:
        spark = open_spark("increment")
        kept = Path(asked.logs or passing) / "increment"
        if not (kept / "growth.json").exists():
            build(spark, kept, shape, asked.days)
        shutil.copytree(kept, f"{passing}/models")
        young, old = f"day {YOUNG_DAYS + 1}", f"day {asked.days}"
        models = {young: Daily(spark, f"{passing}/models/young", shape, YOUNG_DAYS + 1),
                  old: Daily(spark, f"{passing}/models/old", shape, asked.days)}
        tables = json.loads((kept / "growth.json").read_text(encoding="utf-8"))
        costs = side_by_side(models, asked.repeats, Daily.measured)
        steps = {name: {step: round(median(each[1:]), 2) for step, each in daily.seconds.items() if each[1:]}
                 for name, daily in models.items()}
        print("\n".join(f"{name}: {json.dumps(seconds)}" for name, seconds in steps.items()), flush=True)
        tables[old] = sizes(models[old].config.results)
        costs["maintain"] = [measured(lambda: put_in_order(spark, models[old]))]
        tables["after maintain"] = sizes(models[old].config.results)
        costs["the day after maintain"] = [models[old].measured()]
        spark.stop()
    report("increment", shape.rows, len(shape.columns), costs, ratio(costs, old, young), TARGET, tables=tables,
           wall_s_by_step=steps)


if __name__ == "__main__":
    main()
