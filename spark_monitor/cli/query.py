"""A query's rows as plain values, whichever machine collects them, and as a table of text."""

from dataclasses import dataclass

from pyspark.sql import functions as F
from pyspark.sql.types import TimestampType

from spark_monitor.cli.table import as_table
from spark_monitor.windows import to_datetime


@dataclass(frozen=True)
class Answer:
    """The rows of a query.

    Parameters
    ----------
    columns : list of str
    rows : list of tuple
        Timestamps are aware, in UTC.
    is_cut : bool
        Whether there were more.
    """

    columns: list
    rows: list
    is_cut: bool = False

    def records(self):
        """Return the rows as dicts."""
        return [dict(zip(self.columns, row)) for row in self.rows]

    def text(self):
        """Return the rows as a table; long texts are cut."""
        return "\n".join(as_table(self.columns, self.rows))


def answer(frame, most=None):
    """Collect a DataFrame of few rows.

    Timestamps travel as numbers, since a collected timestamp is in the time zone of the machine that collects it, and
    columns under other names, since a query may name two alike.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
    most : int or None
        The most rows to bring.
    """
    names = [f"c{place}" for place in range(len(frame.columns))]
    is_time = [isinstance(field.dataType, TimestampType) for field in frame.schema]
    chosen = frame.toDF(*names).select(*[F.expr(f"unix_micros({name})") if time else name
                                         for name, time in zip(names, is_time)])
    found = (chosen if most is None else chosen.limit(most + 1)).collect()
    rows = [tuple(to_datetime(value) if time and value is not None else value for value, time in zip(row, is_time))
            for row in found[:most]]
    return Answer(frame.columns, rows, most is not None and len(found) > most)
