"""How Arrow types are named in Spark SQL, for the handful of types that our tables are made of."""

import pyarrow as pa

NAMES = {pa.string(): "string", pa.int64(): "bigint", pa.int32(): "int", pa.float64(): "double", pa.bool_(): "boolean",
         pa.timestamp("us", "UTC"): "timestamp", pa.list_(pa.string()): "array<string>",
         pa.list_(pa.int64()): "array<bigint>", pa.list_(pa.int32()): "array<int>",
         pa.list_(pa.float64()): "array<double>"}


def spark_schema(schema):
    """Return an Arrow schema as the text of a Spark schema.

    Examples
    --------
    >>> spark_schema(pa.schema([("n", pa.int64()), ("names", pa.list_(pa.string()))]))
    '`n` bigint, `names` array<string>'
    """
    return ", ".join(f"`{field.name}` {NAMES[field.type]}" for field in schema)
