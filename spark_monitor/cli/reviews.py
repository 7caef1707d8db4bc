"""``spark-monitor reviews``: what waits to be judged by a person, and their judgement."""

import click

from spark_monitor.cli.options import config_option, json_option, verbose_option
from spark_monitor.cli.people import at_the_desk, line_of, tell, who_why_options
from spark_monitor.config import load_config
from spark_monitor.reviews.queue import answer, waiting
from spark_monitor.tables.people import REVIEWS


@click.group()
def reviews():
    """List what a person must judge (bias, failing slices, proposals, unowned models), and judge it."""


@reviews.command("list")
@config_option
@json_option
@verbose_option
def list_reviews(file, as_json):
    """Tell what waits for an answer, what is due first at the top."""
    config = load_config(file)
    found = at_the_desk(config, lambda desk: waiting(desk.reviews()))
    tell(config.model, REVIEWS, found, as_json, line)


def line(row):
    """Return one line about a review."""
    said = f": {row['decision']}" if row["decision"] is not None else ""
    return line_of(row, "review_id", row["state"], f"{row['kind']} {row['subject']}{said}")


@reviews.command()
@click.argument("review", metavar="ID")
@config_option
@click.option("--decision", required=True, help="What is decided, such as justified, or to be remedied.")
@who_why_options
@verbose_option
def decide(file, review, decision, who, why):
    """Judge what waits; ID is the review's id, or its first four digits or more."""
    config = load_config(file)

    def judge(desk):
        row = answer(desk.reviews(), review, decision, why, who)
        desk.add(REVIEWS, row)
        return row

    click.echo(line(at_the_desk(config, judge)))
