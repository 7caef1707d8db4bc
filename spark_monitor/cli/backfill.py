"""``spark-monitor backfill``: windows of a span once more, whether they were done before or not."""

import os

import click

from spark_monitor.cli.folder import run_folder
from spark_monitor.cli.options import configs_option, json_option, span, verbose_option
from spark_monitor.cli.run import monitor, show
from spark_monitor.config import load_config


@click.command()
@configs_option
@click.option("--start", metavar="DATE", required=True, help="From here on; a plain date is midnight in the time zone.")
@click.option("--end", metavar="DATE", required=True, help="Up to here.")
@click.option("--force", is_flag=True, help="Follow the log even where all rows of a day are gone from it.")
@json_option
@verbose_option
def backfill(file, jobs, start, end, force, as_json):
    """Count and publish all windows of a span again."""
    def wish_of(zone):
        low, high = span(start, end, zone)
        return {"start": low, "end": high, "again": True, "force": force}

    if os.path.isdir(file):
        run_folder(file, wish_of, "backfill", jobs, as_json=as_json)
        return
    config = load_config(file)
    summary = monitor(config, wish_of(config.windows.time_zone), "backfill")
    show(summary, config, file, as_json)
