"""Do numbers with a benchmark stand once more beside it, and all others once?"""

import pandas as pd
import pyarrow as pa
import pytest
from labelled_log import counted, drawn, evaluated, only, pick, window

from spark_monitor.results.benchmark import beside_benchmark
from spark_monitor.tables.results import KEY, METRICS


@pytest.fixture(scope="module")
def found():
    rows, before = drawn(600, [0, 1], 1), drawn(600, [-5], 2)
    return evaluated(counted(rows), counted(before, "training"), {"day": (window(0), window(1))},
                     only(None, "precision", "recall", "roc_auc", "maturity"))


def held(found, benchmark):
    """Return rows that were published, one batch a metric and family, as they are with a benchmark."""
    batches = [pa.RecordBatch.from_pandas(part, METRICS.schema, preserve_index=False)
               for _, part in found.groupby(["family", "metric"], sort=False)]
    return pa.Table.from_batches(list(beside_benchmark(batches, benchmark))).to_pandas()


def same(left, right):
    pd.testing.assert_frame_equal(left.reset_index(drop=True), right.reset_index(drop=True), check_dtype=False)


def test_a_number_is_told_beside_what_it_is_held_to(found):
    told = held(found, {"recall": 0.8})
    compared = told[told["reference"] == "benchmark"]
    assert set(compared["reference_value"]) == {0.8} and compared["reference_size"].isna().all()
    plain = found[(found["metric"] == "recall") & (found["family"] == "performance")]
    left_out = ["reference", "reference_value", "reference_size", "definition_hash"]
    same(compared.drop(columns=left_out), plain.drop(columns=left_out))


def test_rows_that_compare_nothing_stay_as_they_are(found):
    told = held(found, {"recall": 0.8, "roc_auc": 0.7})
    same(told[told["reference"].isna()], found)
    assert not told.duplicated(list(KEY)).any()
    same(held(found, {}), found)


def test_another_benchmark_begins_another_series(found):
    hashes = [set(pick(held(found, {"recall": number}), metric="recall", reference="benchmark")["definition_hash"])
              for number in (0.8, 0.8, 0.9)]
    assert hashes[0] == hashes[1] and not hashes[0] & hashes[2]


def test_estimates_of_the_same_name_are_not_held_to_it():
    batch = pa.RecordBatch.from_pylist([{"model": "m", "family": "estimated", "metric": "recall"}], METRICS.schema)
    assert [part.num_rows for part in beside_benchmark([batch], {"recall": 0.8})] == [1]
