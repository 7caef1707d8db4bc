"""Rows of plain values as lines of a table of text."""

from datetime import datetime

from spark_monitor.alerts.wording import one_line
from spark_monitor.cli.document import plain

WIDEST = 60


def as_table(columns, rows):
    """Return rows as lines, titles first; long texts are cut.

    Examples
    --------
    >>> print(*as_table(["name", "rows"], [("a", 7), ("bc", 12)]), sep="\\n")
    name  rows
    ----  ----
    a        7
    bc      12
    """
    cells = [columns, *[[_cell(value) for value in row] for row in rows]]
    widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
    numeric = [{type(row[place]) for row in rows} - {type(None)} in ({int}, {float}) for place in range(len(columns))]
    lines = ["  ".join(f"{cell:{'>' if right else '<'}{width}}" for cell, width, right in zip(row, widths, numeric))
             for row in cells]
    return [line.rstrip() for line in [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]]


def _cell(value):
    if value is None:
        return "NULL"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d" if value.time() == datetime.min.time() else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, float):
        return f"{value:.6g}"
    text = one_line(str(plain(value)))
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."
