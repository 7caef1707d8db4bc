"""What commands have in common by which people act on result tables: who and why, and the rows acted on."""

from contextlib import contextmanager
from dataclasses import dataclass

import click

from spark_monitor.alerts.wording import one_line
from spark_monitor.cli.document import document, told_rows
from spark_monitor.cli.terminal import Progress
from spark_monitor.config.fields import check_text
from spark_monitor.tables.people import DECISIONS, MODELS, REVIEWS
from spark_monitor.tables.plain import in_micros, to_rows
from spark_monitor.windows import to_datetime


def who_why_options(command):
    """Add ``--who`` and ``--why``, both required."""
    command = click.option("--why", required=True, callback=_checked, help="The reason, for whoever reads it later.")(
        command)
    return click.option("--who", required=True, callback=_checked, help="Who says so: a name or an address.")(command)


def _checked(_, option, text):
    try:
        return check_text(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param=option) from error


@dataclass(frozen=True)
class Desk:
    """The rows of one model that people act on, and how theirs are added.

    Parameters
    ----------
    store : Store
    model : str
    moment : Moment
        When the command was given.
    """

    store: object
    model: str
    moment: object

    def decisions(self):
        """Return the model's rows of `decisions`, times as microseconds."""
        return self._rows(DECISIONS)

    def reviews(self):
        """Return the model's rows of `reviews`, times as microseconds."""
        return self._rows(REVIEWS)

    def newest(self):
        """Return start and end of the newest window that was published; (0, 0) where none was."""
        return max(((row["last_window_start"], row["last_window_end"]) for row in self._rows(MODELS)), default=(0, 0))

    def add(self, table, row):
        """Append a row that somebody's action makes."""
        self.store.append(table, to_rows(table, [row], self.model, self.moment.run_id, self.moment.now))

    def _rows(self, table):
        from spark_monitor.tables.store import of_model

        return in_micros(self.store.fetch(table, of_model(self.model)))


@contextmanager
def at_results(config):
    """Start Spark and give the `Store` of a model's result tables, and the moment when the command was given."""
    # Spark is imported by the commands that need it, so that the others answer at once and without it.
    from spark_monitor.cli.work import Moment, start_spark
    from spark_monitor.session import QUICK_START
    from spark_monitor.tables.store import Store

    moment = Moment.given()
    with Progress() as progress:
        yield Store(start_spark(progress, QUICK_START), config.results, stamp=moment.run_id), moment


def at_the_desk(config, work):
    """Start Spark and return what `work` makes of the `Desk` of a model."""
    with at_results(config) as (store, moment):
        return work(Desk(store, config.model, moment))


def tell(model, table, rows, as_json, line):
    """Print the rows of a model as one document, or as a line each.

    Parameters
    ----------
    model : str
    table : Table
    rows : list of dict
        Times as microseconds.
    as_json : bool
    line : callable
        Given a row; returns its line.
    """
    if as_json:
        click.echo(document(table.name, model=model, **{table.name: told_rows(table, rows)}))
        return
    for row in rows:
        click.echo(line(row))
    if not rows:
        click.echo(f"no {table.name} of {model}")


def line_of(row, id_name, state, words):
    """Return one line about a row: its id, its state, some words, and the window that it is about."""
    start = row["window_start"]
    since = f", since {to_datetime(start):%Y-%m-%d}" if start is not None else ""
    said = f" ({one_line(row['why'])}, {one_line(row['who'])})" if row.get("who") else ""
    return f"{row[id_name][:12]}  {state:<10}{one_line(words)}{since}{said}"
