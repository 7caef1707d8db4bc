"""How a command fails: what is told, and with which exit code.

0 results are committed, alerts or not · 1 committed, and ``--fail-on`` was tripped · 2 usage or configuration ·
3 the run failed and may be tried again · 4 `notify` left something undelivered · 130 interrupted.
"""

import traceback

import click

from spark_monitor.errors import SparkMonitorError

FAILED, INTERRUPTED = 3, 130


class AlertsOpenError(SparkMonitorError):
    """The results are committed, and what the caller asked about is open: alerts of a severity, or decisions."""

    exit_code = 1


class UndeliveredError(SparkMonitorError):
    """Changes of alerts are still undelivered."""

    exit_code = 4


class FailedCheckError(SparkMonitorError):
    """A command that checks something has told what is wrong; there is nothing to add."""

    def __init__(self, exit_code):
        self.exit_code = exit_code
        super().__init__(f"exit code {exit_code}")


def exit_code(error):
    """Return the exit code that an error means."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return getattr(error, "exit_code", FAILED)


def tell(error, verbose):
    """Write to stderr what is wrong: what the user can act on as it is, anything else as one line with its cause."""
    if isinstance(error, click.ClickException):
        error.show()
    elif isinstance(error, KeyboardInterrupt):
        click.echo("interrupted; windows that were not done yet are done by the next run", err=True)
    elif isinstance(error, SparkMonitorError):
        if not isinstance(error, FailedCheckError):
            click.echo(str(error), err=True)
    elif verbose:
        click.echo("".join(traceback.format_exception(error)).rstrip(), err=True)
    else:
        click.echo(f"failed: {cause_of(error)} (--verbose tells where)", err=True)


def cause_of(error):
    r"""Return an error as one line: its type and what it says, for an error in a worker what that error says.

    Examples
    --------
    >>> cause_of(ValueError("no such bin\nmore"))
    'ValueError: no such bin'
    >>> cause_of(RuntimeError("in the worker:\nTraceback (most recent call last):\n  File a\nKeyError: 'b'\n\nat c"))
    "RuntimeError: KeyError: 'b'"
    """
    text = str(error)
    if "Traceback (most recent call last)" in text:
        told = text.rpartition("Traceback (most recent call last)")[2].splitlines()[1:]
        lines = [line.strip() for line in told if line.strip() and not line.startswith(" ")]
    else:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
    return ": ".join([type(error).__name__, *lines[:1]])
