"""``spark-monitor sql``: a question to the result tables and views."""

from tempfile import TemporaryDirectory

import click

from spark_monitor.cli.document import document
from spark_monitor.cli.options import config_option, instant, json_option, verbose_option
from spark_monitor.cli.terminal import Progress
from spark_monitor.config import load_config


@click.command()
@config_option
@click.argument("query")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="The most rows to print.")
@click.option("--known-at", metavar="INSTANT", help="metrics as they were published then; a plain date is midnight.")
@click.option("--recompute", is_flag=True,
              help="With --known-at: computed anew from predictions made and outcomes loaded by then.")
@json_option
@verbose_option
def sql(file, query, limit, known_at, recompute, as_json):
    """Run a SQL query over the result tables and views, each by its own name.

    Tables: runs, metrics, metrics_history, verdicts, alerts, mutes, deliveries, models, decisions, reviews, bins,
    references, habits, reference_cells, feature_cells, score_cells, error_cells, relation_cells, pair_cells. Views:
    metrics_latest, metrics_change, histograms, threshold_sweep, reliability, relation_by_bin, alerts_open,
    decisions_standing, reviews_waiting, and for some families metrics_wide_<family>. All models of the results folder
    are in them.
    """
    config = load_config(file)
    if recompute and known_at is None:
        raise click.UsageError("--recompute goes with --known-at: as of when?")
    moment = None if known_at is None else instant(known_at, "--known-at", config.windows.time_zone)
    found = ask(config, query, limit, moment, recompute)
    if as_json:
        click.echo(document("sql", rows=found.records(), is_cut=found.is_cut))
        return
    click.echo(found.text())
    if found.is_cut:
        click.echo(f"the first {limit:,} rows; --limit brings more", err=True)


def ask(config, query, limit, known_at=None, recompute=False):
    """Start Spark, name the tables and views, and return the query's `Answer`.

    Parameters
    ----------
    config : MonitorConfig
    query : str
    limit : int
    known_at : int or None
        Microseconds: what was published then.
    recompute : bool
        Publish it anew, into a folder of the query's own, from predictions up to then and outcomes ingested by then;
        where the outcome log does not say when that was, by their own time, and the rows say so.
    """
    # Spark is imported by the commands that need it, so that the others answer at once and without it.
    from pyspark.errors import AnalysisException

    from spark_monitor.cli.query import answer
    from spark_monitor.cli.work import Moment, start_spark
    from spark_monitor.pipeline import Wish, run
    from spark_monitor.session import QUICK_START
    from spark_monitor.tables.make_views import register
    from spark_monitor.tables.store import Store

    with Progress() as progress:
        spark = start_spark(progress, QUICK_START)
        with TemporaryDirectory() as folder:
            if recompute:
                config = config.model_copy(update={"results": folder})
                given = Moment.given()
                run(spark, config, Wish(as_of=known_at), given.run_id, given.now, progress)
                known_at = None
            untimed = recompute and config.outcomes is not None and config.outcomes.ingested is None
            if untimed:
                progress.note("outcomes.ingested is not configured: outcomes count from their own time on")
            register(Store(spark, config.results), known_at, untimed)
            try:
                frame = spark.sql(query)
            except AnalysisException as error:
                raise click.UsageError(str(error).partition("\nJVM stacktrace")[0].strip()) from error
            return answer(frame, limit)
