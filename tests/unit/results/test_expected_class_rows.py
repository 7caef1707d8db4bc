"""Are decisions among several classes expected to be as good as the reference's shares say of today's scores?"""

from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from labelled_log import DAY, FIRST, SCOPES, TRAINING, one, only, pick, window
from sklearn import metrics as sk

from spark_monitor.cells.class_feed import _counting
from spark_monitor.cells.kernel.class_scores import ClassPlan
from spark_monitor.cells.kernel.plan import SegmentPlan
from spark_monitor.cells.score_arrow import SCORE_SCHEMA
from spark_monitor.cells.stream import FEATURE, UNIT, units
from spark_monitor.metrics.estimation.estimated_classes import ESTIMATED_CLASS_METRICS
from spark_monitor.results.multiclass import evaluate_classes
from spark_monitor.results.request import EvaluationRequest, ScoreRequest

NAMES = ("bus", "car", "van")
EDGES = np.arange(0.5, 100) / 100
FEATURES = dict(zip(("(classes)", *[f"score:{name}" for name in NAMES]), ("all", *NAMES)))
WEEK = {"week": (window(0, 7),)}
RATES = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}


def drawn(rows, days, seed, shift=(0.0, 0.0, 0.0), lost=0.0, heat=1.5, levels=0.0):
    """Return random rows whose scores are too sure of themselves, by `heat`; `shift` moves what is scored."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1.2, (rows, 3)) + np.array(shift)
    day = random.choice(list(days), rows)
    level = 1 + levels * np.random.default_rng(seed + 1).normal(0, 1, 1000)[day][:, None]
    chance = softmax(logits * np.maximum(level, 0))
    outcome = (random.random((rows, 1)) > chance.cumsum(axis=1)[:, :2]).sum(axis=1)
    scores = softmax(logits * heat)
    outcome = np.where(random.random(rows) < lost, -1, outcome)
    return frame(day, np.round(scores, 2), scores.argmax(axis=1), outcome, random.choice(["A", "B"], rows))


def softmax(logits):
    power = np.exp(logits)
    return power / power.sum(axis=1, keepdims=True)


def frame(day, scores, decision, outcome, city="A"):
    rows = pd.DataFrame({"t": FIRST + np.asarray(day) * DAY, "q": False, "d": np.array(NAMES)[decision],
                         "y": np.array([*NAMES, None], object)[outcome], "city": city})
    rows["known"] = (rows["t"] + DAY // 24).where(rows["y"].notna()).astype("Int64")
    return rows.assign(**{f"s{number}": scores[:, number] for number in range(3)})


def counted(rows, reference=None):
    segments = (SegmentPlan(None), SegmentPlan("city", ("city",), ("A", "B")))
    plan = ClassPlan(FIRST + DAY * np.arange(-60, 400), segments, tuple(frozenset([name]) for name in NAMES),
                     (EDGES,) * 3, tuple((f"s{number}",) for number in range(3)))
    batch = pa.RecordBatch.from_pandas(rows, preserve_index=False)
    cells = pa.Table.from_batches(_counting(plan, FEATURES)([batch]), SCORE_SCHEMA)
    return cells.append_column("reference", pa.array([reference] * len(cells), pa.string()))


def evaluated(now, before, windows=WEEK, selection=only("estimated"), as_of=500.0, scored=True):
    table = pa.concat_tables([counted(now), counted(before, "training")])
    order = [(name, "ascending") for name in (*UNIT, "reference", "slice", "model_version")]
    table = table.take(pc.sort_indices(table, order)).combine_chunks()
    tables = {part.column("feature")[0].as_py(): part for part in units(table.to_batches(), FEATURE)}
    scores = ScoreRequest("all", 0, None, 0.99, FIRST + int(as_of * DAY), "day", "UTC", "training",
                          classes=tuple((name, name, len(EDGES)) for name in NAMES))
    request = EvaluationRequest("m", "run", 5, {}, {"city": frozenset("AB")}, windows, (TRAINING,),
                                dict.fromkeys(SCOPES, selection), scores)
    tables = tables if scored else {"(classes)": tables["(classes)"]}
    return pa.Table.from_batches(list(evaluate_classes(tables, request))).to_pandas()


def realised(rows):
    y, d = rows["y"], rows["d"]
    return {"accuracy": sk.accuracy_score(y, d), "mcc": sk.matthews_corrcoef(y, d),
            "cohen_kappa": sk.cohen_kappa_score(y, d), "balanced_accuracy": sk.balanced_accuracy_score(y, d),
            **{name: rate(y, d, average="macro") for name, rate in RATES.items()},
            **{f"{name}_weighted": rate(y, d, average="weighted") for name, rate in RATES.items()}}


def two_levels(rows, seed, sure):
    """Return rows decided for a class with one of two scores, the others having one of two scores each."""
    random = np.random.default_rng(seed)
    decision, high = random.integers(0, 3, rows), random.random(rows) < sure
    hit = random.random(rows) < np.where(high, 0.9, 0.6)
    other = (decision + np.where(random.random(rows) < 0.75, 1, 2)) % 3
    scores = np.full((rows, 3), 0.1)
    scores[np.arange(rows), (decision + 1) % 3] = 0.2
    scores[np.arange(rows), decision] = np.where(high, 0.8, 0.6)
    return decision, scores, np.where(hit, decision, other)


def expected_table(now, before):
    """Return the expected table of decision and outcome by hand, from shares of the reference by score."""
    decision, scores, _ = now
    before_decision, before_scores, before_outcome = before
    table, columns = np.zeros((3, 3)), np.zeros(3)
    for number in range(3):
        for mine in (True, False):
            for level in np.unique(scores[(decision == number) == mine, number]):
                held = ((before_decision == number) == mine) & (before_scores[:, number] == level)
                # Both levels are ends of the curve.
                share = ((before_outcome[held] == number).sum() + 0.5) / (held.sum() + 1)
                rows = (((decision == number) == mine) & (scores[:, number] == level)).sum()
                if mine:
                    table[number, number] += share * rows
                else:
                    columns[number] += share * rows
    missed = np.bincount(decision, minlength=3) - np.diagonal(table)
    columns *= missed.sum() / columns.sum()
    # The margins alone enter the numbers that are looked at: any misses with these margins do.
    off = np.bincount(before_decision * 3 + before_outcome, minlength=9).reshape(3, 3) * (1.0 - np.eye(3))
    for _ in range(1000):
        off = off * columns / off.sum(axis=0)
        off = off * (missed / off.sum(axis=1))[:, None]
    return table + off


def test_an_estimate_is_what_the_references_shares_say_of_the_rows():
    before, now = two_levels(6000, 1, 0.5), two_levels(800, 2, 0.8)
    rows = evaluated(frame(np.zeros(800, int), now[1], now[0], np.full(800, -1)),
                     frame(-20 + np.arange(6000) % 20, before[1], before[0], before[2]), {"day": (window(0),)})
    table = expected_table(now, before)
    d, y = np.divmod(np.arange(9), 3)
    weighted = {"sample_weight": table.ravel()}
    truth = {"accuracy": sk.accuracy_score(y, d, **weighted), "mcc": sk.matthews_corrcoef(y, d, **weighted),
             "cohen_kappa": sk.cohen_kappa_score(y, d, **weighted),
             "balanced_accuracy": sk.balanced_accuracy_score(y, d, **weighted),
             **{name: rate(y, d, average="macro", **weighted) for name, rate in RATES.items()},
             **{f"{name}_weighted": rate(y, d, average="weighted", **weighted) for name, rate in RATES.items()}}
    for name, value in truth.items():
        row = one(rows, metric=name, feature=None)
        assert row["value"] == pytest.approx(value, abs=1e-6), name
        assert (row["status"], row["sample_size"]) == ("ok", 800)
    assert one(rows, metric="accuracy", feature=None)["reference_value"] == (before[0] == before[2]).mean()


@pytest.fixture(scope="module")
def published():
    before, now = drawn(12_000, range(-28, 0), seed=3), drawn(2_500, range(7), seed=5, shift=(0.6, 0, 0), lost=0.2)
    return before, now, evaluated(now, before)


def test_both_bands_stand_beside_each_other(published):
    rows = published[2]
    for name in ESTIMATED_CLASS_METRICS:
        mine, population = (one(rows, metric=name, feature=feature) for feature in (None, "population"))
        assert mine["value"] == population["value"] and mine["family"] == population["family"] == "estimated"
        for row in (mine, population):
            assert row["ci_low"] < row["value"] < row["ci_high"]
        assert (mine["ci_method"], population["ci_method"]) == ("delta_realised", "delta_population")


def test_an_error_is_the_estimate_less_what_was_realised(published):
    before, now, rows = published
    reference = realised(before)
    for name, value in realised(now.dropna(subset="y")).items():
        row, estimate = (one(rows, metric=metric, feature=feature)
                         for metric, feature in (("estimation_error", name), (name, None)))
        assert row["value"] == pytest.approx(estimate["value"] - value, abs=1e-9), name
        assert row["ci_low"] == pytest.approx(estimate["ci_low"] - value, abs=1e-9)
        assert row["status"] == "ok" and row["labelled_rows"] == now["y"].notna().sum()
        assert estimate["reference_value"] == pytest.approx(reference[name], rel=1e-9)


def test_bands_hold_what_is_realised_while_only_scores_shift():
    days = 120
    before, now = drawn(25_000, range(-28, 0), seed=7), drawn(72_000, range(days), seed=9, shift=(0.5, 0, -0.3))
    rows = evaluated(now, before, {"day": tuple(window(day) for day in range(days))})
    errors = pick(rows, metric="estimation_error")
    for name in ("accuracy", "precision", "recall", "f1", "mcc", "recall_weighted"):
        mine = errors[errors["feature"] == name]
        share = ((mine["ci_low"] <= 0) & (mine["ci_high"] >= 0)).mean()
        assert len(mine) == days and share >= 0.9, (name, share)


def test_a_segment_is_estimated_by_its_own_outcomes():
    make = partial(drawn, days=range(-28, 0))
    before = pd.concat([make(8000, seed=11).assign(city="A"), make(8000, seed=13, heat=6).assign(city="B")])
    now = pd.concat([drawn(1500, range(7), seed=15).assign(city="A"),
                     drawn(1500, range(7), seed=17, heat=6).assign(city="B")])
    rows = evaluated(now, before)
    for city in "AB":
        row = one(rows, segment="city", segment_value=city, metric="accuracy", feature=None)
        assert row["ci_low"] <= realised(now[now["city"] == city])["accuracy"] <= row["ci_high"]


def test_hits_that_wander_in_the_reference_widen_bands():
    widths = []
    for levels in (0.0, 0.8):
        before, now = drawn(25_000, range(-28, 0), seed=19, levels=levels), drawn(3_000, [0], seed=21)
        row = one(evaluated(now, before, {"day": (window(0),)}), metric="accuracy", feature=None)
        widths.append(row["ci_high"] - row["ci_low"])
    assert widths[1] > 2.5 * widths[0]


@pytest.mark.parametrize(("outcomes", "as_of", "scored", "reason"), [
    ("none", 500, True, "no_calibration"), ("all", 500, False, "no_calibration"),
    ("late", 0.02, True, "reference_immature")])
def test_a_reference_that_says_nothing_of_scores_gives_no_estimates(outcomes, as_of, scored, reason):
    before, now = drawn(900, [-1], seed=23), drawn(300, [-1], seed=25)
    before["t"] += np.arange(900) * DAY // 900
    before["known"] = before["t"] + DAY // 24
    hidden = {"none": before["t"] < 10**18, "all": before["t"] < 0, "late": before["known"] > FIRST}[outcomes]
    before = before.assign(y=before["y"].mask(hidden, None), known=before["known"].astype("Int64").mask(hidden))
    row = one(evaluated(now, before, {"day": (window(-1),)}, as_of=as_of, scored=scored), metric="f1", feature=None)
    assert (row["status"], row["reason"]) == ("undefined", reason)


def test_a_class_that_the_reference_hardly_held_harms_no_other():
    before, now = drawn(6_000, range(-28, 0), seed=27), drawn(900, range(7), seed=29)
    rare = np.flatnonzero(before["d"] == "van")
    before = before.drop(before.index[rare[3:]])
    rows = evaluated(now, before)
    row = one(rows, metric="accuracy", feature=None)
    assert row["status"] == "ok" and row["ci_low"] <= realised(now)["accuracy"] <= row["ci_high"]


def test_a_window_without_rows_says_so(published):
    before, now, _ = published
    rows = evaluated(now, before, {"day": (window(0), window(30))})
    assert one(rows, day=30, metric="f1", feature=None)["reason"] == "no_rows"
    assert one(rows, day=0, metric="f1", feature=None)["status"] == "ok"


def test_only_what_is_asked_for_is_estimated(published):
    before, now, _ = published
    rows = evaluated(now, before, selection=only(None, "f1_weighted"))
    assert set(zip(rows["metric"], rows["family"])) == {("f1_weighted", "performance"), ("f1_weighted", "estimated")}
