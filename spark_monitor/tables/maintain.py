"""Result tables put in order: expired rows go, small files become few, files that no version needs are deleted.

No number changes: what is left says what it said before. Rows are ordered by time, so that a file holds few windows and
a restatement writes little; OPTIMIZE says that its commits change no data, and the next run believes it.
"""

from contextlib import contextmanager
from dataclasses import dataclass

from spark_monitor.logs.names import sql_name
from spark_monitor.tables.store import TABLES, of_model
from spark_monitor.tables.table import literal
from spark_monitor.windows import to_text

# A slice is replaced by rewriting its file, so that files are kept small: a month of a hundred features, about.
FILE_BYTES = 16 * 1024 * 1024
# Ordering rewrites all of a model's rows, which a few files more are not worth.
SCATTERED = 4
# VACUUM lists files in as many tasks as Spark is set to list with, ten thousand by default, however few files there are.
SETTINGS = {"spark.databricks.delta.optimize.maxFileSize": str(FILE_BYTES),
            "spark.sql.sources.parallelPartitionDiscovery.parallelism": "32"}
CELLS = ("feature_cells", "score_cells", "error_cells", "relation_cells", "pair_cells")
ORDERED_BY = {**dict.fromkeys(CELLS, "slice"), "runs": "started_at", "deliveries": "recorded_at",
              **dict.fromkeys(("metrics", "metrics_history", "verdicts", "alerts"), "window_start")}


@dataclass(frozen=True)
class Upkeep:
    """What was done to one table, or would be.

    Parameters
    ----------
    table : str
    files, bytes, commits : (int, int)
        Before and after; of all models in the table. `commits` is how many there have ever been.
    expired : int
        Rows of the model that are too old.
    compacts : bool
        Files of the model are merged.
    vacuumed : int
        Files deleted that no version of the last days needs; 1,000 stands for as many or more.
    """

    table: str
    files: tuple
    bytes: tuple
    commits: tuple
    expired: int
    compacts: bool
    vacuumed: int


def expiry(config, now):
    """Return the condition that rows to be let go of meet, by table; tables that keep everything are left out.

    Parameters
    ----------
    config : MonitorConfig
    now : int
        Microseconds.

    Examples
    --------
    >>> from spark_monitor.config import MonitorConfig
    >>> config = MonitorConfig(model="m", results="r", references=[{"start": "2024-01-01", "end": "2024-02-01"}],
    ...                        predictions={"table": "t", "id": "i", "time": "at", "score": "p"},
    ...                        retention={"history": "1d"})
    >>> expiry(config, 86_400_000_000)
    {'metrics_history': "superseded_at < TIMESTAMP'1970-01-01T00:00:00Z'"}
    """
    def older(column, length):
        return f"{column} < TIMESTAMP{literal(to_text(now - int(length.total_seconds() * 1e6)))}"

    kept, found = config.retention, {}
    if kept.cells is not None:
        for name in CELLS:
            # What a reference is made of has its slices in the same tables.
            own = " AND reference IS NULL" if "reference" in TABLES[name].names else ""
            found[name] = older("slice", kept.cells) + own
    if kept.metrics is not None:
        found |= dict.fromkeys(("metrics", "verdicts"), older("window_start", kept.metrics))
    if kept.history is not None:
        found["metrics_history"] = older("superseded_at", kept.history)
    return found


def maintain(store, config, now, dry_run=False):
    """Put the tables of a model in order, one after the other.

    Parameters
    ----------
    store : Store
    config : MonitorConfig
    now : int
        Microseconds; how old a row is counts from here.
    dry_run : bool
        Change nothing, and say what would be done.

    Returns
    -------
    list of Upkeep
        Of the tables that are there.
    """
    conditions = expiry(config, now)
    with _set(store.spark, SETTINGS):
        return [_keep_up(store, TABLES[name], config.model, conditions.get(name), dry_run)
                for name in TABLES if store.version(name) >= 0]


@contextmanager
def _set(spark, settings):
    """Let the session have some settings meanwhile; those that a platform does not let it have stay as they are."""
    before = {name: spark.conf.get(name, None) for name in settings if spark.conf.isModifiable(name)}
    for name in before:
        spark.conf.set(name, settings[name])
    try:
        yield
    finally:
        for name, value in before.items():
            spark.conf.unset(name) if value is None else spark.conf.set(name, value)


def _keep_up(store, table, model, condition, dry_run):
    target, before = sql_name(store.name(table)), _size(store, table)
    mine = of_model(model)
    rows = store.read(table, model)
    expired = rows.where(condition).count() if condition else 0
    if expired and not dry_run:
        store.spark.sql(f"DELETE FROM {target} WHERE {mine} AND {condition}").collect()
        store.versions.pop(table.name)
    compacts = _is_scattered(store, table, model, _size(store, table))
    if compacts and not dry_run:
        order = ORDERED_BY.get(table.name)
        store.spark.sql(f"OPTIMIZE {target} WHERE {mine}{f' ZORDER BY ({order})' if order else ''}").collect()
    vacuumed = _vacuum(store.spark, target, dry_run)
    store.versions.pop(table.name, None)
    after = before if dry_run else _size(store, table)
    return Upkeep(table.name, *zip(before, after), expired, compacts, vacuumed)


def _size(store, table):
    """Return files, bytes and commits of a table."""
    detail = store.spark.sql(f"DESCRIBE DETAIL {sql_name(store.name(table))}").select("numFiles", "sizeInBytes").first()
    return detail["numFiles"], detail["sizeInBytes"], store.version(table.name) + 1


def _is_scattered(store, table, model, size):
    """Say whether the model's rows lie in several times as many files as they need."""
    files, in_all, _ = size
    own = len(store.read(table, model).inputFiles())
    return own >= SCATTERED * max(1, -(-in_all * own // (FILE_BYTES * max(files, 1))))


def _vacuum(spark, target, dry_run):
    """Delete, or count, files that are in no version younger than the table's retention: a week, by Delta's default."""
    listed = spark.sql(f"VACUUM {target} DRY RUN").count()
    if listed and not dry_run:
        spark.sql(f"VACUUM {target}").collect()
    return listed
