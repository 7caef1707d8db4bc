"""The data files of a pinned Delta table, listed by the driver: only where reading them directly is certainly right."""

import os
import posixpath
from dataclasses import dataclass, field
from urllib.parse import unquote, urlparse

import pyarrow as pa

from spark_monitor.logs.storage.place import NotNativeError, Place

# A table whose protocol asks a reader for anything else is read by Spark.
READER_VERSIONS = (1, 3)
READER_FEATURES = frozenset({"timestampNtz", "vacuumProtocolCheck", "v2Checkpoint"})
PARTITIONED_BY = ("string", "int8", "int16", "int32", "int64", "bool", "date32[day]")
# Where Spark notes that a text is char(n).
KIND = "__CHAR_VARCHAR_TYPE_STRING"
# The folder of rows without a value.
MISSING = "__HIVE_DEFAULT_PARTITION__"
# Delta cuts greatest times to milliseconds.
CUT_US = 1_000


@dataclass(frozen=True)
class DataFile:
    """One Parquet file of a table.

    Parameters
    ----------
    path : str
    size : int
        Bytes.
    low, high : int or None
        Microseconds between which all its times lie, as far as its statistics say.
    partition : dict
        Column to value.
    """

    path: str
    size: int
    low: int | None = None
    high: int | None = None
    partition: dict = field(default_factory=dict)

    def may_hold(self, low, high):
        """Say whether rows with a time in [low, high) may be in it."""
        return (self.low is None or self.low < high) and (self.high is None or self.high >= low)


@dataclass(frozen=True)
class Listing:
    """The files of one version of a table, what opens them, and the types of its columns.

    Parameters
    ----------
    files : tuple of DataFile
        By the least of their times.
    schema : pyarrow.Schema
    partitioned : tuple of str
    place : Place
    """

    files: tuple
    schema: pa.Schema
    partitioned: tuple
    place: Place


def list_files(source, place, time=None):
    """Return the `Listing` of a pinned table.

    Parameters
    ----------
    source : Source
    place : Place
        Where its files are.
    time : str or None
        The column whose statistics say which times a file holds.

    Raises
    ------
    NotNativeError
        If its log or its files can't be read, or its protocol or layout asks more of a reader than this one knows.
    """
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    try:
        table = DeltaTable(place.url, version=source.version, storage_options=dict(place.log_options) or None)
    except (DeltaError, OSError, ValueError) as error:
        raise NotNativeError(f"its log can't be read without Spark: {place.redact(error)}") from None
    _check_protocol(table)
    schema, partitioned = pa.schema(table.schema()), tuple(table.metadata().partition_columns)
    for name in partitioned:
        if str(schema.field(name).type) not in PARTITIONED_BY:
            raise NotNativeError(f"it is partitioned by {name!r}, which holds {schema.field(name).type}")
    actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    texts = [name for name in partitioned if pa.types.is_string(schema.field(name).type)]
    files = [_file(place.root, action, time, partitioned, texts) for action in actions]
    if files and not place.is_local:
        place.check_readable(files[0].path, files[0].size)
    files.sort(key=lambda file: (file.low is None, file.low, file.path))
    return Listing(tuple(files), schema, partitioned, place)


def _check_protocol(table):
    protocol, settings = table.protocol(), table.metadata().configuration
    if settings.get("delta.columnMapping.mode", "none") != "none":
        raise NotNativeError("its columns are mapped")
    features = set(protocol.reader_features or ())
    unknown = features - READER_FEATURES
    if protocol.min_reader_version not in READER_VERSIONS or unknown:
        asked = ", ".join(sorted(unknown)) or f"reader version {protocol.min_reader_version}"
        raise NotNativeError(f"its protocol asks for {asked}")
    padded = [field.name for field in table.schema().fields if str(field.metadata.get(KIND, "")).startswith("char")]
    if padded:
        raise NotNativeError(f"{padded[0]!r} is text that Spark fills up with blanks")


def _file(root, action, time, partitioned, texts):
    path = unquote(action["path"])
    if os.path.isabs(path) or urlparse(action["path"]).scheme:
        raise NotNativeError("some of its files lie outside its folder")
    partition = {name: action[f"partition.{name}"] for name in partitioned}
    # To `deltalake` an empty text is a missing one, to Spark it is not.
    unsure = [name for name in texts if partition[name] is None and f"{name}={MISSING}" not in path.split("/")]
    if unsure:
        raise NotNativeError(f"some of its files may lie in an empty text of {unsure[0]!r}")
    low, high = (_micros(action.get(f"{side}.{time}")) for side in ("min", "max"))
    return DataFile(posixpath.join(root, path), action["size_bytes"], low, None if high is None else high + CUT_US,
                    partition)


def _micros(value):
    kind = pa.scalar(value).type
    return pa.scalar(value).cast(pa.timestamp("us", kind.tz)).value if pa.types.is_timestamp(kind) else None
