"""Do the bias rows of a small log equal what fairlearn, scikit-learn and hand counts say of its rows?"""

from dataclasses import replace

import fairlearn.metrics as fairlearn
import numpy as np
import pytest
from bias_logs import ALL_OF_BIAS, NOTHING, OF_BIAS, cells, one, pick, publish
from bias_truth import LOG, OLD, TRUTH, frames

from spark_monitor.metrics.bias import SHARE_METRICS
from spark_monitor.metrics.bias.findings import JUDGED
from spark_monitor.metrics.selection import Selection


@pytest.fixture(scope="module")
def published():
    return publish(cells(LOG), cells(OLD, "old"), range(3), selections=dict.fromkeys(OF_BIAS, ALL_OF_BIAS)).to_pandas()


@pytest.mark.parametrize("criterion", ["selection_rate", *TRUTH])
def test_all_groups_together_equal_fairlearn_over_those_with_support(published, criterion):
    kept = set()
    for day in range(3):
        frame, groups = frames(LOG[LOG["day"] == day], criterion)
        kept.add(len(groups))
        for way in ("between_groups", "to_overall"):
            for measure in ("difference", "ratio"):
                row = one(published, day=day, metric=f"{criterion}_{measure}", feature=way, segment_value=None)
                assert row["value"] == pytest.approx(getattr(frame, measure)(method=way), abs=1e-12), (way, measure)
                assert row["status"] == "ok" and row["family"] == "bias" and row["reference"] is None
                assert row["ci_low"] <= row["value"] <= row["ci_high"]
    assert 4 in kept or 5 in kept


def test_some_group_is_without_support():
    assert len(frames(LOG[LOG["day"] == 0], "recall")[1]) == 4


def test_a_number_stands_beside_that_of_the_reference(published):
    frame, groups = frames(OLD, "precision")
    row = one(published, day=1, metric="precision_ratio", feature="between_groups", segment_value=None)
    assert row["reference_value"] == pytest.approx(frame.ratio(method="between_groups"), abs=1e-12)
    assert row["reference_size"] == (
        (OLD["d"] == "1") & OLD["y"].notna() & OLD["carrier"].isin(groups)).sum()
    group = one(published, day=1, metric="precision_difference", feature="to_best", segment_value="A")
    assert group["reference_value"] == pytest.approx(frame.by_group["A"] - frame.by_group.max(), abs=1e-12)


def test_equalized_odds_are_fairlearns(published):
    for day in range(3):
        rows = LOG[(LOG["day"] == day) & LOG["y"].notna()]
        groups = frames(LOG[LOG["day"] == day], "balanced_accuracy")[1]
        rows = rows[rows["carrier"].isin(groups)]
        given = {"y_true": rows["y"].astype(int), "y_pred": rows["d"].astype(int),
                 "sensitive_features": rows["carrier"]}
        for way in ("between_groups", "to_overall"):
            for measure in ("difference", "ratio"):
                expected = getattr(fairlearn, f"equalized_odds_{measure}")(method=way, **given)
                row = one(published, day=day, metric=f"equalized_odds_{measure}", feature=way, segment_value=None)
                assert row["value"] == pytest.approx(expected, abs=1e-12)


def test_a_group_is_compared_with_the_rest_and_with_the_best(published):
    rows = LOG[(LOG["day"] == 0) & LOG["y"].notna()]
    frame, groups = frames(LOG[LOG["day"] == 0], "recall")
    positive = rows[(rows["y"] == "1") & rows["carrier"].isin(groups)]
    for group in sorted(groups):
        others = (positive.loc[positive["carrier"] != group, "d"] == "1").mean()
        own = frame.by_group[group]
        found = {way: one(published, day=0, metric="recall_ratio", feature=way, segment_value=group)
                 for way in ("to_rest", "to_best", "to_worst")}
        assert found["to_rest"]["value"] == pytest.approx(own / others, abs=1e-12)
        assert found["to_best"]["value"] == pytest.approx(own / frame.by_group.max(), abs=1e-12)
        assert found["to_worst"]["value"] == pytest.approx(own / frame.by_group.min(), abs=1e-12)
        assert found["to_rest"]["sample_size"] == (positive["carrier"] == group).sum()
        assert found["to_rest"]["labelled_rows"] == (rows["carrier"] == group).sum()
        assert found["to_rest"]["maturity"] == 1 and found["to_rest"]["p_value"] <= 1


def test_the_named_group_is_the_largest_of_the_reference(published):
    largest = OLD["carrier"].value_counts().index[0]
    frame, _ = frames(LOG[LOG["day"] == 2], "selection_rate")
    found = pick(published, day=2, metric="selection_rate_difference", feature=f"to:{largest}")
    found = found.set_index("segment_value")
    assert found.loc[largest, "reason"] == "itself" and len(found) == 5
    other = next(group for group in "ABCD" if group != largest)
    assert found.loc[other, "value"] == pytest.approx(frame.by_group[other] - frame.by_group[largest], abs=1e-12)


def test_a_group_below_support_says_so(published):
    row = one(published, day=0, metric="recall_ratio", feature="to_rest", segment_value="E")
    assert (row["status"], row["reason"]) == ("too_few_rows", "too_few_rows") and np.isnan(row["value"])
    positive = LOG[(LOG["day"] == 0) & (LOG["carrier"] == "E") & (LOG["y"] == "1")]
    assert row["sample_size"] == len(positive) < 30


def test_impact_ratios_are_those_of_local_law_144(published):
    day = LOG[LOG["day"] == 1]
    row = {group: one(published, day=1, metric="scoring_rate_ratio", feature="to_best", segment_value=group)
           for group in "ABCD"}
    rows = day[day["carrier"].isin([*"ABCDE"])]
    sizes = rows["carrier"].value_counts()
    rows = rows[rows["carrier"].isin(sizes.index[sizes >= 30])]
    above = (rows["s"] > day["s"].median()).groupby(rows["carrier"]).mean()
    for group in row:
        assert row[group]["value"] == pytest.approx((above / above.max())[group], abs=row[group]["error_bound"] + 1e-12)
        assert row[group]["error_bound"] < 0.02 and np.isnan(row[group]["labelled_rows"])
    picked = pick(published, day=1, metric="selection_rate_ratio", feature="to_best").set_index("segment_value")
    rates = (rows["d"] == "1").groupby(rows["carrier"]).mean()
    assert picked.loc["A", "value"] == pytest.approx(rates["A"] / rates.max(), abs=1e-12)


def test_a_shrunken_rate_lies_between_the_groups_own_and_that_of_all(published):
    rows = LOG[(LOG["day"] == 0) & (LOG["y"] == "1")]
    own = (rows["d"] == "1").groupby(rows["carrier"]).mean()
    overall = (rows["d"] == "1").mean()
    found = pick(published, day=0, metric="recall_shrunk", feature=None).set_index("segment_value")["value"]
    assert len(found) == 5
    for group in own.index:
        assert min(own[group], overall) - 1e-12 <= found[group] <= max(own[group], overall) + 1e-12
    away = (found - overall).abs() / (own - overall).abs()
    assert away["E"] == away.min()


def test_by_default_groups_get_the_criteria_that_are_judged_and_the_impact_ratios():
    rows = publish(cells(LOG), cells(OLD, "old"), range(1)).to_pandas()
    groups = rows[rows["segment_value"].notna()]
    given = set(zip(groups["metric"], groups["feature"].fillna("")))
    assert given == ({(f"{name}_{measure}", "to_rest") for name in JUDGED for measure in ("difference", "ratio")}
                     | {(f"{name}_shrunk", "") for name in JUDGED}
                     | {("selection_rate_ratio", "to_best"), ("scoring_rate_ratio", "to_best")})
    together = rows[rows["segment_value"].isna()]
    names = {name for name, spec in SHARE_METRICS.items() if spec.measure != "shrunk"}
    assert set(zip(together["metric"], together["feature"])) == {
        (name, way) for name in names for way in ("between_groups", "to_overall")}
    assert set(rows["segment"]) == {"carrier"} and not rows.duplicated(
        ["model_version", "grain", "window_start", "segment", "segment_value", "feature", "metric"]).any()


def test_nothing_is_said_without_protected_columns_or_where_it_is_not_wanted():
    current, before = cells(LOG), cells(OLD, "old")
    everything = dict.fromkeys(("overall", *OF_BIAS), ALL_OF_BIAS)
    assert publish(current, before, range(1), protected=(), selections=everything).num_rows == 0
    assert publish(current, before, range(1), selections=dict.fromkeys(OF_BIAS, NOTHING)).num_rows == 0
    only = dict.fromkeys(OF_BIAS, Selection(names=frozenset({"recall_ratio"})))
    assert set(publish(current, before, range(1), selections=only).to_pandas()["metric"]) == {"recall_ratio"}


def test_a_crossing_of_protected_columns_is_protected_too():
    current, before = cells(LOG), cells(OLD, "old")
    assert set(publish(current, before, range(1)).to_pandas()["segment"]) == {"carrier"}
    rows = publish(current, before, range(1), protected=("carrier", "origin")).to_pandas()
    assert set(rows["segment"]) == {"carrier", "origin", "origin × carrier"}
    day = LOG[LOG["day"] == 0]
    crossed = (day["d"] == "1").groupby(day["origin"] + " × " + day["carrier"]).agg(["mean", "size"])
    rates = crossed.loc[crossed["size"] >= 30, "mean"]
    row = one(rows, segment="origin × carrier", segment_value=None, metric="selection_rate_difference",
              feature="between_groups")
    assert row["value"] == pytest.approx(rates.max() - rates.min(), abs=1e-12)


def few(*names):
    """Return the default selections of some metrics of bias alone."""
    return {scope: replace(chosen, families=frozenset(), names=frozenset(names)) for scope, chosen in OF_BIAS.items()}


def test_groups_are_compared_with_what_the_configuration_names():
    against = {"carrier": ("overall", "worst", "B", "Z")}
    rows = publish(cells(LOG), cells(OLD, "old"), range(1), against=against,
                   selections=few("recall_difference")).to_pandas()
    groups = pick(rows[rows["segment_value"].notna()], metric="recall_difference")
    assert set(groups["feature"]) == {"to_rest", "to_overall", "to_worst", "to:B", "to:Z"}
    frame, compared = frames(LOG[LOG["day"] == 0], "recall")
    found = {way: groups[groups["feature"] == way].set_index("segment_value") for way in set(groups["feature"])}
    for group in compared - {"B"}:
        assert found["to:B"]["value"][group] == pytest.approx(frame.by_group[group] - frame.by_group["B"], abs=1e-12)
        assert found["to_overall"]["value"][group] == pytest.approx(frame.by_group[group] - frame.overall, abs=1e-12)
    assert set(found["to:Z"].loc[sorted(compared), "reason"]) == {"no_reference_group"}
    assert found["to:B"]["reason"]["B"] == "itself"


def test_the_largest_group_is_one_to_be_named():
    largest = OLD["carrier"].value_counts().index[0]
    rows = publish(cells(LOG), cells(OLD, "old"), range(1), against={"carrier": ("largest",)},
                   selections=few("recall_ratio")).to_pandas()
    assert f"to:{largest}" in set(rows["feature"])


def test_a_crossing_is_compared_with_what_all_of_its_columns_are():
    against = {"carrier": ("overall", "worst", "B"), "origin": ("worst", "JFK")}
    rows = publish(cells(LOG), cells(OLD, "old"), range(1), protected=("carrier", "origin"), against=against,
                   selections=few("recall_ratio", "f1_ratio")).to_pandas()
    crossed = rows[(rows["segment"] == "origin × carrier") & (rows["metric"] == "f1_ratio")]
    assert set(crossed["feature"]) == {"between_groups", "to_overall"}
    crossed = rows[(rows["segment"] == "origin × carrier") & (rows["metric"] == "recall_ratio")]
    assert set(crossed.loc[crossed["segment_value"].notna(), "feature"]) == {"to_rest", "to_worst"}


def test_groups_are_compared_within_the_values_of_a_control_column():
    rows = publish(cells(LOG), cells(OLD, "old"), range(1), given={"carrier": ("origin",)}).to_pandas()
    day = LOG[(LOG["day"] == 0) & (LOG["y"] == "1") & LOG["carrier"].isin([*"ABCDE"])]
    for group in "ABCD":
        hits = day.assign(own=day["carrier"] == group, hit=day["d"] == "1")
        table = hits.groupby(["origin", "own"])["hit"].agg(["mean", "size"]).unstack()
        n, m = table["size"][True], table["size"][False]
        weight = n * m / (n + m)
        own, rest = ((weight * table["mean"][side]).sum() / weight.sum() for side in (True, False))
        for measure, value in (("difference", own - rest), ("ratio", own / rest)):
            row = one(rows, day=0, metric=f"recall_{measure}", feature="to_rest|origin", segment_value=group)
            assert row["value"] == pytest.approx(value, abs=1e-12) and row["sample_size"] == n.sum()
            assert row["ci_low"] <= row["value"] <= row["ci_high"] and 0 <= row["p_value"] <= 1
            assert row["status"] == "ok" and row["maturity"] == 1
    few = one(rows, day=0, metric="recall_ratio", feature="to_rest|origin", segment_value="E")
    assert few["status"] == "too_few_rows"
    assert set(rows.loc[rows["feature"] == "to_rest|origin", "metric"]) == {
        f"{name}_{measure}" for name in JUDGED for measure in ("difference", "ratio")}
