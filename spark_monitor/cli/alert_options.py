"""What commands on alerts are asked alike: which alert, who and why; and the desk at which they work."""

import getpass
import re
from contextlib import contextmanager

import click

from spark_monitor.alerts.mutes import GLOBS
from spark_monitor.cli.options import config_option, json_option, verbose_option
from spark_monitor.cli.people import at_results

SHORTEST = 6
SHOWN = 8
KEY = re.compile(f"[0-9a-f]{{{SHORTEST},}}")


def action_options(needs_why):
    """Add what every command has that does something about an alert."""
    def add(command):
        for option in (
            click.option("--who", help="Who does it; the user of this machine where not given."),
            click.option("--why", required=needs_why, help="Why, in a few words."),
            config_option, json_option, verbose_option,
        ):
            command = option(command)
        return command

    return add


def named(who):
    """Return who does something: as given, else the user of this machine."""
    if who is not None and who.strip():
        return who.strip()
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise click.UsageError("this machine does not say who you are: --who NAME") from error


@contextmanager
def at_desk(config):
    """Start Spark and give the `Desk` of a model."""
    # Spark is imported by the commands that need it, so that the others answer at once and without it.
    from spark_monitor.pipeline.desk import open_desk

    with at_results(config) as (store, moment):
        yield open_desk(store, config, moment.run_id, moment.now)


def the_one(key, names, what):
    """Return the name that begins with a key.

    Parameters
    ----------
    key : str
    names : iterable of str
    what : str
        What the names are of, for the message.

    Raises
    ------
    click.UsageError
        If the key is none, or no name or several begin with it.

    Examples
    --------
    >>> the_one("9483c2", ["9483c2c8557a", "0123456789ab"], "open alert")
    '9483c2c8557a'
    """
    if not KEY.fullmatch(key.lower()):
        raise click.UsageError(f"found {key}, expected the fingerprint of an alert or at least its first {SHORTEST} "
                               "hex digits, as `spark-monitor alerts list` shows them")
    found = sorted({name for name in names if name.startswith(key.lower())})
    if not found:
        raise click.UsageError(f"found {key}, no {what} begins so")
    if len(found) > 1:
        raise click.UsageError(f"found {key}, {len(found)} begin so: {', '.join(found[:5])}"
                               f"{', …' if len(found) > 5 else ''}")
    return found[0]


def key_length(names):
    """Return how many of their first digits tell names apart, eight at least.

    Examples
    --------
    >>> key_length(["0123456789ab", "0123456780ab", "ffffffffffff"])
    10
    """
    names = set(names)
    return next(size for size in range(SHOWN, 65) if len({name[:size] for name in names}) == len(names))


def read_pattern(texts):
    """Return globs given as NAME=GLOB, by name.

    Examples
    --------
    >>> read_pattern(["feature=temp_*", "segment=overall"])
    {'feature': 'temp_*', 'segment': 'overall'}
    """
    globs = {}
    for text in texts:
        name, equals, glob = text.partition("=")
        if name not in GLOBS or not equals or not glob:
            raise click.BadParameter(f"found {text}, expected NAME=GLOB with a name of {', '.join(GLOBS)}",
                                     param_hint="--pattern")
        if name in globs:
            raise click.BadParameter(f"found {name} twice, expected one glob each", param_hint="--pattern")
        globs[name] = glob
    return globs
