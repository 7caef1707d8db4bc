"""How a task opens one Parquet file: mapped from a disk, or read by ranges of the wanted columns from a store."""

from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq

UNREADABLE = (OSError, ImportError, pa.ArrowInvalid, pa.ArrowNotImplementedError)


class UnreadableError(Exception):
    """A file holds what only Spark reads rightly, or only Spark can read it; the message says what."""


class OpenFile:
    """A Parquet file whose failures of reading, and no others, are told as `UnreadableError`.

    Parameters
    ----------
    path : str
    place : Place
        What opens it.
    texts : list of str
        Columns that are read as dictionaries.
    """

    def __init__(self, path, place, texts):
        self.path, self.place = path, place
        how = {"read_dictionary": texts, "coerce_int96_timestamp_unit": "us"}
        with self._told():
            # A store is asked once for all ranges of a row group that are wanted, not once a column's page.
            self.file = (pq.ParquetFile(path, memory_map=True, **how) if place.is_local else
                         pq.ParquetFile(place.open(path), pre_buffer=True, **how))

    @property
    def metadata(self):
        """The file's footer."""
        return self.file.metadata

    @property
    def schema_arrow(self):
        """Its columns, as Arrow reads them."""
        return self.file.schema_arrow

    def read_row_group(self, number, columns, use_threads=False):
        """Return columns of one row group."""
        with self._told():
            return self.file.read_row_group(number, columns=columns, use_threads=use_threads)

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
