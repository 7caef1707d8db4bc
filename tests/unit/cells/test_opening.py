"""A Parquet file is opened whatever its pages are like; what can't be read is told as such, and nothing else is."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spark_monitor.cells.opening import OpenFile
from spark_monitor.cells.unreadable import UnreadableError
from spark_monitor.logs.storage.place import Place

DISK = Place("file", "/", "file:///")
ROWS = pa.table({"number": np.arange(100.0), "whole": np.arange(100), "text": ["a", "b"] * 50})
ENCODINGS = {"number": "BYTE_STREAM_SPLIT", "whole": "DELTA_BINARY_PACKED", "text": "DELTA_BYTE_ARRAY"}


@pytest.mark.parametrize("how", [
    {}, {"use_dictionary": False}, {"use_dictionary": False, "column_encoding": ENCODINGS, "data_page_version": "2.0"},
    {"compression": "gzip", "data_page_size": 50}])
def test_columns_come_back_whatever_their_pages_are_like(tmp_path, how):
    pq.write_table(ROWS, tmp_path / "rows.parquet", row_group_size=33, **how)
    with OpenFile(str(tmp_path / "rows.parquet"), DISK, ["text", "not there"]) as file:
        groups = [file.read_row_groups([number], ["number", "whole", "text"]) for number in range(4)]
    # PyArrow reads no dictionaries of texts that are written as differences.
    is_coded = pa.types.is_dictionary(groups[0].schema.field("text").type)
    assert is_coded == ("column_encoding" not in how)
    assert [value for group in groups for value in group.column("number").to_pylist()] == list(range(100))
    assert [value for group in groups for value in group.column("whole").to_pylist()] == list(range(100))
    assert [value for group in groups for value in group.column("text").to_pylist()] == ["a", "b"] * 50


@pytest.mark.parametrize("body", [None, b"", b"PAR1 and no more"])
def test_a_file_that_is_gone_or_torn_is_unreadable(tmp_path, body):
    path = tmp_path / "rows.parquet"
    if body is not None:
        path.write_bytes(body)
    with pytest.raises(UnreadableError, match=f"{path} can't be read without Spark"):
        OpenFile(str(path), DISK, [])


def test_a_page_that_is_torn_is_unreadable(tmp_path):
    path = tmp_path / "rows.parquet"
    pq.write_table(ROWS, path)
    body = bytearray(path.read_bytes())
    body[4:300] = b"\xff" * 296
    path.write_bytes(body)
    with OpenFile(str(path), DISK, []) as file, pytest.raises(UnreadableError, match="can't be read without Spark"):
        file.read_row_groups([0], ["number"])


@pytest.mark.parametrize("marks", [{"org.apache.spark.version": "2.4.8"}, {"org.apache.spark.version": "3.0.1"},
                                   {"org.apache.spark.version": "4.2.0", "org.apache.spark.legacyINT96": ""}])
def test_a_file_whose_dates_may_be_of_another_calendar_is_unreadable(tmp_path, marks):
    pq.write_table(ROWS.replace_schema_metadata(marks), tmp_path / "rows.parquet")
    with pytest.raises(UnreadableError, match="Julian"):
        OpenFile(str(tmp_path / "rows.parquet"), DISK, [])


def test_an_error_of_whoever_reads_stays_what_it_is(tmp_path):
    pq.write_table(ROWS, tmp_path / "rows.parquet")
    with pytest.raises(OSError, match="of a reader"), OpenFile(str(tmp_path / "rows.parquet"), DISK, []):
        raise OSError("of a reader")
