"""Pages decoded by loops of our own are what PyArrow makes of them; what those loops don't know is left to PyArrow."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spark_monitor.cells.pages import Chunks, open_chunk
from spark_monitor.cells.unreadable import UnreadableError

ROWS = 5_003
KINDS = (pa.float64(), pa.float32(), pa.int32(), pa.int64(), pa.date32(), pa.timestamp("us"), pa.timestamp("us", "UTC"),
         pa.string())
NULLS = ("none", "few", "most", "all", "in runs")


def drawn(kind, nulls, few_values=False):
    """Return an array of a kind: odd numbers and texts among others, some missing."""
    random = np.random.default_rng(KINDS.index(kind) * 10 + NULLS.index(nulls))
    missing = {"none": np.zeros(ROWS, bool), "few": random.random(ROWS) < 0.02, "most": random.random(ROWS) < 0.9,
               "all": np.ones(ROWS, bool), "in runs": np.arange(ROWS) // 301 % 2 == 1}[nulls]
    if pa.types.is_string(kind):
        texts = np.array(["", "a", "ü×", "(null)", *[f"name {place}" for place in range(200)]])
        return pa.array(texts[random.integers(0, len(texts), ROWS)], kind, mask=missing)
    numbers = random.integers(-(2**31), 2**31 - 1, ROWS) // (1 << 28 if few_values else 1)
    if pa.types.is_floating(kind):
        numbers = np.where(np.arange(ROWS) % 97 == 3, random.choice([np.nan, np.inf, -np.inf, -0.0], ROWS), numbers / 7)
        return pa.array(numbers.astype(kind.to_pandas_dtype()), kind, mask=missing)
    width = pa.int32() if kind.bit_width == 32 else pa.int64()
    return pa.array(numbers, width, mask=missing).cast(kind)


def chunks_of(path, column=0):
    """Return the column's chunks in all row groups, or None where one of them is left to PyArrow."""
    source = pa.memory_map(str(path))
    file = pq.ParquetFile(source)
    kind = file.schema_arrow.field(column).type
    opened = [open_chunk(source, file.metadata.row_group(group).column(column), file.schema.column(column), kind)
              for group in range(file.num_row_groups)]
    return None if None in opened else Chunks(opened)


def write(path, array, **how):
    """Write an array as the only column of a file of many pages."""
    options = {"row_group_size": 1_900, "data_page_size": 700, "use_dictionary": False, "compression": "snappy"} | how
    pq.write_table(pa.table({"x": array}), path, write_batch_size=64, **options)


def words_of(array):
    """Return days or microseconds as the numbers that they are."""
    return array.cast(pa.int32() if array.type.bit_width == 32 else pa.int64()) if pa.types.is_temporal(array.type) else array


def same(found, array):
    """Compare to the bit: NaN is itself, and -0.0 is not 0.0."""
    found = found.dictionary_decode() if pa.types.is_dictionary(found.type) else found
    assert found.type == array.type
    assert found.is_null().to_pylist() == array.is_null().to_pylist()
    if pa.types.is_temporal(array.type):
        found, array = (words_of(one) for one in (found, array))
    texts = [[repr(value) for value in one.drop_null().to_pylist()] for one in (found, array)]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("nulls", NULLS)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_column_is_what_pyarrow_makes_of_it(tmp_path, kind, nulls):
    array = drawn(kind, nulls)
    write(tmp_path / "x.parquet", array, use_dictionary=pa.types.is_string(kind))
    found = chunks_of(tmp_path / "x.parquet").array()
    found.validate(full=True)
    same(found, array)


@pytest.mark.parametrize("values", [1, 2, 3, 17, 128, 256])
def test_texts_of_any_number_of_bits_are_read(tmp_path, values):
    array = pa.array([f"text {place * 7 % values}" if place % 5 else None for place in range(ROWS)])
    write(tmp_path / "x.parquet", array, use_dictionary=True)
    same(chunks_of(tmp_path / "x.parquet").array(), array)


@pytest.mark.parametrize("compression", ["none", "snappy", "zstd", "gzip"])
def test_pages_are_decompressed(tmp_path, compression):
    array = drawn(pa.float64(), "few")
    write(tmp_path / "x.parquet", array, compression=compression)
    same(chunks_of(tmp_path / "x.parquet").array(), array)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != pa.string()], ids=str)
@pytest.mark.parametrize("nulls", NULLS)
def test_pieces_hold_the_numbers_that_are_there(tmp_path, kind, nulls):
    array = drawn(kind, nulls)
    write(tmp_path / "x.parquet", array)
    words, row = words_of(array), 0
    for piece in chunks_of(tmp_path / "x.parquet").pieces():
        part = words.slice(row, piece.rows)
        assert (piece.first, piece.dense) == (row, True)
        np.testing.assert_array_equal(piece.values, part.drop_null().to_numpy().astype(float))
        there = np.unpackbits(piece.bits, bitorder="little")[:piece.rows] if len(piece.bits) else np.ones(piece.rows)
        np.testing.assert_array_equal(there == 1, part.is_valid().to_numpy(zero_copy_only=False))
        row += piece.rows
    assert row == ROWS


@pytest.mark.parametrize("how", [
    {"column_encoding": "BYTE_STREAM_SPLIT"}, {"data_page_version": "2.0"}, {"compression": "lz4"},
    {"compression": "brotli"}], ids=str)
def test_other_encodings_are_left_to_pyarrow(tmp_path, how):
    write(tmp_path / "x.parquet", drawn(pa.float64(), "few"), **how)
    assert chunks_of(tmp_path / "x.parquet") is None


@pytest.mark.parametrize("array", [
    pa.array([True, None]), pa.array([[1.0], None]), pa.array([{"a": 1.0}]), pa.array([b"a"]),
    pa.array([1], pa.uint32()), pa.array([1], pa.int8()), pa.array([1], pa.timestamp("ms"))], ids=lambda a: str(a.type))
def test_other_types_are_left_to_pyarrow(tmp_path, array):
    pq.write_table(pa.table({"x": array}), tmp_path / "x.parquet")
    assert chunks_of(tmp_path / "x.parquet") is None


def test_a_text_that_is_not_from_a_small_dictionary_is_left_to_pyarrow(tmp_path):
    write(tmp_path / "x.parquet", drawn(pa.string(), "few"))
    assert chunks_of(tmp_path / "x.parquet") is None
    write(tmp_path / "x.parquet", pa.array([f"text {place}" for place in range(300)]), use_dictionary=True)
    assert chunks_of(tmp_path / "x.parquet") is None


def test_numbers_from_a_dictionary_are_left_to_pyarrow(tmp_path):
    write(tmp_path / "x.parquet", drawn(pa.float64(), "few", few_values=True), use_dictionary=True)
    assert chunks_of(tmp_path / "x.parquet") is None


@pytest.mark.parametrize("seed", range(20))
def test_a_page_whose_bytes_are_wrong_is_refused_or_read_and_never_read_beyond(tmp_path, seed):
    text = seed % 2 == 0
    write(tmp_path / "x.parquet", drawn(pa.string() if text else pa.int32(), "few"), use_dictionary=text, compression="none")
    whole = bytearray((tmp_path / "x.parquet").read_bytes())
    facts = pq.ParquetFile(tmp_path / "x.parquet").metadata.row_group(0).column(0)
    random, first = np.random.default_rng(seed), facts.dictionary_page_offset if text else facts.data_page_offset
    for place in random.integers(first, first + facts.total_compressed_size, 40):
        whole[place] = random.integers(0, 256)
    (tmp_path / "broken.parquet").write_bytes(whole)
    try:
        chunks = chunks_of(tmp_path / "broken.parquet")
        if chunks is not None:
            assert len(chunks.array()) == ROWS
    except UnreadableError as error:
        assert "not what its header says" in str(error)
