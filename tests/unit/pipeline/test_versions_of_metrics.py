"""How many rows, and labelled ones, had each version in each window, by the metrics that were published of it?"""

import pyarrow as pa

from spark_monitor.pipeline.versions import _of_table
from spark_monitor.tables.results import METRICS
from spark_monitor.windows import to_datetime

DAY = 86_400_000_000


def metrics(*rows):
    names = ("model_version", "metric", "value", "sample_size", "labelled_rows", "status", "segment", "grain")
    return METRICS.rows([{"model": "m", "window_start": to_datetime(DAY), **dict(zip(names, row))} for row in rows])


def test_rows_are_those_counted_and_labels_count_once_their_outcomes_have_come():
    found = metrics(
        ("1", "row_count", 9.0, 9, None, "ok", None, "day"), ("1", "accuracy", 0.5, 7, 7, "ok", None, "day"),
        ("2", "row_count", 4.0, 4, None, "ok", None, "day"), ("2", "accuracy", 0.5, 2, 2, "immature", None, "day"),
        ("*", "row_count", 13.0, 13, None, "ok", None, "day"), ("1", "row_count", 99.0, 99, None, "ok", None, "week"),
        ("1", "row_count", 3.0, 3, None, "ok", "region", "day"))
    assert sorted(_of_table(found, "day")) == [("1", DAY, 9, 7), ("2", DAY, 4, -1)]


def test_without_a_row_count_the_largest_sample_stands_for_it():
    found = metrics(("1", "missing_rate", 0.1, 8, None, "ok", None, "day"), ("1", "psi", None, None, None, "failed", None,
                                                                             "day"))
    assert _of_table(found, "day") == [("1", DAY, 8, 0)]
    assert _of_table(pa.Table.from_pylist([], METRICS.schema), "day") == []
