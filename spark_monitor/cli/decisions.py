"""``spark-monitor decisions``: what stands of the decisions about a model, and what people say of them."""

import click

from spark_monitor.cli.options import config_option, json_option, verbose_option
from spark_monitor.cli.people import at_the_desk, line_of, tell, who_why_options
from spark_monitor.config import load_config
from spark_monitor.decisions.act import act
from spark_monitor.decisions.log import standing
from spark_monitor.decisions.spec import APPROVED, DONE, REJECTED
from spark_monitor.reviews.queue import answered
from spark_monitor.tables.people import DECISIONS, REVIEWS


@click.group()
def decisions():
    """List decisions to retrain or roll back, and approve, reject or complete them.

    ID is the decision's id, or its first four digits or more. What is said holds from the newest published window on.
    """


@decisions.command("list")
@config_option
@json_option
@verbose_option
def list_decisions(file, as_json):
    """Tell what stands of each decision."""
    config = load_config(file)
    found = at_the_desk(config, lambda desk: standing(desk.decisions()))
    tell(config.model, DECISIONS, found, as_json, line)


def line(row):
    """Return one line about a decision."""
    return line_of(row, "decision_id", row["status"], words_of(row))


def words_of(row):
    """Return what a decision is about in words.

    Examples
    --------
    >>> words_of({"decision": "retrain", "policy": "worse", "model_version_before": "1", "model_version_after": "2"})
    'retrain of version 1 to 2 by policy worse'
    """
    before, after = row["model_version_before"], row["model_version_after"]
    version = f" of version {before}" if before is not None else ""
    return f"{row['decision']}{version}{f' to {after}' if after is not None else ''} by policy {row['policy']}"


def _command(name, status, about):
    def say(file, decision, who, why, version=None):
        config = load_config(file)
        row = at_the_desk(config, lambda desk: _say(desk, decision, status, who, why, version))
        click.echo(line(row))

    say.__doc__ = about
    say = verbose_option(who_why_options(config_option(click.argument("decision", metavar="ID")(say))))
    if status == DONE:
        say = click.option("--version", help="The version of the model that was made.")(say)
    return decisions.command(name)(say)


def _say(desk, decision, status, who, why, version):
    row = act(desk.decisions(), decision, status, who, why, desk.newest(), version)
    desk.add(DECISIONS, row)
    # The next run would say so, too; but who looks at the queue meanwhile should not find it there.
    for review in answered(desk.reviews(), row):
        desk.add(REVIEWS, review)
    return row


approve = _command("approve", APPROVED, "Approve what is proposed: it stands until it is done or rejected.")
reject = _command("reject", REJECTED, "Reject what is proposed or approved; the same ground proposes it no more.")
done = _command("done", DONE, "Say that it was done: policies judge windows after it anew.")
