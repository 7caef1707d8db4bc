"""Are the published numbers of several classes those of scikit-learn on the raw rows, however the rows were counted?"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sklearn import metrics as sk

from spark_monitor.cells.bins import Bins
from spark_monitor.cells.class_feed import _counting, _merging, class_features
from spark_monitor.cells.kernel.class_scores import ClassPlan, fold_classes
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.cells.score_arrow import SCORE_SCHEMA
from spark_monitor.cells.stream import FEATURE, UNIT, units
from spark_monitor.metrics import is_metric, metric_facts
from spark_monitor.metrics.selection import Selection, selected
from spark_monitor.results.multiclass import evaluate_classes
from spark_monitor.results.request import EvaluationRequest, ReferenceRequest, ScoreRequest, WindowRequest
from spark_monitor.tables.results import METRICS

DAY = 86_400_000_000
FIRST = 20_000 * DAY
NAMES = ("bus", "car", "van", "tram")
LABELS = tuple((name,) for name in NAMES)
# Scores are whole hundredths, each in a bin of its own: ranking metrics are exact.
BINS = tuple(Bins(f"score:{name}", "numeric", family="performance", edges=np.arange(0.5, 100) / 100) for name in NAMES)
FEATURES = class_features(NAMES, LABELS, BINS)
EVERYTHING = Selection(everything=True)


def draw(rows, first, days, seed):
    random = np.random.default_rng(seed)
    outcome = random.choice(4, rows, p=[0.5, 0.3, 0.15, 0.05])
    points = random.multinomial(100, [0.25] * 4, rows) + 6 * np.eye(4, dtype=int)[outcome]
    scores = np.floor(100 * points / points.sum(axis=1, keepdims=True)) / 100
    scores[:, 0] = np.round(1 - scores[:, 1:].sum(axis=1), 2)
    decision = np.where(random.random(rows) < 0.8, scores.argmax(axis=1), random.integers(0, 4, rows))
    time = FIRST + random.integers(first * DAY, (first + days) * DAY, rows)
    frame = pd.DataFrame({
        "t": time, "v": random.choice(["1", "2"], rows), "w": random.choice([0.5, 1.0, 2.0], rows),
        "d": np.array(NAMES)[decision], "y": np.array(NAMES)[outcome], "known": time + random.integers(0, DAY, rows),
        "fold": random.integers(0, 32, rows), "city": random.choice(["A", "B"], rows),
        **{f"s{number}": scores[:, number] for number in range(4)}})
    frame.loc[random.random(rows) < 0.1, ["y", "known"]] = None
    frame.loc[random.random(rows) < 0.03, "y"] = "plane"
    frame.loc[random.random(rows) < 0.04, "d"] = None
    frame.loc[random.random(rows) < 0.05, ["s0", "s1", "s2", "s3"]] = None
    frame["known"] = frame["known"].astype("Int64")
    return frame


def plan_of(**roles):
    roles = {"versioned": True, "weighted": True, "folded": True, **roles}
    segments = (SegmentPlan(None), SegmentPlan("city", ("city",), ("A", "B")))
    return ClassPlan(FIRST + DAY * np.arange(-60, 61), segments, tuple(map(frozenset, LABELS)),
                     tuple(one.edges for one in BINS), tuple((f"s{number}",) for number in range(4)), **roles)


def count(frame, reference, tasks=1, size=10_000, plan=None, features=FEATURES):
    plan = plan or plan_of()
    batch = pa.RecordBatch.from_pandas(frame, preserve_index=False)
    batches = [batch.slice(start, size) for start in range(0, len(frame), size)]
    parts = [part for task in range(tasks) for part in _counting(plan, features)(batches[task::tasks])]
    partial = in_order(pa.Table.from_batches(parts, SCORE_SCHEMA))
    cells = pa.Table.from_batches(_merging(plan, features)(partial.to_batches()), SCORE_SCHEMA)
    return cells.append_column("reference", pa.array([reference] * len(cells), pa.string()))


def in_order(table):
    order = [name for name in (*UNIT, "reference", "slice", "model_version") if name in table.column_names]
    return table.take(pc.sort_indices(table, [(name, "ascending") for name in order])).combine_chunks()


def publish(tables, selections=None, features=FEATURES, bins=BINS, as_of=90, names=NAMES):
    windows = {"day": tuple(WindowRequest(FIRST + day * DAY, FIRST + (day + 1) * DAY, 1) for day in range(14)),
               "week": tuple(WindowRequest(FIRST + day * DAY, FIRST + (day + 7) * DAY, 7) for day in (0, 7))}
    whole, *each = features.values()
    classes = tuple((name, bins_id, len(one.edges)) for name, bins_id, one in zip(names, each, bins)) or tuple(
        (name, "", 0) for name in names)
    scores = ScoreRequest(whole, 0, None, 0.9, FIRST + as_of * DAY, "day", "UTC", "training", classes=classes)
    request = EvaluationRequest("m", "run", 5, {}, {"city": frozenset("AB")}, windows,
                                (ReferenceRequest("training", "period", "r1", slices=20),),
                                selections or dict.fromkeys(("overall", "segments", "crossings"), EVERYTHING), scores)
    rows = in_order(pa.concat_tables(tables))
    by_feature = {table.column("feature")[0].as_py(): table for table in units(rows.to_batches(), FEATURE)}
    return pa.Table.from_batches(list(evaluate_classes(by_feature, request)), METRICS.schema).to_pandas()


def only(*names):
    """Select some metrics of everything."""
    return dict.fromkeys(("overall", "segments", "crossings"), Selection(names=frozenset(names)))


@pytest.fixture(scope="module")
def small():
    """Return the raw rows of a log and its reference, and what is published of them."""
    log, before = draw(5000, 0, 14, 1), draw(3000, -30, 20, 2)
    log = log[(log["t"] - FIRST) // DAY != 4].reset_index(drop=True)
    cells, stored = count(log, None), count(before, "training")
    return SimpleNamespace(log=log, before=before, cells=cells, stored=stored, rows=publish([cells, stored]))


@pytest.fixture(scope="module")
def scored(small):
    """Return what is published with another top k than the default ones."""
    selections = {scope: Selection(families=frozenset({"performance"}), names=frozenset({"top_k_accuracy@2"}))
                  for scope in ("overall", "segments", "crossings")}
    return publish([small.cells, small.stored], selections)


def picked(rows, **where):
    where = {"segment": None, "model_version": "*", "grain": "week", "day": 0, "family": "performance", **where}
    where["window_start"] = pd.Timestamp((FIRST + where.pop("day") * DAY) // 1000, unit="ms", tz="UTC")
    for name, value in where.items():
        rows = rows[rows[name].isna() if value is None else rows[name] == value]
    return rows.set_index("metric")


def rows_of(small, day=0, days=7, **where):
    frame = small.log[((small.log["t"] - FIRST) // DAY).between(day, day + days - 1)]
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return frame


def truth_of_decisions(frame):
    frame = frame[frame["y"].isin(NAMES) & frame["d"].notna()]
    y, d, w = (frame[name].to_numpy() for name in ("y", "d", "w"))
    found = {"accuracy": sk.accuracy_score(y, d, sample_weight=w), "mcc": sk.matthews_corrcoef(y, d, sample_weight=w),
             "balanced_accuracy": sk.balanced_accuracy_score(y, d, sample_weight=w),
             "cohen_kappa": sk.cohen_kappa_score(y, d, sample_weight=w)}
    for name, score in (("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score)):
        facts = {"sample_weight": w, "labels": list(NAMES), "zero_division": np.nan}
        for suffix, average in (("", "macro"), ("_weighted", "weighted"), ("_micro", "micro")):
            found[name + suffix] = score(y, d, average=average, **facts)
        found.update({f"{name}:{label}": each for label, each in zip(NAMES, score(y, d, average=None, **facts))})
    return found


def truth_of_scores(frame):
    labelled = frame[frame["y"].isin(NAMES)]
    weights = labelled.groupby("y")["w"].sum().reindex(NAMES).to_numpy()
    frame = labelled[labelled["s0"].notna()]
    s, w = frame[["s0", "s1", "s2", "s3"]].to_numpy(), frame["w"].to_numpy()
    y = np.array([NAMES.index(label) for label in frame["y"]])
    found = {"top_k_accuracy@3": sk.top_k_accuracy_score(y, s, k=3, sample_weight=w, labels=range(4)),
             "top_k_accuracy@2": sk.top_k_accuracy_score(y, s, k=2, sample_weight=w, labels=range(4)),
             "log_loss": np.average(-np.log(np.clip(s[np.arange(len(y)), y], 1e-15, 1 - 1e-15)), weights=w)}
    for name, score in (("roc_auc", sk.roc_auc_score), ("average_precision", sk.average_precision_score),
                        ("brier", sk.brier_score_loss), ("log_loss", sk.log_loss)):
        each = [score(y == c, s[:, c], sample_weight=w) for c in range(4)]
        found.update({f"{name}:{label}": value for label, value in zip(NAMES, each)})
        if name != "log_loss":
            found |= {name: np.mean(each), f"{name}_weighted": np.average(each, weights=weights)}
    return found


CASES = [
    ({}, {}), ({"day": 7}, {"day": 7}), ({"grain": "day", "day": 3}, {"day": 3, "days": 1}),
    ({"segment": "city", "segment_value": "A"}, {"city": "A"}), ({"model_version": "2"}, {"v": "2"}),
    ({"segment": "city", "segment_value": "B", "model_version": "1", "day": 7}, {"day": 7, "city": "B", "v": "1"}),
]


@pytest.mark.parametrize("where, mine", CASES)
def test_numbers_of_decisions_are_scikit_learns_on_the_raw_rows(small, where, mine):
    rows, frame = picked(small.rows, **where), rows_of(small, **mine)
    for name, value in truth_of_decisions(frame).items():
        row = rows.loc[name]
        assert row["value"] == pytest.approx(value, rel=1e-9), name
        assert row["ci_low"] < row["value"] < row["ci_high"] and row["status"] == "ok", name
        assert row["labelled_rows"] == frame["y"].isin(NAMES).sum()


@pytest.mark.parametrize("where, mine", CASES)
def test_numbers_of_scores_are_scikit_learns_on_the_raw_rows(small, scored, where, mine):
    rows, frame = picked(scored, **where), rows_of(small, **mine)
    for name, value in truth_of_scores(frame).items():
        row = rows.loc[name]
        # Equal scores share a bin, so that pairs within one are ties in both.
        if name.startswith("average_precision"):
            assert abs(row["value"] - value) <= row["error_bound"] + 1e-9, name
        else:
            assert row["value"] == pytest.approx(value, rel=1e-9), name
        assert row["ci_low"] < row["value"] < row["ci_high"] and row["status"] == "ok", name


def test_the_area_of_all_classes_is_scikit_learns_one_against_rest(small):
    frame = rows_of(small)
    frame = frame[frame["y"].isin(NAMES) & frame["s0"].notna()]
    s = frame[["s0", "s1", "s2", "s3"]].to_numpy()
    s = s / s.sum(axis=1, keepdims=True)
    y = [NAMES.index(label) for label in frame["y"]]
    truth = sk.roc_auc_score(y, s, multi_class="ovr", average="macro", sample_weight=frame["w"])
    assert picked(small.rows).loc["roc_auc", "value"] == pytest.approx(truth, abs=1e-3)


def test_shares_of_classes_are_those_of_outcomes_and_of_decisions(small):
    rows, frame = picked(small.rows), rows_of(small)
    known, decided = frame[frame["y"].isin(NAMES)], frame[frame["d"].notna()]
    for label in NAMES:
        share = np.average(known["y"] == label, weights=known["w"])
        assert rows.loc[f"base_rate:{label}", "value"] == pytest.approx(share)
        share = np.average(decided["d"] == label, weights=decided["w"])
        assert rows.loc[f"selection_rate:{label}", "value"] == pytest.approx(share)
    unknown = frame[~frame["y"].isin([*NAMES, None]) & frame["y"].notna()]
    share = known["w"].sum() / (frame["w"].sum() - unknown["w"].sum())
    assert rows.loc["labelled_share", "value"] == pytest.approx(share, rel=1e-9)


def test_the_references_number_stands_beside_each(small):
    truth = {**truth_of_decisions(small.before), **truth_of_scores(small.before)}
    rows = picked(small.rows)
    for name in ("accuracy", "f1", "f1_weighted", "recall:van", "roc_auc", "roc_auc:tram", "log_loss",
                 "top_k_accuracy@3"):
        assert rows.loc[name, "reference_value"] == pytest.approx(truth[name], rel=1e-9), name
        assert rows.loc[name, "reference_size"] == len(small.before)


def test_each_key_has_one_row_and_every_name_is_known(small):
    key = ["model_version", "grain", "window_start", "segment", "segment_value", "metric", "family", "feature"]
    assert not small.rows.duplicated(key).any()
    names = set(small.rows["metric"])
    assert all(map(is_metric, names)) and {"maturity", "arrival_ratio", "matures_at"} <= names
    assert metric_facts("brier:van").direction == "higher_is_worse" and metric_facts("f1_micro").upper == 1
    assert not any(map(is_metric, ["accuracy:van", "recall:", "top_k_accuracy@0", "top_k_accuracy", "mae_weighted"]))


def test_segments_get_what_is_selected_and_classes_only_where_asked(small):
    selections = {"overall": selected(["recall:van", "roc_auc:*", "f1_weighted"], "overall"),
                  "segments": selected("default", "segments"), "crossings": selected("none", "crossings")}
    rows = publish([small.cells, small.stored], selections)
    assert set(picked(rows).index) == {"recall:van", "f1_weighted", *[f"roc_auc:{name}" for name in NAMES]}
    of_city = set(picked(rows, segment="city", segment_value="A").index)
    assert of_city == {"accuracy", "precision", "recall", "f1", "roc_auc", "log_loss", "maturity"}
    everything = picked(small.rows)
    for name in ("recall:van", "roc_auc:bus"):
        assert picked(rows).loc[name, "value"] == everything.loc[name, "value"]


@pytest.mark.parametrize("size, tasks", [(150, 4), (37, 1)])
def test_batches_and_tasks_change_nothing(small, size, tasks):
    frame = small.log.sample(frac=1, random_state=3).reset_index(drop=True).head(1500)
    at_once, in_parts = count(frame, None), count(frame, None, tasks, size)
    for left, right in zip(at_once.to_pylist(), in_parts.to_pylist(), strict=True):
        for name, value in left.items():
            if isinstance(value, list) and value and isinstance(value[0], float):
                np.testing.assert_allclose(right[name], value, rtol=1e-12, atol=1e-15)
            else:
                assert right[name] == value, name


def test_cells_of_all_classes_are_those_of_a_slow_count(small):
    frame = small.log.head(800)
    whole = count(frame, None).filter(pc.field("feature") == "(classes)")
    whole = whole.filter(pc.is_null(whole.column("segment")))
    slow, folds = {}, {}
    for row in frame.to_dict("records"):
        d = NAMES.index(row["d"]) if row["d"] in NAMES else -1
        y = NAMES.index(row["y"]) if row["y"] in NAMES else -1 if row["y"] is None or row["y"] != row["y"] else -2
        s = [row[f"s{number}"] for number in range(4)]
        rank = 4
        if y >= 0 and all(x == x for x in s):
            rank = sorted(range(4), key=lambda c: (s[c], c), reverse=True).index(y)
        key = ((row["t"] - FIRST) // DAY, row["v"], rank, d, y)
        slow[key] = slow.get(key, 0) + 1
        if y > -2:
            key = ((row["t"] - FIRST) // DAY, row["v"], row["fold"], d, y)
            folds[key] = folds.get(key, 0) + 1
    found, found_folds = {}, {}
    starts = whole.column("slice").cast(pa.int64()).to_pylist()
    for start, row in zip(starts, whole.to_pylist()):
        day = (start - FIRST) // DAY
        for *key, rows in zip(row["cell_bin"], row["cell_decision"], row["cell_outcome"], row["cell_rows"]):
            found[day, row["model_version"], *key] = rows
        for *key, rows in zip(row["fold_fold"], row["fold_decision"], row["fold_outcome"], row["fold_rows"]):
            found_folds[day, row["model_version"], *key] = rows
    assert found == slow and found_folds == folds


def test_a_model_without_scores_has_the_numbers_of_decisions_alone(small):
    plan = plan_of()
    plan = ClassPlan(plan.slice_bounds, plan.segments, plan.labels, versioned=True, weighted=True, folded=True)
    features = class_features(NAMES, LABELS)
    rows = publish([count(small.log, None, plan=plan, features=features)],
                   only("f1", "roc_auc", "log_loss", "top_k_accuracy@3"), features=features, bins=())
    week, truth = picked(rows), truth_of_decisions(rows_of(small))
    assert week.loc["f1", "value"] == pytest.approx(truth["f1"], rel=1e-9) and "roc_auc" not in week.index
    assert week.loc["log_loss", "reason"] == "no_scores" and week.loc["top_k_accuracy@3", "reason"] == "no_scores"


def test_a_model_without_decisions_has_the_numbers_of_scores_alone(small):
    plan = plan_of(decided=False)
    rows = picked(publish([count(small.log, None, plan=plan)], only("f1", "accuracy", "roc_auc", "top_k_accuracy@3")))
    assert rows.loc["f1", "reason"] == "no_decisions" and rows.loc["accuracy", "reason"] == "no_decisions"
    truth = truth_of_scores(rows_of(small))
    assert rows.loc["roc_auc", "value"] == pytest.approx(truth["roc_auc"], rel=1e-9)
    assert rows.loc["top_k_accuracy@3", "value"] == pytest.approx(truth["top_k_accuracy@3"], rel=1e-9)


def test_scores_on_other_bins_are_left_out(small):
    other = dict(FEATURES, **{"score:van": "other"})
    rows = picked(publish([small.cells], only("roc_auc:van", "roc_auc:car"), features=other))
    assert rows.loc["roc_auc:van", "reason"] == "no_scores" and rows.loc["roc_auc:car", "status"] == "ok"


def test_a_gap_says_so_and_a_young_window_is_immature(small):
    assert picked(small.rows, grain="day", day=4).loc["f1", "reason"] == "no_rows"
    young = small.log.copy()
    young.loc[young["known"] > FIRST + 13 * DAY, ["y", "known"]] = None
    rows = publish([count(young, None), small.stored], only("accuracy", "roc_auc"), as_of=13)
    half = picked(rows, grain="day", day=12)
    assert half.loc["accuracy", "status"] == "immature" and half.loc["roc_auc", "reason"] == "outcomes_to_come"
    assert picked(rows, grain="day", day=0).loc["accuracy", "status"] == "ok"


def test_a_slow_class_holds_back_the_maturity_of_all(small):
    def slow(frame):
        late = frame.copy()
        late.loc[late["y"] == "van", "known"] += 10 * DAY
        return late

    log = slow(small.log)
    log.loc[log["known"] > FIRST + 16 * DAY, ["y", "known"]] = None
    rows = publish([count(log, None), count(slow(small.before), "training")], only("maturity"), as_of=16)
    quick = publish([small.cells, small.stored], only("maturity"), as_of=16)
    assert picked(rows, grain="day", day=8).loc["maturity", "value"] < 0.2
    assert picked(quick, grain="day", day=8).loc["maturity", "value"] > 0.99


def test_more_than_fifty_classes_are_the_most_frequent_ones_and_the_rest():
    labels = [f"c{number:02}" for number in range(60)]
    names, texts = fold_classes(labels, labels[::-1])
    assert len(names) == 50 and names[-1] == "(other)" and set(texts[-1]) == set(labels[:11])
    random = np.random.default_rng(5)
    frame = pd.DataFrame({"t": FIRST + random.integers(0, 7 * DAY, 3000),
                          "y": random.choice(labels, 3000), "fold": random.integers(0, 32, 3000)})
    frame["d"] = np.where(random.random(3000) < 0.7, frame["y"], random.choice(labels, 3000))
    frame["known"] = frame["t"] + 1
    plan = ClassPlan(FIRST + DAY * np.arange(8), (SegmentPlan(None),), tuple(map(frozenset, texts)), folded=True)
    features = class_features(names, texts)
    rows = picked(publish([count(frame, None, plan=plan, features=features)], only("f1", "recall:(other)"),
                          features=features, bins=(), names=names))
    y, d = (np.where(frame[name].isin(texts[-1]), "(other)", frame[name]) for name in ("y", "d"))
    assert rows.loc["f1", "value"] == pytest.approx(sk.f1_score(y, d, average="macro"), rel=1e-9)
    truth = sk.recall_score(y, d, labels=["(other)"], average=None)[0]
    assert rows.loc["recall:(other)", "value"] == pytest.approx(truth)


def test_entities_that_repeat_widen_the_intervals(small):
    frame = small.log.copy()
    frame["fold"] = frame["t"] % 3
    spoiled = (frame["fold"] == 1) & frame["d"].notna()
    frame.loc[spoiled, "d"] = "bus"
    names = ("accuracy", "f1", "recall:car")
    selections = only(*names, "top_k_accuracy@3")
    alone, repeated = (picked(publish([count(frame, None, plan=plan_of(folded=folded))], selections))
                       for folded in (False, True))
    for name in names:
        width = [rows.loc[name, "ci_high"] - rows.loc[name, "ci_low"] for rows in (repeated, alone)]
        assert width[0] > 1.5 * width[1] and rows_method(repeated, name) == rows_method(alone, name) + "_or_folds"
    assert repeated.loc["top_k_accuracy@3", "effective_size"] < alone.loc["top_k_accuracy@3", "effective_size"] / 2


def rows_method(rows, name):
    return rows.loc[name, "ci_method"]
