"""Few rows of a table as dicts whose times are microseconds, and back again."""

import pyarrow as pa

from spark_monitor.windows import to_datetime


def in_micros(table):
    """Return the rows of a table as dicts, times as microseconds.

    Examples
    --------
    >>> in_micros(pa.table({"at": pa.array([7], pa.timestamp("us", "UTC")), "n": [1]}))
    [{'at': 7, 'n': 1}]
    """
    columns = {field.name: column.cast(pa.int64()) if pa.types.is_timestamp(field.type) else column
               for field, column in zip(table.schema, table.columns)}
    return pa.table(columns).to_pylist()


def with_moments(table, rows):
    """Return rows with times as aware datetimes, as people and documents have them.

    Parameters
    ----------
    table : Table
        Which says what is a time.
    rows : list of dict
        Times as microseconds.
    """
    times = {name for name, kind, _ in table.columns if pa.types.is_timestamp(kind)}
    return [{name: to_datetime(value) if name in times and value is not None else value
             for name, value in row.items()} for row in rows]


def to_rows(table, rows, model, run_id, now):
    """Return rows as a table of ours takes them, stamped with who wrote them and when.

    Parameters
    ----------
    table : Table
    rows : list of dict
        Times as microseconds; a column left out is NULL.
    model, run_id : str
    now : int
        Microseconds.
    """
    stamp = {"model": model, "run_id": run_id, "recorded_at": now}
    return table.rows(with_moments(table, [{**row, **stamp} for row in rows]))
