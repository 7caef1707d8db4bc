"""Whether a catalogue may show Spark other rows than the files hold: then the files are not to be read past it."""

import os

from spark_monitor.logs.names import is_path
from spark_monitor.logs.storage.find import told
from spark_monitor.logs.storage.place import NotNativeError

PLATFORM = "DATABRICKS_RUNTIME_VERSION"
# The session's own catalogue under Delta, and the extension that comes with it, filter nothing.
SESSION_CATALOG = "spark_catalog"
PLAIN_CATALOG = "org.apache.spark.sql.delta.catalog.DeltaCatalog"
PLAIN_EXTENSIONS = {"io.delta.sql.DeltaSparkSessionExtension"}


def check_catalog(spark, table):
    """Refuse a named table whose catalogue may filter rows or mask columns; whoever reads a path reads files anyway.

    Parameters
    ----------
    spark : SparkSession
    table : str
        As the configuration names it.

    Raises
    ------
    NotNativeError
    """
    if is_path(table):
        return
    if os.environ.get(PLATFORM):
        raise NotNativeError("on Databricks a named table may have row filters and masks, of which files know nothing")
    parts = table.split(".")
    catalog = parts[0] if len(parts) == 3 else spark.catalog.currentCatalog()
    maker = told(spark, f"spark.sql.catalog.{catalog}")
    if catalog != SESSION_CATALOG or maker != PLAIN_CATALOG:
        raise NotNativeError(f"its catalogue, {catalog}, may filter rows, of which files know nothing")
    extensions = {name.strip() for name in (told(spark, "spark.sql.extensions") or "").split(",") if name.strip()}
    unknown = sorted(extensions - PLAIN_EXTENSIONS)
    if unknown:
        raise NotNativeError(f"the session's extension {unknown[0]} may filter rows, of which files know nothing")
