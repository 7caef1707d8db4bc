"""Are the numbers of a model of three classes those of scikit-learn on the raw rows, also as outcomes come late?"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from equality import read_table
from small_log import append, moment, wish
from small_outcomes import configure_with_outcomes, deliver
from sklearn import metrics as sk

DAY_US = 86_400_000_000
FIRST, WEEKS, PER_WEEK = moment(2024, 1, 1), 4, 400
NAMES = ("a", "b", "c")
SCORES = [f"p_{name}" for name in NAMES]
CONFIG = """
model: classes
task: multiclass
predictions:
  table: {log}
  id: id
  time: at
  version: version
  prediction: decision
  score: {{a: p_a, b: p_b, c: p_c}}
  features: []
outcomes: {{table: {outcomes}, id: ref, outcome: said, time: known}}
windows: {{grain: week}}
references: [{{name: before, start: 2024-01-01, end: 2024-01-15}}]
segments: [region]
metrics: {{overall: [row_count, performance], segments: [accuracy, precision, recall, f1, roc_auc, log_loss]}}
results: {results}
"""


def draw():
    """Return predictions beside their outcomes; c becomes known days after a and b, one in eight never."""
    random, size = np.random.default_rng(3), WEEKS * PER_WEEK
    scores = random.dirichlet([2.0, 1.5, 1.0], size)
    outcome = (random.random(size)[:, None] > scores.cumsum(axis=1)[:, :2]).sum(axis=1)
    decision = np.where(random.random(size) < 0.9, scores.argmax(axis=1), random.integers(0, 3, size))
    at = FIRST + (np.arange(size) + 0.5) / size * WEEKS * 7 * DAY_US
    delay = np.where(outcome == 2, random.uniform(1, 3, size), random.uniform(0, 1, size)) * DAY_US
    rows = pd.DataFrame({"id": [f"n{number}" for number in range(size)], "at": at.astype(np.int64),
                         "version": random.choice(["1", "2"], size), "region": random.choice(["east", "west"], size),
                         "decision": np.array(NAMES)[decision], "known": (at + delay).astype(np.int64),
                         "said": np.array(NAMES)[outcome].astype(object)})
    rows[SCORES] = scores
    rows.loc[random.random(size) < 0.125, "said"] = None
    return rows


@pytest.fixture(scope="module")
def log():
    return draw()


@pytest.fixture(scope="module")
def found(monitor, log, tmp_path_factory):
    """Return the metric rows of a run on the last day of the log, and of one when every outcome is there."""
    folder = tmp_path_factory.mktemp("classes")
    at = pa.array(log["at"]).cast(pa.timestamp("us", "UTC"))
    append(folder / "log", pa.table({"at": at, **{name: log[name] for name in log.columns
                                                 if name not in ("at", "said", "known")}}))
    told = log[log["said"].notna()]
    deliver(folder / "outcomes", pa.table({"ref": told["id"], "said": pa.array(told["said"].tolist()),
                                           "known": pa.array(told["known"]).cast(pa.timestamp("us", "UTC"))}))
    config = configure_with_outcomes(folder / "log", folder / "outcomes", folder / "results", CONFIG)
    rows = []
    for weeks in (WEEKS, WEEKS + 8):
        monitor(config, wish(as_of=FIRST + weeks * 7 * DAY_US))
        rows.append(read_table(folder / "results", "metrics").to_pandas())
    return rows


def picked(found, week, version="*", region=None):
    start = pd.Timestamp((FIRST + week * 7 * DAY_US) // 1000, unit="ms", tz="UTC")
    of_region = found["segment"].isna() if region is None else (found["segment"] == "region") & (
        found["segment_value"] == region)
    return found[(found["window_start"] == start) & of_region & (found["model_version"] == version)
                 & (found["family"] == "performance")].set_index("metric")


def truth(rows):
    """Return the numbers of scikit-learn; all rows have a decision and scores."""
    rows = rows[rows["said"].notna()]
    y, d, s = rows["said"].to_numpy(str), rows["decision"].to_numpy(str), rows[SCORES].to_numpy()
    numbers = {"accuracy": sk.accuracy_score(y, d), "balanced_accuracy": sk.balanced_accuracy_score(y, d),
               "mcc": sk.matthews_corrcoef(y, d), "cohen_kappa": sk.cohen_kappa_score(y, d),
               "log_loss": sk.log_loss(y, s, labels=NAMES)}
    for name, score in (("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score)):
        for suffix, average in (("", "macro"), ("_weighted", "weighted"), ("_micro", "micro")):
            numbers[name + suffix] = score(y, d, average=average)
        numbers |= {f"{name}:{label}": one for label, one in zip(NAMES, score(y, d, average=None, labels=NAMES))}
    areas = [sk.roc_auc_score(y == label, s[:, place]) for place, label in enumerate(NAMES)]
    numbers |= {f"roc_auc:{label}": area for label, area in zip(NAMES, areas)}
    numbers |= {f"brier:{label}": sk.brier_score_loss(y == label, s[:, place]) for place, label in enumerate(NAMES)}
    return numbers | {"roc_auc": np.mean(areas)}


def of_week(log, week, **where):
    rows = log.iloc[week * PER_WEEK:(week + 1) * PER_WEEK]
    for name, value in where.items():
        rows = rows[rows[name] == value]
    return rows


@pytest.mark.parametrize("week, version, where", [
    (0, "*", {}), (3, "*", {}), (2, "2", {"version": "2"}), (1, "*", {"region": "east"})])
def test_numbers_are_scikit_learns_on_the_raw_rows(found, log, week, version, where):
    rows, mine = picked(found[1], week, version, where.get("region")), of_week(log, week, **where)
    seen = 0
    for name, value in truth(mine).items():
        if name in rows.index:
            row, seen = rows.loc[name], seen + 1
            bound = row["error_bound"] if name.startswith("roc_auc") else 0.0
            assert row["status"] == "ok" and row["value"] == pytest.approx(value, rel=1e-9, abs=bound), name
            assert row["ci_low"] < row["value"] < row["ci_high"], name
            assert row["labelled_rows"] == mine["said"].notna().sum()
    assert seen == len(truth(mine)) if "region" not in where else seen == 6


def test_a_week_whose_slow_class_is_to_come_is_immature_until_it_has(found, log):
    mine = of_week(log, WEEKS - 1)
    young, ripe = (picked(rows, WEEKS - 1).loc["accuracy"] for rows in found)
    assert (young["status"], young["reason"]) == ("immature", "outcomes_to_come") and young["maturity"] < 0.99
    come = mine["said"].notna() & (mine["known"] <= FIRST + WEEKS * 7 * DAY_US)
    assert young["labelled_rows"] == come.sum() < ripe["labelled_rows"] == mine["said"].notna().sum()
    assert young["value"] == pytest.approx((mine["said"] == mine["decision"])[come].mean(), rel=1e-12)
    assert (ripe["status"], ripe["revision"]) == ("ok", 2)


def test_shares_of_classes_are_those_of_a_hand_count(found, log):
    rows, mine = picked(found[1], 2), of_week(log, 2)
    for label in NAMES:
        assert rows.loc[f"base_rate:{label}", "value"] == pytest.approx((mine["said"].dropna() == label).mean())
        assert rows.loc[f"selection_rate:{label}", "value"] == pytest.approx((mine["decision"] == label).mean())
    assert rows.loc["labelled_share", "value"] == pytest.approx(mine["said"].notna().mean())


def test_every_row_has_a_value_or_says_why_not(found):
    for rows in found:
        there = rows["status"].isin(["ok", "immature"])
        assert (rows["value"].notna() == there).all() and rows.loc[~there, "reason"].notna().all()
