"""Makes the views: in a catalog for everyone, over a folder for one session."""

from pyspark.sql import functions as F

from spark_monitor.logs.names import is_path, quote, sql_name
from spark_monitor.tables.arrow_types import NAMES
from spark_monitor.tables.known_at import by_outcome_time, metrics_known_at
from spark_monitor.tables.results import METRICS
from spark_monitor.tables.store import TABLES
from spark_monitor.tables.table import literal
from spark_monitor.tables.views import VIEWS


def register(store, known_at=None, untimed=False):
    """Make every table and view a temporary view of the session, by its own name; a table not there yet is empty.

    Parameters
    ----------
    store : Store
    known_at : int, optional
        Microseconds: `metrics`, and the views made of it, hold what was published then.
    untimed : bool
        `metrics` were computed as of an earlier moment from outcomes that don't say when they came in.

    Returns
    -------
    list of str
        Their names.
    """
    for table in TABLES.values():
        rows = store.read(table)
        rows = store.frame(table, []) if rows is None else with_all_columns(rows, table)
        if table is METRICS and known_at is not None:
            rows = metrics_known_at(store, known_at)
        if table is METRICS and untimed:
            rows = by_outcome_time(rows)
        rows.createOrReplaceTempView(table.name)
    for view in VIEWS.values():
        query = view.query(*[quote(table.name) for table in view.tables])
        store.spark.sql(query).createOrReplaceTempView(view.name)
    return [*TABLES, *VIEWS]


def with_all_columns(rows, table):
    """Return the rows of a table that an earlier release made with the columns that it lacks, NULL.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
    table : Table
    """
    missing = {name: F.lit(None).cast(NAMES[kind]) for name, kind, _ in table.columns if name not in rows.columns}
    return rows.withColumns(missing) if missing else rows


def create_views(store):
    """Make or renew the views of a catalog's schema, those whose tables are there; a folder can hold none.

    A table that an earlier release made gets its new columns with the next rows, and then its views are renewed.

    Parameters
    ----------
    store : Store

    Returns
    -------
    list of str
        Names of the views made.
    """
    if is_path(store.root):
        return []
    read = {table: store.read(table) for view in VIEWS.values() for table in view.tables}
    there = {table for table, rows in read.items() if rows is not None and set(table.names) <= set(rows.columns)}
    made = [view for view in VIEWS.values() if there.issuperset(view.tables)]
    for view in made:
        query = view.query(*[sql_name(store.name(table)) for table in view.tables])
        store.spark.sql(f"CREATE OR REPLACE VIEW {sql_name(f'{store.root}.{view.name}')} "
                        f"COMMENT {literal(view.about)} AS {query}")
    return [view.name for view in made]
