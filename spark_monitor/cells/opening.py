"""How a task opens one Parquet file: mapped from a disk, or read by ranges of the wanted columns from a store."""

from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq

from spark_monitor.cells.unreadable import UnreadableError

# Values that are decoded at once. From a disk one column at a time, which stays in the caches, but for the smallest row
# groups; a store is slow to answer, so that it is asked for several.
VALUES, VALUES_OF_A_STORE = 1 << 17, 1 << 23
# How Spark marks files whose old dates are counted in another calendar; before this version all of its files are.
OTHER_CALENDAR = (b"org.apache.spark.legacyDateTime", b"org.apache.spark.legacyINT96")
WRITER, ONE_CALENDAR = b"org.apache.spark.version", (3, 1)
UNREADABLE = (OSError, ImportError, pa.ArrowInvalid, pa.ArrowNotImplementedError)


class OpenFile:
    """A Parquet file whose failures of reading, and no others, are told as `UnreadableError`.

    Parameters
    ----------
    path : str
    place : Place
        What opens it.
    texts : list of str
        Columns that are read as dictionaries, where the file has them.

    Raises
    ------
    UnreadableError
        Also if its dates are counted in another calendar.
    """

    def __init__(self, path, place, texts):
        self.path, self.place = path, place
        with self._told():
            self.source = pa.memory_map(path) if place.is_local else place.open(path)
            footer = pq.ParquetFile(self.source).metadata
            # A store is asked once for all ranges of a row group that are wanted, not once a column's page.
            self.file = pq.ParquetFile(self.source, metadata=footer, pre_buffer=not place.is_local,
                                       read_dictionary=_coded(footer, set(texts)),
                                       coerce_int96_timestamp_unit="us")
        if has_old_calendar(self.file.metadata.metadata or {}):
            raise UnreadableError(f"{place.name(path)} holds dates in the Julian calendar")

    @property
    def values_at_once(self):
        """How many values a reader should ask for at once."""
        return VALUES if self.place.is_local else VALUES_OF_A_STORE

    @property
    def is_mapped(self):
        """Whether it costs nothing to read one range of it after the other."""
        return self.place.is_local

    @property
    def schema(self):
        """Its columns, as the format knows them."""
        return self.file.schema

    @property
    def metadata(self):
        """The file's footer."""
        return self.file.metadata

    @property
    def schema_arrow(self):
        """Its columns, as Arrow reads them."""
        return self.file.schema_arrow

    def read_row_groups(self, numbers, columns, use_threads=False):
        """Return columns of some row groups."""
        with self._told():
            return self.file.read_row_groups(numbers, columns=columns, use_threads=use_threads)

    def __enter__(self):
        """Return the file, to be closed at the end."""
        return self

    def __exit__(self, *_):
        """Close it."""
        self.file.close(force=True)

    @contextmanager
    def _told(self):
        try:
            yield
        except UNREADABLE as error:
            said = self.place.redact(error)
            # What the error was raised from may hold credentials.
            raise UnreadableError(f"{self.place.name(self.path)} can't be read without Spark: {said}") from None


def _coded(footer, texts):
    """Return which texts of a file PyArrow can read as dictionaries: all but those that are written as differences."""
    inside = {footer.schema.column(place).path: place for place in range(footer.num_columns)}
    groups = range(footer.num_row_groups)
    return [name for name, place in inside.items() if name in texts and not any(
        encoding.startswith("DELTA") for group in groups for encoding in footer.row_group(group).column(place).encodings)]


def has_old_calendar(marks):
    """Say whether a file's dates before 1900 may be counted in the Julian calendar, by what its writer says of itself.

    Parameters
    ----------
    marks : dict of bytes to bytes

    Examples
    --------
    >>> has_old_calendar({}), has_old_calendar({b"org.apache.spark.version": b"4.2.0"})
    (False, False)
    >>> has_old_calendar({b"org.apache.spark.version": b"2.4.8"})
    True
    """
    if any(mark in marks for mark in OTHER_CALENDAR):
        return True
    version = marks.get(WRITER, b"").split(b".")[:2]
    return len(version) == 2 and all(map(bytes.isdigit, version)) and tuple(map(int, version)) < ONE_CALENDAR
