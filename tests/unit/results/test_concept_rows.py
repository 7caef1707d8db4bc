"""Do the rows of concept drift add up to the published change, and tell a new relation from other rows?"""

import numpy as np
import pandas as pd
import pytest
from labelled_log import PLACES, TRAINING, counted, drawn, evaluated, frame, one, only, pick, window
from scipy.stats import binomtest, chi2_contingency

from spark_monitor.metrics.concept import CONCEPT_METRICS
from spark_monitor.metrics.selection import DEFAULTS, Selection
from spark_monitor.results import concept_strata

CONCEPT = only("concept")
EFFECTS = ["mix_effect", "label_rate_effect", "relation_effect"]
SPLIT = ["base_rate", "accuracy", "precision", "recall", "roc_auc", "log_loss"]
WHERE = ["grain", "window_start", "model_version", "segment", "segment_value"]
WEEK = {"week": (window(0, 7),)}
OVERALL_ONLY = {"overall": CONCEPT, "segments": Selection(), "crossings": Selection()}
OTHER = (0.2, 0.3, 0.5)


def of_week(seed, before_seed=1, rows=12_000, selection=OVERALL_ONLY, **more):
    """Return the rows of one week beside a reference of four."""
    before, now = drawn(24_000, range(-28, 0), before_seed), drawn(rows, range(7), seed, **more)
    return evaluated(counted(now), counted(before, "training"), WEEK, selection)


def test_the_parts_add_up_to_the_published_change():
    before = drawn(9_000, range(-28, 0), seed=1)
    now = drawn(6_000, range(5), seed=2, shift=0.3, shares=OTHER, change=lambda odds: 0.5 * odds, lost=0.1)
    both = Selection(families=frozenset({"concept", "performance"}))
    windows = {"day": tuple(window(day) for day in range(6)), **WEEK}
    rows = evaluated(counted(now), counted(before, "training"), windows, both)
    effects = rows[rows["metric"].isin(EFFECTS)]
    totals = effects.groupby([*WHERE, "feature"], dropna=False)["value"].agg(lambda part: part.sum(skipna=False))
    published = rows[rows["family"] == "performance"].set_index([*WHERE, "metric"])
    change = (published["value"] - published["reference_value"]).rename_axis(totals.index.names)
    together = pd.concat([totals.rename("parts"), change.rename("change")], axis=1, join="inner")
    known = together.dropna()
    assert len(together) == len(totals) and len(known) > 400
    assert (known["parts"] - known["change"]).abs().max() < 1e-12
    # What has a change and no parts is undefined somewhere on the way, and says so.
    without = effects[effects["value"].isna()]
    assert set(without["reason"]) <= {"no_rows", "too_few_rows", "undefined_on_the_path"}
    beside = effects.merge(published["reference_value"].reset_index(), left_on=[*WHERE, "feature"],
                           right_on=[*WHERE, "metric"])
    np.testing.assert_allclose(beside["reference_value_x"], beside["reference_value_y"], rtol=1e-14)


def test_a_mix_of_segments_that_are_calibrated_differently_is_no_new_relation():
    row_p, mix = [], []
    for seed in range(20, 26):
        rows = of_week(seed, seed - 10, shares=OTHER, rows=6_000)
        row_p.append(one(rows, metric="relation_shift")["p_value"])
        mix.append(one(rows, metric="mix_effect", feature="base_rate")["value"])
        rest = one(rows, metric="relation_effect", feature="accuracy")["value"]
        assert abs(rest) < 0.02
    assert min(row_p) > 0.01
    # West is positive less often, and there is more of it now.
    assert np.mean(mix) < -0.02


def test_without_segments_the_same_mix_looks_like_a_new_relation():
    before, now = drawn(24_000, range(-28, 0), seed=3), drawn(12_000, range(7), seed=4, shares=OTHER)
    rows = evaluated(counted(now), counted(before, "training"), WEEK, OVERALL_ONLY, frozen=())
    assert one(rows, metric="relation_shift")["p_value"] < 0.01


@pytest.mark.parametrize(("word", "more"), [
    ("none", {}), ("covariate", {"shift": 0.5}), ("relation", {"change": lambda odds: 0.3 * odds - 0.5})])
def test_the_kind_of_change_is_a_number_and_a_word(word, more):
    rows = of_week(7, **more)
    kind = one(rows, metric="concept_kind")
    assert (kind["reason"], kind["value"]) == (word, ["none", "covariate", "label", "relation"].index(word))
    relation, scores = one(rows, metric="relation_shift"), one(rows, metric="scores_given_outcome_p")
    assert (relation["p_value"] < 0.05) == (word == "relation")
    assert (scores["value"] < 0.05) == (word != "none") and scores["value"] == scores["p_value"]


def test_more_positives_that_score_as_they_did_are_a_change_of_labels():
    before, many = drawn(40_000, range(-28, 0), seed=8), drawn(60_000, range(7), seed=9)
    now = pd.concat([many[many["y"] == 1].head(6_000), many[many["y"] == 0].head(6_000)], ignore_index=True)
    rows = evaluated(counted(now), counted(before, "training"), WEEK, OVERALL_ONLY)
    assert one(rows, metric="concept_kind")["reason"] == "label"
    rate, mix, rest = (one(rows, metric=name, feature="precision")["value"] for name in
                       ("label_rate_effect", "mix_effect", "relation_effect"))
    assert rate > 0.05 and abs(rest) < 0.03 and rate > mix


def test_the_reference_is_named_and_its_own_wander_is_no_surprise():
    weekly = [drawn(6_000, range(start, start + 7), seed=60 + start, change=lambda odds, level=level: odds + level)
              for start, level in zip(range(-28, 0, 7), (0.5, -0.5, 0.4, -0.4))]
    now = drawn(6_000, range(7), seed=70, change=lambda odds: odds + 0.45)
    p = {}
    for name, before in (("wandering", pd.concat(weekly)), ("steady", drawn(24_000, range(-28, 0), seed=71))):
        rows = evaluated(counted(now), counted(before, "training"), WEEK, OVERALL_ONLY)
        row = one(rows, metric="relation_shift")
        assert (row["reference"], row["reference_id"]) == (TRAINING.name, TRAINING.reference_id)
        assert row["reference_size"] == len(before) and row["sample_size"] == len(now)
        p[name] = row["p_value"]
    # Four weeks alone say little of how far weeks wander, so that no p-value is as small as without them.
    assert p["steady"] < 0.01 and p["wandering"] > 0.05


def test_a_single_score_shows_the_difference_of_rates_itself():
    before = frame(-10, np.full(400, 0.3025), 0, np.arange(400) < 120)
    now = frame(0, np.full(200, 0.3025), 0, np.arange(200) < 90)
    before["y"], now["y"] = before["y"].astype(int), now["y"].astype(int)
    rows = evaluated(counted(now), counted(before, "training"), {"day": (window(0),)}, CONCEPT)
    for where in ({}, {"segment": "place", "segment_value": "north"}):
        row = one(rows, metric="relation_shift", **where)
        assert row["value"] == pytest.approx(90 / 200 - 120 / 400, abs=1e-12)
        # One level, one degree of freedom: Pearson's test, but for its variance's factor of (N - 1) / N.
        squared = chi2_contingency([[90, 110], [120, 280]], correction=False)
        assert row["p_value"] == pytest.approx(squared.pvalue, rel=0.05)
        assert one(rows, metric="relation_effect", feature="base_rate", **where)["value"] == pytest.approx(0, abs=1e-12)


def test_the_base_rate_shift_has_newcombes_interval_and_pearsons_test():
    before = frame(-10, np.full(80, 0.3), 0, (np.arange(80) < 48).astype(int))
    now = frame(0, np.full(70, 0.3), 0, (np.arange(70) < 56).astype(int))
    rows = evaluated(counted(now), counted(before, "training"), {"day": (window(0),)}, CONCEPT)
    row = one(rows, metric="base_rate_shift")
    (l1, u1), (l2, u2) = (binomtest(k, n).proportion_ci(method="wilson") for k, n in ((56, 70), (48, 80)))
    p1, p2 = 56 / 70, 48 / 80
    assert row["value"] == pytest.approx(p1 - p2, abs=1e-12) and row["reference_value"] == pytest.approx(p2)
    assert row["ci_low"] == pytest.approx(p1 - p2 - np.hypot(p1 - l1, u2 - p2), abs=1e-9)
    assert row["ci_high"] == pytest.approx(p1 - p2 + np.hypot(u1 - p1, p2 - l2), abs=1e-9)
    table = [[56, 14], [48, 32]]
    assert row["p_value"] == pytest.approx(chi2_contingency(table, correction=False).pvalue, rel=1e-9)


def test_a_segment_that_changed_is_told_from_those_that_did_not():
    before, now = drawn(40_000, range(-28, 0), seed=31), drawn(12_000, range(7), seed=32)
    turned = drawn(12_000, range(7), seed=33, change=lambda odds: -odds)
    now = pd.concat([now[now["place"] != "south"], turned[turned["place"] == "south"]], ignore_index=True)
    rows = evaluated(counted(now), counted(before, "training"), WEEK, CONCEPT)
    for place in PLACES:
        row = one(rows, metric="relation_shift", segment="place", segment_value=place)
        assert (row["p_value"] < 1e-3) == (place == "south"), place
        assert row["sample_size"] == (now["place"] == place).sum()
        assert row["reference_size"] == (before["place"] == place).sum()
    assert one(rows, metric="relation_shift")["p_value"] < 1e-3


def test_a_version_is_compared_by_its_own_rows():
    before, now = drawn(24_000, range(-28, 0), seed=34), drawn(12_000, range(7), seed=35)
    now.loc[now["v"] == "2", "y"] = 1 - now["y"]
    rows = evaluated(counted(now), counted(before, "training"), WEEK, OVERALL_ONLY)
    p = [one(rows, metric="relation_shift", model_version=version)["p_value"] for version in "12"]
    assert p[0] > 0.05 and p[1] < 1e-3
    assert one(rows, metric="relation_shift", model_version="1")["sample_size"] == (now["v"] == "1").sum()


def test_young_outcomes_hold_rows_back_and_a_young_reference_says_nothing():
    before, now = drawn(9_000, range(-28, 0), seed=36), drawn(900, [0], seed=37)
    windows = {"day": (window(0),)}
    young = evaluated(counted(now), counted(before, "training"), windows, OVERALL_ONLY, as_of=1)
    assert set(young["status"]) == {"immature"} and set(young["reason"]) == {"outcomes_to_come"}
    assert young["value"].notna().all()
    before["t"] += 28 * 86_400_000_000
    rows = evaluated(counted(now), counted(before[before["day"] == -28], "training"), windows, OVERALL_ONLY, as_of=0.04)
    assert set(rows["status"]) == {"undefined"} and set(rows["reason"]) == {"reference_immature"}
    assert set(rows["metric"]) == set(CONCEPT_METRICS) and len(rows) == 3 * (4 + 3 * len(SPLIT))


@pytest.mark.parametrize(("case", "reasons"), [
    ("unlabelled", {"no_outcomes"}), ("one class", {None, "relation", "one_class", "too_few_rows"}),
    ("one row", {None, "none", "one_class", "too_few_rows"}), ("bad scores", {None, "no_scores"})])
def test_odd_windows_say_what_is_missing_and_harm_no_other(case, reasons):
    before, good = drawn(9_000, range(-28, 0), seed=38), drawn(1_000, [1], seed=39)
    odd = drawn(300, [0], seed=40)
    odd = {"unlabelled": odd.assign(y=-1), "one class": odd.assign(y=0), "one row": odd.head(1).assign(y=0),
           "bad scores": odd.assign(s=7.0)}[case]
    windows = {"day": (window(0), window(1), window(2))}
    stored = counted(before, "training")
    rows = evaluated(counted(pd.concat([odd, good], ignore_index=True)), stored, windows, OVERALL_ONLY)
    mine = pick(rows, day=0)
    assert set(mine["reason"]) <= reasons
    assert (mine["value"].isna() == mine["status"].isin(["undefined", "too_few_rows"])).all()
    assert set(pick(rows, day=2)["reason"]) == {"no_rows"}
    alone = evaluated(counted(good), stored, windows, OVERALL_ONLY)
    for name in ("value", "p_value", "expected_value"):
        np.testing.assert_allclose(*[pick(side, day=1)[name].to_numpy(float) for side in (rows, alone)], atol=1e-12)


def test_logs_without_scores_have_the_change_of_the_base_rate_and_its_parts():
    before, now = drawn(4_000, range(-28, 0), seed=41), drawn(900, [0], seed=42)
    cells = counted(now, scored=False), counted(before, "training", scored=False)
    rows = evaluated(*cells, {"day": (window(0),)}, OVERALL_ONLY)
    assert one(rows, metric="relation_shift")["reason"] == "no_scores"
    assert one(rows, metric="concept_kind")["reason"] == "no_scores"
    parts = [one(rows, metric=name, feature="accuracy")["value"] for name in EFFECTS]
    change = (now["d"] == now["y"]).mean() - (before["d"] == before["y"]).mean()
    assert sum(parts) == pytest.approx(change, abs=1e-12)
    assert one(rows, metric="base_rate_shift")["status"] == "ok"


def test_a_reference_without_outcomes_is_none():
    before, now = drawn(900, range(-28, 0), seed=43).assign(y=-1), drawn(900, [0], seed=44)
    rows = evaluated(counted(now), counted(before, "training"), {"day": (window(0),)}, OVERALL_ONLY)
    assert set(rows["reason"]) == {"no_reference"} and set(rows["status"]) == {"undefined"}


def test_numbers_stay_whatever_the_size_of_blocks(monkeypatch):
    before, now = drawn(3_000, range(-28, 0), seed=45), drawn(2_000, range(4), seed=46)
    windows = {"day": tuple(window(day) for day in range(4))}
    wanted = {**OVERALL_ONLY, "segments": CONCEPT}
    sides = [evaluated(counted(now), counted(before, "training"), windows, wanted)]
    monkeypatch.setattr(concept_strata, "MOST_NUMBERS", 2_000)
    sides.append(evaluated(counted(now), counted(before, "training"), windows, wanted))
    keys = [*WHERE, "metric", "feature"]
    sides = [side.sort_values(keys).reset_index(drop=True) for side in sides]
    assert len(sides[0]) > 1_000
    for name in ("value", "p_value", "expected_value"):
        np.testing.assert_allclose(*[side[name].to_numpy(float) for side in sides], atol=1e-12)


def test_by_default_segments_have_the_shift_alone_and_crossings_nothing():
    before, now = drawn(4_000, range(-28, 0), seed=47), drawn(900, [0], seed=48)
    rows = evaluated(counted(now), counted(before, "training"), {"day": (window(0),)}, DEFAULTS)
    rows = rows[rows["family"] == "concept"]
    assert set(rows.loc[rows["segment"].isna(), "metric"]) == set(CONCEPT_METRICS)
    assert set(rows.loc[rows["segment"] == "place", "metric"]) == {"relation_shift"}
    assert "place × v" not in set(rows["segment"])


def test_a_value_that_the_reference_never_held_has_nothing_to_be_compared_with():
    before, now = drawn(9_000, range(-28, 0), seed=49), drawn(2_000, [0], seed=50)
    now.loc[now["place"] == "west", "place"] = "east"
    rows = evaluated(counted(now), counted(before, "training"), {"day": (window(0),)}, CONCEPT)
    new = pick(rows, segment="place", segment_value="(other)")
    assert set(new["reason"]) == {"no_reference"} and set(new["status"]) == {"undefined"}
    # Overall its rows are in the mix, and so in the parts.
    parts = [one(rows, metric=name, feature="base_rate")["value"] for name in EFFECTS]
    assert sum(parts) == pytest.approx(now["y"].mean() - before["y"].mean(), abs=1e-12)
