"""Do rows come out of parcels as they went in, whole units together, in the order that merging wants?"""

import pyarrow as pa
import pytest

from spark_monitor.cells import parcels
from spark_monitor.cells.parcels import opening, packing

SCHEMA = pa.schema([("slice", pa.int64()), *[(name, pa.string()) for name in (
    "model_version", "segment", "segment_value", "family", "feature")], ("cell_rows", pa.list_(pa.int64()))])
ORDER = ("family", "feature", "segment", "segment_value", "model_version", "slice")


def rows_of(task):
    """Return rows of one task, days before places, as counting makes them."""
    rows = [{"slice": day, "model_version": "1", "segment": place and "city", "segment_value": place, "family": "p",
             "feature": "score", "cell_rows": [task, day] * (day + 1)} for day in range(3) for place in (None, "Rome", "Ulm")]
    return pa.RecordBatch.from_pylist(rows, SCHEMA)


@pytest.mark.parametrize("parcel_bytes, opened_bytes", [(1, 1), (1 << 19, 1), (1 << 19, 1 << 26)])
def test_rows_come_out_as_they_went_in(monkeypatch, parcel_bytes, opened_bytes):
    monkeypatch.setattr(parcels, "MOST_BYTES", parcel_bytes)
    monkeypatch.setattr(parcels, "OPENED_BYTES", opened_bytes)
    tasks = [rows_of(1), rows_of(2)]
    packed = pa.Table.from_batches([parcel for task in tasks for parcel in packing(iter)([task])])
    # Of three units and two tasks: a parcel each, or, where none may be large, one a row.
    assert packed.num_rows == (18 if parcel_bytes == 1 else 6)
    together = packed.sort_by([(name, "ascending") for name in ORDER[:4]]).combine_chunks()
    seen = list(opening(list, SCHEMA, ORDER)(together.to_batches(max_chunksize=2)))
    assert len(seen) == (3 if opened_bytes == 1 else 1)
    found = pa.Table.from_batches(seen).to_pylist()
    expected = [row for task in tasks for row in task.to_pylist()]
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert [row["slice"] for row in found if row["segment_value"] == "Rome"] == [0, 0, 1, 1, 2, 2]


def test_nothing_counted_is_no_parcel():
    assert list(packing(iter)([rows_of(1).slice(0, 0)])) == [] and list(opening(list, SCHEMA, ORDER)([])) == []
