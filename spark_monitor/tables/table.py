"""What a table of ours is: its columns with type and comment, said once for SQL, Arrow and the reader."""

from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from spark_monitor.tables.arrow_types import NAMES

TEXT, WHOLE, SMALL, REAL, FLAG = pa.string(), pa.int64(), pa.int32(), pa.float64(), pa.bool_()
TIME = pa.timestamp("us", "UTC")
TEXTS, WHOLES, REALS, SMALLS = pa.list_(TEXT), pa.list_(WHOLE), pa.list_(REAL), pa.list_(SMALL)
SCHEMA_VERSION = "1"
# What files are skipped by. Statistics of more columns cost every write and, with every file, every reading of the log.
WITH_STATISTICS = ("slice", "grain", "window_start", "superseded_at", "started_at", "feature", "reference")


@dataclass(frozen=True)
class Table:
    """A Delta table: reader version 1, partitioned by model.

    Parameters
    ----------
    name : str
    about : str
        The table's comment.
    columns : tuple of (str, pyarrow.DataType, str)
        Name, type and comment; the first is `model`.
    key : tuple of str
        What makes a row unique.
    """

    name: str
    about: str
    columns: tuple
    key: tuple

    @cached_property
    def names(self):
        """Column names in order."""
        return [name for name, _, _ in self.columns]

    @cached_property
    def schema(self):
        """The columns as an Arrow schema."""
        return pa.schema([(name, kind) for name, kind, _ in self.columns])

    def rows(self, rows):
        """Return a few rows that the driver made, in Arrow.

        Parameters
        ----------
        rows : list of dict
            A column left out is NULL.
        """
        return pa.Table.from_pylist([{name: row.get(name) for name in self.names} for row in rows], self.schema)

    def ddl(self, target):
        """Return the SQL that makes the table where it is not there yet.

        Parameters
        ----------
        target : str
            The table as SQL names it.
        """
        statistics = ",".join(name for name in WITH_STATISTICS if name in self.names)
        skipping = f", 'delta.dataSkippingStatsColumns' = '{statistics}'" if statistics else ""
        columns = ",\n  ".join(f"`{name}` {NAMES[kind]} COMMENT {literal(comment)}"
                               for name, kind, comment in self.columns)
        return (f"CREATE TABLE IF NOT EXISTS {target} (\n  {columns}\n) USING delta PARTITIONED BY (model)\n"
                f"COMMENT {literal(self.about)}\nTBLPROPERTIES ('delta.enableDeletionVectors' = 'false', "
                f"'delta.checkpointPolicy' = 'classic', 'spark_monitor.schema' = '{SCHEMA_VERSION}'{skipping})")


def literal(text):
    """Return a text as a SQL literal.

    Examples
    --------
    >>> literal("it's")
    "'it\\\\'s'"
    """
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def literals(texts):
    """Return texts as what stands between the brackets of SQL's IN, each once; NULL, which nothing equals, for none.

    Examples
    --------
    >>> literals(["b", "a", "b"]), literals([])
    ("'a', 'b'", 'NULL')
    """
    return ", ".join(map(literal, sorted(set(texts)))) or "NULL"
