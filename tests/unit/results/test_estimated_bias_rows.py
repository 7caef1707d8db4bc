"""Are groups compared before outcomes as the reference's shares say, and does a row tell what that rests on?"""

import numpy as np
import pandas as pd
import pytest
from bias_logs import DAY, OF_BIAS, cells, frame, one, pick, publish

from spark_monitor.metrics.selection import Selection

LEVELS, HITS = np.array([0.1025, 0.3025, 0.6025, 0.9025]), np.array([100, 300, 500, 800])
NAMES = ("recall", "precision", "accuracy", "false_positive_rate")
COMPARED = [f"{name}_{how}" for name in NAMES for how in ("difference", "ratio")]
ESTIMATED = dict.fromkeys(
    OF_BIAS, Selection(names=frozenset(["estimation_support", *COMPARED]), of_groups=frozenset()))


def reference(shift=0, rows=1000):
    """Return rows of two groups at four scores; group B has more positives at each by `shift` rows in `rows`."""
    parts = []
    for carrier, more in (("A", 0), ("B", shift)):
        score = np.repeat(LEVELS, rows)
        outcome = np.concatenate([np.arange(rows) < (hits + more) * rows // 1000 for hits in HITS]).astype(int)
        parts.append(frame(-20 + np.arange(len(score)) % 20, carrier, score, (score > 0.5).astype(int), outcome))
    return parts


def joined(parts):
    return pd.concat(parts, ignore_index=True)


def draw(rows=3000, seed=3):
    random = np.random.default_rng(seed)
    carrier = random.choice(["A", "B"], rows)
    score = np.where(carrier == "A", random.choice(LEVELS, rows, p=[0.1, 0.2, 0.3, 0.4]), random.choice(LEVELS, rows))
    return frame(0, carrier, score, (score + random.normal(0, 0.2, rows) > 0.5).astype(int),
                 np.full(rows, -1))


def table(chance, decision):
    """Return expected TP, FP, FN, TN."""
    return [side.sum() for part in (decision, ~decision) for side in (chance[part], 1 - chance[part])]


def rates(tp, fp, fn, tn):
    return {"recall": tp / (tp + fn), "precision": tp / (tp + fp), "accuracy": (tp + tn) / (tp + fp + fn + tn),
            "false_positive_rate": fp / (fp + tn)}


def as_arrays(rows, chances):
    return chances[np.searchsorted(LEVELS, rows["s"])], (rows["d"] == "1").to_numpy()


def test_where_scores_mean_the_same_in_all_groups_the_curve_of_all_is_taken():
    before, now = joined(reference()), draw()
    rows = publish(cells(now), cells(before, "old"), range(1), selections=ESTIMATED).to_pandas()
    chances = 2 * HITS / 2000
    # End blocks count one more row, half of it positive.
    chances[[0, -1]] = (2 * HITS[[0, -1]] + 0.5) / 2001
    whole = rates(*table(*as_arrays(before, chances)))
    hits = rates(*table((before["y"] == "1").to_numpy().astype(float), as_arrays(before, chances)[1]))
    found = {group: rates(*table(*as_arrays(now[now["carrier"] == group], chances))) for group in "AB"}
    for name in NAMES:
        gap = hits[name] - whole[name]
        row = one(rows, family="estimated", metric=f"{name}_difference", feature="to_rest", segment_value="A")
        assert row["value"] == pytest.approx(found["A"][name] - found["B"][name], abs=1e-12)
        assert row["expected_value"] == pytest.approx(row["value"], abs=1e-12)
        ratio = one(rows, family="estimated", metric=f"{name}_ratio", feature="to_rest", segment_value="A")
        assert ratio["value"] == pytest.approx((found["A"][name] + gap) / (found["B"][name] + gap), rel=1e-12)
        for each in (row, ratio):
            assert each["ci_low"] <= each["value"] <= each["ci_high"] and each["status"] == "ok"
            assert each["labelled_rows"] != each["labelled_rows"] and each["ci_method"] == "mover_realised"
        assert ratio["reference_value"] == pytest.approx(1.0)
    support = pick(rows, family="estimated", metric="estimation_support")
    assert set(support["value"]) == {0.0} and set(support["reference_size"]) == {4000}


def test_what_groups_had_in_the_reference_is_told_apart_from_what_scores_say():
    before, now = joined(reference(shift=100)), draw()
    rows = publish(cells(now), cells(before, "old"), range(1), selections=ESTIMATED).to_pandas()
    row = one(rows, family="estimated", metric="precision_difference", feature="to_rest", segment_value="B")
    own = {}
    for group, more in (("A", 0), ("B", 100)):
        own[group] = rates(*table(*as_arrays(now[now["carrier"] == group], (HITS + more) / 1000)))["precision"]
    # Two groups of 4,000 outcomes each: shrinking and the curve's form leave a little.
    assert row["value"] == pytest.approx(own["B"] - own["A"], abs=0.02)
    assert row["value"] - row["expected_value"] > 0.05
    support = pick(rows, family="estimated", metric="estimation_support").set_index("segment_value")["value"]
    assert (support > 0.8).all()


def test_fewer_outcomes_of_a_group_support_less():
    parts = reference(shift=100)
    few = joined([parts[0], parts[1].iloc[::50]])
    rows = publish(cells(draw()), cells(few, "old"), range(1), selections=ESTIMATED).to_pandas()
    support = pick(rows, family="estimated", metric="estimation_support").set_index("segment_value")["value"]
    assert support["B"] < support["A"] and 0 <= support["B"] < 0.9


def test_bands_hold_what_groups_turn_out_to_be():
    random, before, held = np.random.default_rng(5), joined(reference(shift=50)), []
    days = 30
    now = joined([draw(600, seed=day).assign(t=lambda r, day=day: r["t"] + day * DAY, day=day) for day in range(days)])
    chance = (HITS[np.searchsorted(LEVELS, now["s"])] + 50 * (now["carrier"] == "B")) / 1000
    now["hit"] = random.random(len(now)) < chance
    rows = publish(cells(now.drop(columns="hit")), cells(before, "old"), range(days), selections=ESTIMATED).to_pandas()
    for name in ("recall", "accuracy"):
        picked = pick(rows, family="estimated", metric=f"{name}_difference", feature="to_rest", segment_value="A")
        for row, (_, day) in zip(picked.sort_values("window_start").itertuples(), now.groupby("day")):
            truth = {}
            for group in "AB":
                mine = day[day["carrier"] == group]
                truth[group] = rates(*table(mine["hit"].to_numpy().astype(float), as_arrays(mine, HITS)[1]))[name]
            held.append(row.ci_low <= truth["A"] - truth["B"] <= row.ci_high)
    assert np.mean(held) >= 0.93


def test_without_a_calibration_there_is_a_reason():
    before = joined(reference())
    before["y"], before["known"] = None, before["known"].mask(before["known"].notna())
    rows = publish(cells(draw(200)), cells(before, "old"), range(1), selections=ESTIMATED).to_pandas()
    assert set(rows.loc[rows["family"] == "estimated", "reason"]) == {"no_calibration"}
