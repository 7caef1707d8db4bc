"""Which table a run reads, and at which version: pinned once, recorded, and never read otherwise."""

import os
from dataclasses import dataclass, field

from spark_monitor.errors import ContractError
from spark_monitor.logs.names import is_path, sql_name

# Under these features of Delta a file's columns are what the schema says; deletion vectors are told of by commits.
PLAIN_FEATURES = frozenset({
    "appendOnly", "invariants", "checkConstraints", "changeDataFeed", "generatedColumns", "identityColumns",
    "allowColumnDefaults", "deletionVectors", "timestampNtz", "domainMetadata", "clustering", "inCommitTimestamp",
    "rowTracking", "v2Checkpoint", "vacuumProtocolCheck"})


@dataclass(frozen=True)
class Source:
    """A Delta table pinned to one version for the whole run.

    Parameters
    ----------
    table : str
        As the configuration names it.
    id : str
        Delta's own id: a table made anew under the same name has another.
    version : int
    location : str
        Where its files are.
    size : int
        Bytes of its files.
    partitioned_by : tuple of str
    has_plain_files : bool
        Any Parquet reader that is given the schema reads its files' columns by their names.
    schema : pyspark.sql.types.StructType or None
        Its columns at that version, where they are known without asking Spark.
    """

    table: str
    id: str
    version: int
    location: str
    size: int = 0
    partitioned_by: tuple = ()
    has_plain_files: bool = False
    schema: object = field(default=None, compare=False)

    def columns(self, spark):
        """Return the table's columns at the pinned version, as a schema of Spark's."""
        return self.read(spark).schema if self.schema is None else self.schema

    def read(self, spark):
        """Return the table's rows at the pinned version."""
        reader = spark.read.option("versionAsOf", self.version)
        if is_path(self.table):
            return reader.format("delta").load(absolute(self.table))
        return reader.table(sql_name(self.table))


def absolute(table):
    """Return a local path from the root; URLs and names of tables are left as they are.

    Examples
    --------
    >>> absolute("s3://bucket/log"), absolute("main.ml.log")
    ('s3://bucket/log', 'main.ml.log')
    """
    local = is_path(table) and "://" not in table and not table.startswith(("dbfs:", "file:"))
    return os.path.abspath(table) if local else table


def pin(spark, table, version=None):
    """Find a Delta table and pin its newest version, or the one given.

    Raises
    ------
    ContractError
        If there is no Delta table under that path or name, or it is a view.
    """
    name = sql_name(absolute(table))
    try:
        detail = spark.sql(f"DESCRIBE DETAIL {name}").select(
            "format", "id", "location", "sizeInBytes", "partitionColumns", "tableFeatures").first()
        if detail is None or detail["format"] != "delta":
            raise ContractError(f"{table}: found no Delta table; expected a folder with a _delta_log, or a name")
        if version is None:
            version = spark.sql(f"DESCRIBE HISTORY {name} LIMIT 1").select("version").first()["version"]
    except ContractError:
        raise
    except Exception as error:
        if "EXPECT_TABLE_NOT_VIEW" in str(error):
            raise ContractError(f"{table}: found a view, which has no versions that a run could be pinned to; expected "
                                "the Delta table that it reads") from error
        if not is_missing(error):
            raise
        raise ContractError(f"{table}: found no Delta table there; expected the path or the name of one") from error
    plain = detail["tableFeatures"] is not None and set(detail["tableFeatures"]) <= PLAIN_FEATURES
    return Source(table, detail["id"], int(version), detail["location"], detail["sizeInBytes"] or 0,
                  tuple(detail["partitionColumns"] or ()), plain)


def is_missing(error):
    """Tell an answer that there is no such table from every other failure, by the words that engines use."""
    text = str(error)
    words = ("NOT_FOUND", "PATH_NOT_EXIST", "DELTA_MISSING_DELTA_TABLE", "NOT_A_DELTA_TABLE",
             "DELTA_TABLE_ONLY_OPERATION", "doesn't exist", "is not a Delta table")
    return any(word in text for word in words)
