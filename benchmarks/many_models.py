"""What does a model cost that shares its run with many others? First run, a new day, and nothing to do.

    python -m benchmarks.many_models --models 200          # the target: 2 s of wall time a model on two cores
    python -m benchmarks.many_models --models 200 --shared-log

Each model has a log of its own, or all share one and each names its rows by `where`. The bins are frozen from the first
day. The first run publishes the day after it; then each log gets a day more, which the second run publishes; the third
finds nothing to do. Session start is not in it; what the first run costs beyond a daily one is its fixed overhead. A
run of one model alone, before and after, says what company saves.
"""

import tempfile
from pathlib import Path

import deltalake
import numpy as np
import pyarrow as pa

from benchmarks.contenders import arguments, open_spark
from benchmarks.generate import DAY_US, START
from benchmarks.measure import measured, report
from spark_monitor.config.loader import load_config_text
from spark_monitor.pipeline import Wish
from spark_monitor.pipeline.group import Member, run_many

TARGET_S = 2.0
CONFIG = """
model: {model}
predictions: {{table: {log}, id: id, time: at, version: version, score: score{where}}}
references: [{{name: first day, start: 2026-01-01, end: 2026-01-02}}]
results: {results}
"""


def day_rows(day, model, rows, features):
    """Return one day of one model's log: numbers and a few texts, drawn by model and day."""
    random = np.random.default_rng([day, model])
    times = np.sort(random.integers(START + day * DAY_US, START + (day + 1) * DAY_US, rows))
    columns = {"id": pa.array(np.arange(rows) + rows * day), "at": pa.array(times).cast(pa.timestamp("us", "UTC")),
               "version": pa.array(random.choice(["1", "2"], rows)), "score": pa.array(random.beta(2, 5, rows)),
               "model_name": pa.array([f"m{model:03}"] * rows)}
    for place in range(features):
        name = f"f{place:02}"
        if place % 4 == 3:
            columns[name] = pa.array(random.choice(list("abcdefgh"), rows))
        else:
            columns[name] = pa.array(random.normal(size=rows), mask=random.random(rows) < 0.02)
    return pa.table(columns)


class Models:
    """Many models with their logs, and one folder of results.

    Parameters
    ----------
    folder : Path
    asked : Namespace
        models, rows, features, shared_log.
    """

    def __init__(self, folder, asked):
        self.asked, self.results = asked, str(folder / "results")
        self.logs = [str(folder / ("log" if asked.shared_log else f"log{model:03}")) for model in range(asked.models)]
        self.configs = [self._config(model, self.results) for model in range(asked.models)]

    def _config(self, model, results):
        where = f", where: {{model_name: m{model:03}}}" if self.asked.shared_log else ""
        text = CONFIG.format(model=f"m{model:03}", log=self.logs[model], where=where, results=results)
        return load_config_text(text.replace("score: score", "score: score, features: {exclude: [model_name]}"))

    def add_day(self, day):
        """Append one day to every log."""
        if self.asked.shared_log:
            for first in range(0, self.asked.models, 20):
                tables = [day_rows(day, model, self.asked.rows, self.asked.features)
                          for model in range(first, min(first + 20, self.asked.models))]
                deltalake.write_deltalake(self.logs[0], pa.concat_tables(tables), mode="append")
            return
        for model, log in enumerate(self.logs):
            deltalake.write_deltalake(log, day_rows(day, model, self.asked.rows, self.asked.features), mode="append")

    def run(self, spark, days, run_id, configs=None):
        """Run all models, as of the end of so many days, and raise the first error."""
        as_of = START + days * DAY_US
        members = [Member(config.model, config, Wish(as_of=as_of, start=START + DAY_US, end=as_of))
                   for config in configs or self.configs]
        run_many(spark, members, run_id, as_of, jobs=self.asked.jobs)
        for member in members:
            if member.error is not None:
                raise member.error
        return [member.summary for member in members]


def main():
    """Print the table and the document."""
    parser = arguments(__doc__, models=200, rows=10_000, features=20)
    parser.add_argument("--shared-log", action="store_true", help="all models in one log")
    parser.add_argument("--jobs", type=int, help="models at work at a time")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.logs) as passing:
        models = Models(Path(passing), asked)
        for day in range(2):
            models.add_day(day)
        spark = open_spark("many models")
        costs = measure(spark, models)
        spark.stop()
    a_model = {name: {"wall_s": round(cost.wall_s / asked.models, 3), "cpu_s": round(cost.cpu_s / asked.models, 3)}
               for name, (cost,) in costs.items() if "alone" not in name}
    report("many_models", asked.models * asked.rows, asked.features + 2, costs, a_model["one new day"]["wall_s"],
           TARGET_S, models=asked.models, shared_log=asked.shared_log, a_model=a_model)


def measure(spark, models):
    """Return the cost of each run, once each: what one run leaves behind is what the next one begins with."""
    costs, alone = {}, [models._config(0, models.results + "_alone")]

    def take(name, days, configs=None, windows=1):
        def work():
            for summary in models.run(spark, days, name.replace(" ", "-"), configs):
                if len(summary.run["windows"]) != windows:
                    raise RuntimeError(f"{name}: published {summary.run['windows']}, expected {windows}")

        costs[name] = [measured(work)]
        print(f"  {name}: {costs[name][0].cpu_s:.1f} CPU s, {costs[name][0].wall_s:.1f} s", flush=True)

    take("one alone, first run of the session", 2, alone)
    take("first run", 2)
    models.add_day(2)
    take("one new day", 3)
    take("nothing to do", 3, windows=0)
    take("one alone, one new day", 3, alone)
    take("one alone, nothing to do", 3, alone, windows=0)
    return costs


if __name__ == "__main__":
    main()
