"""Are the published numbers of a regression those of scikit-learn on the raw rows?"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sklearn import metrics as sk

from spark_monitor.cells.error_arrow import ERROR_SCHEMA, error_bins
from spark_monitor.cells.error_feed import _counting, _merging
from spark_monitor.cells.kernel.error_counter import ErrorPlan
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.cells.stream import UNIT
from spark_monitor.metrics import METRICS, metric_facts
from spark_monitor.metrics.performance.regression import REGRESSION_METRICS
from spark_monitor.metrics.selection import Selection
from spark_monitor.results.regression import evaluate_errors
from spark_monitor.results.request import EvaluationRequest, ReferenceRequest, ScoreRequest, WindowRequest
from spark_monitor.tables.results import METRICS as TABLE

DAY = 86_400_000_000
FIRST = 20_000 * DAY
PIVOT = 30.0
EVERYTHING = Selection(everything=True)
NAMED = Selection(names=frozenset({"mae", "r2", "within@5", "pinball@0.9"}))


def draw(rows, first, days, seed):
    random = np.random.default_rng(seed)
    outcome = random.gamma(2.0, 20.0, rows) + 1
    prediction = outcome + random.standard_t(5, rows) * 3 + 1
    time = FIRST + random.integers(first * DAY, (first + days) * DAY, rows)
    frame = pd.DataFrame({
        "t": time, "v": random.choice(["1", "2"], rows), "w": random.choice([0.5, 1.0, 2.0], rows),
        "d": prediction, "y": outcome, "known": time + random.integers(0, DAY, rows),
        "fold": random.integers(0, 32, rows), "low": prediction - 4, "high": prediction + random.uniform(3, 6, rows),
        "city": random.choice(["A", "B"], rows)})
    frame.loc[random.random(rows) < 0.1, ["y", "known"]] = None
    frame.loc[random.random(rows) < 0.05, "d"] = None
    frame["known"] = frame["known"].astype("Int64")
    return frame


def count(frame, reference, **roles):
    roles = {"versioned": True, "weighted": True, "folded": True, "bounded": True, **roles}
    segments = (SegmentPlan(None), SegmentPlan("city", ("city",), ("A", "B")))
    plan = ErrorPlan(FIRST + DAY * np.arange(-60, 61), segments, PIVOT, **roles)
    batch = pa.RecordBatch.from_pandas(frame, preserve_index=False)
    partial = pa.Table.from_batches(_counting(plan, error_bins(PIVOT).bins_id)([batch]), ERROR_SCHEMA)
    cells = pa.Table.from_batches(_merging(PIVOT)(in_order(partial).to_batches()), ERROR_SCHEMA)
    return cells.append_column("reference", pa.array([reference] * len(cells), pa.string()))


def in_order(table):
    order = [name for name in (*UNIT, "reference", "slice", "model_version") if name in table.column_names]
    return table.take(pc.sort_indices(table, [(name, "ascending") for name in order])).combine_chunks()


def publish(tables, as_of=90, selections=None, least=0.9):
    windows = {"day": tuple(WindowRequest(FIRST + day * DAY, FIRST + (day + 1) * DAY, 1) for day in range(14)),
               "week": tuple(WindowRequest(FIRST + day * DAY, FIRST + (day + 7) * DAY, 7) for day in (0, 7))}
    scores = ScoreRequest(error_bins(PIVOT).bins_id, 0, None, least, FIRST + as_of * DAY, "day", "UTC", "training",
                          pivot=PIVOT)
    request = EvaluationRequest("m", "run", 5, {}, {"city": frozenset("AB")}, windows,
                                (ReferenceRequest("training", "period", "r1", slices=20),),
                                selections or dict.fromkeys(("overall", "segments", "crossings"), EVERYTHING), scores)
    batches = list(evaluate_errors(in_order(pa.concat_tables(tables)), request))
    return pa.Table.from_batches(batches, TABLE.schema).to_pandas()


@pytest.fixture(scope="module")
def small():
    """Return the raw rows of a log and its reference, and what is published of them."""
    log = draw(4000, 0, 14, 1)
    log = log[(log["t"] - FIRST) // DAY != 4]
    before = draw(3000, -30, 20, 2)
    return SimpleNamespace(log=log, before=before, rows=publish([count(log, None), count(before, "training")]))


def picked(rows, **where):
    where = {"segment": None, "model_version": "*", "grain": "week", "day": 0, "family": "performance", **where}
    where["window_start"] = pd.Timestamp((FIRST + where.pop("day") * DAY) // 1000, unit="ms", tz="UTC")
    for name, value in where.items():
        rows = rows[rows[name].isna() if value is None else rows[name] == value]
    return rows.set_index("metric")


def truth_of(frame):
    """Return the truth of scikit-learn and numpy on raw rows."""
    labelled = frame[frame["y"].notna()]
    both = labelled[labelled["d"].notna()]
    y, p, w = (both[name].to_numpy() for name in ("y", "d", "w"))
    e = p - y
    facts = {"sample_weight": w}
    inside = ((labelled["low"] <= labelled["y"]) & (labelled["y"] <= labelled["high"]))[labelled["low"].notna()]
    weights = labelled["w"][labelled["low"].notna()]
    return {
        "mae": sk.mean_absolute_error(y, p, **facts), "mse": sk.mean_squared_error(y, p, **facts),
        "rmse": np.sqrt(sk.mean_squared_error(y, p, **facts)), "mean_error": np.average(e, weights=w),
        "mape": sk.mean_absolute_percentage_error(y, p, **facts), "r2": sk.r2_score(y, p, **facts),
        "smape": np.average(2 * np.abs(e) / (np.abs(y) + np.abs(p)), weights=w),
        "wape": (w * np.abs(e)).sum() / (w * np.abs(y)).sum(), "interval_coverage": np.average(inside, weights=weights),
        "interval_width": np.average((labelled["high"] - labelled["low"])[labelled["low"].notna()], weights=weights),
    }


def rows_of(small, day=0, days=7, **where):
    frame = small.log[((small.log["t"] - FIRST) // DAY).between(day, day + days - 1)]
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return frame


@pytest.mark.parametrize("where, mine", [
    ({}, {}), ({"day": 7}, {"day": 7}), ({"grain": "day", "day": 3}, {"day": 3, "days": 1}),
    ({"segment": "city", "segment_value": "A"}, {"city": "A"}), ({"model_version": "2"}, {"v": "2"}),
    ({"segment": "city", "segment_value": "B", "model_version": "1", "day": 7}, {"day": 7, "city": "B", "v": "1"}),
])
def test_numbers_are_scikit_learns_on_the_raw_rows(small, where, mine):
    rows, frame = picked(small.rows, **where), rows_of(small, **mine)
    for name, value in truth_of(frame).items():
        row = rows.loc[name]
        assert row["value"] == pytest.approx(value, rel=1e-9, abs=1e-9), name
        assert row["ci_low"] < row["value"] < row["ci_high"] and row["status"] == "ok", name
        assert row["labelled_rows"] == frame["y"].notna().sum()
    assert rows.loc["mae", "sample_size"] == (frame["y"].notna() & frame["d"].notna()).sum()


def test_quantiles_of_errors_are_the_rows_own_up_to_their_bound(small):
    frame = rows_of(small).dropna(subset=["y", "d"])
    order = np.argsort((frame["d"] - frame["y"]).to_numpy())
    error, weight = ((frame["d"] - frame["y"]).to_numpy()[order], frame["w"].to_numpy()[order])
    rows = picked(small.rows)
    for percent in (5, 50, 95):
        truth = error[np.searchsorted(weight.cumsum() / weight.sum(), percent / 100)]
        row = rows.loc[f"error_p{percent:02d}"]
        assert abs(row["value"] - truth) <= row["error_bound"] + 1e-12


def test_the_references_number_stands_beside_each(small):
    whole, of_a = picked(small.rows), picked(small.rows, segment="city", segment_value="A")
    for rows, frame in ((whole, small.before), (of_a, small.before[small.before["city"] == "A"])):
        truth = truth_of(frame)
        assert rows.loc["mae", "reference_value"] == pytest.approx(truth["mae"], rel=1e-9)
        assert rows.loc["r2", "reference_value"] == pytest.approx(truth["r2"], rel=1e-9)
        assert rows.loc["mae", "reference_size"] == len(frame)


def test_each_key_has_one_row_and_every_listed_metric_is_there(small):
    key = ["model_version", "grain", "window_start", "segment", "segment_value", "metric", "family", "feature"]
    assert not small.rows.duplicated(key).any()
    listed = {*REGRESSION_METRICS, "maturity", "arrival_ratio", "matures_at"}
    mine = small.rows[small.rows["family"] == "performance"]
    assert set(mine["metric"]) == listed and listed <= set(METRICS)
    assert set(small.rows["family"]) == {"performance", "estimated", "quality"} and mine["feature"].isna().all()
    assert set(small.rows.loc[small.rows["family"] == "quality", "metric"]) == {"outcome_conflict_rate"}


def test_a_day_without_rows_says_so(small):
    rows = picked(small.rows, grain="day", day=4)
    assert rows.loc["mae", "status"] == "undefined" and rows.loc["mae", "reason"] == "no_rows"


def test_metrics_with_a_parameter_are_made_where_they_are_named(small):
    rows = publish([count(small.log, None), count(small.before, "training")],
                   selections=dict.fromkeys(("overall", "segments", "crossings"), NAMED))
    week, frame = picked(rows), rows_of(small).dropna(subset=["y", "d"])
    truth = np.average(np.abs(frame["d"] - frame["y"]) <= 5, weights=frame["w"])
    assert week.loc["within@5", "value"] == pytest.approx(truth, rel=1e-9) and week.loc["within@5", "error_bound"] == 0
    loss = sk.mean_pinball_loss(frame["y"], frame["d"], sample_weight=frame["w"], alpha=0.9)
    assert week.loc["pinball@0.9", "value"] == pytest.approx(loss, rel=1e-9)
    assert set(week.index) == {"mae", "r2", "within@5", "pinball@0.9"}
    assert metric_facts("within@5").direction == "lower_is_worse"


def test_numbers_are_immature_until_the_outcomes_have_come(small):
    young = small.log.copy()
    late = young["known"] > FIRST + 13 * DAY
    young.loc[late, ["y", "known"]] = None
    tables = [count(young, None), count(small.before, "training")]
    rows = publish(tables, as_of=13)
    last = picked(rows, grain="day", day=13)
    assert last.loc["mae", "status"] != "ok"
    first = picked(rows, grain="day", day=0)
    assert first.loc["mae", "status"] == "ok" and first.loc["maturity", "value"] > 0.99
    half = picked(rows, grain="day", day=12)
    assert half.loc["mae", "status"] == "immature" and half.loc["mae", "reason"] == "outcomes_to_come"
    assert 0 < half.loc["maturity", "value"] < 0.9


def test_a_log_without_reference_outcomes_learns_its_delays_from_its_own_slices(small):
    rows = publish([count(small.log, None)])
    week = picked(rows)
    assert week.loc["mae", "status"] == "ok" and np.isnan(week.loc["mae", "reference_value"])


def test_cells_around_another_pivot_are_left_out(small):
    def around_another(cells):
        return cells.set_column(cells.schema.get_field_index("bins_id"), "bins_id", pa.array(["other"] * len(cells)))

    cells = count(small.log, None)
    assert not len(publish([around_another(cells)]))
    week = picked(publish([cells, around_another(count(small.before, "training"))]))
    assert week.loc["mae", "status"] == "ok" and np.isnan(week.loc["mae", "reference_value"])


def test_entities_that_repeat_widen_the_interval(small):
    frame = small.log.copy()
    frame["fold"] = frame["t"] % 3
    frame["d"] = frame["d"] + frame["fold"] * 3
    alone, repeated = (picked(publish([count(frame, None, folded=folded)])).loc["mae"] for folded in (False, True))
    assert alone["ci_method"] == "delta" and repeated["ci_method"] == "delta_or_folds"
    assert repeated["ci_high"] - repeated["ci_low"] > 2 * (alone["ci_high"] - alone["ci_low"])
    assert repeated["effective_size"] < alone["effective_size"] / 4
