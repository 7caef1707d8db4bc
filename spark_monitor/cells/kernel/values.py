"""Arrow arrays as counting loops read them: numbers, codes and validity bits, without a copy where none is needed."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """The values of one column, and which of them are there.

    Parameters
    ----------
    values : ndarray of float64 or int32, shape (rows,)
        Numbers, or places in a dictionary; what stands where a value is missing means nothing.
    bits : ndarray of uint8
        Arrow's validity: the bit at `offset` + row, from the least of each byte on; empty where none is missing.
    offset : int
    """

    values: np.ndarray
    bits: np.ndarray
    offset: int

    def pieces(self):
        """Yield the column as its only piece."""
        yield Piece(self.values, self.bits, self.offset, 0, len(self.values))

    def missing(self):
        """Return where values are missing, as a boolean mask, or None where none is."""
        if not len(self.bits):
            return None
        bits = np.unpackbits(self.bits, count=self.offset + len(self.values), bitorder="little")
        return bits[self.offset:] == 0


@dataclass(frozen=True)
class Piece:
    """Some neighbouring rows of a column of numbers.

    Parameters
    ----------
    values : ndarray of float64
        Of all its rows, or, where `dense`, only of those that are there.
    bits, offset : ndarray of uint8, int
        As of a `Column`.
    first, rows : int
        Which rows of the column.
    dense : bool
    """

    values: np.ndarray
    bits: np.ndarray
    offset: int
    first: int
    rows: int
    dense: bool = False


def numbers_of(array):
    """Return a numeric array as a `Column` of float64; dates count days, times microseconds, booleans 0 and 1.

    Parameters
    ----------
    array : pyarrow.Array
        Integers, floats, decimals, booleans, dates or timestamps.

    Examples
    --------
    >>> column = numbers_of(pa.array([1, None, 3]))
    >>> column.values[[0, 2]].tolist(), column.missing().tolist()
    ([1.0, 3.0], [False, True, False])
    """
    array = countable(array)
    if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
        array = array.cast(pa.uint8() if pa.types.is_boolean(array.type) else pa.float64())
    return _column(array, np.float64)


def codes_of(array):
    """Return the places of a dictionary array as a `Column` of int32.

    Examples
    --------
    >>> codes_of(pa.array(["a", "b", "a"]).dictionary_encode()).values.tolist()
    [0, 1, 0]
    """
    return _column(array.indices, np.int32)


def _column(array, kind):
    validity, data = array.buffers()
    own = np.dtype(array.type.to_pandas_dtype())
    values = np.empty(0, own) if data is None else np.frombuffer(data, own)[array.offset:array.offset + len(array)]
    bits = np.frombuffer(validity, np.uint8) if array.null_count and validity is not None else np.empty(0, np.uint8)
    return Column(values.astype(kind, copy=False), bits, array.offset)


def countable(array):
    """Return dates as days and times as microseconds since 1970, anything else as it is.

    Examples
    --------
    >>> from datetime import date
    >>> countable(pa.array([date(1970, 1, 3)])).to_pylist()
    [2]
    """
    if pa.types.is_date(array.type):
        return array.cast(pa.date32()).cast(pa.int32())
    if pa.types.is_timestamp(array.type):
        return array.cast(pa.timestamp("us", array.type.tz)).cast(pa.int64())
    return array
