"""``spark-monitor run``: every complete window that is due, and what changed since."""

import os

import click

from spark_monitor.cli.document import summary_document, write_decisions
from spark_monitor.cli.failures import AlertsOpenError
from spark_monitor.cli.folder import run_folder
from spark_monitor.cli.options import configs_option, instant, json_option, span, verbose_option
from spark_monitor.cli.summary import FAIL_ON, summary_lines, tripped_by, tripping
from spark_monitor.cli.terminal import Progress
from spark_monitor.config import load_config


@click.command()
@configs_option
@click.option("--start", metavar="DATE", help="Only windows from here on; a plain date is midnight in the time zone.")
@click.option("--end", metavar="DATE", help="Only windows up to here.")
@click.option("--as-of", metavar="INSTANT", help="Every window due that was complete by then; now where not given.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), help="Exit with 1 if such an alert, or a worse one, is open, or "
              "such a decision is proposed or approved.")
@click.option("--decisions-out", metavar="FILE", type=click.Path(dir_okay=False), help="Write what stands of decisions "
              "into a file, as one JSON document.")
@json_option
@verbose_option
def run(file, jobs, start, end, as_of, fail_on, decisions_out, as_json):
    """Publish the windows that are due and restate those whose rows changed."""
    if as_of is not None and (start is not None or end is not None):
        raise click.UsageError("--as-of and --start/--end exclude each other")

    def wish_of(zone):
        wish = {"as_of": instant(as_of, "--as-of", zone)} if as_of is not None else {}
        if start is not None or end is not None:
            wish["start"], wish["end"] = span(start, end, zone)
        return wish

    if os.path.isdir(file):
        run_folder(file, wish_of, "run", jobs, fail_on, as_json, decisions_out)
        return
    config = load_config(file)
    summary = monitor(config, wish_of(config.windows.time_zone), "run")
    show(summary, config, file, as_json)
    if decisions_out:
        write_decisions([summary], decisions_out)
    wrong = tripping(summary, fail_on) if fail_on else []
    if wrong:
        raise AlertsOpenError(f"--fail-on {fail_on}: {len(wrong):,} {tripped_by(fail_on)} are open")


def monitor(config, wish, command):
    """Start Spark and run the pipeline.

    Parameters
    ----------
    config : MonitorConfig
    wish : dict
        Of `Wish`; ``as_of`` is now where not given.
    command : str

    Returns
    -------
    Summary
    """
    # Spark is imported by the commands that need it, so that the others answer at once and without it.
    from spark_monitor.cli.work import Moment, finish, start_spark, tell_people
    from spark_monitor.pipeline import Wish, run

    moment = Moment.given()
    with Progress() as progress:
        spark = start_spark(progress)
        wish = Wish(**{"as_of": moment.now, **wish})
        summary = run(spark, config, wish, moment.run_id, moment.now, progress, command)
        summary = finish(spark, config, summary, progress)
        if command == "run":
            tell_people(spark, [config], moment, progress)
        return summary


def show(summary, config, file, as_json):
    """Print what a run did, as lines or as one document."""
    if as_json:
        click.echo(summary_document(summary))
        return
    hint = f'spark-monitor sql -c {file} "SELECT * FROM alerts_open"'
    for line in summary_lines(summary, config.windows.time_zone, hint):
        click.echo(line)
