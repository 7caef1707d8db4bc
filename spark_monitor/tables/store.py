"""The one place that writes: tables are made here, slices replaced atomically, rows appended."""

from dataclasses import dataclass, field

from pyspark.sql import functions as F

from spark_monitor.logs.names import is_path, quote, sql_name
from spark_monitor.logs.source import absolute, is_missing
from spark_monitor.tables import results, state
from spark_monitor.tables.arrow_types import spark_schema
from spark_monitor.tables.table import literal
from spark_monitor.windows import to_text

TABLES = {table.name: table for table in (
    results.RUNS, state.BINS, state.REFERENCES, state.REFERENCE_CELLS, state.FEATURE_CELLS, state.SCORE_CELLS,
    state.ERROR_CELLS, state.RELATION_CELLS, state.PAIR_CELLS, results.METRICS, results.HISTORY, results.VERDICTS,
    results.ALERTS)}


# Two days: days that follow each other are one list, whatever the clocks do.
NEIGHBOURS_US = 2 * 86_400_000_000


@dataclass(frozen=True)
class Store:
    """The tables of one results folder or schema.

    Parameters
    ----------
    spark : SparkSession
    root : str
        A folder, or catalog.schema.
    versions : dict of str to int
        The version that each table was last read at: all reads up to the next write of one's own see the same rows.
    stamp : str or None
        What every commit of this store carries as its `userMetadata`.
    """

    spark: object
    root: str
    versions: dict = field(default_factory=dict)
    stamp: str | None = None

    def name(self, table):
        """Return the path or name of a table."""
        if is_path(self.root):
            return f"{absolute(self.root).rstrip('/')}/{table.name}"
        return f"{self.root}.{table.name}"

    def create(self, table):
        """Make the table where it is not there yet."""
        self.spark.sql(table.ddl(sql_name(self.name(table))))

    def read(self, table, model=None):
        """Return a table's rows as they are now, of one model where it is named; None where there is no table.

        The version is pinned at the first read, and anew after each write, so that actions see the same rows.
        """
        name, version = self.name(table), self.version(table.name)
        if version < 0:
            return None
        reader = self.spark.read.option("versionAsOf", version)
        rows = reader.format("delta").load(name) if is_path(self.root) else reader.table(sql_name(name))
        return rows if model is None else rows.where(F.col("model") == model)

    def version(self, name):
        """Return the version that a table, by its name, is read at; -1 where there is none."""
        if name not in self.versions:
            target = sql_name(self.name(TABLES[name]))
            try:
                self.versions[name] = self.spark.sql(f"DESCRIBE HISTORY {target} LIMIT 1").first()["version"]
            except Exception as error:
                if is_missing(error):
                    return -1
                raise
        return self.versions[name]

    def location(self, name):
        """Return where the files of a table, by its name, lie."""
        target = self.name(TABLES[name])
        if is_path(self.root):
            return target
        return self.spark.sql(f"DESCRIBE DETAIL {sql_name(target)}").first()["location"]

    def replace(self, table, rows, predicate):
        """Replace, in one commit, the rows that the predicate holds for by the rows given, which it must hold for."""
        self.create(table)
        self._write(table, rows, lambda writer: writer.mode("overwrite").option("replaceWhere", predicate))

    def append(self, table, rows):
        """Append rows in one commit."""
        self.create(table)
        self._write(table, rows, lambda writer: writer.mode("append"))

    def _write(self, table, rows, how):
        writer = how(rows.select(*[quote(name) for name in table.names]).write.format("delta"))
        writer = writer.option("mergeSchema", "true")
        if self.stamp is not None:
            writer = writer.option("userMetadata", self.stamp)
        name = self.name(table)
        writer.save(name) if is_path(self.root) else writer.saveAsTable(sql_name(name))
        self.versions.pop(table.name, None)

    def frame(self, table, rows):
        """Return a few rows that the driver made, as a DataFrame of the table's columns.

        Parameters
        ----------
        rows : list of dict
            A column left out is NULL.
        """
        tuples = [tuple(row.get(name) for name in table.names) for row in rows]
        return self.spark.createDataFrame(tuples, spark_schema(table.schema))


def instants(column, starts):
    """Return the SQL condition that a timestamp column is one of the instants, as literals with offset Z.

    Delta skips files by the least and the greatest value of a list: instants that lie far apart are in lists of their
    own, so that what lies between them is neither read nor looked at.

    Examples
    --------
    >>> instants("window_start", [0])
    "window_start IN (TIMESTAMP'1970-01-01T00:00:00Z')"
    >>> instants("slice", [0, 10**12]).count(" IN (")
    2
    """
    lists = []
    for start in sorted(starts):
        if not lists or start - lists[-1][-1] > NEIGHBOURS_US:
            lists.append([])
        lists[-1].append(start)
    each = [f"{column} IN ({', '.join(f'TIMESTAMP{literal(to_text(start))}' for start in one)})" for one in lists]
    return each[0] if len(each) == 1 else f"({' OR '.join(each)})"


def of_model(model, *conditions):
    """Return the predicate of a slice of one model."""
    return " AND ".join([f"model = {literal(model)}", *[f"({condition})" for condition in conditions if condition]])


def of_windows(model, windows):
    """Return the predicate of windows of one model: by grain and exact start, never a range.

    Parameters
    ----------
    windows : iterable of Window
    """
    grains = {}
    for window in windows:
        grains.setdefault(window.grain, []).append(window.start)
    return of_model(model, " OR ".join(f"grain = '{grain}' AND {instants('window_start', starts)}"
                                       for grain, starts in sorted(grains.items())))
