"""``spark-monitor maintain``: put the result tables of a model in order."""

from dataclasses import asdict

import click

from spark_monitor.cli.document import document
from spark_monitor.cli.options import config_option, json_option, verbose_option
from spark_monitor.cli.terminal import Progress
from spark_monitor.config import load_config


@click.command()
@config_option
@click.option("--dry-run", is_flag=True, help="Change nothing, and say what would be done.")
@json_option
@verbose_option
def maintain(file, dry_run, as_json):
    """Let go of rows older than `retention` says, merge small files, and delete files that nothing needs."""
    config = load_config(file)
    done = put_in_order(config, dry_run)
    if as_json:
        click.echo(document("maintain", model=config.model, results=config.results, dry_run=dry_run,
                            tables=[asdict(one) for one in done]))
        return
    for line in upkeep_lines(done, dry_run):
        click.echo(line)


def put_in_order(config, dry_run):
    """Start Spark and maintain; returns a list of `Upkeep`."""
    # Spark is imported by the commands that need it, so that the others answer at once and without it.
    from spark_monitor.cli.work import Moment, start_spark
    from spark_monitor.tables.maintain import maintain
    from spark_monitor.tables.store import Store

    moment = Moment.given()
    with Progress() as progress:
        spark = start_spark(progress)
        return maintain(Store(spark, config.results, stamp=moment.run_id), config, moment.now, dry_run)


def upkeep_lines(done, dry_run):
    """Return what was done to each table as lines.

    Parameters
    ----------
    done : list of Upkeep
    dry_run : bool

    Examples
    --------
    >>> from spark_monitor.tables.maintain import Upkeep
    >>> one = Upkeep("metrics", (365, 12), (9_500_000, 4_200_000), (365, 367), 0, True, 80)
    >>> print("\\n".join(upkeep_lines([one], dry_run=False)))
    table                       files             MB      commits  done
    metrics                 365 -> 12     9.5 -> 4.2   365 -> 367  files merged; 80 files deleted
    """
    words = ("{:,} rows would expire", "files would be merged", "{:,} files would be deleted") if dry_run else (
        "{:,} rows expired", "files merged", "{:,} files deleted")
    lines = [f"{'table':<17} {'files':>15} {'MB':>14} {'commits':>12}  done"]
    for one in done:
        facts = zip(words, (one.expired, one.compacts, one.vacuumed))
        said = "; ".join(word.format(int(fact)) for word, fact in facts if fact) or "nothing"
        megabytes = " -> ".join(f"{size / 1e6:,.1f}" for size in one.bytes)
        lines.append(f"{one.table:<17} {_change(one.files):>15} {megabytes:>14} {_change(one.commits):>12}  {said}")
    return lines


def _change(numbers):
    return " -> ".join(f"{number:,}" for number in numbers)
