"""Is each kind of reference, several at once, compared with the rows that it names?"""

import deltalake
import numpy as np
import pyarrow as pa
import pytest
from equality import read_table
from scipy.spatial.distance import jensenshannon
from small_log import PER_WEEK, configure, week_rows, week_start, wish

from spark_monitor.windows import to_micros

SEVERAL = """
model: small
predictions: {{table: {log}, id: id, time: at, version: version, prediction: decision, score: score,
               features: ["tick`ed", amount, flag]}}
windows: {{grain: week}}
references:
  - {{name: training, table: {log}_training}}
  - {{name: second, start: 2024-01-08, end: 2024-01-15}}
  - {{name: recent, rolling: 2}}
  - {{name: champion, model_version: "1"}}
  - {{name: old champion, model_version: "1", start: 2024-01-01, end: 2024-01-08}}
  - {{name: like with like, start: 2024-01-01, end: 2024-01-08, match: version}}
metrics: {{overall: [row_count, volume_ratio, js_distance, mean]}}
results: {results}
"""
ROLLING_FIRST = """
model: small
predictions: {{table: {log}, id: id, time: at, score: score, features: [amount]}}
windows: {{grain: week}}
references: [{{rolling: 2}}]
metrics: {{overall: [row_count, volume_ratio, psi]}}
results: {results}
"""


@pytest.fixture(scope="module")
def compared(monitor, six_weeks, tmp_path_factory):
    """Return the metrics of the fourth week beside six references at once."""
    results = tmp_path_factory.mktemp("several") / "results"
    training = week_rows(7).drop(["id", "at", "version", "score"])
    deltalake.write_deltalake(f"{six_weeks}_training", training, mode="overwrite")
    monitor(configure(six_weeks, results, SEVERAL), wish(week_start(3), week_start(4)))
    return {(row["feature"], row["metric"], row["reference"], row["model_version"]): row
            for row in read_table(results, "metrics").to_pylist() if row["segment"] is None}


def js_distance(rows, others):
    """Return SciPy's Jensen-Shannon distance of the channel, null being a category of its own."""
    ours, theirs = (column["tick`ed"].to_pylist() for column in (rows, others))
    names = sorted({*ours, *theirs}, key=str)
    return jensenshannon(*([column.count(name) for name in names] for column in (ours, theirs)), base=2)


def of_version(rows, version):
    return rows.filter(np.array(rows["version"].to_pylist()) == version)


@pytest.mark.parametrize(("reference", "weeks", "version"), [
    ("training", [7], None), ("second", [1], None), ("recent", [1, 2], None), ("champion", [3], "1"),
    ("old champion", [0], "1"), ("like with like", [0], None)])
def test_a_window_is_compared_with_the_rows_that_the_reference_names(compared, reference, weeks, version):
    theirs = pa.concat_tables([week_rows(number) for number in weeks])
    theirs = theirs if version is None else of_version(theirs, version)
    row = compared["tick`ed", "js_distance", reference, "*"]
    assert (row["sample_size"], row["reference_size"]) == (PER_WEEK, theirs.num_rows)
    assert row["value"] == pytest.approx(js_distance(week_rows(3), theirs), rel=1e-9)


def test_a_version_is_compared_with_all_versions_of_a_reference_unless_it_must_match(compared):
    ours, theirs = of_version(week_rows(3), "2"), week_rows(0)
    assert compared["tick`ed", "js_distance", "second", "2"]["value"] == pytest.approx(
        js_distance(ours, week_rows(1)), rel=1e-9)
    assert compared["tick`ed", "js_distance", "like with like", "2"]["value"] == pytest.approx(
        js_distance(ours, of_version(theirs, "2")), rel=1e-9)


def test_a_table_without_time_has_no_volume_to_compare_with(compared):
    row = compared[None, "volume_ratio", "training", "*"]
    assert (row["value"], row["status"]) == (None, "undefined") and row["reason"]
    assert compared[None, "volume_ratio", "recent", "*"]["value"] == pytest.approx(1.0, rel=1e-12)


def test_a_column_that_the_first_reference_lacks_has_its_bins_from_the_next_one_that_has_it(compared):
    row = compared["score", "js_distance", "training", "*"]
    assert (row["value"], row["status"], row["reason"]) == (None, "undefined", "no_reference_rows")
    assert compared["score", "js_distance", "second", "*"]["status"] == "ok"


def test_metrics_that_compare_nothing_state_the_first_reference_number(compared):
    row = compared["amount", "mean", None, "*"]
    amounts = [value for value in week_rows(7)["amount"].to_pylist() if value is not None]
    assert row["reference_value"] == pytest.approx(np.mean(amounts), rel=1e-12)


def test_a_rolling_first_reference_freezes_on_its_first_windows_and_is_undefined_before_them(
        monitor, six_weeks, tmp_path):
    monitor(configure(six_weeks, tmp_path / "results", ROLLING_FIRST))
    found = {to_micros(row["window_start"]): (row["status"], row["reason"], row["reference_size"])
             for row in read_table(tmp_path / "results", "metrics").to_pylist()
             if row["metric"] == "psi" and row["feature"] == "amount"}
    assert [found[week_start(number)][:2] for number in (0, 1)] == [("undefined", "reference_incomplete")] * 2
    assert [found[week_start(number)] for number in (2, 5)] == [("ok", None, 2 * PER_WEEK)] * 2
    sampled = {row["sample_rows"] for row in read_table(tmp_path / "results", "bins").to_pylist()
               if (row["family"], row["feature"]) == ("prediction", "score")}
    assert sampled == {2 * PER_WEEK}
