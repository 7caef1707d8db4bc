"""``spark-monitor reference``: freeze references and bins anew."""

import click

from spark_monitor.cli.document import summary_document
from spark_monitor.cli.options import config_option, json_option, verbose_option
from spark_monitor.cli.summary import summary_lines
from spark_monitor.cli.terminal import Progress
from spark_monitor.config import load_config


@click.command()
@config_option
@json_option
@verbose_option
def reference(file, as_json):
    """Freeze every reference and all bins anew, from the log as it is now; no window is touched."""
    config = load_config(file)
    summary = freeze(config)
    if as_json:
        click.echo(summary_document(summary))
        return
    hint = f"spark-monitor backfill -c {file} --start DATE --end DATE"
    for line in summary_lines(summary, config.windows.time_zone, hint):
        click.echo(line)


def freeze(config):
    """Start Spark and freeze; returns the `Summary`."""
    # Spark is imported by the commands that need it, so that the others answer at once and without it.
    from spark_monitor.cli.work import Moment, finish, start_spark
    from spark_monitor.pipeline import Wish
    from spark_monitor.pipeline.reference import freeze_anew

    moment = Moment.given()
    with Progress() as progress:
        spark = start_spark(progress)
        summary = freeze_anew(spark, config, Wish(as_of=moment.now), moment.run_id, moment.now, progress)
        return finish(spark, config, summary, progress)
