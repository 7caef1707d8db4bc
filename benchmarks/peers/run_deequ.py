"""Deequ on Spark: its profile of every column of the whole log, with KLL sketches and histograms of texts.

Deequ's profiles know no groups; for each day and version it would be a run on a filtered log. Nothing is stored.
"""

import os

os.environ["SPARK_VERSION"] = "3.5"

import pydeequ  # noqa: E402
from pydeequ.profiles import ColumnProfilerRunner  # noqa: E402
from telling import about, arguments, repeat, spark_session  # noqa: E402


def main():
    """Profile the log."""
    asked = arguments(__doc__)
    about("pydeequ", "pyspark")
    spark = spark_session(**{"spark.jars.packages": pydeequ.deequ_maven_coord,
                             "spark.jars.excludes": pydeequ.f2j_maven_coord})
    rows = spark.read.parquet(f"{asked.log}/*.parquet").drop("id", "label", "at")

    def profile():
        runner = ColumnProfilerRunner(spark).onData(rows).withKLLProfiling().withLowCardinalityHistogramThreshold(200)
        return f"{len(runner.run().profiles)} profiles"

    repeat("Deequ, whole log", profile, asked.repeats)
    spark.sparkContext._gateway.shutdown_callback_server()
    spark.stop()


if __name__ == "__main__":
    main()
