"""Reweighted labels against row-level weights, and against the truth where labels are selective."""

import numpy as np
import pytest
from sklearn import metrics

from spark_monitor.metrics.intervals import share_estimate
from spark_monitor.metrics.score_cells import ScoreCells
from spark_monitor.metrics.selective import reweight, reweighted_rate

EDGES = np.linspace(0, 1, 201)[1:-1]


def selective_log(rng, rows, shape=None):
    """Scores that are probabilities; risky rows are mostly declined, and the less often labelled the riskier."""
    score = rng.beta(1, 3, rows if shape is None else shape)
    outcome = (rng.random(score.shape) < score).astype(int)
    decision = (score > 0.4).astype(int)
    labelled = rng.random(score.shape) < np.where(decision, 0.3, 0.9) * (1 - 0.7 * score)
    return score, decision, outcome, np.where(labelled, outcome, -1)


def test_the_numbers_are_right_where_the_plain_ones_are_not():
    score, decision, outcome, seen = selective_log(np.random.default_rng(1), 200_000)
    cells = ScoreCells.of_rows(score, decision, seen, EDGES)
    new = reweight(cells)
    plain, fair = (one.confusion()[0] for one in (cells, new.cells))
    base, accuracy = (lambda table: table[:, 1].sum() / table.sum()), (lambda table: np.trace(table) / table.sum())
    assert abs(base(plain) - outcome.mean()) > 0.02
    assert base(fair) == pytest.approx(outcome.mean(), abs=0.004)
    assert accuracy(fair) == pytest.approx((decision == outcome).mean(), abs=0.004)
    assert fair[1, 1] / fair[:, 1].sum() == pytest.approx(metrics.recall_score(outcome, decision), abs=0.006)
    loss = new.cells.total("loss", new.cells.labelled)[0] / new.cells.total("weight")[0]
    assert loss == pytest.approx(metrics.log_loss(outcome, score), rel=0.01)


def test_few_labels_make_one_stratum_a_decision_as_by_hand():
    rng = np.random.default_rng(2)
    score, decision, outcome, seen = selective_log(rng, 60)
    weight = rng.random(60) + 0.5
    new = reweight(ScoreCells.of_rows(score, decision, seen, EDGES, weight=weight))
    factor = np.zeros(60)
    for taken in (0, 1):
        rows = decision == taken
        factor[rows] = weight[rows].sum() / weight[rows & (seen >= 0)].sum()
    kept = seen >= 0
    truth = metrics.confusion_matrix(seen[kept], decision[kept], sample_weight=(weight * factor)[kept]).T
    np.testing.assert_allclose(new.cells.confusion()[0], truth, rtol=1e-12)
    w = (weight * factor)[kept]
    assert new.effective_size[0] == pytest.approx(w.sum() ** 2 / (w**2).sum(), rel=1e-12)
    assert new.cells.total("score_sq")[0] == pytest.approx((w * score[kept] ** 2).sum(), rel=1e-12)
    losses = -np.log(np.where(outcome, score, 1 - score))[kept]
    assert new.cells.total("loss_sq_w2")[0] == pytest.approx((w**2 * losses**2).sum(), rel=1e-12)


def test_weights_add_up_to_all_predictions_in_every_decision_and_target():
    score, decision, _, seen = selective_log(np.random.default_rng(3), 5000)
    target = np.arange(5000) % 3
    cells = ScoreCells.of_rows(score, decision, seen, EDGES, target=target)
    new = reweight(cells)
    for taken in (0, 1):
        np.testing.assert_allclose(new.cells.total("weight", new.cells.decision == taken),
                                   cells.total("weight", cells.decision == taken), rtol=1e-12)
    np.testing.assert_allclose(new.represented, 1, rtol=1e-12)
    alone = reweight(cells.take([1]))
    np.testing.assert_allclose(new.cells.take([1]).weight, alone.cells.weight, rtol=1e-12)


def test_cells_stay_in_order_and_rows_as_they_were():
    score, decision, _, seen = selective_log(np.random.default_rng(4), 3000)
    cells = ScoreCells.of_rows(score, decision, seen, EDGES, target=np.arange(3000) % 2)
    new = reweight(cells).cells
    labelled = cells.where(cells.labelled)
    for name in ("target", "bin", "decision", "outcome", "rows"):
        np.testing.assert_array_equal(getattr(new, name), getattr(labelled, name))


def test_with_every_row_labelled_nothing_changes():
    score, decision, outcome, _ = selective_log(np.random.default_rng(5), 3000)
    cells = ScoreCells.of_rows(score, decision, outcome, EDGES)
    np.testing.assert_allclose(reweight(cells).cells.weight, cells.weight, rtol=1e-12)
    assert reweight(cells).effective_size[0] == pytest.approx(3000)


def test_a_decision_without_any_label_is_not_represented():
    cells = ScoreCells.of_rows([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], [0, -1, -1, -1], [0.5])
    new = reweight(cells)
    assert new.represented[0] == 0.5 and new.cells.total("weight")[0] == 2


def test_rows_without_a_score_stand_for_themselves_where_one_is_labelled():
    cells = ScoreCells.of_rows([0.1, 0.2, np.nan, np.nan], [0, 0, 0, 0], [0, -1, 1, -1], [0.5])
    np.testing.assert_allclose(reweight(cells).cells.confusion()[0], [[2, 2], [0, 0]])
    cells = ScoreCells.of_rows([0.1, 0.2, np.nan, np.nan], [0, 0, 0, 0], [0, 0, -1, -1], [0.5])
    np.testing.assert_allclose(reweight(cells).cells.confusion()[0], [[4, 0], [0, 0]])


def test_labels_that_are_no_class_are_left_out_and_nothing_stays_nothing():
    cells = ScoreCells.of_rows([0.1, 0.2, 0.3], [0, 0, 0], [0, -2, -1], [0.5], target=[0, 0, 0], size=2)
    new = reweight(cells)
    np.testing.assert_array_equal(new.cells.total("weight"), [2, 0])
    np.testing.assert_array_equal(new.represented, [1, np.nan])
    empty = reweight(ScoreCells.of_rows([], [], [], [0.5], size=1))
    assert empty.effective_size[0] == 0 and np.isnan(empty.represented[0])


@pytest.fixture(scope="module")
def many_windows():
    """Reweighted windows of one population, and the population's confusion matrix of shares."""
    rng, windows, rows = np.random.default_rng(6), 2000, 800
    score, decision, outcome, seen = (one.ravel() for one in selective_log(rng, 0, (windows, rows)))
    new = reweight(ScoreCells.of_rows(score, decision, seen, EDGES, np.repeat(np.arange(windows), rows)))
    return new.cells, metrics.confusion_matrix(decision, outcome) / len(outcome)


@pytest.mark.parametrize("name, part, whole", [
    ("accuracy", [[1, 0], [0, 1]], [[1, 1], [1, 1]]), ("precision", [[0, 0], [0, 1]], [[0, 0], [1, 1]]),
    ("recall", [[0, 0], [0, 1]], [[0, 1], [0, 1]]), ("specificity", [[1, 0], [0, 0]], [[1, 0], [1, 0]]),
    ("base_rate", [[0, 1], [0, 1]], [[1, 1], [1, 1]]),
])
def test_intervals_of_reweighted_rates_cover_the_population(many_windows, name, part, whole):
    cells, population = many_windows
    table, part, whole = cells.confusion(), np.array(part), np.array(whole)
    truth = (population * part).sum() / (population * whole).sum()
    hits, base = ((table * some).sum(axis=(1, 2)) for some in (part, whole))
    rows = (cells.confusion("rows") * whole).sum(axis=(1, 2))
    plain = share_estimate(hits, base, base**2 / (cells.confusion("weight_sq") * whole).sum(axis=(1, 2)), rows)
    estimate = reweighted_rate(name, plain, cells)
    assert 0.935 <= np.mean((estimate.ci_low <= truth) & (truth <= estimate.ci_high)) <= 0.995
    assert (estimate.effective_size <= rows + 1e-6).all()
    if name == "specificity":
        assert np.mean((plain.ci_low <= truth) & (truth <= plain.ci_high)) < 0.9


def test_the_size_of_a_rate_is_that_of_the_ratio_estimator_on_rows():
    score, decision, _, seen = selective_log(np.random.default_rng(7), 2000)
    cells = reweight(ScoreCells.of_rows(score, decision, seen, EDGES)).cells
    weight, positive = cells.weight / cells.rows, cells.outcome == 1
    row_weight, row_hit = np.repeat(weight, cells.rows), np.repeat(positive, cells.rows)
    rate = np.average(row_hit, weights=row_weight)
    variance = (row_weight**2 * (row_hit - rate) ** 2).sum() / row_weight.sum() ** 2
    plain = share_estimate([rate], [1.0], cells.effective_size(), [len(row_hit)])
    size = reweighted_rate("base_rate", plain, cells).effective_size[0]
    assert size == pytest.approx(rate * (1 - rate) / variance, rel=1e-9)


def test_rates_at_their_ends_and_other_numbers_keep_what_they_had():
    cells = ScoreCells.of_rows([0.1, 0.2, 0.3], [0, 0, 1], [0, 0, 0], [0.5], target=[0, 0, 0], size=2)
    plain = share_estimate([0, 0], [3, 0], cells.effective_size(), [3, 0])
    estimate = reweighted_rate("base_rate", plain, cells)
    np.testing.assert_array_equal(estimate.effective_size, [3, 0])
    np.testing.assert_array_equal(estimate.ci_high, plain.ci_high)
    assert reweighted_rate("mcc", plain, cells) is plain
