"""Does a day of odd outcomes, scores or weights say what is wrong with it, and leave every other day as it is?

One log, one run, a case a day: four ordinary days are the reference, and the odd ones lie between two more.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from equality import read_table
from small_log import append, moment, wish
from small_outcomes import configure_with_outcomes, deliver
from sklearn import metrics as sk

from spark_monitor.windows import to_micros

DAY_US = 86_400_000_000
FIRST, PER_DAY = moment(2024, 1, 1), 200
CASES = ("no_outcome", "one_class", "one_row", "same_score", "no_weight", "score_beyond", "label_unknown")
ORDINARY = (0, 1, 2, 3, 4, 5 + len(CASES))
DAYS = dict(zip(CASES, range(5, 5 + len(CASES))))
CONFIG = """
model: odd
classes: ["no", "yes"]
predictions: {{table: {log}, id: id, time: at, prediction: decision, score: score, weight: w, features: []}}
outcomes: {{table: {outcomes}, id: id, outcome: said, time: known}}
windows: {{grain: day}}
references: [{{name: before, start: 2024-01-01, end: 2024-01-05}}]
segments: [place]
protected: [place]
metrics: {{overall: all, segments: default}}
results: {results}
"""


def draw():
    """Return every prediction beside its outcome, None where there is none."""
    days = [day for day in range(ORDINARY[-1] + 1) for _ in range(1 if day == DAYS["one_row"] else PER_DAY)]
    random, size = np.random.default_rng(7), len(days)
    rows = pd.DataFrame({"id": np.arange(size), "day": days, "score": random.beta(2, 3, size),
                         "w": random.choice([0.5, 1.0, 2.0], size), "place": random.choice(["here", "there"], size)})
    rows["at"] = FIRST + rows["day"] * DAY_US + random.integers(0, DAY_US, size)
    rows["known"] = rows["at"] + random.integers(1, 20 * 3_600_000_000, size)
    rows["said"] = np.where(random.random(size) < rows["score"], "yes", "no").astype(object)
    of = {case: rows["day"] == day for case, day in DAYS.items()}
    place = rows.groupby("day").cumcount()
    rows.loc[of["same_score"], "score"] = 0.5
    rows.loc[of["score_beyond"] & (place < 40), "score"] = np.resize([1.5, -0.25, np.nan, np.inf, 1 + 1e-9], 40)
    rows["decision"] = np.where(random.random(size) < 0.8, rows["score"] > 0.45, random.random(size) < 0.5)
    rows["decision"] = rows["decision"].map({True: "yes", False: "no"})
    rows.loc[of["no_outcome"], "said"] = None
    rows.loc[of["one_class"], "said"] = "no"
    rows.loc[of["no_weight"], "w"] = 0.0
    rows.loc[of["label_unknown"] & (place < 30), "said"] = "maybe"
    rows.loc[of["label_unknown"] & (place >= 150), "decision"] = "perhaps"
    return rows


@pytest.fixture(scope="module")
def log():
    return draw()


@pytest.fixture(scope="module")
def found(monitor, log, tmp_path_factory):
    """Return the metric rows of one run over all days."""
    folder = tmp_path_factory.mktemp("odd")
    append(folder / "log", pa.table({
        "id": log["id"], "at": pa.array(log["at"]).cast(pa.timestamp("us", "UTC")), "place": log["place"],
        "score": log["score"], "w": log["w"], "decision": pa.array(log["decision"].tolist(), pa.string())}))
    told = log[log["said"].notna()]
    deliver(folder / "outcomes", pa.table({
        "id": told["id"], "said": pa.array(told["said"].tolist(), pa.string()),
        "known": pa.array(told["known"]).cast(pa.timestamp("us", "UTC"))}))
    config = configure_with_outcomes(folder / "log", folder / "outcomes", folder / "results", CONFIG)
    monitor(config, wish(as_of=moment(2024, 3, 1)))
    return read_table(folder / "results", "metrics").to_pandas()


def of_day(found, day, family="performance"):
    """Return the overall rows of one day, by metric."""
    start = pd.Timestamp((FIRST + day * DAY_US) // 1000, unit="ms", tz="UTC")
    rows = found[(found["window_start"] == start) & found["segment"].isna() & (found["model_version"] == "*")
                 & (found["family"] == family) & (found["reference"].isna())]
    return rows.set_index("metric")


def truth(rows):
    """Return the numbers of scikit-learn on rows with an outcome, each on those that it can be told of."""
    known = rows[rows["said"].isin(["no", "yes"])]
    decided, scored = known[known["decision"].isin(["no", "yes"])], known[known["score"].between(0, 1)]
    y, d, w = decided["said"] == "yes", decided["decision"] == "yes", decided["w"]
    numbers = {"accuracy": sk.accuracy_score(y, d, sample_weight=w),
               "precision": sk.precision_score(y, d, sample_weight=w),
               "recall": sk.recall_score(y, d, sample_weight=w), "f1": sk.f1_score(y, d, sample_weight=w),
               "mcc": sk.matthews_corrcoef(y, d, sample_weight=w)}
    y, s, w = scored["said"] == "yes", scored["score"], scored["w"]
    return numbers | {"brier": sk.brier_score_loss(y, s, sample_weight=w),
                      "log_loss": sk.log_loss(y, s, sample_weight=w),
                      "roc_auc": sk.roc_auc_score(y, s, sample_weight=w),
                      "base_rate": np.average(known["said"] == "yes", weights=known["w"])}


def assert_true(rows, log):
    for name, value in truth(log).items():
        row = rows.loc[name]
        assert row["status"] == "ok" and row["labelled_rows"] == log["said"].isin(["no", "yes"]).sum(), (name, row)
        bound = row["error_bound"] + 1e-12 if name == "roc_auc" else 0.0
        assert row["value"] == pytest.approx(value, rel=1e-9, abs=bound), name


def whys(rows, *names):
    """Return the distinct (status, reason) of some metrics."""
    return {(rows.loc[name, "status"], rows.loc[name, "reason"]) for name in names}


@pytest.mark.parametrize("day", ORDINARY)
def test_ordinary_days_are_unharmed(found, log, day):
    assert_true(of_day(found, day), log[log["day"] == day])


def test_a_row_has_a_value_or_says_why_not(found):
    there = found["status"].isin(["ok", "immature"])
    assert (found["value"].notna() == there).all()
    assert found.loc[~there, "reason"].str.fullmatch("[a-z0-9_]+").all()
    assert set(found["status"]) <= {"ok", "immature", "undefined", "too_few_rows"}
    both = found[found["ci_low"].notna() & found["ci_high"].notna()]
    assert (both["ci_low"] <= both["ci_high"]).all()


def test_a_day_without_outcomes_says_so(found):
    rows = of_day(found, DAYS["no_outcome"])
    names = "accuracy", "recall", "roc_auc", "brier", "log_loss", "base_rate"
    assert whys(rows, *names) == {("undefined", "no_outcomes")}
    assert rows.loc["labelled_share", "value"] == 0 and rows.loc["selection_rate", "status"] == "ok"


def test_a_day_of_one_class_has_what_one_class_can_tell(found, log):
    rows, mine = of_day(found, DAYS["one_class"]), log[log["day"] == DAYS["one_class"]]
    assert whys(rows, "recall", "roc_auc", "average_precision", "mcc") == {("undefined", "one_class")}
    assert rows.loc["accuracy", "value"] == pytest.approx(np.average(mine["decision"] == "no", weights=mine["w"]))
    assert rows.loc["base_rate", "value"] == 0


def test_a_day_of_one_row_is_too_little_for_most(found, log):
    rows, [mine] = of_day(found, DAYS["one_row"]), log[log["day"] == DAYS["one_row"]].to_dict("records")
    assert rows.loc["accuracy", "value"] == float(mine["decision"] == mine["said"])
    assert rows.loc["accuracy", "ci_high"] - rows.loc["accuracy", "ci_low"] > 0.5
    assert whys(rows, "roc_auc", "mcc") == {("undefined", "one_class")}


def test_equal_scores_order_nothing(found, log):
    rows = of_day(found, DAYS["same_score"])
    assert_true(rows, log[log["day"] == DAYS["same_score"]])
    assert rows.loc["roc_auc", "value"] == 0.5 and rows.loc["score_ks", "value"] == 0
    assert rows.loc["gini", "value"] == 0


def test_rows_that_weigh_nothing_give_no_number(found):
    rows = of_day(found, DAYS["no_weight"])
    assert whys(rows, "accuracy", "recall", "roc_auc", "brier", "base_rate", "selection_rate") == {
        ("undefined", "no_weight")}
    assert of_day(found, DAYS["no_weight"], "quality").loc["row_count", "value"] == PER_DAY


def test_a_score_that_is_no_probability_is_none_and_its_decision_counts(found, log):
    assert_true(of_day(found, DAYS["score_beyond"]), log[log["day"] == DAYS["score_beyond"]])


def test_a_label_that_is_no_class_is_no_outcome_and_is_counted(found, log):
    mine = log[log["day"] == DAYS["label_unknown"]]
    assert_true(of_day(found, DAYS["label_unknown"]), mine)
    rate = of_day(found, DAYS["label_unknown"], "quality").loc["outcome_unknown_rate"]
    assert (rate["status"], rate["value"]) == ("ok", pytest.approx(30 / PER_DAY))


def test_relations_are_compared_where_there_are_outcomes_to_compare(found):
    rows = found[(found["metric"] == "relation_shift") & found["segment"].isna() & (found["model_version"] == "*")]
    days = (rows["window_start"] - rows["window_start"].min()).dt.days
    of = dict(zip(days, rows["status"]))
    assert all(of[day] == "ok" for day in ORDINARY)
    assert {of[DAYS[case]] for case in ("no_outcome", "no_weight")} == {"undefined"}
