"""Do selective labels leave bounds where a number can't be known, and reweighted numbers where it can?"""

import numpy as np
import pytest
from labelled_log import counted, drawn, evaluated, frame, one, only, pick, window

WINDOWS = {"day": (window(0),)}


def evaluated_rows(rows, *names):
    """Return the rows of the first day beside a reference of all labels."""
    return evaluated(counted(rows), counted(drawn(4000, [-100], 1), "training"), WINDOWS, only("performance", *names))


@pytest.fixture(scope="module")
def loans():
    """Forty accepted loans, of which thirty are repaid, and sixty declined ones of which nobody knows."""
    score = np.r_[np.full(60, 0.2025), np.full(40, 0.8025)]
    outcome = np.r_[np.full(60, -1), np.ones(30, int), np.zeros(10, int)]
    return evaluated_rows(frame(np.zeros(100, int), score, score > 0.5, outcome), "accuracy", "recall", "precision",
                          "roc_auc", "selection_rate", "accuracy_reweighted", "precision_reweighted")


def test_a_number_that_needs_the_hidden_decision_has_its_worst_case_bounds(loans):
    row = one(loans, family="performance", metric="accuracy")
    assert (row["status"], row["reason"], row["ci_method"]) == ("undefined", "selective_labels", "worst_case")
    assert np.isnan(row["value"]) and np.isnan(row["ci_level"])
    # All sixty might have defaulted, which would make declining them right, or none.
    assert (row["ci_low"], row["ci_high"]) == (pytest.approx(30 / 100), pytest.approx(90 / 100))
    assert one(loans, family="performance", metric="recall")["ci_low"] == pytest.approx(30 / 90)
    assert one(loans, family="performance", metric="roc_auc")["reason"] == "selective_labels"


def test_a_number_that_needs_the_other_decision_only_is_told(loans):
    assert one(loans, family="performance", metric="precision")["value"] == pytest.approx(30 / 40)
    assert one(loans, family="performance", metric="selection_rate")["value"] == pytest.approx(40 / 100)
    assert len(pick(loans, family="performance", metric="accuracy_reweighted")) == 0


def test_where_labels_are_rarer_for_one_decision_the_reweighted_number_stands_beside():
    # Of ten declined two are labelled, both wrongly declined; of ten accepted all, five of them rightly.
    score = np.r_[np.full(10, 0.2025), np.full(10, 0.8025)]
    outcome = np.r_[np.full(8, -1), [1, 1], np.ones(5, int), np.zeros(5, int)]
    rows = evaluated_rows(frame(np.zeros(20, int), score, score > 0.5, outcome), "accuracy", "accuracy_reweighted")
    assert one(rows, family="performance", metric="accuracy")["value"] == pytest.approx(5 / 12)
    assert one(rows, family="performance", metric="accuracy_reweighted")["value"] == pytest.approx(5 / 20)


def test_a_window_without_any_outcome_is_no_case_of_selective_labels():
    rows = evaluated_rows(frame(np.zeros(20, int), np.full(20, 0.3025), np.arange(20) % 2 == 0, np.full(20, -1)),
                          "accuracy")
    assert one(rows, family="performance", metric="accuracy")["reason"] == "no_outcomes"
