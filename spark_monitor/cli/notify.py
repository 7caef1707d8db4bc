"""``spark-monitor notify``: changes of alerts that could not be delivered, once more."""

import os

import click

from spark_monitor.alerts.wording import one_line
from spark_monitor.cli.document import document
from spark_monitor.cli.failures import FAILED, FailedCheckError, UndeliveredError
from spark_monitor.cli.folder import load_all
from spark_monitor.cli.options import json_option, verbose_option
from spark_monitor.cli.terminal import Progress
from spark_monitor.config import load_config
from spark_monitor.errors import ConfigError


@click.command()
@click.option("-c", "--config", "file", metavar="FILE|FOLDER", required=True,
              help="The model's configuration, or a folder of them.")
@json_option
@verbose_option
def notify(file, as_json):
    """Send what is undelivered, and nothing that was delivered; no log is read.

    Exit code 4: something is still undelivered.
    """
    configs, wrong = _configs(file)
    sent = send(configs) if configs else []
    if as_json:
        click.echo(document("notify", messages=[_parts(one) for one in sent], problems=wrong))
    else:
        for one in sent:
            click.echo(_line(one))
        if not sent:
            click.echo("nothing is undelivered")
        for text in wrong:
            click.echo(text, err=True)
    if wrong:
        raise FailedCheckError(FAILED if configs else ConfigError.exit_code)
    left = sum(len(one.message.changes) for one in sent if one.outcome.status != "delivered")
    if left:
        raise UndeliveredError(f"{left:,} changes are still undelivered")


def send(configs):
    """Start Spark and send; returns a list of `Sent`."""
    # Spark is imported by the commands that need it, so that the others answer at once and without it.
    from spark_monitor.cli.work import Moment, deliver_all, start_spark
    from spark_monitor.session import QUICK_START

    moment = Moment.given()
    with Progress() as progress:
        return deliver_all(start_spark(progress, QUICK_START), configs, moment, progress)


def _configs(file):
    if not os.path.isdir(file):
        return [load_config(file)], []
    every = load_all(file)
    return [told.config for told in every if told.config is not None], [
        str(told.error) for told in every if told.error is not None]


def _line(sent):
    outcome = sent.outcome
    why = f" ({outcome.reason})" if outcome.reason else ""
    return f"{sent.channel}: {outcome.status}{why}: {one_line(sent.message.title)}"


def _parts(sent):
    message, outcome = sent.message, sent.outcome
    return {"model": message.model, "channel": sent.channel, "id": message.id, "title": message.title,
            "severity": message.severity, "changes": [change.id for change in message.changes],
            "status": outcome.status, "attempts": outcome.attempts, "reason": outcome.reason}
