"""``spark-monitor alerts``: which alerts are open, everything known of one, and what people do about them."""

from zoneinfo import ZoneInfo

import click

from spark_monitor.cli.alert_actions import ack, mute, resolve, unmute
from spark_monitor.cli.alert_lines import alert_lines, list_lines, query_of
from spark_monitor.cli.alert_options import at_desk, the_one
from spark_monitor.cli.document import document
from spark_monitor.cli.options import config_option, json_option, verbose_option
from spark_monitor.cli.summary import worst_first
from spark_monitor.config import load_config


@click.group()
def alerts():
    """List open alerts, look at one, and say what you do about it."""


@alerts.command("list")
@config_option
@click.option("--all", "with_muted", is_flag=True, help="Muted ones, too.")
@json_option
@verbose_option
def list_open(file, with_muted, as_json):
    """List the alerts that are open, the worst first, and the mutes in force."""
    config = load_config(file)
    with at_desk(config) as desk:
        opened, mutes = worst_first(desk.opened), desk.standing
    shown = [alert for alert in opened if with_muted or alert["action"] != "muted"]
    if as_json:
        click.echo(document("alerts list", model=config.model, alerts=shown, hidden=len(opened) - len(shown),
                            mutes=mutes))
        return
    for line in list_lines(config.model, opened, shown, mutes, ZoneInfo(config.windows.time_zone)):
        click.echo(line)


@alerts.command()
@click.argument("key")
@config_option
@json_option
@verbose_option
def show(key, file, as_json):
    """Show everything that is known of an alert, open or not.

    KEY is its fingerprint, or at least the first six digits of it.
    """
    config = load_config(file)
    with at_desk(config) as desk:
        name = the_one(key, desk.log["fingerprint"].to_pylist(), f"alert of {config.model}")
        rows, verdict = desk.history(name), desk.verdicts([name]).get(name)
        alert = next((alert for alert in desk.opened if alert["fingerprint"] == name), None)
    query = query_of(rows[-1])
    if as_json:
        click.echo(document("alerts show", fingerprint=name, is_open=alert is not None, alert=alert, verdict=verdict,
                            rows=rows, query=query))
        return
    for line in alert_lines(name, alert, verdict, rows, query, ZoneInfo(config.windows.time_zone)):
        click.echo(line)


for command in (ack, mute, unmute, resolve):
    alerts.add_command(command)
