"""Are the published numbers those that pandas and SciPy work out from the raw rows?"""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp

from spark_monitor.tables.results import KEY, METRICS


def rows_of(frame, first, days, version=None, **equal):
    mine = frame[~frame["q"] & frame["day"].between(first, first + days - 1)]
    mine = mine if version is None else mine[mine["v"] == version]
    for name, value in equal.items():
        mine = mine[mine[name] == value]
    return mine


@pytest.fixture(params=[("day", 2, 1), ("day", 13, 1), ("week", 0, 7), ("week", 7, 7)], ids=str, scope="module")
def span(request):
    return request.param


@pytest.mark.parametrize("version", [None, "1", "2"])
def test_summaries_are_those_of_the_raw_rows(tiny, span, version):
    grain, first, days = span
    x = rows_of(tiny.log, first, days, version)["x"]
    expected = {"mean": x.mean(), "std": x.std(ddof=1), "min": x.min(), "max": x.max(), "missing_rate": x.isna().mean(),
                "out_of_range_rate": (x.abs() > 3).mean()}
    for metric, value in expected.items():
        row = tiny.one(tiny.published, grain=grain, day=first, feature="x", metric=metric, model_version=version or "*")
        assert row["value"] == pytest.approx(value, rel=1e-12) and row["status"] == "ok", metric
        assert row["effective_size"] == len(x)


@pytest.mark.parametrize("cut", [{}, {"city": "A"}, {"city": "B"}])
def test_segments_are_those_rows_alone(tiny, span, cut):
    grain, first, days = span
    mine = rows_of(tiny.log, first, days, **cut)
    where = {"segment": "city", "segment_value": cut["city"]} if cut else {}
    mean = tiny.one(tiny.published, grain=grain, day=first, feature="x", metric="mean", **where)
    rows = tiny.one(tiny.published, grain=grain, day=first, feature=None, metric="row_count", **where)
    assert (mean["value"], rows["value"]) == (pytest.approx(mine["x"].mean(), rel=1e-12), len(mine))
    before = tiny.before[~tiny.before["q"]]
    before = before[before["city"] == cut["city"]] if cut else before
    assert mean["reference_value"] == pytest.approx(before["x"].mean(), rel=1e-12)
    assert (rows["reference_value"], rows["reference_size"]) == (len(before), len(before))


def test_what_the_reference_did_not_freeze_is_other(tiny, span):
    grain, first, days = span
    row = tiny.one(tiny.published, grain=grain, day=first, metric="row_count", segment="city", segment_value="(other)")
    assert row["value"] == len(rows_of(tiny.log, first, days, city="C"))
    crossing = tiny.one(tiny.published, grain=grain, day=first, metric="row_count", segment="city × said",
                        segment_value="A × yes")
    assert crossing["value"] == len(rows_of(tiny.log, first, days, city="A", said="yes"))


@pytest.mark.parametrize("version", [None, "2"])
def test_distances_are_those_of_the_raw_rows(tiny, span, version):
    grain, first, days = span
    now, before = rows_of(tiny.log, first, days, version), tiny.before[~tiny.before["q"]]
    where = {"grain": grain, "day": first, "model_version": version or "*", "reference": "training"}

    def shares(frame):
        return frame["city"].value_counts(normalize=True).reindex(["A", "B", "C"], fill_value=0).to_numpy()

    row = tiny.one(tiny.published, feature="city", metric="js_distance", **where)
    assert row["value"] == pytest.approx(jensenshannon(shares(now), shares(before), base=2), rel=1e-9)
    assert (row["sample_size"], row["reference_size"]) == (len(now), len(before))
    ks = tiny.one(tiny.published, feature="x", metric="ks", **where)
    true = ks_2samp(now["x"].dropna(), before["x"].dropna()).statistic
    assert abs(ks["value"] - true) <= ks["error_bound"] + 1e-12
    shift = tiny.one(tiny.published, feature="x", metric="mean_shift", **where)
    assert shift["value"] == pytest.approx((now["x"].mean() - before["x"].mean()) / before["x"].std(ddof=0), rel=1e-9)


def test_psi_is_a_hand_count_of_coarse_bins_and_missing(tiny):
    def shares(frame):
        bins = pd.cut(frame["x"], [-np.inf, -0.5, 0.5, np.inf]).cat.codes.replace(-1, 3)
        return bins.value_counts(normalize=True).reindex(range(4)).to_numpy()

    now, before = shares(rows_of(tiny.log, 7, 7)), shares(tiny.before[~tiny.before["q"]])
    row = tiny.one(tiny.published, grain="week", day=7, feature="x", metric="psi", reference="training")
    assert row["value"] == pytest.approx(((now - before) * np.log(now / before)).sum(), rel=1e-9)


def test_shares_of_classes_are_those_of_the_raw_rows(tiny, span):
    grain, first, days = span
    said = rows_of(tiny.log, first, days)["said"]
    for name in ("yes", "no"):
        row = tiny.one(tiny.published, grain=grain, day=first, feature="prediction", metric=f"share:{name}")
        assert row["value"] == pytest.approx((said == name).mean(), rel=1e-12) and row["family"] == "prediction"
        assert row["reference_value"] == pytest.approx((tiny.before[~tiny.before["q"]]["said"] == name).mean(),
                                                       rel=1e-12)


def test_volume_is_rows_a_day_over_rows_a_day(tiny, span):
    grain, first, days = span
    where = {"grain": grain, "day": first, "metric": "volume_ratio"}
    before = len(tiny.before[~tiny.before["q"]])
    row = tiny.one(tiny.published, reference="launch", **where)
    assert row["value"] == pytest.approx(len(rows_of(tiny.log, first, days)) / days / (before / 5), rel=1e-12)
    timeless = tiny.one(tiny.published, reference="training", **where)
    assert pd.isna(timeless["value"]) and timeless["status"] == "undefined"


def test_freshness_and_quarantine_are_those_of_the_raw_rows(tiny, span):
    grain, first, days = span
    mine = tiny.log[tiny.log["day"].between(first, first + days - 1)]
    newest, end = mine[~mine["q"]]["t"].max(), tiny.first + (first + days) * tiny.day
    fresh = tiny.one(tiny.published, grain=grain, day=first, metric="freshness_hours")
    assert fresh["value"] == pytest.approx((end - newest) / 3.6e9, rel=1e-12)
    quarantined = tiny.one(tiny.published, grain=grain, day=first, metric="quarantined_rate")
    assert quarantined["value"] == pytest.approx(mine["q"].mean(), rel=1e-12)


def test_keys_are_unique_and_every_column_is_there(tiny):
    assert not tiny.published.duplicated(list(KEY)).any()
    assert list(tiny.published.columns) == METRICS.names
    assert set(tiny.published["status"]) <= {"ok", "too_few_rows", "undefined"}
    valued = tiny.published["value"].notna()
    assert (valued == (tiny.published["status"] == "ok")).all()
    assert (tiny.published["reason"].notna() | valued).all()


def test_windows_evaluated_alone_or_together_are_the_same(tiny):
    alone = tiny.publish(tiny.cells, {"training": tiny.stored, "launch": tiny.stored}, (tiny.training, tiny.launch),
                         {"day": (tiny.window(2, 1),), "week": ()})
    together = tiny.published[(tiny.published["grain"] == "day")
                              & (tiny.published["window_start"] == alone["window_start"].iloc[0])]
    order = [name for name in KEY if name != "model"]
    pd.testing.assert_frame_equal(alone.sort_values(order, ignore_index=True),
                                  together.sort_values(order, ignore_index=True), check_dtype=False)
