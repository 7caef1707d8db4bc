"""``spark-monitor rules``: bounds for a wanted rate of false alarms."""

import click

from spark_monitor.cli.document import document
from spark_monitor.cli.options import config_option, json_option, verbose_option
from spark_monitor.cli.rules_text import suggested_parts, suggested_yaml
from spark_monitor.cli.terminal import Progress
from spark_monitor.config import load_config


@click.group()
def rules():
    """Find bounds for rules."""


@rules.command()
@config_option
@click.option("--false-alarms", "rate", metavar="RATE", required=True, type=click.FloatRange(0, 1, True, True),
              help="Wanted false alarms per window and series: 0.01 is one in a hundred windows of a feature.")
@click.option("--rule", "name", metavar="NAME", help="For this rule only.")
@json_option
@verbose_option
def suggest(file, rate, name, as_json):
    """Print threshold rules whose bounds the published windows pass at most at a rate.

    Windows that an alert of another rule covers are left out. A bound is the value that later windows of each series
    pass at most at the rate, with a confidence of 95 % if there are windows enough, else with the one that is told; of
    fewer windows than 1/RATE there is none.
    """
    config = load_config(file)
    found = ask(config, rate, name)
    if as_json:
        click.echo(document("rules suggest", model=config.model, rate=rate, rules=suggested_parts(found)))
        return
    click.echo(suggested_yaml(found, rate))


def ask(config, rate, name=None):
    """Start Spark and return a list of `Suggested`.

    Raises
    ------
    click.UsageError
        If there is no such rule, or none that has fixed bounds.
    """
    # Spark is imported by the commands that need it, so that the others answer at once and without it.
    from spark_monitor.cli.work import start_spark
    from spark_monitor.pipeline.judging import rules_of
    from spark_monitor.pipeline.published import reader_of
    from spark_monitor.pipeline.suggesting import suggestions
    from spark_monitor.session import QUICK_START

    every = rules_of(config)
    fixed = [rule.name for rule in every if rule.kind == "threshold"]
    if name is not None and name not in fixed:
        raise click.UsageError(f"--rule {name}: no rule of kind threshold has that name; there are: "
                               f"{', '.join(fixed) or 'none'}")
    with Progress() as progress:
        return suggestions(reader_of(start_spark(progress, QUICK_START), config, progress), every, rate, name)
