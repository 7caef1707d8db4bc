"""Do the views of score cells, over the tables as they are stored, say what is counted on the raw rows?"""

import json
from datetime import datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from spark_monitor.cells.bins import Bins
from spark_monitor.cells.class_feed import class_features
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.cells.kernel.scores import ScoreCounter, ScorePlan
from spark_monitor.cells.score_arrow import to_score_batch
from spark_monitor.tables.make_views import register
from spark_monitor.tables.results import METRICS, RUNS
from spark_monitor.tables.state import BINS, SCORE_CELLS
from spark_monitor.tables.store import Store

DAY = timedelta(days=1)
START = datetime(2024, 5, 6, tzinfo=timezone.utc)
DAY_US = 86_400_000_000
START_US = int(START.timestamp()) * 1_000_000
EDGES = np.arange(1, 20) / 20
SCORE = Bins("score", "numeric", family="performance", edges=EDGES, coarse=np.arange(20) // 5)
SAID = (frozenset("0"), frozenset("1"))


def log():
    draw = np.random.default_rng(4)
    rows = pd.DataFrame({"t": START_US + draw.integers(0, 9, 600) * DAY_US, "v": draw.choice(["1", "2"], 600),
                         "s": draw.random(600), "place": draw.choice(["a", "b"], 600)})
    rows["d"] = (rows["s"] > 0.5).astype(int)
    rows["y"] = np.where(draw.random(600) < 0.7, draw.random(600) < rows["s"], -1).astype(int)
    rows.loc[:9, "s"] = np.nan
    return rows


def cells_of(rows, feature, bins_id):
    segments = (SegmentPlan(None), SegmentPlan("place", ("place",), ("a", "b")))
    plan = ScorePlan(START_US + DAY_US * np.arange(10), segments, EDGES, SAID, versioned=True)
    counter = ScoreCounter(plan)
    [batch] = pa.table({
        "t": rows["t"], "q": np.zeros(len(rows), bool), "v": rows["v"], "place": rows["place"],
        "s": pa.array(rows["s"], pa.float64(), from_pandas=True), "d": rows["d"].astype(str),
        "y": pa.array(rows["y"].astype(str).where(rows["y"] >= 0, None), pa.string()),
        "known": pa.array(rows["t"])}).to_batches()
    counter.count(batch)
    return [{"model": "m", **row} for segment, keys, *totals in counter.groups()
            for row in to_score_batch(keys, segment.name, feature, bins_id, *totals, plan.cells).to_pylist()]


@pytest.fixture(scope="module")
def views(spark, tmp_path_factory):
    store, rows = Store(spark, str(tmp_path_factory.mktemp("results"))), log()
    names = class_features(("late",), (("1",),), [SCORE])
    store.append(SCORE_CELLS, store.frame(SCORE_CELLS, [
        *cells_of(rows, "score", SCORE.bins_id), *cells_of(rows, "score:late", names["score:late"]),
        *cells_of(rows, "score", "frozen anew since"),
        *[{**row, "reference": "training"} for row in cells_of(rows, "score", SCORE.bins_id)]]))
    stored = {"model": "m", "family": "performance", "kind": "numeric", "edges": EDGES.tolist(),
              "coarse": SCORE.coarse.tolist(), "bins_id": SCORE.bins_id}
    store.append(BINS, store.frame(BINS, [{**stored, "feature": name} for name in ("score", "score:late")]))
    week = {"model": "m", "model_version": "*", "grain": "week", "window_start": START, "window_end": START + 7 * DAY,
            "family": "performance", "bins_id": names["(classes)"]}
    store.append(METRICS, store.frame(METRICS, [
        {**week, "metric": "maturity", "value": 0.7, "status": "ok"},
        {**week, "metric": "roc_auc", "value": 0.6, "status": "immature"}]))
    costs = {"old": [[0, 5], [1, 0]], "new": [[0, 8], [1, -1]]}
    store.append(RUNS, store.frame(RUNS, [
        {"model": "m", "run_id": name, "started_at": START + place * DAY, "config": json.dumps({"costs": costs[name]})}
        for place, name in enumerate(costs)]))
    register(store)
    return rows[rows["t"] < START_US + 7 * DAY_US].dropna()


@pytest.mark.parametrize(("version", "place", "feature"), [
    ("*", None, "score"), ("2", None, "score"), ("*", "b", "score"), ("1", "a", "score:late")])
def test_the_sweep_is_counted_on_the_rows_of_the_published_window(spark, views, version, place, feature):
    mine = views[(views["v"] == version) | (version == "*")]
    mine = mine[(mine["place"] == place) | (place is None)]
    cut = "segment IS NULL" if place is None else f"segment_value = '{place}'"
    found = spark.table("threshold_sweep").where(
        f"{cut} AND model_version = '{version}' AND feature = '{feature}'").orderBy("threshold").collect()
    # Fives of equal bins meet at these edges.
    assert [row["threshold"] for row in found] == pytest.approx([0.25, 0.5, 0.75])
    for row in found:
        said, known = mine["s"] > row["threshold"], mine["y"] >= 0
        counts = [(said & (mine["y"] == 1)).sum(), (said & (mine["y"] == 0)).sum(), (~said & (mine["y"] == 1)).sum(),
                  (~said & (mine["y"] == 0)).sum()]
        shown = [row[f"{name}s"] for name in ("true_positive", "false_positive", "false_negative", "true_negative")]
        assert shown == counts
        assert (row["row_count"], row["labelled_rows"], row["maturity"]) == (len(mine), known.sum(), 0.7)
        assert row["selection_rate"] == pytest.approx(said.mean(), rel=1e-12)
        assert row["cost"] == pytest.approx((counts[1] + 8 * counts[2] - counts[0]) / known.sum(), rel=1e-12)
        assert (row["grain"], row["status"], row["reason"]) == ("week", "immature", "outcomes_to_come")


def test_reliability_groups_hold_the_labelled_rows_of_the_window(spark, views):
    found = spark.table("reliability").where(
        "segment IS NULL AND model_version = '*' AND feature = 'score'").orderBy("score_group").collect()
    known = views[views["y"] >= 0]
    assert [row["score_group"] for row in found] == list(range(1, 11))
    assert sum(row["labelled_rows"] for row in found) == len(known)
    for name, column in (("mean_score", "s"), ("outcome_rate", "y")):
        total = sum(row["labelled_rows"] * row[name] for row in found)
        assert total == pytest.approx(known[column].sum(), rel=1e-12)
    assert all(0 <= row["rate_low"] <= row["outcome_rate"] <= row["rate_high"] <= 1 for row in found)
    assert {row["status"] for row in found} == {"immature"}
