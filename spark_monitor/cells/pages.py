"""A Parquet column chunk of the plainest kinds, decoded a page at a time in less time than by general code.

What logs hold most is flat columns of numbers as they are, and of texts from a small dictionary. Anything else is left to
PyArrow, which is as fast there.
"""

from functools import lru_cache

import numpy as np
import pyarrow as pa

from spark_monitor.cells.kernel import page_loops as loops
from spark_monitor.cells.kernel.header_loops import BODY, ENCODING, KIND, LEVELS, PACKED, SIZE, VALUES, read_headers
from spark_monitor.cells.kernel.values import Piece
from spark_monitor.cells.unreadable import UnreadableError

DATA, DICTIONARY = 0, 2
PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY = 0, 2, 3, 8
CODECS = {"UNCOMPRESSED": None, "SNAPPY": "snappy", "ZSTD": "zstd", "GZIP": "gzip"}
# What values are as they lie in a file, and the types of a column that they mean without any more ado.
STORED = {"DOUBLE": (np.dtype("<f8"), {"double"}), "FLOAT": (np.dtype("<f4"), {"float"}),
          "INT32": (np.dtype("<i4"), {"int32", "date32[day]"}),
          "INT64": (np.dtype("<i8"), {"int64", "timestamp[us]", "timestamp[us, tz=UTC]"})}
# Of a text no more than eight bits are stored, which name so many others.
WIDEST, MOST_TEXTS = 8, 1 << 8
NO_BITS = np.empty(0, np.uint8)


@lru_cache
def _codec(name):
    return pa.Codec(name) if name else None


def open_chunk(source, facts, column, kind):
    """Return a `Chunk`, or None where only a general reader can tell what its values are.

    Parameters
    ----------
    source : pyarrow.NativeFile
        Of the whole file.
    facts : pyarrow.parquet.ColumnChunkMetaData
    column : pyarrow.parquet.ColumnSchema
    kind : pyarrow.DataType
        What a general reader makes of it, but for dictionaries.
    """
    stored, kinds = STORED.get(facts.physical_type, (None, ()))
    if facts.physical_type == "BYTE_ARRAY" and pa.types.is_string(kind):
        stored, kinds = None, {str(kind)}
    flat = column.max_repetition_level == 0 and column.max_definition_level <= 1
    if not flat or str(kind) not in kinds or facts.compression not in CODECS:
        return None
    chunk = Chunk(source, facts, column.max_definition_level == 1, stored, kind)
    return chunk if chunk.is_plain() else None


class Chunks:
    """A column's chunks in neighbouring row groups, one after the other.

    Parameters
    ----------
    chunks : list of Chunk
    """

    def __init__(self, chunks):
        self._chunks = chunks
        self.stored = chunks[0].stored

    def pieces(self):
        """Yield the numbers as a `Piece` a page."""
        first = 0
        for chunk in self._chunks:
            yield from chunk.pieces(first)
            first += chunk.rows

    def array(self):
        """Return the column as an Arrow array; texts as a dictionary."""
        arrays = [chunk.array() for chunk in self._chunks]
        if len(arrays) == 1:
            return arrays[0]
        return pa.chunked_array(arrays).unify_dictionaries().combine_chunks()

    def filter(self, mask):
        """Return some of the rows, as an Arrow array."""
        return self.array().filter(mask)


class Chunk:
    """One column chunk, decoded as often as it is asked for.

    Parameters
    ----------
    source, facts : pyarrow.NativeFile, pyarrow.parquet.ColumnChunkMetaData
    optional : bool
        Whether values may be missing.
    stored : numpy.dtype or None
        Of numbers; None for texts, whose dictionary is stored.
    kind : pyarrow.DataType

    Raises
    ------
    UnreadableError
        Wherever pages are read that are not what their headers say.
    """

    def __init__(self, source, facts, optional, stored, kind):
        self.optional, self.stored, self.kind, self.rows = optional, stored, kind, facts.num_values
        places = [facts.data_page_offset, *([facts.dictionary_page_offset] if facts.has_dictionary_page else [])]
        source.seek(min(places))
        self._data = np.frombuffer(source.read_buffer(facts.total_compressed_size), np.uint8)
        self._codec = _codec(CODECS[facts.compression])
        self._pages = read_headers(self._data, self.rows)

    def is_plain(self):
        """Say whether all pages are of kinds that are decoded here."""
        pages = self._pages.tolist()
        if not pages:
            return False
        allowed = (PLAIN,)
        if not self.stored:
            first, *pages = pages
            allowed = (PLAIN_DICTIONARY, RLE_DICTIONARY)
            if first[KIND] != DICTIONARY or first[ENCODING] not in (PLAIN, PLAIN_DICTIONARY) \
                    or first[VALUES] > MOST_TEXTS:
                return False
        return sum(page[VALUES] for page in pages) == self.rows and all(
            page[KIND] == DATA and page[ENCODING] in allowed and page[LEVELS] == RLE for page in pages)

    def _data_pages(self):
        return self._pages if self.stored else self._pages[1:]

    def pieces(self, first=0):
        """Yield the numbers as a `Piece` a page, given the number of their first row."""
        for page in self._data_pages():
            rows = int(page[VALUES])
            bits = np.zeros(rows // 8 + 2, np.uint8) if self.optional else NO_BITS
            there, dense = self._read_page(page, bits, 0)
            yield Piece(dense.astype(np.float64, copy=False), bits if there < rows else NO_BITS, 0, first, rows, True)
            first += rows

    def array(self):
        """Return the column as an Arrow array; texts as a dictionary."""
        bits = np.zeros(self.rows // 8 + 2, np.uint8) if self.optional else NO_BITS
        values, first, held = np.empty(self.rows, self.stored or np.int32), 0, 0
        dictionary = None if self.stored else self._read_dictionary(self._pages[0])
        for page in self._data_pages():
            rows = int(page[VALUES])
            there, dense = self._read_page(page, bits, first)
            if there == rows:
                values[first:first + rows] = dense
            else:
                loops.spread(dense, bits, first, values[first:first + rows])
            first, held = first + rows, held + there
        buffers = [pa.py_buffer(bits) if held < self.rows else None, pa.py_buffer(values)]
        stored = self.kind if self.stored else pa.int32()
        array = pa.Array.from_buffers(stored, self.rows, buffers, self.rows - held)
        return array if self.stored else pa.DictionaryArray.from_arrays(array, dictionary, safe=False)

    def _body(self, page):
        body = self._data[page[BODY]:page[BODY] + page[PACKED]]
        if self._codec is None:
            return body
        try:
            return np.frombuffer(self._codec.decompress(pa.py_buffer(body), int(page[SIZE])), np.uint8)
        except (pa.ArrowInvalid, OSError) as error:
            raise UnreadableError(f"a page of a data file can't be decompressed: {error}") from error

    def _read_dictionary(self, page):
        body, many = self._body(page), int(page[VALUES])
        self._check(len(body) >= 4 * many)
        offsets, texts = loops.read_texts(body, many)
        self._check(len(offsets) == many + 1)
        return pa.Array.from_buffers(self.kind, many, [None, pa.py_buffer(offsets), pa.py_buffer(texts)])

    def _read_page(self, page, bits, first):
        """Return how many values of a page are there, and those; set their bits from `first` on."""
        body, rows = self._body(page), int(page[VALUES])
        there = rows
        if self.optional:
            size = int.from_bytes(body[:4].tobytes(), "little")
            self._check(len(body) >= 4 + size)
            there = loops.read_validity(body[4:4 + size], rows, first, bits)
            self._check(there >= 0)
            body = body[4 + size:]
        if self.stored:
            self._check(len(body) >= there * self.stored.itemsize)
            return there, np.frombuffer(body, self.stored, there)
        return there, self._read_places(body, there)

    def _read_places(self, body, there):
        places = np.zeros(there, np.int32)
        if there:
            width = int(body[0]) if len(body) else WIDEST + 1
            self._check(width <= WIDEST and loops.read_places(body[1:], width, places)
                        and places.max() < self._pages[0, VALUES])
        return places

    def _check(self, holds):
        if not holds:
            raise UnreadableError("a page of a data file is not what its header says")
