"""popmon on Spark: histograms of every column by day, with the jars of histogrammar that its documentation names."""

import popmon  # noqa: F401  (gives frames their methods)
from telling import about, arguments, repeat, spark_session

JARS = "io.github.histogrammar:histogrammar_2.12:1.0.30,io.github.histogrammar:histogrammar-sparksql_2.12:1.0.30"


def main():
    """Make histograms of each version."""
    asked = arguments(__doc__)
    about("popmon", "histogrammar", "pyspark")
    spark = spark_session(**{"spark.jars.packages": JARS})
    rows = spark.read.parquet(f"{asked.log}/*.parquet")
    columns = [name for name in rows.columns if name not in ("id", "label", "version", "at")]
    versions = sorted(row[0] for row in rows.select("version").distinct().collect())

    def make_histograms():
        made = [rows.where(rows["version"] == version).select("at", *columns).pm_make_histograms(
            time_axis="at", time_width="1d", time_offset="2026-01-01",
            features=[f"at:{name}" for name in columns]) for version in versions]
        return f"{sum(map(len, made))} histograms"

    repeat("popmon on Spark by day and version", make_histograms, asked.repeats)
    spark.stop()


if __name__ == "__main__":
    main()
