"""Do the views of score cells say what scikit-learn and SciPy say of the raw rows? DuckDB runs their portable part."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from spark_monitor.tables.reliability_view import reliability_of
from spark_monitor.tables.sweep_view import sweep_of

truth = pytest.importorskip("sklearn.metrics")

EDGES = np.arange(1, 60) / 60
FIRST_BINS = [10, 20, 33, 50]
COSTS = {"cost_tn": 0.0, "cost_fn": 10.0, "cost_fp": 1.0, "cost_tp": -2.0}
CUT = 0.55


def log(rows=2000, labelled=0.8, seed=1):
    draw = np.random.default_rng(seed)
    score = draw.random(rows)
    outcome = np.where(draw.random(rows) < labelled, draw.random(rows) < score**2, -1)
    return pd.DataFrame({"s": score, "d": (score > CUT).astype(int), "y": outcome.astype(int),
                         "w": draw.integers(1, 4, rows).astype(float)})


def score_rows_of(frame, **other):
    """Return what `score_rows` answers, before it is summed: one row for each of the log's."""
    place = np.searchsorted(EDGES, frame["s"])
    weight = frame.get("w", 1.0)
    return pd.DataFrame({
        "model": "m", "model_version": "*", "grain": "week", "window_start": 1, "window_end": 2, "segment": None,
        "segment_value": None, "feature": "score", "maturity": 0.9, "immature": 0, "bin": place,
        "band": np.searchsorted(FIRST_BINS, place, side="right"), "decision": frame["d"], "outcome": frame["y"],
        "row_count": 1, "weight": weight, "weight_sq": weight**2, "score": weight * frame["s"], **other})


def ask(query, **relations):
    connection = duckdb.connect()
    for name, frame in relations.items():
        connection.register(name, frame)
    found = connection.execute(query).df()
    connection.close()
    return found


def swept(frame, costs=COSTS, **other):
    at = pd.DataFrame({"model": "m", "feature": "score", "band": range(1, len(FIRST_BINS) + 1),
                       "threshold": EDGES[np.array(FIRST_BINS) - 1]})
    priced = pd.DataFrame([{"model": "m", **costs}])
    found = ask(sweep_of("score_rows", "thresholds", "costs"), score_rows=score_rows_of(frame, **other),
                thresholds=at, costs=priced)
    return found.sort_values("threshold", ignore_index=True)


def test_every_threshold_gives_scikit_learns_numbers():
    frame = log()
    known = frame[frame["y"] >= 0]
    found = swept(frame)
    assert list(found["threshold"]) == pytest.approx(EDGES[np.array(FIRST_BINS) - 1]) and set(found["status"]) == {"ok"}
    for row in found.itertuples():
        said = known["s"] > row.threshold
        given = {"y_true": known["y"], "y_pred": said, "sample_weight": known["w"]}
        table = truth.confusion_matrix(**given)
        assert [row.true_negatives, row.false_positives, row.false_negatives, row.true_positives] == [*table.ravel()]
        expected = truth.precision_score(**given), truth.recall_score(**given), truth.f1_score(**given)
        assert (row.precision, row.recall, row.f1) == pytest.approx(expected, rel=1e-12)
        selected = np.average(frame["s"] > row.threshold, weights=frame["w"])
        assert row.selection_rate == pytest.approx(selected, rel=1e-12)
        price = np.where(known["y"] == 1, np.where(said, -2.0, 10.0), np.where(said, 1.0, 0.0))
        assert row.cost == pytest.approx(np.average(price, weights=known["w"]), rel=1e-12)
        assert (row.row_count, row.labelled_rows, row.maturity) == (len(frame), len(known), 0.9)


def test_intervals_are_wilsons():
    found = swept(log().drop(columns="w"))
    for row in found.itertuples():
        for name, rows in (("precision", row.true_positives + row.false_positives),
                           ("recall", row.true_positives + row.false_negatives)):
            own = binomtest(int(row.true_positives), int(rows)).proportion_ci(method="wilson")
            assert (getattr(row, f"{name}_low"), getattr(row, f"{name}_high")) == pytest.approx((own.low, own.high))
        q = binomtest(int(row.true_positives), int(row.true_positives + row.false_positives + row.false_negatives))
        own = q.proportion_ci(method="wilson")
        assert (row.f1_low, row.f1_high) == pytest.approx((2 * own.low / (1 + own.low), 2 * own.high / (1 + own.high)))


def test_without_costs_no_cost_is_told():
    found = swept(log(), dict.fromkeys(COSTS))
    assert found["cost"].isna().all() and found["recall"].notna().all()


def test_where_the_declined_have_no_outcome_the_sweep_stays_among_the_accepted():
    frame = log(labelled=1.0)
    frame.loc[frame["d"] == 0, "y"] = -1
    found = swept(frame)
    inside = found["threshold"] > CUT - 1e-9
    assert list(found["status"]) == list(np.where(inside, "ok", "undefined"))
    assert set(found["reason"]) == {"selective_labels"}
    assert list(found["precision"].notna()) == list(inside)
    assert found[["recall", "f1", "cost"]].isna().all(axis=None) and found["selection_rate"].notna().all()


def test_a_young_window_that_lacks_labels_whatever_the_decision_hides_nothing():
    found = swept(log(rows=8000, labelled=0.05), immature=1)
    assert set(found["status"]) == {"immature"} and set(found["reason"]) == {"outcomes_to_come"}
    assert found["recall"].notna().all()


@pytest.mark.parametrize(("outcomes", "status", "reason"), [
    ([-1] * 100, "undefined", "no_outcomes"), ([0] * 100, "undefined", "one_class"),
    ([1] * 4 + [0] * 96, "too_few_rows", "too_few_rows")])
def test_too_little_truth_has_its_reason(outcomes, status, reason):
    frame = pd.DataFrame({"s": np.linspace(0.01, 0.99, 100), "d": 0, "y": outcomes})
    found = swept(frame)
    assert set(found["status"]) == {status} and set(found["reason"]) == {reason}
    assert found[["precision", "recall", "f1", "cost"]].isna().all(axis=None)


def test_positives_that_weigh_nothing_have_no_recall():
    frame = log()
    found = swept(frame.assign(w=np.where(frame["y"] == 1, 0.0, 1.0)))
    assert set(found["status"]) == {"undefined"} and set(found["reason"]) == {"no_weight"}
    assert found[["precision", "recall", "f1", "cost"]].isna().all(axis=None)


def test_a_threshold_above_all_scores_has_no_precision_and_finds_nothing():
    frame = log()
    last = swept(frame[frame["s"] < 0.8]).iloc[-1]
    assert (np.isnan(last["precision"]), last["recall"], last["reason"]) == (True, 0.0, "no_predicted_positives")


def test_reliability_is_that_of_ten_groups_of_the_sorted_rows():
    draw = np.random.default_rng(3)
    # Six rows in the middle of each of sixty bins: ten groups of six bins.
    score = np.repeat((np.arange(60) + 0.5) / 60, 6)
    frame = pd.DataFrame({"s": score, "d": 0, "y": (draw.random(360) < score).astype(int)})
    unlabelled = pd.DataFrame({"s": [0.01] * 50, "d": 0, "y": -1})
    found = ask(reliability_of("score_rows"), score_rows=score_rows_of(pd.concat([frame, unlabelled])))
    found = found.sort_values("score_group", ignore_index=True)
    assert list(found["score_group"]) == list(range(1, 11))
    for row, start in zip(found.itertuples(), range(0, 360, 36)):
        part = frame[start:start + 36]
        assert (row.mean_score, row.outcome_rate) == pytest.approx((part["s"].mean(), part["y"].mean()), rel=1e-12)
        own = binomtest(int(part["y"].sum()), 36).proportion_ci(method="wilson")
        assert (row.rate_low, row.rate_high) == pytest.approx((own.low, own.high), abs=1e-12)
        assert (row.labelled_rows, row.effective_size, row.status) == (36, 36, "ok")


def test_few_different_scores_make_fewer_groups():
    frame = pd.DataFrame({"s": [0.1] * 30 + [0.9] * 10, "d": 0, "y": [0, 1] * 20})
    found = ask(reliability_of("score_rows"), score_rows=score_rows_of(frame))
    assert sorted(found["labelled_rows"]) == [10, 30]
