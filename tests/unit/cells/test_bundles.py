"""Cells that travel in bundles arrive as they left, all of a feature together."""

from collections import Counter

import pyarrow as pa

from spark_monitor.cells import bundles
from spark_monitor.cells.bundles import bundling, unbundling

SCHEMA = pa.schema([("family", pa.string()), ("feature", pa.string()), ("counts", pa.list_(pa.int64()))])
ORDER = ("family", "feature")


def batch(*features):
    """Return rows of features, with a list each."""
    rows = [{"family": "drift", "feature": name, "counts": [place] * (place % 3)} for place, name in enumerate(features)]
    return pa.RecordBatch.from_pylist(rows, SCHEMA)


def rows_of(batches):
    """Return how often each row comes."""
    return Counter(str(row) for one in batches for row in one.to_pylist())


def travelled(made, many):
    """Return what two tasks made, as the merging tasks see it: a batch list for each bundle."""
    parcels = [parcel for task in made for parcel in bundling(lambda batches: batches, many)(task)]
    together = pa.Table.from_batches(parcels).sort_by([("bundle", "ascending")])
    seen = []

    def merge(batches):
        seen.append(list(batches))
        yield from seen[-1]

    return list(unbundling(merge, SCHEMA, ORDER)(together.to_batches(max_chunksize=2))), seen


def test_every_row_arrives_once(monkeypatch):
    made = [[batch("a", "b", "b", "ü×"), batch("c")], [batch("b", "d", "a"), batch()]]
    for most in (1, 1 << 20):
        monkeypatch.setattr(bundles, "MOST_BYTES", most)
        monkeypatch.setattr(bundles, "HELD_BYTES", most)
        arrived, _ = travelled(made, 3)
        assert rows_of(arrived) == rows_of(one for task in made for one in task)


def test_all_rows_of_a_feature_come_together_and_in_order():
    made = [[batch("b", "a"), batch("c", "b")], [batch("a", "d", "b")]]
    _, seen = travelled(made, 2)
    places = [[row["feature"] for one in batches for row in one.to_pylist()] for batches in seen]
    assert sorted(sum(places, [])) == ["a", "a", "b", "b", "b", "c", "d"]
    for own in places:
        assert own == sorted(own)
    assert all(len({tuple(own) for own in places if name in own}) == 1 for name in "abcd")


def test_nothing_leaves_where_nothing_was_counted():
    assert list(bundling(lambda batches: batches, 4)([batch()])) == []


def test_counts_arrive_whatever_their_size_beside_larger_and_missing_ones(monkeypatch):
    monkeypatch.setattr(bundles, "MOST_BYTES", 1)
    counts = [[1, 255], None, [256], [], [2**40, 0], [-1], [7], [65_536]]
    rows = [{"family": "drift", "feature": "a", "counts": own} for own in counts]
    arrived, _ = travelled([[pa.RecordBatch.from_pylist(rows, SCHEMA)]], 1)
    assert rows_of(arrived) == rows_of([pa.RecordBatch.from_pylist(rows, SCHEMA)])
