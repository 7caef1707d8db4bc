"""Are groups compared in a regression and in a model of several classes as fairlearn and hand counts say?"""

import fairlearn.metrics as fairlearn
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.stats
from bias_logs import ALL_OF_BIAS, DAY, FIRST, NOTHING, OF_BIAS, one, pick
from sklearn import metrics as sklearn

from spark_monitor.cells.bins import Bins
from spark_monitor.cells.class_feed import _counting as counting_classes
from spark_monitor.cells.class_feed import _merging as merging_classes
from spark_monitor.cells.class_feed import class_features
from spark_monitor.cells.error_arrow import ERROR_SCHEMA, error_bins
from spark_monitor.cells.error_feed import _counting as counting_errors
from spark_monitor.cells.error_feed import _merging as merging_errors
from spark_monitor.cells.kernel.class_scores import ClassPlan
from spark_monitor.cells.kernel.error_counter import ErrorPlan
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.cells.score_arrow import SCORE_SCHEMA
from spark_monitor.cells.stream import FEATURE, UNIT, units
from spark_monitor.metrics import metric_facts
from spark_monitor.metrics.selection import Selection
from spark_monitor.results.multiclass import evaluate_classes
from spark_monitor.results.regression import evaluate_errors
from spark_monitor.results.request import EvaluationRequest, ReferenceRequest, ScoreRequest, WindowRequest
from spark_monitor.tables.results import METRICS

CARRIERS, ORIGINS, CLASSES = "ABC", ("EWR", "JFK"), ("bus", "car", "van")
SEGMENTS = (SegmentPlan(None), SegmentPlan("carrier", ("carrier",), tuple(CARRIERS)),
            SegmentPlan("origin × carrier", ("origin", "carrier"),
                        tuple(f"{o} × {c}" for o in ORIGINS for c in CARRIERS)))
BOUNDS = FIRST + DAY * np.arange(-30, 31)
FEATURES = class_features(CLASSES, tuple((name,) for name in CLASSES), ())


def draw(rows, first, days, seed):
    random = np.random.default_rng(seed)
    carrier = random.choice([*CARRIERS, "Z"], rows, p=[0.45, 0.35, 0.18, 0.02])
    size = np.select([carrier == "A", carrier == "B"], [1.0, 1.5], 2.0)
    said = random.choice(CLASSES, rows, p=[0.5, 0.3, 0.2])
    true = np.where(random.random(rows) < 0.8 / size, said, random.choice(CLASSES, rows))
    outcome = random.gamma(2.0, 10.0, rows)
    t = FIRST + random.integers(first * DAY, (first + days) * DAY, rows)
    frame = pd.DataFrame({"t": t, "q": False, "known": pd.array(t + DAY // 24, "Int64"), "carrier": carrier,
                          "origin": random.choice(ORIGINS, rows), "said": said, "true": true, "outcome": outcome,
                          "value": outcome + random.normal(size - 1, size, rows), "fold": random.integers(0, 32, rows)})
    frame.loc[random.random(rows) < 0.1, ["true", "outcome", "known"]] = None
    return frame


LOG, OLD = draw(2500, 0, 1, seed=1), draw(2000, -20, 20, seed=2)


def in_order(table):
    keys = [name for name in ("feature", *UNIT, "reference", "slice", "model_version") if name in table.column_names]
    return table.sort_by([(name, "ascending") for name in dict.fromkeys(keys)]).combine_chunks()


def errors(rows, reference, **roles):
    plan = ErrorPlan(BOUNDS, SEGMENTS, 20.0, **roles)
    batch = pa.RecordBatch.from_pandas(rows.rename(columns={"value": "d", "outcome": "y"}), preserve_index=False)
    partial = pa.Table.from_batches(counting_errors(plan, error_bins(20.0).bins_id)([batch]), ERROR_SCHEMA)
    cells = pa.Table.from_batches(merging_errors(20.0)(in_order(partial).to_batches()), ERROR_SCHEMA)
    return cells.append_column("reference", pa.array([reference] * len(cells), pa.string()))


def classes(rows, reference):
    plan = ClassPlan(BOUNDS, SEGMENTS, tuple(frozenset([name]) for name in CLASSES), (), (), decided=True, folded=True)
    batch = pa.RecordBatch.from_pandas(rows.rename(columns={"said": "d", "true": "y"}), preserve_index=False)
    partial = in_order(pa.Table.from_batches(counting_classes(plan, FEATURES)([batch]), SCORE_SCHEMA))
    cells = pa.Table.from_batches(merging_classes(plan, FEATURES)(partial.to_batches()), SCORE_SCHEMA)
    return cells.append_column("reference", pa.array([reference] * len(cells), pa.string()))


FEW = Selection(names=frozenset({"accuracy_difference", "accuracy_ratio", "accuracy_shrunk", "selection_rate_ratio:*",
                                 "recall_difference:*", "precision_difference:*", "recall_ratio:car"}))


def request(bins_id, selection=ALL_OF_BIAS, **more):
    scores = ScoreRequest(bins_id, 0, None, 0.9, int(FIRST + 90 * DAY), "day", "UTC", "old", ("carrier",),
                          given={"carrier": ("origin",)}, **more)
    frozen = {segment.name: frozenset(segment.values) for segment in SEGMENTS[1:]}
    return EvaluationRequest("m", "run", 5, {}, frozen, {"day": (WindowRequest(FIRST, FIRST + DAY, 1),)},
                             (ReferenceRequest("old", "period", "r"),),
                             {"overall": NOTHING, **dict.fromkeys(OF_BIAS, selection)}, scores)


def of_errors(**roles):
    rows = in_order(pa.concat_tables([errors(LOG, None, **roles), errors(OLD, "old", **roles)]))
    found = evaluate_errors(rows, request(error_bins(20.0).bins_id, pivot=20.0))
    return pa.Table.from_batches(list(found), METRICS.schema).to_pandas()


@pytest.fixture(scope="module")
def regression():
    return of_errors()


@pytest.fixture(scope="module")
def several():
    rows = in_order(pa.concat_tables([classes(LOG, None), classes(OLD, "old")]))
    tables = {table.column("feature")[0].as_py(): table for table in units(rows.to_batches(), FEATURE)}
    whole = FEATURES["(classes)"]
    asked = request(whole, FEW, classes=tuple((name, "", 0) for name in CLASSES))
    return pa.Table.from_batches(list(evaluate_classes(tables, asked)), METRICS.schema).to_pandas()


def known(rows):
    return rows[rows["outcome"].notna() & rows["carrier"].isin([*CARRIERS])]


def test_mean_absolute_errors_of_groups_are_compared_as_fairlearn_does(regression):
    frames = [fairlearn.MetricFrame(metrics=sklearn.mean_absolute_error, y_true=rows["outcome"],
                                    y_pred=rows["value"], sensitive_features=rows["carrier"])
              for rows in (known(LOG), known(OLD))]
    for measure in ("difference", "ratio"):
        for way in ("between_groups", "to_overall"):
            row = one(regression, metric=f"mae_{measure}", feature=way, segment_value=None)
            now, before = (getattr(frame, measure)(method=way) for frame in frames)
            assert row["value"] == pytest.approx(now, abs=1e-12)
            assert row["reference_value"] == pytest.approx(before, abs=1e-12)
            assert row["ci_low"] <= row["value"] <= row["ci_high"] and row["p_value"] < 1e-6
            assert row["expected_value"] < row["value"] if measure == "difference" else row["expected_value"] > 0.8
    best = pick(regression, metric="mae_ratio", feature="to_best").set_index("segment_value")["value"]
    assert best["C"] == pytest.approx(frames[0].by_group["C"] / frames[0].by_group.min(), abs=1e-12)


def test_a_group_is_compared_with_the_mean_of_all_others(regression):
    rows = known(LOG)
    error = rows["value"] - rows["outcome"]
    for group in CARRIERS:
        own = rows["carrier"] == group
        row = one(regression, metric="mean_error_difference", feature="to_rest", segment_value=group)
        assert row["value"] == pytest.approx(error[own].mean() - error[~own].mean(), abs=1e-12)
        assert row["sample_size"] == own.sum() and row["status"] == "ok" and row["labelled_rows"] == own.sum()
        ratio = one(regression, metric="mae_ratio", feature="to_rest", segment_value=group)
        assert ratio["value"] == pytest.approx(error[own].abs().mean() / error[~own].abs().mean(), abs=1e-12)
        # Groups of the rest have means and variances of their own, so that Welch's variance is near, not equal.
        p = 1 - (1 - scipy.stats.ttest_ind(error[own].abs(), error[~own].abs(), equal_var=False).pvalue) ** 3
        found = one(regression, metric="mae_difference", feature="to_rest", segment_value=group)["p_value"]
        assert found == pytest.approx(p, abs=0.02)


def test_mean_errors_have_no_best_group_and_no_ratio(regression):
    signed = regression[regression["metric"].str.startswith("mean_error")]
    assert set(signed["feature"]) == {"between_groups", "to_overall", "to_rest", "to_rest|origin", "to:A"}
    assert set(regression.loc[regression["family"] == "bias", "metric"]) == {
        "mean_error_difference", "mae_difference", "mae_ratio"}


def test_intervals_of_groups_allow_for_rows_that_repeat(regression):
    folded = of_errors(folded=True)
    where = {"metric": "mae_difference", "feature": "to_rest", "segment_value": "B"}
    plain, wide = one(regression, **where), one(folded, **where)
    assert wide["value"] == pytest.approx(plain["value"], rel=1e-12)
    assert wide["ci_high"] - wide["ci_low"] >= plain["ci_high"] - plain["ci_low"]


def test_the_accuracy_of_several_classes_is_compared_as_fairlearn_does(several):
    rows = known(LOG)
    frame = fairlearn.MetricFrame(metrics=sklearn.accuracy_score, y_true=rows["true"], y_pred=rows["said"],
                                  sensitive_features=rows["carrier"])
    for measure in ("difference", "ratio"):
        for way in ("between_groups", "to_overall"):
            row = one(several, metric=f"accuracy_{measure}", feature=way, segment_value=None)
            assert row["value"] == pytest.approx(getattr(frame, measure)(method=way), abs=1e-12)
    right = rows["true"] == rows["said"]
    own = rows["carrier"] == "B"
    row = one(several, metric="accuracy_ratio", feature="to_rest", segment_value="B")
    assert row["value"] == pytest.approx(right[own].mean() / right[~own].mean(), abs=1e-12)
    assert one(several, metric="accuracy_shrunk", feature=None, segment_value="B")["status"] == "ok"


@pytest.mark.parametrize("label", CLASSES)
def test_each_class_is_compared_against_the_rest_of_classes(several, label):
    rows = known(LOG)
    everybody = LOG[LOG["carrier"].isin([*CARRIERS])]
    chosen = (everybody["said"] == label).groupby(everybody["carrier"]).mean()
    row = one(several, metric=f"selection_rate_ratio:{label}", feature="between_groups", segment_value=None)
    assert row["value"] == pytest.approx(chosen.min() / chosen.max(), abs=1e-12) and np.isnan(row["labelled_rows"])
    for name, score in (("recall", sklearn.recall_score), ("precision", sklearn.precision_score)):
        frame = fairlearn.MetricFrame(metrics=score, y_true=rows["true"] == label, y_pred=rows["said"] == label,
                                      sensitive_features=rows["carrier"])
        row = one(several, metric=f"{name}_difference:{label}", feature="between_groups", segment_value=None)
        assert row["value"] == pytest.approx(frame.difference(), abs=1e-12)
        assert metric_facts(row["metric"]).family == "bias"


def test_groups_are_compared_within_a_control_column_in_both_tasks(regression, several):
    for rows, metric in ((regression, "mae_ratio"), (several, "recall_ratio:car"), (several, "accuracy_difference")):
        found = pick(rows, metric=metric, feature="to_rest|origin")
        assert set(found["segment_value"]) == set(CARRIERS) and set(found["status"]) == {"ok"}


def test_with_several_classes_all_names_are_known_to_the_catalogue(several, regression):
    for name in {*several["metric"], *regression["metric"]}:
        assert metric_facts(name).name == name
    with pytest.raises(KeyError):
        metric_facts("equalized_odds_ratio:car")
    assert not several.duplicated(
        ["model_version", "window_start", "segment", "segment_value", "feature", "family", "metric"]).any()
