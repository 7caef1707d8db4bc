"""Are metrics with a parameter in their name published as selected, with scikit-learn's numbers?"""

import numpy as np
import pytest
from labelled_log import counted, evaluated, frame, one, only, window

truth = pytest.importorskip("sklearn.metrics")


@pytest.fixture(scope="module")
def published():
    draw = np.random.default_rng(8)
    # Each score once, in the middle of its bin: the top share has no ties.
    score = (draw.permutation(200) + 0.5) / 200
    rows = frame(0, score, score > 0.6, (draw.random(200) < score).astype(int))
    names = ("lift@5%", "precision@25%", "recall@25%", "recall@10%", "f2", "f0.5")
    found = evaluated(counted(rows), counted(rows, "training"), {"day": (window(0),)}, only(None, *names))
    return rows, found[found["segment"].isna() & (found["model_version"] == "*")]


def test_exactly_what_was_selected_is_published(published):
    assert sorted(published[1]["metric"]) == ["f0.5", "f2", "lift@5%", "precision@25%", "recall@10%", "recall@25%"]
    assert set(published[1]["status"]) == {"ok"}


@pytest.mark.parametrize("beta", [2, 0.5])
def test_f_beta_is_scikit_learns(published, beta):
    rows, found = published
    row = one(found, metric=f"f{beta:g}")
    assert row["value"] == pytest.approx(truth.fbeta_score(rows["y"], rows["d"], beta=beta), rel=1e-12)
    assert row["ci_low"] < row["value"] < row["ci_high"]


def test_shares_are_those_of_the_highest_scores(published):
    rows, found = published
    ranked = rows.sort_values("s", ascending=False)["y"].to_numpy()
    assert one(found, metric="precision@25%")["value"] == pytest.approx(ranked[:50].mean(), rel=1e-12)
    assert one(found, metric="recall@25%")["value"] == pytest.approx(ranked[:50].sum() / ranked.sum(), rel=1e-12)
    assert one(found, metric="lift@5%")["value"] == pytest.approx(ranked[:10].mean() / ranked.mean(), rel=1e-12)
