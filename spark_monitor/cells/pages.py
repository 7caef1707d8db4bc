"""A Parquet column chunk of the plainest kinds, decoded into the same Arrow array that PyArrow makes, in less time.

PyArrow decodes every encoding by general code; what logs hold most, flat columns of numbers and of texts from a
dictionary, takes a third of that. Anything else is left to PyArrow.
"""

import numpy as np
import pyarrow as pa

from spark_monitor.cells.kernel import page_loops as loops
from spark_monitor.cells.kernel.page_loops import BODY, ENCODING, KIND, LEVELS, PACKED, SIZE, VALUES

DATA, DICTIONARY = 0, 2
PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY = 0, 2, 3, 8
CODECS = {"UNCOMPRESSED": None, "SNAPPY": "snappy", "ZSTD": "zstd", "GZIP": "gzip"}
# Types of a table whose values lie in a file as they lie in memory: the physical type, and that of the words.
WORDS = {"DOUBLE": (np.uint64, {"double"}), "FLOAT": (np.uint32, {"float"}), "INT32": (np.uint32, {"int32", "date32[day]"}),
         "INT64": (np.uint64, {"int64", "timestamp[us]", "timestamp[us, tz=UTC]"})}
WIDEST = 24


class _Unknown(Exception):
    """Something that only a general reader understands."""


def read_chunk(source, facts, column, kind):
    """Return a column chunk as an Arrow array, texts as a dictionary; None where only a general reader can tell.

    Parameters
    ----------
    source : pyarrow.NativeFile
    facts : pyarrow.parquet.ColumnChunkMetaData
    column : pyarrow.parquet.ColumnSchema
    kind : pyarrow.DataType
        That PyArrow would read it as, but for dictionaries.
    """
    words, kinds = WORDS.get(facts.physical_type, (None, ()))
    text = facts.physical_type == "BYTE_ARRAY" and pa.types.is_string(kind)
    if not (text or str(kind) in kinds) or column.max_repetition_level or column.max_definition_level > 1 \
            or facts.compression not in CODECS:
        return None
    try:
        return _Chunk(source, facts, column.max_definition_level, words).array(kind)
    except _Unknown:
        return None


class _Chunk:
    """One column chunk while it is being decoded."""

    def __init__(self, source, facts, optional, words):
        self.rows, self.optional, self.words = facts.num_values, optional, words
        start = facts.data_page_offset if not facts.has_dictionary_page else facts.dictionary_page_offset
        source.seek(start)
        self.data = np.frombuffer(source.read_buffer(facts.total_compressed_size), np.uint8)
        self.codec = CODECS[facts.compression] and pa.Codec(CODECS[facts.compression])
        self.bits = np.zeros(self.rows // 8 + 2, np.uint8) if optional else None
        self.there = 0

    def array(self, kind):
        """Return the chunk as an array of a type."""
        pages = loops.read_headers(self.data, self.rows)
        kinds = pages[:, KIND]
        own = pages[kinds == DATA]
        if not len(pages) or np.any((kinds != DATA) & (kinds != DICTIONARY)) or own[:, VALUES].sum() != self.rows:
            raise _Unknown
        dictionary = None
        if kinds[0] == DICTIONARY:
            dictionary = self._dictionary(pages[0])
        elif self.words is None:
            raise _Unknown
        values = np.empty(self.rows, np.int32 if self.words is None else self.words)
        first = 0
        for page in own:
            self._read_page(page, first, values, dictionary)
            first += int(page[VALUES])
        return self._as_arrow(values, dictionary, kind)

    def _as_arrow(self, values, dictionary, kind):
        missing = self.rows - self.there
        buffers = [pa.py_buffer(self.bits) if missing else None, pa.py_buffer(values)]
        stored = pa.int32() if self.words is None else kind
        array = pa.Array.from_buffers(stored, self.rows, buffers, missing)
        if self.words is None:
            array = pa.DictionaryArray.from_arrays(array, dictionary.cast(kind), safe=False)
        return array

    def _body(self, page):
        body = self.data[page[BODY]:page[BODY] + page[PACKED]]
        if self.codec is None:
            return body
        return np.frombuffer(self.codec.decompress(pa.py_buffer(body), int(page[SIZE])), np.uint8)

    def _dictionary(self, page):
        if page[ENCODING] not in (PLAIN, PLAIN_DICTIONARY):
            raise _Unknown
        body, many = self._body(page), int(page[VALUES])
        if self.words is not None:
            return np.frombuffer(body, self.words, many)
        offsets, texts = loops.text_offsets(body, many)
        if not len(offsets):
            raise _Unknown
        return pa.Array.from_buffers(pa.string(), many, [None, pa.py_buffer(offsets), pa.py_buffer(texts)])

    def _read_page(self, page, first, values, dictionary):
        body, rows = self._body(page), int(page[VALUES])
        there, whole = rows, values[first:first + rows]
        if self.optional:
            if page[LEVELS] != RLE or len(body) < 4:
                raise _Unknown
            size = int(body[:4].view("<u4")[0])
            there = loops.read_validity(body[4:4 + size], rows, first, self.bits)
            if there < 0:
                raise _Unknown
            body = body[4 + size:]
        dense = whole if there == rows else np.empty(there, values.dtype)
        self._read_values(page[ENCODING], body, dense, dictionary)
        if there < rows:
            loops.spread(dense, self.bits, first, whole)
        self.there += there

    def _read_values(self, encoding, body, dense, dictionary):
        if encoding == PLAIN and self.words is not None:
            if len(body) < dense.nbytes:
                raise _Unknown
            dense.view(np.uint8)[:] = body[:dense.nbytes]
            return
        if encoding not in (PLAIN_DICTIONARY, RLE_DICTIONARY) or dictionary is None:
            raise _Unknown
        places = dense if self.words is None else np.empty(len(dense), np.int32)
        if len(dense):
            width = int(body[0]) if len(body) else WIDEST + 1
            if width > WIDEST or not loops.read_places(body[1:], width, places):
                raise _Unknown
        if len(dense) and not 0 <= places.max() < len(dictionary):
            raise _Unknown
        if places is not dense:
            np.take(dictionary, places, out=dense, mode="clip")
