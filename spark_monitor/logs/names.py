"""How names reach Spark: quoted columns, and tables given as a path or as catalog.schema.table."""

import re

TABLE_NAME = re.compile(r"^[^\s./\\:]+(\.[^\s./\\:]+){1,2}$")


def quote(name):
    """Return a column name that Spark SQL reads to the letter, whatever characters it holds.

    Examples
    --------
    >>> quote("a.b"), quote("tick`ed")
    ('`a.b`', '`tick``ed`')
    """
    return "`" + name.replace("`", "``") + "`"


def is_path(table):
    """Tell a path from a table's name: a name has two or three parts, divided by dots, without a slash.

    Examples
    --------
    >>> is_path("demo/predictions"), is_path("main.ml.predictions"), is_path("predictions")
    (True, False, True)
    """
    return TABLE_NAME.match(table) is None


def sql_name(table):
    """Return how SQL names a Delta table that is given as a path or as catalog.schema.table.

    Examples
    --------
    >>> sql_name("demo/predictions"), sql_name("main.ml.log")
    ('delta.`demo/predictions`', '`main`.`ml`.`log`')
    """
    return f"delta.{quote(table)}" if is_path(table) else ".".join(quote(part) for part in table.split("."))
