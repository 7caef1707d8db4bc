"""Is every bad row and every lost column of a log a number somewhere, while the run completes?"""

import deltalake
import numpy as np
import pyarrow as pa
import pytest
from equality import read_table
from small_log import AS_OF, PER_WEEK, WEEK_US, configure, moment, week_rows, week_start, wish

from spark_monitor.windows import to_micros

ABSURD = [moment(1999, 12, 31, 23, 59), moment(1600, 1, 1), moment(2999, 7, 1), AS_OF + WEEK_US + 86_400_000_001]


def salted_week():
    """Return a seventh week: 7 rows without id, 5 without time, 4 at absurd times, and values of every bad kind."""
    rows = week_rows(6).to_pydict()
    rows["id"][:7] = [None] * 7
    rows["at"][7:12] = [None] * 5
    rows["at"][12:16] = pa.array(ABSURD).cast(pa.timestamp("us", "UTC")).to_pylist()
    rows["amount"][16:60] = [10.0] * 44
    rows["amount"][20:30] = [float("nan")] * 10
    rows["amount"][30:33] = [float("inf")] * 3
    rows["amount"][33:35] = [float("-inf")] * 2
    rows["amount"][35:39] = [None] * 4
    rows["amount"][39:45] = [-1.0, 201.0, 200.0, 0.0, 0.0, -0.0]
    rows["tick`ed"][16:40] = ["pigeon"] * 13 + ["secret"] * 2 + ["web"] * 9
    rows["id"][60:65] = rows["id"][65:66] * 5
    rows["version"][60:66] = ["1"] * 6
    rows["größe"] = [str(value) for value in rows["größe"]]
    rows["added"] = np.arange(PER_WEEK).tolist()
    del rows["flag"]
    schema = week_rows(6).schema
    return pa.table({name: pa.array(values, schema.field(name).type) if name in schema.names and name != "größe"
                     else pa.array(values) for name, values in rows.items()})


@pytest.fixture(scope="module")
def salted(monitor, tmp_path_factory):
    """Return what a run says of a log that was written anew, its last weeks only, with other columns."""
    folder = tmp_path_factory.mktemp("salted")
    log, results = folder / "log", folder / "results"
    deltalake.write_deltalake(str(log), week_rows(0))
    deltalake.write_deltalake(str(log), week_rows(1), mode="append")
    config = configure(log, results, PLAIN.replace("{features}", AUTOMATIC))
    monitor(config, wish(as_of=week_start(2)))
    deltalake.write_deltalake(str(log), salted_week(), mode="overwrite", schema_mode="overwrite")
    summary = monitor(config, wish(as_of=AS_OF + WEEK_US))
    return summary, metrics_of(results, week_start(6)), results, log


PLAIN = """
model: small
predictions: {{table: {log}, id: id, time: at, version: version, prediction: decision, score: score,
               features: {features}}}
windows: {{grain: week}}
references: [{{name: before, start: 2024-01-01, end: 2024-01-15}}]
segments: [region]
results: {results}
bins: {{count: 10, coarse: 5}}
"""
AUTOMATIC = "{{exclude: [region, when], amount: {{range: [0, 200]}}}}"
LISTED = "[amount, 'a.b c', 'tick`ed', größe, flag, tier, added]"


def metrics_of(results, start):
    """Return the overall metrics of one week of all versions, by feature and metric."""
    rows = [row for row in read_table(results, "metrics").to_pylist() if to_micros(row["window_start"]) == start
            and row["model_version"] == "*" and row["segment"] is None]
    return {(row["feature"], row["metric"]): row for row in rows}


def values(metrics, feature, *names):
    """Return the values of some metrics of a feature."""
    return [metrics[feature, name]["value"] for name in names]


def test_rows_in_are_rows_counted_and_rows_quarantined(salted):
    run = salted[0].run
    assert (run["quarantined_no_id"], run["quarantined_no_time"], run["quarantined_absurd_time"]) == (7, 5, 4)
    assert run["rows_counted"] == PER_WEEK - 16
    assert run["rows_in"] == run["rows_counted"] + run["rows_quarantined"] == PER_WEEK


def test_rows_without_id_are_quarantined_in_their_window(salted):
    # 5 + 4 rows have no window to be counted in; they stand in the run record.
    assert values(salted[1], None, "row_count", "quarantined_rate") == [PER_WEEK - 16, 7 / (PER_WEEK - 9)]


def test_bad_numbers_each_have_a_rate(salted):
    rows = PER_WEEK - 16
    nulls = week_rows(6)["amount"].to_pylist()[60:].count(None) + 4
    found = values(salted[1], "amount", "nan_rate", "infinite_rate", "missing_rate", "zero_rate", "out_of_range_rate")
    assert found == pytest.approx([10 / rows, 5 / rows, nulls / rows, 3 / rows, 2 / rows], rel=1e-12)
    assert values(salted[1], "amount", "min") == [-1.0]


def test_unseen_categories_are_counted_and_rare_ones_not_named(salted):
    assert values(salted[1], "tick`ed", "unseen_rate") == [15 / (PER_WEEK - 16)]
    cells = [row for row in read_table(salted[2], "feature_cells").to_pylist()
             if row["feature"] == "tick`ed" and row["segment"] is None and to_micros(row["slice"]) >= week_start(6)]
    assert sum(row["unseen"] for row in cells) == 15
    assert {name for row in cells for name in row["unseen_names"]} <= {"pigeon", None}


def test_columns_gone_new_and_of_another_type_are_counted(salted):
    assert values(salted[1], None, "column_missing", "column_new", "type_changed") == [1, 1, 1]
    run = salted[0].run
    assert (run["columns_missing"], run["columns_new"], run["columns_changed"]) == (["flag"], ["added"], ["größe"])


def test_a_lost_column_fails_its_own_feature_only(salted):
    metrics = salted[1]
    failed = {feature: {row["reason"] for (name, _), row in metrics.items()
                        if name == feature and row["status"] == "failed"}
              for feature in ("flag", "größe", "amount", "a.b c")}
    assert failed == {"flag": {"column_missing"}, "größe": {"type_changed"}, "amount": set(), "a.b c": set()}
    assert all(row["value"] is None for (name, _), row in metrics.items() if name in ("flag", "größe"))
    assert metrics["a.b c", "psi"]["status"] == "ok"


def test_copies_of_an_id_are_counted(salted):
    assert values(salted[1], None, "duplicate_rate") == [pytest.approx(5 / (PER_WEEK - 16), rel=1e-12)]


def test_days_whose_rows_were_overwritten_keep_their_numbers(salted):
    assert values(metrics_of(salted[2], week_start(0)), None, "row_count") == [PER_WEEK]
    assert any("have no rows in the log any more" in note for note in salted[0].run["notes"])


def test_a_feature_that_is_listed_after_its_reference_lost_its_rows_has_no_reference(monitor, salted):
    results, log = salted[2:]
    monitor(configure(log, results, PLAIN.replace("{features}", LISTED)), wish(as_of=AS_OF + WEEK_US))
    added = [row for row in read_table(results, "bins").to_pylist() if row["feature"] == "added"]
    assert [(row["family"], row["reason"]) for row in added] == [("left_out", "no_reference")]
