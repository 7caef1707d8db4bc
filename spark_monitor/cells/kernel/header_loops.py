"""Headers of the pages of a Parquet column chunk, as the format's "Data Pages" lays them out: Thrift in compact form."""

import numpy as np

from spark_monitor.cells.kernel.jit import jitted

# What is known of a page: where its body begins, its size there and when decompressed, and what the header says.
BODY, PACKED, SIZE, KIND, VALUES, ENCODING, LEVELS = range(7)
# Thrift's types of fields that a header may hold; any other is left to a reader that knows more.
_BOOLEANS, _NUMBERS, _BINARY, _STRUCT = (1, 2), (3, 4, 5, 6), 8, 12
_DEEPEST = 4


@jitted
def read_varint(data, at):
    """Return the unsigned number that begins at a place, and where it ends; -1 where bytes are lacking."""
    value, shift = np.int64(0), 0
    while at < len(data):
        byte = np.int64(data[at])
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    return np.int64(-1), at


@jitted
def read_headers(data, rows):
    """Return what is known of each page of a chunk, shape (pages, 7); none where something in it is not understood.

    Parameters
    ----------
    data : ndarray of uint8
        The chunk as it lies in the file.
    rows : int
        Values in the chunk, nulls included; pages are read until so many have come.
    """
    found, many, at, seen = np.zeros((16, 7), np.int64), 0, 0, 0
    while seen < rows:
        if many == len(found):
            found = np.concatenate((found, np.zeros_like(found)))
        page = found[many]
        at = _read_header(data, at, page)
        if at < 0 or page[PACKED] < 0 or page[SIZE] < 0 or page[VALUES] < 0 or at + page[PACKED] > len(data):
            return found[:0]
        if page[KIND] == 0:
            seen += page[VALUES]
        page[BODY] = at
        at += page[PACKED]
        many += 1
    return found[:many]


@jitted
def _read_header(data, at, page):
    """Fill in what a header says and return where it ends; -1 where it is not understood."""
    last, depth, parent = np.zeros(_DEEPEST, np.int64), 0, 0
    while at < len(data):
        byte = np.int64(data[at])
        at += 1
        if byte == 0:
            if depth == 0:
                return at
            depth -= 1
            continue
        kind, step = byte & 15, byte >> 4
        if step:
            last[depth] += step
        else:
            value, at = read_varint(data, at)
            last[depth] = (value >> 1) ^ -(value & 1)
        field = last[depth]
        if kind in _NUMBERS:
            value, at = read_varint(data, at)
            value = (value >> 1) ^ -(value & 1)
            if depth == 0 and field == 1:
                page[KIND] = value
            elif depth == 0 and field == 2:
                page[SIZE] = value
            elif depth == 0 and field == 3:
                page[PACKED] = value
            elif depth == 1 and (parent == 5 or parent == 7):
                if field == 1:
                    page[VALUES] = value
                elif field == 2:
                    page[ENCODING] = value
                elif field == 3 and parent == 5:
                    page[LEVELS] = value
        elif kind == _BINARY:
            value, at = read_varint(data, at)
            if value < 0:
                return -1
            at += value
        elif kind == _STRUCT and depth + 1 < _DEEPEST:
            if depth == 0:
                parent = field
            depth += 1
            last[depth] = 0
        elif kind not in _BOOLEANS:
            return -1
    return -1
