"""whylogs on Spark: a profile of every column, of the whole log, and for each day and version.

A profile has counts, moments, a KLL sketch, a HyperLogLog and the frequent items of a column; it has no histogram of
frozen bins, which is made of the sketch, approximately. Profiles are collected; nothing is compared nor stored.
"""

import os

os.environ["WHYLOGS_NO_ANALYTICS"] = "True"

from pyspark.sql import functions as F  # noqa: E402
from telling import about, arguments, repeat, spark_session  # noqa: E402
from whylogs.api.pyspark.experimental import collect_column_profile_views  # noqa: E402
from whylogs.api.pyspark.experimental.segmented_profiler import (  # noqa: E402
    collect_segmented_column_profile_views)
from whylogs.core import DatasetSchema  # noqa: E402
from whylogs.core.segmentation_partition import ColumnMapperFunction, SegmentationPartition  # noqa: E402


def main():
    """Profile the log both ways."""
    asked = arguments(__doc__)
    about("whylogs", "pyspark", "pandas")
    spark = spark_session()
    rows = spark.read.parquet(f"{asked.log}/*.parquet").drop("id", "label")
    whole = rows.drop("at")
    repeat("whylogs, whole log", lambda: f"{len(collect_column_profile_views(whole))} profiles", asked.repeats)

    keys = ["day", "version"]
    by_day = rows.withColumn("day", F.date_format("at", "yyyy-MM-dd")).drop("at")
    schema = DatasetSchema(segments={"keys": SegmentationPartition(name="keys", mapper=ColumnMapperFunction(keys))})

    def profile_each():
        found = collect_segmented_column_profile_views(by_day, schema=schema)
        return f"{sum(map(len, found.values()))} profiles of {len(found)} groups"

    repeat("whylogs by day and version", profile_each, asked.repeats)
    spark.stop()


if __name__ == "__main__":
    main()
