"""What several commands are asked alike: the configuration, a span of time, the form of the answer."""

import click
from pydantic_core import PydanticCustomError

from spark_monitor.config.times import place_moment, read_moment
from spark_monitor.windows import to_micros

VERBOSE = "spark_monitor.verbose"


def config_option(command):
    """Add ``-c FILE``."""
    return click.option("-c", "--config", "file", metavar="FILE", required=True,
                        help="The model's configuration.")(command)


def configs_option(command):
    """Add ``-c FILE|FOLDER`` and ``--jobs N``."""
    command = click.option("--jobs", metavar="N", type=click.IntRange(1), help="Models of a folder at work at a time; "
                           "twice the cores, at most 8, where not given.")(command)
    return click.option("-c", "--config", "file", metavar="FILE|FOLDER", required=True,
                        help="The model's configuration, or a folder of them (*.yml, *.yaml): all in one session.")(
        command)


def json_option(command):
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")(command)


def verbose_option(command):
    """Add ``--verbose``, which is looked at where failures are told."""
    def remember(context, _, value):
        context.meta[VERBOSE] = value

    return click.option("--verbose", is_flag=True, expose_value=False, callback=remember,
                        help="Tell of an unexpected failure with its traceback.")(command)


def instant(text, option, time_zone):
    """Return an ISO date, midnight in the time zone, or an ISO instant with its offset, as microseconds.

    Raises
    ------
    click.BadParameter
        For anything else; a time without an offset could be anyone's.

    Examples
    --------
    >>> instant("1970-01-02", "--start", "Europe/Berlin"), instant("1970-01-02T00:00:00Z", "--start", "Europe/Berlin")
    (82800000000, 86400000000)
    >>> instant("1970-01-02T00:00:00", "--start", "UTC")
    Traceback (most recent call last):
    ...
    click.exceptions.BadParameter: found 1970-01-02T00:00:00, expected an offset such as Z or +01:00 at its end, or ...
    """
    try:
        return to_micros(place_moment(read_moment(text), time_zone))
    except PydanticCustomError as error:
        raise click.BadParameter(f"found {text}, {error}", param_hint=option) from error


def span(start, end, time_zone):
    """Return both ends of a half-open span as microseconds.

    Raises
    ------
    click.UsageError
        If one end is missing, or the span is empty: what schedulers hand over as an interval may have no length.
    """
    if (start is None) != (end is None):
        raise click.UsageError("--start and --end go together")
    low, high = instant(start, "--start", time_zone), instant(end, "--end", time_zone)
    if low == high:
        raise click.UsageError(
            f"--start and --end are the same instant, {start}: no window lies in between. For every window that was "
            f"complete by then say --as-of {start}; Airflow 3 hands over such intervals unless "
            "create_cron_data_intervals is set")
    if low > high:
        raise click.UsageError(f"--start {start} is after --end {end}")
    return low, high
