"""Who is in a comparison, and what bias rows say where something is missing, young, weighted or repeated?"""

import numpy as np
import pandas as pd
import pytest
from bias_logs import cells, drawn, one, pick, publish
from bias_truth import LOG, OLD, frames


def test_missing_values_and_values_that_were_not_frozen_are_of_no_group():
    log = LOG.assign(carrier=LOG["carrier"].where(LOG["carrier"] != "B"))
    rows = publish(cells(log, values=("A", "C", "(null)")), cells(OLD, "old", values=("A", "C", "(null)")),
                   range(1)).to_pandas()
    assert set(rows["segment_value"].dropna()) == {"A", "C"}
    two = LOG[(LOG["day"] == 0) & LOG["carrier"].isin(["A", "C"])]
    frame, _ = frames(two, "selection_rate")
    row = one(rows, segment_value=None, metric="selection_rate_ratio", feature="to_overall")
    assert row["value"] == pytest.approx(frame.ratio(method="to_overall"), abs=1e-12)
    assert row["sample_size"] == len(two)


def test_numbers_that_need_outcomes_wait_for_them():
    rows = publish(cells(LOG), cells(OLD, "old"), range(3), as_of=2.08).to_pandas()
    waiting = pick(rows, day=2, segment_value=None, feature="between_groups").set_index("metric")
    assert (waiting.loc["recall_ratio", "status"], waiting.loc["recall_ratio", "reason"]) == (
        "immature", "outcomes_to_come")
    assert waiting.loc["selection_rate_ratio", "status"] == "ok"
    assert waiting.loc["recall_ratio", "maturity"] < 0.5 and waiting.loc["recall_ratio", "value"] > 0
    group = one(rows, day=2, segment_value="A", metric="recall_ratio", feature="to_rest")
    assert group["status"] == "immature"
    assert one(rows, day=0, segment_value="A", metric="recall_ratio", feature="to_rest")["status"] == "ok"


def test_versions_are_compared_apart_and_gaps_are_rows():
    log = drawn(4000, [0, 2], 5, v=lambda random, size: random.choice(["1", "2"], size))
    old = OLD.assign(v="1")
    rows = publish(cells(log, versioned=True), cells(old, "old", versioned=True), range(3)).to_pandas()
    for version in ("1", "2"):
        frame, _ = frames(log[(log["v"] == version) & (log["day"] == 2)], "accuracy")
        row = one(rows, model_version=version, day=2, metric="accuracy_difference", feature="between_groups",
                  segment_value=None)
        assert row["value"] == pytest.approx(frame.difference(method="between_groups"), abs=1e-12)
    gap = pick(rows, day=1)
    assert set(gap["status"]) == {"undefined"} and set(gap["reason"]) == {"no_rows"}
    assert len(pick(rows, day=1, model_version="1")) == 0


def test_weights_count():
    log = drawn(3000, [0], 7, w=lambda random, size: random.uniform(0.5, 3, size))
    rows = publish(cells(log, weighted=True), cells(OLD.assign(w=1.0), "old", weighted=True), range(1)).to_pandas()
    known = log[log["y"].notna()]
    right = (known["y"] == known["d"]) * known["w"]
    total = known["carrier"].value_counts()
    by_group = right.groupby(known["carrier"]).sum() / known["w"].groupby(known["carrier"]).sum()
    by_group = by_group[total.reindex(by_group.index) >= 30]
    row = one(rows, segment_value=None, metric="accuracy_ratio", feature="between_groups")
    assert row["value"] == pytest.approx(by_group.min() / by_group.max(), rel=1e-12)
    assert row["effective_size"] < row["sample_size"]


def test_rows_that_repeat_widen_the_intervals():
    log = drawn(3000, [0], 9)
    repeated = pd.concat([log] * 5, ignore_index=True)
    entity = np.tile(np.arange(len(log)) % 32, 5)
    rows, plain = (publish(cells(repeated.assign(fold=fold), folded=True),
                           cells(OLD.assign(fold=np.arange(len(OLD)) % 32), "old", folded=True), range(1)).to_pandas()
                   for fold in (entity, np.arange(len(repeated)) % 32))
    for name, way in (("recall_ratio", "to_rest"), ("scoring_rate_ratio", "to_best")):
        wide, narrow = (one(each, segment_value="A", metric=name, feature=way) for each in (rows, plain))
        assert wide["value"] == narrow["value"] and wide["sample_size"] == narrow["sample_size"]
        assert wide["effective_size"] < 0.8 * narrow["effective_size"]
        assert wide["ci_high"] - wide["ci_low"] > narrow["ci_high"] - narrow["ci_low"]


def test_logs_without_scores_or_without_decisions_say_what_is_missing():
    for kind, metric, reason in (("scored", "scoring_rate_ratio", "no_scores"),
                                 ("decided", "selection_rate_ratio", "no_decisions")):
        current, before = (cells(log, name, **{kind: False}) for log, name in ((LOG, None), (OLD, "old")))
        rows = publish(current, before, range(1)).to_pandas()
        row = one(rows, segment_value="A", metric=metric, feature="to_best")
        assert (row["status"], row["reason"]) == ("undefined", reason)
        other = {"scoring_rate_ratio", "selection_rate_ratio"} - {metric}
        assert one(rows, segment_value="A", metric=other.pop(), feature="to_best")["status"] == "ok"


def test_a_group_alone_and_a_column_without_values_have_nothing_to_be_compared_with():
    alone, old = LOG[LOG["carrier"] == "A"], OLD[OLD["carrier"] == "A"]
    rows = publish(cells(alone, values=("A",)), cells(old, "old", values=("A",)), range(1)).to_pandas()
    row = one(rows, segment_value="A", metric="recall_ratio", feature="to_rest")
    assert (row["status"], row["reason"]) == ("undefined", "too_few_groups")
    row = one(rows, segment_value=None, metric="recall_ratio", feature="between_groups")
    assert (row["status"], row["reason"]) == ("undefined", "too_few_groups")
    nobody = [log.assign(carrier=pd.Series(None, log.index, str)) for log in (LOG, OLD)]
    assert publish(cells(nobody[0], values=()), cells(nobody[1], "old", values=()), range(1)).num_rows == 0


def test_a_window_has_the_same_numbers_whatever_other_windows_are_published_with_it():
    log, old = LOG[(LOG["day"] != 0) | (LOG["carrier"] != "B")], OLD[OLD["carrier"] != "B"]
    frozen = cells(OLD, "old")
    everything, alone = (publish(cells(part), cells(old, "old"), days, frozen=frozen).to_pandas()
                         for part, days in ((log, range(3)), (log[log["day"] == 0], range(1))))
    numbers = ["value", "ci_low", "ci_high", "expected_value", "p_value"]
    keys = ["metric", "feature", "segment_value"]
    first, second = (pick(rows, day=0).sort_values(keys)[[*keys, *numbers]].reset_index(drop=True)
                     for rows in (everything, alone))
    shared = first["segment_value"] != "B"
    pd.testing.assert_frame_equal(first[shared].reset_index(drop=True), second[second["segment_value"] != "B"])


def test_a_reference_without_outcomes_leaves_its_numbers_open():
    unknown = OLD.assign(y=None, known=pd.array([pd.NA] * len(OLD), "Int64"))
    rows = publish(cells(LOG), cells(unknown, "old"), range(1)).to_pandas()
    row = one(rows, segment_value=None, metric="recall_ratio", feature="between_groups")
    assert row["value"] > 0 and np.isnan(row["reference_value"])
    assert one(rows, segment_value=None, metric="selection_rate_ratio", feature="between_groups")["reference_value"] > 0
