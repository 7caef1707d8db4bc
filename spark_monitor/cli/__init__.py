"""The command line: ``spark-monitor``, ``python -m spark_monitor`` and the jobs on platforms are all `main`."""

import os

import click

from spark_monitor import __version__
from spark_monitor.cli.alerts import alerts
from spark_monitor.cli.backfill import backfill
from spark_monitor.cli.backtest import backtest
from spark_monitor.cli.decisions import decisions
from spark_monitor.cli.demo import demo
from spark_monitor.cli.doctor import doctor
from spark_monitor.cli.failures import FailedCheckError, exit_code, tell
from spark_monitor.cli.options import VERBOSE
from spark_monitor.cli.maintain import maintain
from spark_monitor.cli.notify import notify
from spark_monitor.cli.reference import reference
from spark_monitor.cli.reviews import reviews
from spark_monitor.cli.rules import rules
from spark_monitor.cli.run import run
from spark_monitor.cli.schema import schema
from spark_monitor.cli.sql import sql
from spark_monitor.cli.validate import validate

RAISES = "DATABRICKS_RUNTIME_VERSION"


class CommandLine(click.Group):
    """A group of commands whose errors are told once and become exit codes.

    Success returns and never calls ``sys.exit``; where ``DATABRICKS_RUNTIME_VERSION`` is set, failure raises: there a
    job is judged by whether it raised, and even ``sys.exit(0)`` counts as that.
    """

    def main(self, args=None, prog_name=None, **extra):
        """Run a command.

        Parameters
        ----------
        args : list of str, optional
            ``sys.argv`` without the program where not given.
        """
        error = self._outcome(args, prog_name or "spark-monitor", extra)
        if error is None:
            return
        tell(error, self.verbose)
        if os.environ.get(RAISES):
            raise error
        raise SystemExit(exit_code(error))

    def _outcome(self, args, prog_name, extra):
        """Return what went wrong, or None."""
        self.verbose = False
        try:
            code = super().main(args, prog_name, **{**extra, "standalone_mode": False})
        except click.Abort as abort:
            return abort.__cause__ or abort
        except Exception as error:
            return error
        return FailedCheckError(code) if isinstance(code, int) and code else None

    def invoke(self, context):
        """Run the command that was asked for, and remember how much is to be told of a failure."""
        try:
            return super().invoke(context)
        finally:
            self.verbose = context.meta.get(VERBOSE, False)


@click.group(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="spark-monitor")
def main():
    """Say whether a model in production still deserves trust, from its prediction log.

    Exit codes: 0 results are committed (alerts may be open); 1 committed, and --fail-on was tripped; 2 wrong usage or
    configuration, nothing was read; 3 failed, safe to try again; 4 notify left something undelivered; 130 interrupted.
    """


for command in (run, backfill, backtest, rules, reference, alerts, notify, decisions, reviews, maintain, demo, sql,
                validate, schema, doctor):
    main.add_command(command)
