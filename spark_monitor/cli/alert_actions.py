"""``spark-monitor alerts ack | mute | unmute | resolve``: what people do about alerts."""

from zoneinfo import ZoneInfo

import click

from spark_monitor.alerts.mutes import hits
from spark_monitor.cli.alert_lines import action_lines
from spark_monitor.cli.alert_options import SHORTEST, action_options, at_desk, named, read_pattern, the_one
from spark_monitor.cli.document import document
from spark_monitor.cli.options import instant
from spark_monitor.config import load_config
from spark_monitor.windows import to_text


def _show(command, config, rows, as_json, **more):
    if as_json:
        click.echo(document(f"alerts {command}", model=config.model, rows=rows, **more))
        return
    for line in action_lines(rows, ZoneInfo(config.windows.time_zone)):
        click.echo(line)


def _open_one(desk, key):
    """Return the open alert that a key names."""
    opened = {alert["fingerprint"]: alert for alert in desk.opened}
    return opened[the_one(key, opened, f"open alert of {desk.config.model}")]


def _refuse_pattern(desk, key, names):
    """Say which mute is to be lifted where a key names an alert that a pattern mutes."""
    for alert in desk.opened:
        by = [mute["mute_id"][:8] for mute in desk.standing if hits(mute, alert)]
        if by and len(key) >= SHORTEST and alert["fingerprint"].startswith(key.lower()) and not any(
                name.startswith(key.lower()) for name in names):
            raise click.UsageError(f"{key} is muted by a pattern: `spark-monitor alerts unmute {by[0]}` lifts it for all "
                                   "that fit")


def _act(command, state, key, file, who, why, as_json):
    config, who = load_config(file), named(who)
    with at_desk(config) as desk:
        row = desk.act(_open_one(desk, key), state, who, why)
    _show(command, config, [row], as_json)


@click.command()
@click.argument("key")
@action_options(needs_why=False)
def ack(key, file, who, why, as_json):
    """Say that you know of an open alert and look after it."""
    _act("ack", "acknowledged", key, file, who, why, as_json)


@click.command()
@click.argument("key")
@action_options(needs_why=True)
def resolve(key, file, who, why, as_json):
    """Say that an alert is over; a later window opens it again, counted anew."""
    _act("resolve", "resolved", key, file, who, why, as_json)


@click.command()
@click.argument("key", required=False)
@click.option("--pattern", metavar="NAME=GLOB", multiple=True,
              help="Instead of KEY: all alerts of which rule, metric, feature, segment or segment_value fit the glob; "
                   "given several times, all must fit.")
@click.option("--until", metavar="INSTANT", required=True,
              help="Runs as of this moment or later mute no more; a plain date is midnight in the time zone.")
@action_options(needs_why=True)
def mute(key, pattern, until, file, who, why, as_json):
    """Silence an alert, or all that fit a pattern, now and whenever one opens before a moment."""
    if (key is None) == (not pattern):
        raise click.UsageError("mute one alert by its KEY, or several by --pattern NAME=GLOB")
    config, globs, who = load_config(file), read_pattern(pattern), named(who)
    end = instant(until, "--until", config.windows.time_zone)
    with at_desk(config) as desk:
        if end <= desk.as_of:
            raise click.UsageError(f"--until {until} is over: the newest run was as of {to_text(desk.as_of)}")
        about = globs or {"fingerprint": _open_one(desk, key)["fingerprint"]}
        made, rows = desk.mute(about, end, who, why)
    _show("mute", config, rows, as_json, mute=made)
    if not as_json:
        click.echo(f"mute {made['mute_id'][:8]} is in force until {until}")


@click.command()
@click.argument("key")
@action_options(needs_why=False)
def unmute(key, file, who, why, as_json):
    """Lift a mute: KEY is that of the alert, or of the mute where it was made by a pattern."""
    config, who = load_config(file), named(who)
    with at_desk(config) as desk:
        names = {name for mute in desk.standing for name in (mute["mute_id"], mute["fingerprint"]) if name}
        _refuse_pattern(desk, key, names)
        name = the_one(key, names, f"muted alert and no mute of {config.model}")
        lifted = [mute for mute in desk.standing if name in (mute["mute_id"], mute["fingerprint"])]
        rows = desk.lift(lifted, who, why)
    _show("unmute", config, rows, as_json, mutes=lifted)
    if not as_json:
        click.echo(f"{len(lifted)} {'mute' if len(lifted) == 1 else 'mutes'} lifted")
