"""A Delta table that has been through everything: every type, odd names and values, every change, other writers."""

import math
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.transaction import AddAction
from pyspark.sql import functions as F
from pyspark.sql import types as T

START = datetime(2024, 3, 1, tzinfo=timezone.utc)
SCHEMA = T.StructType([
    T.StructField(name, kind) for name, kind in (
        ("id", T.StringType()), ("t", T.TimestampType()), ("v", T.StringType()), ("city", T.StringType()),
        ("tier", T.IntegerType()), ("a.b", T.DoubleType()), ("tick`ed", T.FloatType()), ("größe", T.ByteType()),
        ("small", T.ShortType()), ("count", T.IntegerType()), ("big", T.LongType()), ("cents", T.DecimalType(9, 2)),
        ("flag", T.BooleanType()), ("day", T.DateType()), ("seen", T.TimestampType()), ("word", T.StringType()),
        ("place", T.StructType([T.StructField("lat", T.DoubleType()), T.StructField("name", T.StringType())])),
        ("tags", T.ArrayType(T.StringType())), ("extras", T.MapType(T.StringType(), T.IntegerType())),
        ("local", T.TimestampNTZType()), ("wei", T.DecimalType(38, 10)), ("huge", T.LongType()),
        ("blob", T.BinaryType()), ("void", T.DoubleType()), ("broken", T.DoubleType()), ("void_text", T.StringType()))])
FLOATS = (0.0, -0.0, 1.5, -3.25, math.nan, math.inf, -math.inf, None, 1e300, 2.0**53 + 2)
MOMENTS = (datetime(1600, 1, 1, 12, 30, 0, 1), datetime(2999, 7, 1, 23, 59, 59, 999_999), datetime(1969, 12, 31, 23),
           None, datetime(2024, 2, 29, 1, 2, 3, 4))
WORDS = ("a", "b", "", " ", "(null)", "(other)", "\\(null)", "(unseen)", "*", "é", "👩‍🚀", None, "× x", "new")
HUGE = (2**63 - 1, -2**63, 2**53 + 1, -(2**53) - 1, 0, None)
WEI = (Decimal("9999999999999999999999999999.9999999999"), Decimal("-0.0000000001"), Decimal(0), None)


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
            pick((None, {}, {"k": 1}, {"k": 1, "l": None})), pick(MOMENTS), pick(WEI), pick(HUGE),
            pick((b"", b"\x00\xff", None)), None, math.nan, None))
    return rows


def make_odd_table(spark, folder):
    """Write the table and let it live: appends, DELETE, UPDATE, MERGE, OPTIMIZE, a new column, a file without rows."""
    name = f"delta.`{folder}`"

    def append(count, seed, **more):
        rows = spark.createDataFrame(draw_rows(count, seed), SCHEMA)
        for column, value in more.items():
            rows = rows.withColumn(column, F.expr(value))
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
    append(60, 4, later="CAST(NULL AS double)", place="named_struct('lat', place.lat, 'name', place.name, 'alt', 7.5D)")
    add_files_of_others(spark, folder)
    return folder


def add_files_of_others(spark, folder):
    """Add files as others write them: their pages, types, row groups, zones; without statistics, without rows."""
    def rows(seed):
        return spark.createDataFrame(draw_rows(40, seed), SCHEMA).toArrow().drop_columns(["city", "tier"])

    whole = ["small", "count", "big", "huge", "t", "seen", "day"]
    packed = {"use_dictionary": False, "data_page_version": "2.0", "compression": "zstd", "row_group_size": 7,
              "column_encoding": {**{name: "DELTA_BINARY_PACKED" for name in whole}, "word": "DELTA_BYTE_ARRAY",
                                 "v": "DELTA_LENGTH_BYTE_ARRAY"}}
    add_file(folder, "packed", rows(5), {"city": "a b", "tier": "1"}, **packed)
    add_file(folder, "old times", rows(6), {"city": "c%d", "tier": "2"}, use_deprecated_int96_timestamps=True)
    # Arrow's own types are noted in the file, and come back when it is read.
    large = rows(7)
    kinds = {"v": pa.dictionary(pa.int8(), pa.string()), "word": pa.large_string(),
             "t": pa.timestamp("us", "Asia/Tokyo"), "tags": pa.large_list(pa.large_string()),
             "seen": pa.timestamp("us", "America/New_York")}
    for name, kind in kinds.items():
        large = large.set_column(large.schema.get_field_index(name), name, large.column(name).cast(kind))
    add_file(folder, "city=__HIVE_DEFAULT_PARTITION__/large", large, {"city": None, "tier": None})
    add_file(folder, "small pages", rows(8), {"city": "a b", "tier": None}, use_dictionary=["word"], data_page_size=64)
    few = rows(9).select(["id", "t", "tick`ed"]).filter(pa.compute.is_valid(rows(9).column("id")))
    required = pa.schema([few.schema.field(0).with_nullable(False), *list(few.schema)[1:]])
    add_file(folder, "few columns", few.cast(required), {"city": "x=y/z", "tier": "1"})
    add_file(folder, "empty", rows(10).slice(0, 0), {"city": "a b", "tier": "1"})
    add_file(folder, "holes", rows(11), {"city": "a b", "tier": "2"}, with_empty_groups=True)


def add_file(folder, name, rows, partition, with_empty_groups=False, **how):
    """Write rows to a file of the table's folder, and tell the log of it."""
    table, path = DeltaTable(folder), Path(folder) / f"{name}.parquet"
    size = how.pop("row_group_size", None)
    path.parent.mkdir(exist_ok=True)
    with pq.ParquetWriter(path, rows.schema, **how) as writer:
        for part in (rows.slice(0, 0), rows, rows.slice(0, 0)) if with_empty_groups else (rows,):
            writer.write_table(part, size)
    action = AddAction(f"{name}.parquet", path.stat().st_size, partition, 0, True, "{}")
    table.create_write_transaction([action], "append", table.schema(), table.metadata().partition_columns)
