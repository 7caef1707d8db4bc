"""The one place that writes: tables are made here, slices replaced atomically, rows appended."""

from dataclasses import dataclass, field
from dataclasses import replace as replace_fields

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F

from spark_monitor.logs.names import is_path, quote, sql_name
from spark_monitor.logs.source import absolute, is_missing
from spark_monitor.once import Once
from spark_monitor.tables import people, results, state
from spark_monitor.tables.local import to_frame, union
from spark_monitor.tables.table import literal
from spark_monitor.tables.together import PLACES, READS, WRITES, Change, either
from spark_monitor.windows import to_text

TABLES = {table.name: table for table in (
    results.RUNS, state.BINS, state.REFERENCES, state.REFERENCE_CELLS, state.FEATURE_CELLS, state.SCORE_CELLS,
    state.ERROR_CELLS, state.RELATION_CELLS, state.PAIR_CELLS, state.HABITS, results.METRICS, results.HISTORY,
    results.VERDICTS, results.ALERTS, results.MUTES, results.DELIVERIES, people.MODELS, people.DECISIONS,
    people.REVIEWS)}

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
    made : set of str
        Tables that are known to be there.
    model : str or None
        Whose store this is, where several models of one run write together.
    meeting : Meeting or None
        Where they do.
    once : Once
        What was found out of the tables, by whichever model.
    """

    spark: object
    root: str
    versions: dict = field(default_factory=dict)
    stamp: str | None = None
    made: set = field(default_factory=set)
    model: str | None = None
    meeting: object = None
    once: Once = field(default_factory=Once)

    def seat(self, model, meeting):
        """Return the store of one model that writes together with others; what is known of tables is shared."""
        return replace_fields(self, model=model, meeting=meeting)

    def name(self, table):
        """Return the path or name of a table."""
        if is_path(self.root):
            return f"{absolute(self.root).rstrip('/')}/{table.name}"
        return f"{self.root}.{table.name}"

    def create(self, table):
        """Make the table where it is not there yet."""
        if table.name not in self.made:
            target = sql_name(self.name(table))
            try:
                self.spark.sql(table.ddl(target))
            except Exception:
                # Of two runs that make a table at the same moment, Delta lets one fail.
                if self._newest(target) < 0:
                    raise
            self.made.add(table.name)
            self.versions.pop(table.name, None)

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
        with self.once.lock(name):
            if name not in self.versions:
                self.versions[name] = self._newest(sql_name(self.name(TABLES[name])))
                if self.versions[name] >= 0:
                    self.made.add(name)
            return self.versions[name]

    def _newest(self, target):
        try:
            return self.spark.sql(f"DESCRIBE HISTORY {target} LIMIT 1").first()["version"]
        except Exception as error:
            if is_missing(error):
                return -1
            raise

    def location(self, name):
        """Return where the files of a table, by its name, lie."""
        target = self.name(TABLES[name])
        if is_path(self.root):
            return target
        return self.spark.sql(f"DESCRIBE DETAIL {sql_name(target)}").first()["location"]

    def fetch(self, table, predicate, columns=None):
        """Return the rows of a table that a predicate of one model holds for, in Arrow; none where there is no table.

        Parameters
        ----------
        table : Table
        predicate : str
            By `of_model`.
        columns : tuple of str, optional
            All of them where not given.
        """
        names = tuple(columns or table.names)
        if self.meeting is None:
            return self.fetch_all(table, names, [(self.model, predicate)])[0]
        # Reading comes before writing: who waits for rows will soon want to write others.
        return self.meeting.ask((READS, PLACES[table.name], names), (table, (self.model, predicate)))

    def fetch_all(self, table, columns, slices):
        """Return some columns of several slices of models, a pyarrow.Table each, read in one job."""
        schema = pa.schema([table.schema.field(name) for name in columns])
        rows = self.read(table)
        if rows is None:
            return [schema.empty_table()] * len(slices)
        there = [name for name in columns if name in rows.columns]
        found = rows.where(either(slices)).select(F.col("model").alias("whose rows"), *map(quote, there)).toArrow()
        models, found = found.column(0), found.select(range(1, found.num_columns))
        every = [found[field.name] if field.name in there else pa.nulls(found.num_rows, field.type)
                 for field in schema]
        found = pa.Table.from_arrays(every, names=list(columns)).cast(schema)
        if len(slices) == 1:
            return [found]
        return [found.filter(pc.equal(models, model)) for model, _ in slices]

    def replace(self, table, rows, predicate):
        """Replace, in one commit, the rows that the predicate holds for by the rows given, which it must hold for."""
        self._put(table, Change(self.model, rows, predicate))

    def append(self, table, rows):
        """Append rows in one commit."""
        self._put(table, Change(self.model, rows))

    def _put(self, table, change):
        if self.meeting is None:
            self.commit(table, [change])
        else:
            # `runs` comes last, and a table is written when no model is left that writes an earlier one.
            self.meeting.ask((WRITES, PLACES[table.name], change.predicate is None), (table, change))

    def commit(self, table, changes):
        """Write what several models want written to one table in one commit."""
        self.create(table)
        rows = union(self.spark, [_in_columns(change.rows, table) for change in changes])
        rows = to_frame(self.spark, rows) if isinstance(rows, pa.Table) else rows
        if changes[0].predicate is None:
            self._write(table, rows, lambda writer: writer.mode("append"))
            return
        predicate = either([(change.model, change.predicate) for change in changes])
        self._write(table, rows, lambda writer: writer.mode("overwrite").option("replaceWhere", predicate))

    def commit_all(self, table, changes):
        """Write what several models want written, in one commit if it can be; return for each what went wrong, or None.

        A commit that fails is tried in halves, so that what is wrong with one model stays with that model.
        """
        try:
            self.commit(table, changes)
        except Exception as error:
            if len(changes) == 1:
                return [error]
            half = len(changes) // 2
            return [*self.commit_all(table, changes[:half]), *self.commit_all(table, changes[half:])]
        return [None] * len(changes)

    def _write(self, table, rows, how):
        writer = how(rows.write.format("delta")).option("mergeSchema", "true")
        if self.stamp is not None:
            writer = writer.option("userMetadata", self.stamp)
        name = self.name(table)
        writer.save(name) if is_path(self.root) else writer.saveAsTable(sql_name(name))
        self.versions.pop(table.name, None)

    def frame(self, table, rows):
        """Return a few rows that the driver made, dicts without what is NULL, as a DataFrame of the table's columns."""
        return to_frame(self.spark, table.rows(rows))


def _in_columns(rows, table):
    """Return rows, a DataFrame or in Arrow, with the columns of a table in its order."""
    if isinstance(rows, pa.Table):
        return rows.select(table.names).cast(table.schema)
    return rows.select(*[quote(name) for name in table.names])


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
