"""A local Spark session with Delta, or the platform's own session, untouched, where there is a platform."""

import glob
import os
import sys
from importlib import metadata

from spark_monitor.errors import SessionError
from spark_monitor.session.java import find_java
from spark_monitor.session.launch import held_stderr

JARS_FOLDER = "SPARK_MONITOR_JARS"
MEMORY = "SPARK_MONITOR_MEMORY"
PLATFORM_MARKS = ("DATABRICKS_RUNTIME_VERSION", "SPARK_REMOTE", "PYSPARK_GATEWAY_PORT")
# For `extra`: half the processor time of a start and of the first queries; on long scans the JVM is slower for it.
# Without C2 the JVM reserves 48 MB for compiled code, which a session of several runs fills; it then compiles forever.
QUICK_START = {"spark.driver.extraJavaOptions":
               "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC"}
# Spark brings these itself; without them Delta is 14 jars instead of 33.
EXCLUDES = (
    "org.apache.hadoop:hadoop-client-api",
    "org.apache.hadoop:hadoop-client-runtime",
    "org.apache.parquet:parquet-hadoop",
    "org.apache.parquet:parquet-column",
    "org.apache.logging.log4j:log4j-core",
    "org.apache.logging.log4j:log4j-api",
    "org.apache.logging.log4j:log4j-slf4j2-impl",
    "com.fasterxml.jackson.core:jackson-databind",
)


def local_session(app_name="spark_monitor", cores="*", extra=None):
    """Return the platform's Spark session, or start a local one that reads and writes Delta tables.

    A platform is Databricks, Spark Connect (``SPARK_REMOTE``), ``spark-submit``, or a session that is already
    active: its session is returned as it is, and the arguments are not used. A local one takes Delta's jars from
    the folder that ``SPARK_MONITOR_JARS`` names, else from the Maven repository, and ``SPARK_MONITOR_MEMORY``
    (default ``2g``) for its heap.

    Parameters
    ----------
    app_name : str
    cores : int or "*"
        Tasks that run at once; ``"*"`` means every core of the machine.
    extra : mapping of str to str, optional
        Further Spark settings; they win over the ones made here.

    Returns
    -------
    pyspark.sql.SparkSession

    Raises
    ------
    SessionError
        If pyspark, Java 17 or 21, or Delta's jars can't be had; says what was found, expected, and what to do.
    """
    spark_session = _session_class()
    if platform_mark(os.environ):
        return spark_session.builder.getOrCreate()
    active = spark_session.getActiveSession()
    if active is not None:
        return active
    settings = local_settings(os.environ, cores) | dict(extra or {})
    os.environ["JAVA_HOME"] = find_java().home
    # Workers start `python3` from PATH otherwise, which need not have the packages that this process has.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    return _start(spark_session.builder.appName(app_name).master(f"local[{cores}]"), settings)


def platform_mark(environ):
    """Return the name of the variable that tells of a platform with a session of its own, or None.

    Examples
    --------
    >>> platform_mark({"SPARK_REMOTE": "sc://host"})
    'SPARK_REMOTE'
    >>> platform_mark({"HOME": "/"})
    """
    return next((mark for mark in PLATFORM_MARKS if environ.get(mark)), None)


def local_settings(environ, cores="*"):
    """Return the settings of a local session; the two that cost most are Delta's and the shuffle's partitions.

    Parameters
    ----------
    environ : mapping
        ``SPARK_MONITOR_JARS`` and ``SPARK_MONITOR_MEMORY`` are read from it.
    cores : int or "*"

    Returns
    -------
    dict of str to str

    Raises
    ------
    SessionError
        If there are no jars in the folder, or no known coordinates for the installed pyspark.
    """
    tasks = os.cpu_count() if cores == "*" else cores
    return {
        **delta_jars(environ),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.databricks.delta.snapshotPartitions": "2",
        "spark.sql.shuffle.partitions": str(tasks),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
        "spark.driver.memory": environ.get(MEMORY, "2g"),
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }


def delta_jars(environ):
    """Return the settings that bring Delta's jars: from a folder, or by Maven coordinates.

    The coordinates follow the installed ``pyspark`` and ``delta-spark``, so that versions are pinned in one place.

    Examples
    --------
    >>> delta_jars({"SPARK_MONITOR_JARS": "/nowhere"})
    Traceback (most recent call last):
        ...
    spark_monitor.errors.SessionError: found no delta-spark*.jar in SPARK_MONITOR_JARS=/nowhere, expected ...
    """
    if environ.get(JARS_FOLDER):
        return {"spark.jars": ",".join(_jars_of(environ[JARS_FOLDER]))}
    spark, delta = _installed("pyspark"), _installed("delta-spark")
    return {
        "spark.jars.packages": f"io.delta:delta-spark_{'.'.join(spark.split('.')[:2])}_2.13:{delta}",
        "spark.jars.excludes": ",".join(EXCLUDES),
    }


def _jars_of(folder):
    jars = sorted(glob.glob(os.path.join(glob.escape(os.path.abspath(folder)), "*.jar")))
    if not any("delta-spark" in os.path.basename(jar) for jar in jars):
        raise SessionError(
            f"found no delta-spark*.jar in {JARS_FOLDER}={folder}, expected the folder of Delta's jars: "
            "after one start on a connected machine they are in ~/.ivy2.5.2/jars, copy them from there"
        )
    return jars


def _installed(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        raise SessionError(
            f"found no Python package {package}, expected it for a local session: pip install 'spark-monitor[spark]'"
        ) from None


def _session_class():
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise SessionError(f"{error}: pip install 'spark-monitor[spark]'") from None
    return SparkSession


def _start(builder, settings):
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        with held_stderr() as words:
            return builder.getOrCreate()
    except Exception as error:
        raise SessionError(_why_not(error, words.text(), settings)) from error


def _why_not(error, words, settings):
    """Say in one message why Spark didn't start, from the error and what the JVM wrote before it ended."""
    if "unresolved dependenc" in words.lower():
        return (
            f"Delta's jars can't be had: found no {settings['spark.jars.packages']} in the Maven repository or its "
            "cache; set DEFAULT_ARTIFACT_REPOSITORY to a mirror's address, or copy ~/.ivy2.5.2/jars of a machine "
            f"where Spark has started once and set {JARS_FOLDER} to that folder"
        )
    last = [line.strip() for line in words.splitlines() if line.strip()][-5:]
    return "\n".join([f"Spark did not start: {error}", *last])
