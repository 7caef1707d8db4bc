"""A Delta table that has been through everything: every type, odd names, odd values, and every kind of change."""

import math
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
from pyspark.sql import types as T

START = datetime(2024, 3, 1, tzinfo=timezone.utc)
SCHEMA = T.StructType([
    T.StructField(name, kind) for name, kind in (
        ("id", T.StringType()), ("t", T.TimestampType()), ("v", T.StringType()), ("city", T.StringType()),
        ("tier", T.IntegerType()), ("a.b", T.DoubleType()), ("tick`ed", T.FloatType()), ("größe", T.ByteType()),
        ("small", T.ShortType()), ("count", T.IntegerType()), ("big", T.LongType()), ("cents", T.DecimalType(9, 2)),
        ("flag", T.BooleanType()), ("day", T.DateType()), ("seen", T.TimestampType()), ("word", T.StringType()),
        ("place", T.StructType([T.StructField("lat", T.DoubleType()), T.StructField("name", T.StringType())])),
        ("tags", T.ArrayType(T.StringType())), ("extras", T.MapType(T.StringType(), T.IntegerType())))])
FLOATS = (0.0, -0.0, 1.5, -3.25, math.nan, math.inf, -math.inf, None, 1e300, 2.0**53 + 2)
MOMENTS = (datetime(1600, 1, 1, 12, 30, 0, 1), datetime(2999, 7, 1, 23, 59, 59, 999_999), datetime(1969, 12, 31, 23),
           None, datetime(2024, 2, 29, 1, 2, 3, 4))
WORDS = ("a", "b", "", " ", "(null)", "*", "é", None, "× x", "new")


def draw_rows(count, seed, days=3):
    """Return rows of `SCHEMA` as tuples: times at the edges of days, to the microsecond, among ordinary ones."""
    random = np.random.default_rng(seed)

    def pick(values):
        return values[random.integers(len(values))]

    rows = []
    for number in range(count):
        time = START + timedelta(microseconds=int(random.integers(days * 86_400_000_000)))
        edge = START + timedelta(days=int(random.integers(days + 1)), microseconds=int(random.integers(-1, 2)))
        odd = pick((None, datetime(1600, 1, 1), datetime(2999, 7, 1)))
        word = pick(WORDS)
        rows.append((
            None if number % 53 == 7 else f"{seed}/{number}",
            odd if number % 41 == 3 else edge if number % 5 == 0 else time, pick(("1", "2", None)),
            pick(("a b", "c%d", "x=y/z", None)), pick((1, 2, None)), pick(FLOATS), pick(FLOATS[:8]),
            pick((-128, 0, 127, None)), pick((-5, 0, 5, None)), pick((0, 3, None)), pick((2**53 + 1, -7, None)),
            pick((Decimal("1.10"), Decimal("-0.01"), None)), pick((True, False, None)),
            pick((date(1600, 1, 1), date(2999, 1, 1), date(2024, 1, 2), None)), pick(MOMENTS), word,
            pick((None, (None, "x"), (1.5, None), (-0.0, "y"))), pick((None, [], ["p", None], ["q"])),
            pick((None, {}, {"k": 1}, {"k": 1, "l": None}))))
    return rows


def make_odd_table(spark, folder):
    """Write the table and let it live: appends, DELETE, UPDATE, MERGE, OPTIMIZE, a new column, a file without rows."""
    name = f"delta.`{folder}`"

    def append(count, seed, **more):
        rows = spark.createDataFrame(draw_rows(count, seed), SCHEMA)
        for column, value in more.items():
            rows = rows.selectExpr("*", f"{value} AS {column}")
        rows.coalesce(1).write.format("delta").option("mergeSchema", "true").partitionBy("city", "tier").mode(
            "append").save(folder)

    append(200, 1)
    append(150, 2)
    spark.sql(f"DELETE FROM {name} WHERE small = 5")
    spark.sql(f"UPDATE {name} SET word = 'changed', count = 9 WHERE flag AND tier = 1")
    spark.createDataFrame(draw_rows(60, 2), SCHEMA).createOrReplaceTempView("odd_news")
    # Spark can't merge all columns where one has a backtick in its name.
    spark.sql(f"MERGE INTO {name} o USING (SELECT * FROM odd_news WHERE id IS NOT NULL) n ON o.id = n.id "
              "WHEN MATCHED AND n.big > 0 THEN DELETE WHEN MATCHED THEN UPDATE SET word = n.word, `a.b` = n.`a.b` "
              "WHEN NOT MATCHED THEN INSERT (id, t, v, city, tier, place) VALUES (id, t, v, city, tier, place)")
    append(80, 3, later="CAST(hash(id) % 7 AS double)")
    spark.sql(f"OPTIMIZE {name}")
    append(60, 4, later="CAST(NULL AS double)")
    return folder
