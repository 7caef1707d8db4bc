"""``spark-monitor backfill``: windows of a span once more, whether they were done before or not."""

import click

from spark_monitor.cli.options import config_option, json_option, span, verbose_option
from spark_monitor.cli.run import monitor, show
from spark_monitor.config import load_config


@click.command()
@config_option
@click.option("--start", metavar="DATE", required=True, help="From here on; a plain date is midnight in the time zone.")
@click.option("--end", metavar="DATE", required=True, help="Up to here.")
@click.option("--force", is_flag=True, help="Follow the log even where all rows of a day are gone from it.")
@json_option
@verbose_option
def backfill(file, start, end, force, as_json):
    """Count and publish all windows of a span again."""
    config = load_config(file)
    low, high = span(start, end, config.windows.time_zone)
    summary = monitor(config, {"start": low, "end": high, "again": True, "force": force}, "backfill")
    show(summary, config, file, as_json)
