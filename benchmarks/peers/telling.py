"""How a peer's script tells the benchmark, line by line, what it is and when a piece of work begins and ends.

It is imported by scripts that run in other environments, so it uses nothing but Python's own library.
"""

import argparse
import os
import sys
from importlib.metadata import version


def about(*packages):
    """Say which versions do the work."""
    print("about", ", ".join(f"{package} {version(package)}" for package in packages), flush=True)


def repeat(name, work, repeats):
    """Do a work, cold and then `repeats` times warm, and tell when each begins and ends."""
    for _ in range(repeats + 1):
        print("begin", name, flush=True)
        found = work()
        print("end", found, flush=True)


def arguments(description):
    """Return what every peer is told: where the log is, and how often to repeat."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("log", help="folder of a generated log; its Parquet files are read")
    parser.add_argument("--repeats", type=int, default=3)
    return parser.parse_args()


def spark_session(**extra):
    """Return a local session of the peer's own Spark, set up as the benchmarks set up theirs."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {"spark.driver.memory": "6g", "spark.sql.shuffle.partitions": "2", "spark.ui.enabled": "false",
                "spark.ui.showConsoleProgress": "false", "spark.sql.session.timeZone": "UTC",
                "spark.driver.host": "127.0.0.1", "spark.sql.execution.arrow.pyspark.enabled": "true", **extra}
    builder = SparkSession.builder.master("local[*]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session
