"""Which windows speak for a decision, and in which of them is there ground for it? All counted by hand."""

import pytest
from history import facts, lifetimes, metric_row

from spark_monitor.decisions import POLICIES
from spark_monitor.decisions.spec import DAY_US, Policy

LOSS = Policy("worse", "performance_loss", metric="roc_auc", margin=0.05, windows=2, of=3)


def grounds(policy, known):
    kind = POLICIES[policy.when]
    return [found.ground for found in kind.judge(kind.settled(policy), known)]


def test_a_loss_counts_only_where_the_whole_interval_is_beyond_the_margin():
    # 0.80 less 0.05 is 0.75: 0.72 +- 0.02 ends at 0.74, 0.74 +- 0.02 at 0.76.
    once = Policy("worse", "performance_loss", metric="roc_auc", margin=0.05, windows=1, of=1)
    assert grounds(once, facts([0.80, 0.72, 0.74, 0.95])) == [False, True, False, False]


def test_two_of_the_last_three_windows_are_ground():
    assert grounds(LOSS, facts([0.7, 0.8, 0.7, 0.8, 0.8, 0.7, 0.7])) == [False, False, True, False, False, False, True]


def test_a_number_that_is_bad_when_high_is_worse_above():
    policy = Policy("worse", "performance_loss", metric="log_loss", margin=0.05, windows=1, of=1)
    rows = [metric_row(day, value, metric="log_loss") for day, value in enumerate([0.80, 0.88, 0.70])]
    assert grounds(policy, facts([], rows=rows)) == [False, True, False]


def test_an_immature_window_decides_nothing_and_counts_as_one_that_did_not_speak():
    rows = [metric_row(0, 0.7), metric_row(1, 0.7, status="immature"), metric_row(2, 0.7), metric_row(3, 0.8)]
    assert grounds(LOSS, facts([], rows=rows)) == [False, None, True, False]


def test_a_number_without_an_interval_or_a_reference_is_not_judged():
    rows = [metric_row(0, 0.7, half=None), metric_row(1, 0.7, reference_value=None)]
    assert grounds(LOSS, facts([], rows=rows)) == [None, None]


def test_windows_before_a_new_version_do_not_count_against_it():
    versions = lifetimes(v1={0: (5, 5), 1: (5, 5)}, v2={2: (9, 9), 3: (9, 9)})
    assert grounds(LOSS, facts([0.7] * 4, versions=versions)) == [False, True, False, True]


def test_windows_before_the_last_retraining_do_not_count():
    assert grounds(LOSS, facts([0.7] * 4, resets={None: (2 * DAY_US,)})) == [False, True, False, True]


def test_windows_before_the_first_judged_one_are_looked_back_at_and_not_judged_again():
    known = facts([0.7, 0.7, 0.7], low=2)
    [found] = POLICIES["performance_loss"].judge(LOSS, known)
    assert (found.start, found.ground) == (2 * DAY_US, True)


def test_evidence_names_the_windows_their_numbers_and_the_alerts_they_rest_on():
    warned = [{"metric": "roc_auc", "model_version": "*", "window_start": day * DAY_US, "fingerprint": name}
              for day, name in [(1, "b"), (2, "a"), (2, "b")]]
    other = {"metric": "brier", "model_version": "*", "window_start": DAY_US, "fingerprint": "c"}
    found = POLICIES["performance_loss"].judge(LOSS, facts([0.8, 0.7, 0.7], verdicts=[*warned, other]))[-1].evidence()
    assert found["asked"] == "2 of 3" and found["alerts"] == ["a", "b"]
    assert [(row["start"] // DAY_US, row["speaks"], row["value"], row["sample_size"]) for row in found["windows"]] == [
        (0, False, 0.8, 500), (1, True, 0.7, 500), (2, True, 0.7, 500)]
    assert found["windows"][1]["ci_high"] == 0.72


@pytest.mark.parametrize("value, p_value, ground", [
    (0.05, 0.0001, True), (0.05, 0.01, False), (0.01, 0.0001, False), (0.05, None, None)])
def test_concept_drift_is_large_and_no_chance(value, p_value, ground):
    row = metric_row(0, value, metric="relation_shift", family="concept", reference="launch", p_value=p_value)
    assert grounds(Policy("concept", "concept_drift", windows=1, of=1), facts([], rows=[row])) == [ground]


@pytest.mark.parametrize("value, ground", [(0.08, True), (-0.08, True), (0.06, False), (0.0, False)])
def test_label_drift_goes_both_ways_beyond_its_margin(value, ground):
    # 0.05 where none is given: 0.08 +- 0.02 begins at 0.06, 0.06 +- 0.02 at 0.04.
    row = metric_row(0, value, metric="base_rate_shift", family="concept", reference="launch")
    assert grounds(Policy("labels", "label_drift", windows=1, of=1), facts([], rows=[row])) == [ground]


def test_a_newer_version_is_worse_where_its_difference_to_the_champion_is_certain():
    versions = lifetimes(v0={0: (1, 1)}, v1={0: (9, 9), 1: (9, 9)}, v2={1: (9, 9), 2: (9, 9), 3: (9, 9)})
    rows = [metric_row(day, value, metric="loss_vs_champion", family="champion", version=version)
            for version, values in {"0": [0.3] * 4, "2": [0.3, 0.01, 0.3, 0.3]}.items()
            for day, value in enumerate(values)]
    known = facts([], rows=rows, versions=versions, champion="1")
    policy = POLICIES["worse_version"].settled(Policy("undo", "worse_version"))
    found = POLICIES["worse_version"].judge(policy, known)
    # Version 0 was there before; the first day is before version 2's first window of its own.
    assert {one.subject for one in found} == {"2"} and {one.after for one in found} == {"1"}
    assert [one.ground for one in found] == [False, False, False, True]
