"""Which rows are published, compared with what, and what do they say where there is no number?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from spark_monitor.cells.bins import Bins
from spark_monitor.cells.block import CellBlock
from spark_monitor.metrics import METRICS
from spark_monitor.metrics.selection import DEFAULTS, selected
from spark_monitor.results.request import ReferenceRequest

ROLLING = ReferenceRequest("rolling", "rolling", "r3", rolling=3)
OF_VERSION = ReferenceRequest("champion", "same_window", "r4", version="1")


def days_before(tiny, day, count=3):
    return tiny.window(day, 1, tuple(d for d in range(day - count, day) if d >= 0))


def placed(frame, days, version=None):
    mine = frame[~frame["q"] & frame["day"].isin(list(days))]
    return mine if version is None else mine[mine["v"] == version]


def said(row):
    return row["status"], row["reason"]


def test_a_window_without_rows_has_its_rows_of_results(tiny):
    assert tiny.one(tiny.published, grain="day", day=4, metric="row_count")["value"] == 0
    for metric in ("mean", "missing_rate", "std"):
        row = tiny.one(tiny.published, grain="day", day=4, metric=metric, feature="x")
        assert said(row) == ("undefined", "no_rows") and pd.isna(row["value"]) and row["sample_size"] == 0
    drift = tiny.one(tiny.published, grain="day", day=4, metric="psi", feature="x", reference="training")
    assert said(drift) == ("undefined",
                           "no_rows") and drift["reference_size"] == len(placed(tiny.before, range(-20, 0)))
    assert said(tiny.one(tiny.published, grain="day", day=4, metric="freshness_hours")) == ("undefined", "no_rows")


def test_a_window_without_rows_speaks_of_frozen_values_but_of_no_single_version(tiny):
    empty = tiny.pick(tiny.published[tiny.published["grain"] == "day"], day=4, segment="city", metric="row_count")
    assert sorted(empty["segment_value"]) == ["A", "B"] and (empty["value"] == 0).all()
    of_day = tiny.published[(tiny.published["window_start"] == empty["window_start"].iloc[0])
                            & (tiny.published["grain"] == "day")]
    assert set(of_day["model_version"]) == {"*"}


def test_a_metric_that_compares_nothing_is_written_once(tiny):
    plain = tiny.published[tiny.published["metric"].isin(["mean", "row_count", "missing_rate", "share:yes"])]
    assert plain["reference"].isna().all() and plain["reference_id"].isna().all()
    drift = tiny.published[tiny.published["metric"] == "psi"]
    assert set(drift["reference"]) == {"training", "launch"} and drift["reference_id"].notna().all()
    assert (drift["reference"].value_counts() == len(drift) / 2).all()


@pytest.mark.parametrize("words", ["default", "none", ["psi", "mean"], ["summary"], ["prediction"]])
def test_segments_and_crossings_get_what_was_selected(tiny, words):
    selections = {scope: selected(words, scope) for scope in DEFAULTS}
    rows = tiny.publish(tiny.cells, {"training": tiny.stored}, selections=selections)
    for row in rows[["segment", "metric", "family", "feature"]].drop_duplicates().itertuples():
        scope = "overall" if row.segment is None else "crossings" if " × " in row.segment else "segments"
        assert selections[scope].wants(row.metric, "prediction" if row.feature == "prediction" else row.family)
    assert words != "none" or rows.empty


def test_a_rolling_reference_is_the_windows_just_before(tiny):
    windows = {"day": tuple(days_before(tiny, day) for day in range(14))}
    rows = tiny.publish(tiny.cells, {}, (ROLLING,), windows)
    for day in (3, 6, 13):
        before = placed(tiny.log, range(day - 3, day))
        row = tiny.one(rows, day=day, metric="mean", feature="x")
        assert row["reference_value"] == pytest.approx(before["x"].mean(), rel=1e-12)
        assert row["reference_size"] == len(before)
        ratio = tiny.one(rows, day=day, metric="volume_ratio", reference="rolling")
        assert ratio["value"] == pytest.approx(len(placed(tiny.log, [day])) / (len(before) / 3), rel=1e-12)


@pytest.mark.parametrize("day", [0, 1, 2])
def test_fewer_windows_than_a_rolling_reference_asks_for_are_incomplete(tiny, day):
    rows = tiny.publish(tiny.cells, {}, (ROLLING,), {"day": (days_before(tiny, day),)})
    drift = rows[rows["reference"] == "rolling"]
    assert set(drift["status"]) == {"undefined"} and set(drift["reason"]) == {"reference_incomplete"}
    assert tiny.one(rows, day=day, metric="mean", feature="x")["status"] == "ok"


def test_a_rolling_reference_may_be_of_the_same_version(tiny):
    rows = tiny.publish(tiny.cells, {}, (replace(ROLLING, by_version=True),), {"day": (days_before(tiny, 13),)})
    for version in (None, "1", "2"):
        row = tiny.one(rows, day=13, metric="mean", feature="x", model_version=version or "*")
        assert row["reference_size"] == len(placed(tiny.log, [10, 11, 12], version))
    plain = tiny.publish(tiny.cells, {}, (ROLLING,), {"day": (days_before(tiny, 13),)})
    sizes = tiny.pick(plain, day=13, metric="psi", feature="x").reference_size
    assert set(sizes) == {len(placed(tiny.log, [10, 11, 12]))}


def test_a_version_is_compared_with_another_in_the_same_window(tiny):
    rows = tiny.publish(tiny.cells, {}, (OF_VERSION,))
    for version in ("1", "2"):
        row = tiny.one(rows, grain="week", day=7, metric="mean_shift", feature="x", model_version=version)
        now, other = (placed(tiny.log, range(7, 14), v)["x"] for v in (version, "1"))
        assert row["value"] == pytest.approx((now.mean() - other.mean()) / other.std(ddof=0), rel=1e-9, abs=1e-12)
        assert row["reference_size"] == other.count()


def test_a_version_that_has_no_rows_is_no_reference(tiny):
    rows = tiny.publish(tiny.cells, {}, (replace(OF_VERSION, version="9"),))
    assert said(tiny.one(rows, grain="week", day=7, metric="psi", feature="x")) == ("undefined", "no_reference_rows")


def test_like_is_compared_with_like_where_versions_are_to_match(tiny):
    only_one = tiny.count(tiny.before[tiny.before["v"] == "1"], with_totals=True)
    rows = tiny.publish(tiny.cells, {"training": only_one}, (replace(tiny.training, by_version=True),))
    where = {"grain": "week", "day": 0, "metric": "psi", "feature": "x"}
    of_one, of_all = (tiny.one(rows, model_version=version, **where) for version in ("1", "*"))
    size = len(placed(tiny.before, range(-20, 0), "1"))
    assert of_one["reference_size"] == of_all["reference_size"] == size and of_one["status"] == "ok"
    assert said(tiny.one(rows, model_version="2", **where)) == ("undefined", "no_reference_rows")


def test_every_version_is_compared_with_the_whole_reference_otherwise(tiny):
    rows = tiny.pick(tiny.published[tiny.published["model_version"] == "2"], model_version="2", metric="psi",
                     feature="x",
                     reference="training")
    assert set(rows["reference_size"]) == {len(placed(tiny.before, range(-20, 0)))}


def test_a_column_that_is_gone_fails_its_feature_alone(tiny):
    rows = tiny.publish(tiny.count(tiny.log, failure="column_missing"), {"training": tiny.stored})
    gone, rest = rows[rows["feature"] == "x"], rows[rows["feature"] != "x"]
    counted = gone[(gone["sample_size"] == 0) & (gone["model_version"] != "*")]
    assert len(counted) and set(map(said, counted.to_dict("records"))) == {("failed", "column_missing")}
    assert gone["value"].isna().all() and "failed" not in set(rest["status"])
    assert said(tiny.one(rows, grain="day", day=4, feature="x", metric="mean")) == ("undefined", "no_rows")


def test_days_that_failed_are_left_out_of_a_week_that_says_so(tiny):
    early, late = tiny.log[tiny.log["day"] < 3], tiny.log[tiny.log["day"] >= 3]
    cells = pa.concat_tables([tiny.count(early, failure="type_changed"), tiny.count(late)])
    rows = tiny.publish(cells, {"training": tiny.stored})
    week = tiny.one(rows, grain="week", day=0, feature="x", metric="mean")
    assert said(week) == ("ok", "type_changed_in_part")
    assert week["value"] == pytest.approx(placed(tiny.log, range(3, 7))["x"].mean(), rel=1e-12)
    assert said(tiny.one(rows, grain="day", day=1, feature="x", metric="mean")) == ("failed", "type_changed")
    assert tiny.one(rows, grain="week", day=7, feature="x", metric="mean")["reason"] is None


def test_cells_of_other_bins_are_never_merged_or_compared(tiny):
    other = replace(tiny.bins, edges=np.array([0.0]), coarse=np.arange(2))
    rows = tiny.publish(tiny.count(tiny.log, x_bins=other), {"training": tiny.stored})
    assert said(tiny.one(rows, grain="week", day=0, feature="x", metric="mean")) == ("failed", "bins_changed")
    rows = tiny.publish(tiny.cells, {"training": tiny.count(tiny.before, with_totals=True, x_bins=other)})
    drift = tiny.one(rows, grain="week", day=0, feature="x", metric="psi")
    assert said(drift) == ("undefined", "no_reference_rows")


def test_one_row_is_too_few_for_a_deviation(tiny):
    lonely = placed(tiny.log, [2]).dropna().head(1)
    rows = tiny.publish(tiny.count(lonely), {"training": tiny.stored}, windows={"day": (tiny.window(2, 1),)})
    row = tiny.one(rows, day=2, feature="x", metric="std")
    assert row["status"] == "too_few_rows" and row["reason"] and pd.isna(row["value"])


def test_a_category_that_was_null_throughout_the_reference_breaks_no_metric():
    block = CellBlock.empty(2, 0)
    block.mass[:, 0] = [5, 9]
    never = block.histograms(Bins("never", "categorical", coarse=np.arange(0)))
    for spec in METRICS.values():
        if "categorical" in getattr(spec, "applies_to", ()):
            sides = (never, never) if spec.family == "drift" else (never,)
            assert len(spec.compute(*sides).value) == 2, spec.name


def test_duplicates_are_copies_over_rows_of_their_own_grain(tiny):
    of_days = tiny.facts("(duplicates:day)", {(2, "1"): [8, 2], (2, "2"): [10, 0], (5, "1"): [3, 1]})
    of_weeks = tiny.facts("(duplicates:week)", {(0, "1"): [9, 5]})
    rows = tiny.publish(pa.concat_tables([tiny.cells, of_days, of_weeks]), {"training": tiny.stored})
    where = {"grain": "day", "day": 2, "metric": "duplicate_rate"}
    values = [tiny.one(rows, model_version=version, **where)["value"] for version in ("*", "1", "2")]
    assert values == [pytest.approx(2 / 20), pytest.approx(2 / 10), 0.0]
    assert tiny.one(rows, grain="week", day=0, metric="duplicate_rate")["value"] == pytest.approx(5 / 14)
    assert tiny.one(rows, grain="day", day=4, metric="duplicate_rate")["status"] == "undefined"


def test_duplicates_of_a_grain_that_is_no_longer_asked_for_are_left_alone(tiny):
    of_months = tiny.facts("(duplicates:month)", {2: [8, 2]})
    rows = tiny.publish(pa.concat_tables([tiny.cells, of_months]), {"training": tiny.stored})
    assert "duplicate_rate" not in set(rows["metric"]) and "row_count" in set(rows["metric"])


def test_columns_that_came_and_went_are_the_most_of_any_day(tiny):
    columns = tiny.facts("(columns)", {0: [0, 1, 0], 1: [2, 0, 1], 2: [0, 0, 0]})
    rows = tiny.publish(pa.concat_tables([tiny.cells, columns]), {"training": tiny.stored})
    found = {metric: [tiny.one(rows, grain=grain, day=day, metric=metric)["value"] for grain,
                      day in (("week", 0), ("day", 1))]
             for metric in ("column_missing", "column_new", "type_changed")}
    assert found == {"column_missing": [2, 2], "column_new": [1, 0], "type_changed": [1, 1]}
    assert set(rows[rows["metric"] == "column_missing"]["model_version"]) == {"*"}


def test_a_definition_has_a_hash_of_its_own(tiny):
    compared = tiny.published[tiny.published["segment"].isna()]
    hashes = compared.groupby("definition_hash")[["metric", "reference", "family", "bins_id"]].nunique(dropna=False)
    assert (hashes == 1).all(axis=None)
    of_each = compared.groupby(["metric", "reference", "family", "feature"], dropna=False)["definition_hash"].nunique()
    assert (of_each == 1).all()
