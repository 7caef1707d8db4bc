"""Are the errors that a regression is expected to make the reference's, at the predictions of today?"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from labelled_log import DAY, FIRST, SCOPES, TRAINING, one, only, pick, window

from spark_monitor.cells.error_arrow import ERROR_SCHEMA, error_bins
from spark_monitor.cells.error_feed import _counting
from spark_monitor.cells.kernel.error_counter import ErrorPlan
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.cells.stream import UNIT
from spark_monitor.metrics.estimation.estimated_errors import ESTIMATED_ERRORS
from spark_monitor.results.regression import evaluate_errors
from spark_monitor.results.request import EvaluationRequest, ScoreRequest

EDGES = np.linspace(-2, 2, 9)
WEEK = {"week": (window(0, 7),)}
NAMES = ("mae", "mse", "rmse", "mean_error")


def drawn(rows, days, seed, shift=0.0, cities=(0.6, 0.4), factor=(1.0, 1.0), lost=0.0, levels=0.0):
    """Return random rows whose errors grow and turn with the prediction, and by `factor` of the city."""
    random = np.random.default_rng(seed)
    city = random.choice(2, rows, p=cities)
    # Predictions lie in the middle of their bins, so that bins hide nothing.
    said = (np.floor(random.normal(shift, 1, rows).clip(-2.4, 2.4) * 2) + 0.5) / 2
    day = random.choice(list(days), rows)
    error = np.array(factor)[city] * np.exp(said / 2) * (random.normal(0, 1, rows) + 0.3 * said)
    error = error * np.exp(levels * np.random.default_rng(seed + 1).normal(0, 1, 1000)[day])
    frame = pd.DataFrame({"d": said, "y": said - error, "city": np.array(["A", "B"])[city],
                          "t": FIRST + day * DAY + random.integers(0, DAY, rows), "q": False,
                          "w": random.choice([0.5, 1.0, 2.0], rows)})
    frame["known"] = (frame["t"] + DAY // 24).astype("Int64")
    return without_outcomes(frame, random.random(rows) < lost)


def without_outcomes(frame, hidden):
    return frame.assign(y=frame["y"].mask(hidden), known=frame["known"].mask(hidden))


def counted(frame, reference=None, weighted=True):
    segments = (SegmentPlan(None), SegmentPlan("city", ("city",), ("A", "B")))
    plan = ErrorPlan(FIRST + DAY * np.arange(-60, 400), segments, 0.0, weighted=weighted, edges=EDGES)
    batch = pa.RecordBatch.from_pandas(frame, preserve_index=False)
    cells = pa.Table.from_batches(_counting(plan, error_bins(0.0, EDGES).bins_id)([batch]), ERROR_SCHEMA)
    return cells.append_column("reference", pa.array([reference] * len(cells), pa.string()))


def evaluated(now, before, windows=WEEK, selection=only("estimated"), as_of=500):
    tables = [counted(now), counted(before, "training")]
    table = pa.concat_tables([part for part in tables if len(part)])
    order = [(name, "ascending") for name in (*UNIT, "reference", "slice", "model_version")]
    table = table.take(pc.sort_indices(table, order)).combine_chunks()
    scores = ScoreRequest(error_bins(0.0, EDGES).bins_id, len(EDGES), None, 0.99, FIRST + int(as_of * DAY), "day",
                          "UTC", "training")
    request = EvaluationRequest("m", "run", 5, {}, {"city": frozenset("AB")}, windows, (TRAINING,),
                                dict.fromkeys(SCOPES, selection), scores)
    return pa.Table.from_batches(list(evaluate_errors(table, request))).to_pandas()


def losses(frame):
    """Return the losses of labelled rows by name."""
    error = frame["d"] - frame["y"]
    return {"mae": error.abs(), "mse": error**2, "mean_error": error}


def expected(now, before):
    """Return what is expected of rows by hand: the reference's weighted mean loss at each prediction."""
    known = before.dropna(subset=["d", "y"])
    found = {}
    for name, loss in losses(known).items():
        mean = (loss * known["w"]).groupby(known["d"]).sum() / known["w"].groupby(known["d"]).sum()
        found[name] = np.average(now["d"].dropna().map(mean), weights=now.loc[now["d"].notna(), "w"])
    return {**found, "rmse": np.sqrt(found["mse"])}


@pytest.fixture(scope="module")
def published():
    before = drawn(12_000, range(-28, 0), seed=1, lost=0.05)
    now = drawn(3_000, range(7), seed=3, shift=0.4, lost=0.3)
    now.loc[now.index[::50], "d"] = None
    return before, now, evaluated(now, before)


def test_an_estimate_is_the_references_mean_loss_at_the_predictions_of_all_rows(published):
    before, now, rows = published
    error = (before["d"] - before["y"]).dropna()
    weight = before.loc[error.index, "w"]
    for name, value in expected(now, before).items():
        row = one(rows, metric=name, feature=None)
        assert row["value"] == pytest.approx(value, rel=1e-10), name
        assert (row["status"], row["sample_size"]) == ("ok", now["d"].notna().sum())
    assert one(rows, metric="mae", feature=None)["reference_value"] == pytest.approx(
        np.average(error.abs(), weights=weight), rel=1e-10)


def test_both_bands_stand_beside_each_other(published):
    rows = published[2]
    assert set(NAMES) == set(ESTIMATED_ERRORS)
    for name in NAMES:
        mine, population = (one(rows, metric=name, feature=feature) for feature in (None, "population"))
        assert mine["value"] == population["value"] and mine["family"] == population["family"] == "estimated"
        assert mine["ci_low"] < mine["value"] < mine["ci_high"]
        assert population["ci_low"] < population["value"] < population["ci_high"]
        assert (mine["ci_method"], population["ci_method"]) == ("delta_realised", "delta_population")


def test_an_error_is_the_estimate_less_what_was_realised(published):
    _, now, rows = published
    known = now.dropna(subset=["d", "y"])
    realised = {name: np.average(loss, weights=known["w"]) for name, loss in losses(known).items()}
    realised["rmse"] = np.sqrt(realised["mse"])
    for name, value in realised.items():
        row, estimate = (one(rows, metric=metric, feature=feature)
                         for metric, feature in (("estimation_error", name), (name, None)))
        assert row["value"] == pytest.approx(estimate["value"] - value, abs=1e-9)
        assert row["ci_high"] == pytest.approx(estimate["ci_high"] - value, abs=1e-9)
        assert row["status"] == "ok" and row["labelled_rows"] == now["y"].notna().sum()


def test_a_segment_is_estimated_by_its_own_errors_where_they_differ():
    before, now = drawn(12_000, range(-28, 0), seed=5, factor=(1.0, 3.0)), drawn(2_000, range(7), seed=7, factor=(1, 3))
    rows = evaluated(now, before)
    for city in "AB":
        row = one(rows, segment="city", segment_value=city, metric="mae", feature=None)
        mine, truth = now[now["city"] == city], before[before["city"] == city]
        assert row["value"] == pytest.approx(expected(mine, truth)["mae"], rel=0.02)


def test_a_value_that_the_reference_never_held_is_estimated_by_the_whole():
    before, now = drawn(6_000, range(-28, 0), seed=9, factor=(1.0, 2.0)), drawn(1_000, range(7), seed=11)
    now.loc[now["city"] == "B", "city"] = "C"
    rows = evaluated(now, before)
    new, known = (one(rows, segment="city", segment_value=value, metric="mae", feature=None)
                  for value in ("(other)", "A"))
    assert new["value"] == pytest.approx(expected(now[now["city"] == "C"], before)["mae"], rel=1e-9)
    assert new["ci_high"] - new["ci_low"] > 2 * (known["ci_high"] - known["ci_low"])


def test_losses_that_wander_in_the_reference_widen_bands():
    widths = []
    for levels in (0.0, 0.5):
        before, now = drawn(20_000, range(-28, 0), seed=13, levels=levels), drawn(3_000, [0], seed=15)
        row = one(evaluated(now, before, {"day": (window(0),)}), metric="mae", feature=None)
        widths.append((row["ci_high"] - row["ci_low"]) / row["value"])
    assert widths[1] > 4 * widths[0]


def test_bands_hold_what_is_realised_while_only_predictions_shift():
    days = 120
    before, now = drawn(20_000, range(-28, 0), seed=17), drawn(60_000, range(days), seed=19, shift=0.5)
    rows = evaluated(now, before, {"day": tuple(window(day) for day in range(days))})
    errors = pick(rows, metric="estimation_error")
    for name in NAMES:
        mine = errors[errors["feature"] == name]
        share = ((mine["ci_low"] <= 0) & (mine["ci_high"] >= 0)).mean()
        assert len(mine) == days and share >= 0.9, (name, share)


@pytest.mark.parametrize(("outcomes", "as_of", "reason"), [
    ("none", 500, "no_reference_errors"), ("four", 500, "no_reference_errors"), ("late", 0.02, "reference_immature")])
def test_a_reference_that_says_nothing_of_errors_gives_no_estimates(outcomes, as_of, reason):
    before, now = drawn(900, [-1], seed=21), drawn(300, [-1], seed=23)
    hidden = {"none": before["t"] > 0, "four": before.index >= 4, "late": before["known"] > FIRST}
    before = without_outcomes(before, hidden[outcomes])
    rows = evaluated(now, before, {"day": (window(-1),)}, as_of=as_of)
    row = one(rows, metric="mae", feature=None)
    assert (row["status"], row["reason"]) == ("undefined", reason)


def test_a_window_without_rows_says_so_and_harms_no_other(published):
    before, now, _ = published
    rows = evaluated(now, before, {"day": (window(0), window(30))})
    assert one(rows, day=0, metric="mae", feature=None)["status"] == "ok"
    assert one(rows, day=30, metric="mae", feature=None)["reason"] == "no_rows"


def test_only_what_is_asked_for_is_estimated(published):
    before, now, _ = published
    rows = evaluated(now, before, selection=only(None, "rmse"))
    assert set(zip(rows["metric"], rows["family"])) == {("rmse", "performance"), ("rmse", "estimated")}
