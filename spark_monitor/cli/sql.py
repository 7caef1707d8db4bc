"""``spark-monitor sql``: a question to the result tables and views."""

import click

from spark_monitor.cli.document import document
from spark_monitor.cli.options import config_option, json_option, verbose_option
from spark_monitor.cli.terminal import Progress
from spark_monitor.config import load_config


@click.command()
@config_option
@click.argument("query")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="The most rows to print.")
@json_option
@verbose_option
def sql(file, query, limit, as_json):
    """Run a SQL query over the result tables and views, each by its own name.

    Tables: runs, metrics, metrics_history, verdicts, alerts, bins, references, reference_cells, feature_cells. Views:
    metrics_latest, histograms, alerts_open, and for each family metrics_wide_<family>. All models of the results folder
    are in them.
    """
    found = ask(load_config(file), query, limit)
    if as_json:
        click.echo(document("sql", rows=found.records(), is_cut=found.is_cut))
        return
    click.echo(found.text())
    if found.is_cut:
        click.echo(f"the first {limit:,} rows; --limit brings more", err=True)


def ask(config, query, limit):
    """Start Spark, name the tables and views, and return the query's `Answer`."""
    # Spark is imported by the commands that need it, so that the others answer at once and without it.
    from pyspark.errors import AnalysisException

    from spark_monitor.cli.query import answer
    from spark_monitor.cli.work import start_spark
    from spark_monitor.session import QUICK_START
    from spark_monitor.tables.make_views import register
    from spark_monitor.tables.store import Store

    with Progress() as progress:
        spark = start_spark(progress, QUICK_START)
        register(Store(spark, config.results))
        try:
            frame = spark.sql(query)
        except AnalysisException as error:
            raise click.UsageError(str(error).partition("\nJVM stacktrace")[0].strip()) from error
        return answer(frame, limit)
