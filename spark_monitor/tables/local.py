"""Rows that are few, in Arrow: the same few operations for them as for DataFrames."""

from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_monitor.tables.arrow_types import spark_schema

# Rows that one task writes.
ROWS_A_TASK = 500_000


def to_frame(spark, table):
    """Return rows in Arrow as a DataFrame in few partitions.

    Parameters
    ----------
    spark : SparkSession
    table : pyarrow.Table
        Of types that our tables are made of.
    """
    # Spark takes text as large text, and a list's values by their name, from whoever made them.
    plain = table.cast(pa.schema([(field.name, field.type) for field in table.schema]))
    frame = spark.createDataFrame(plain, spark_schema(plain.schema)) if table.num_rows else spark.createDataFrame(
        [], spark_schema(plain.schema))
    return frame.coalesce(1 + table.num_rows // ROWS_A_TASK)


def union(spark, parts):
    """Return the rows of several parts, by the names of their columns: in Arrow where all are, else as a DataFrame.

    Parameters
    ----------
    spark : SparkSession
    parts : list of pyarrow.Table or pyspark.sql.DataFrame
    """
    if all(isinstance(part, pa.Table) for part in parts):
        return pa.concat_tables([part.select(parts[0].column_names) for part in parts])
    local = [part for part in parts if isinstance(part, pa.Table)]
    frames = [part for part in parts if not isinstance(part, pa.Table)]
    return reduce(DataFrame.unionByName, [*frames, *([to_frame(spark, union(spark, local))] if local else [])])


def with_column(rows, name, value):
    """Return rows with a column that holds one value everywhere, None for NULL; one of that name keeps its type.

    Examples
    --------
    >>> with_column(pa.table({"a": [1, 2]}), "b", "x").to_pylist()
    [{'a': 1, 'b': 'x'}, {'a': 2, 'b': 'x'}]
    """
    if not isinstance(rows, pa.Table):
        return rows.withColumn(name, F.lit(value))
    if name not in rows.column_names:
        return rows.append_column(name, pa.repeat(value if isinstance(value, pa.Scalar) else pa.scalar(value),
                                                  rows.num_rows))
    place = rows.schema.get_field_index(name)
    return rows.set_column(place, name, pa.repeat(pa.scalar(value, rows.schema.field(place).type), rows.num_rows))


def without_rows(cells):
    """Return cells without those of the rows themselves."""
    if isinstance(cells, pa.Table):
        return cells.filter(pc.not_equal(cells["family"], "rows"))
    return cells.where(F.col("family") != "rows")
