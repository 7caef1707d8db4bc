"""Shares of the model's decisions against pandas."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from spark_monitor.metrics.prediction.class_share import class_share, class_shares, share_metric

ROWS = ["no", "yes", "no", None, "other1", "new", "no", "yes"]


@pytest.fixture
def decisions(of_rows):
    return of_rows(ROWS, kind="categorical", bins=("no", "yes", "maybe"), has_other=True)


def test_shares_equal_pandas(decisions):
    truth = pd.Series(ROWS).value_counts() / len(ROWS)
    shares = class_shares(decisions)
    assert list(shares) == ["share:no", "share:yes", "share:maybe", "share:(other)", "share:(unseen)"]
    got = {name: share.value[0] for name, share in shares.items()}
    assert got == {"share:no": truth["no"], "share:yes": truth["yes"], "share:maybe": 0,
                   "share:(other)": truth["other1"], "share:(unseen)": truth["new"]}


def test_a_share_has_wilsons_interval(decisions):
    share, truth = class_shares(decisions)["share:no"], stats.binomtest(3, 8).proportion_ci(method="wilson")
    assert (share.ci_low[0], share.ci_high[0]) == pytest.approx((truth.low, truth.high), abs=1e-12)


def test_shares_and_missing_rows_add_up_to_one(of_rows):
    h = of_rows(ROWS, kind="categorical", bins=("no", "yes"), has_other=True, weights=[np.arange(1.0, 9.0)])
    shares = class_shares(h)
    assert shares["share:yes"].value[0] == pytest.approx((2 + 8) / 36)
    assert sum(share.value[0] for share in shares.values()) + 4 / 36 == pytest.approx(1)


def test_the_names_do_not_depend_on_what_a_window_holds(of_rows):
    names = {tuple(class_shares(of_rows(rows, kind="categorical", bins=("no", "yes"))))
             for rows in (["no"], ["new"], [])}
    assert names == {("share:no", "share:yes", "share:(unseen)")}


def test_a_metric_by_name_is_the_same_share(decisions):
    assert share_metric("yes").compute(decisions).value[0] == 0.25
    assert share_metric("yes").direction == "two_sided"


def test_a_class_without_a_bin_is_undefined_and_so_are_no_rows(of_rows, decisions):
    unknown = class_share(decisions, "never")
    assert np.isnan(unknown.value).all() and unknown.reason == "no_such_class"
    empty = class_share(of_rows([], kind="categorical", bins=("no",)), "no")
    assert np.isnan(empty.value).all() and empty.reason == "no_rows"


def test_where_every_class_is_too_small_for_a_name_all_are_one_share(of_rows):
    folded = of_rows(ROWS, kind="categorical", bins=(), has_other=True)
    folded = dataclasses.replace(folded, categories=None)
    assert list(class_shares(folded)) == ["share:(other)", "share:(unseen)"]
