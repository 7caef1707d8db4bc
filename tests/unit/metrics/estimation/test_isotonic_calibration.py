"""The rising curve from scores to chances, against scikit-learn, and how segments and slices differ from it."""

import json

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit

from spark_monitor.metrics.estimation import Calibrator, SegmentCurves, calibrate
from spark_monitor.metrics.estimation.isotonic import isotonic_curve, pooled_blocks
from spark_monitor.metrics.estimation.wander import between_variance, wander_variance
from spark_monitor.metrics.score_cells import ScoreCells

EDGES = np.arange(1, 100) / 100


def draw(rng, rows, shift=0.0):
    z = rng.normal(size=rows)
    chance = expit(-1.5 + 1.3 * z)
    true = expit(logit(chance) + shift)
    return chance, (rng.random(rows) < true).astype(int), true


@pytest.mark.parametrize("seed", range(20))
def test_pooling_agrees_with_scikit_learn(seed):
    sklearn = pytest.importorskip("sklearn.isotonic")
    rng = np.random.default_rng(seed)
    weight = rng.integers(1, 30, 60).astype(float)
    rate = rng.binomial(weight.astype(int), np.linspace(0.05, 0.6, 60)) / weight
    block = pooled_blocks(rate, weight)
    ours = (np.bincount(block, rate * weight) / np.bincount(block, weight))[block]
    theirs = sklearn.IsotonicRegression().fit_transform(np.arange(60), rate, sample_weight=weight)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_the_curve_rises_and_only_its_ends_are_smoothed(seed):
    sklearn = pytest.importorskip("sklearn.isotonic")
    rng = np.random.default_rng(seed)
    rows = rng.integers(5, 50, 40).astype(float)
    hits = rng.binomial(rows.astype(int), np.linspace(0.0, 0.9, 40)).astype(float)
    value, block = isotonic_curve(hits, rows)
    assert (np.diff(value) >= 0).all() and (value > 0).all() and (value < 1).all()
    theirs = sklearn.IsotonicRegression().fit_transform(np.arange(40), hits / rows, sample_weight=rows)
    inner = (block > block[0]) & (block < block[-1])
    np.testing.assert_allclose(value[inner], theirs[inner], atol=1e-12)
    first = block == 0
    assert value[0] == pytest.approx((hits[first].sum() + 0.5) / (rows[first].sum() + 1))


def test_a_curve_of_one_block_is_the_smoothed_share():
    value, block = isotonic_curve(np.array([3.0, 1.0]), np.array([5.0, 5.0]))
    np.testing.assert_allclose(value, 4.5 / 11)
    assert block.tolist() == [0, 0]


def test_an_end_that_smoothing_carries_past_its_neighbour_joins_it():
    value, block = isotonic_curve(np.array([0.0, 1.0, 50.0]), np.array([3.0, 100.0, 100.0]))
    assert block.tolist() == [0, 0, 1]
    np.testing.assert_allclose(value[:2], 1.5 / 104)


def test_a_calibrator_survives_its_state_to_the_bit():
    rng = np.random.default_rng(0)
    score, outcome, _ = draw(rng, 3000)
    days = ScoreCells.of_rows(score, score > 0.3, outcome, EDGES, target=np.arange(3000) % 5)
    curve = calibrate(ScoreCells.of_rows(score, score > 0.3, outcome, EDGES), days)
    again = Calibrator.from_state(json.loads(json.dumps(curve.to_state())))
    for name in ("chance", "deviation", "block"):
        np.testing.assert_array_equal(getattr(again, name), getattr(curve, name))
    assert (again.centre, again.wander, again.gaps) == (curve.centre, curve.wander, curve.gaps)


def test_bins_without_outcomes_lie_between_their_neighbours():
    score, outcome = np.repeat([0.105, 0.905], 50), np.tile([0, 0, 0, 1, 0], 20)
    outcome[50:] = 1 - outcome[50:]
    curve = Calibrator.of(ScoreCells.of_rows(score, None, outcome, EDGES))
    assert (np.diff(curve.chance[:-1]) >= 0).all()
    assert curve.chance[50] == pytest.approx((curve.chance[10] + curve.chance[90]) / 2)


def test_rows_without_a_score_have_the_share_of_their_own():
    score = np.r_[np.repeat([0.2, 0.8], 50), np.full(30, np.nan)]
    outcome = np.r_[np.tile([0, 1], 50), np.ones(30, int)]
    curve = Calibrator.of(ScoreCells.of_rows(score, None, outcome, [0.5]))
    assert curve.chance[-1] == pytest.approx(30.5 / 31)


def test_the_curve_does_not_depend_on_the_unit_of_weights():
    rng = np.random.default_rng(5)
    score, outcome, _ = draw(rng, 2000)
    one, ten = (Calibrator.of(ScoreCells.of_rows(score, None, outcome, EDGES, weight=np.full(2000, unit)))
                for unit in (1.0, 10.0))
    np.testing.assert_allclose(one.chance, ten.chance, rtol=1e-12)
    np.testing.assert_allclose(one.deviation, ten.deviation, rtol=1e-12)


def test_a_reference_of_too_few_positives_is_refused():
    cells = ScoreCells.of_rows([0.2] * 20 + [0.7] * 4, None, [0] * 20 + [1] * 4, [0.5])
    with pytest.raises(ValueError, match="at least 5 positive .* has 4 and 20"):
        Calibrator.of(cells)


def test_cells_on_other_bins_are_refused():
    curve = Calibrator.of(ScoreCells.of_rows([0.2] * 10, None, [0, 1] * 5, [0.5]))
    with pytest.raises(ValueError, match="3 score bins, and the curve 2"):
        curve.chances(ScoreCells.of_rows([0.2], None, None, [0.4, 0.6]))


def test_wander_is_found_where_slices_wander_and_is_small_where_they_do_not():
    rng = np.random.default_rng(2)
    deviations = {}
    for spread in (0.0, 0.4):
        shift = np.repeat(rng.normal(0, spread, 60), 500)
        score, outcome, _ = draw(rng, 30000, shift)
        slices = ScoreCells.of_rows(score, None, outcome, EDGES, target=np.repeat(np.arange(60), 500))
        curve = Calibrator.of(ScoreCells.of_rows(score, None, outcome, EDGES), slices)
        deviations[spread] = np.sqrt(curve.wander)
    assert deviations[0.0] < 0.08
    assert 0.3 < deviations[0.4] < 0.5


def test_the_variance_between_slices_is_that_of_a_worked_meta_analysis():
    # W. Viechtbauer, metafor: the BCG vaccine trials (dat.bcg), log risk ratios, method "DL".
    effect = np.array([-0.8893, -1.5854, -1.3481, -1.4416, -0.2175, -0.7861, -1.6209, 0.0120, -0.4694, -1.3713, -0.3394,
                       0.4459, -0.0173])
    variance = np.array([0.3256, 0.1946, 0.4154, 0.0200, 0.0512, 0.0069, 0.2230, 0.0040, 0.0564, 0.0730, 0.0124,
                         0.5325, 0.0714])
    precision = 1 / variance
    share = (precision**2).sum() / precision.sum() ** 2
    assert between_variance(effect, precision) / (1 + share) == pytest.approx(0.3088, abs=5e-4)


def test_one_slice_tells_of_no_wander():
    cells = ScoreCells.of_rows([0.2] * 10, None, [0, 1] * 5, [0.5])
    assert wander_variance(cells, np.full(len(cells.target), 0.3)) == 0.0


def test_a_large_segment_has_its_own_curve_and_a_small_one_stays_near_the_global():
    rng = np.random.default_rng(3)
    sizes = np.r_[np.full(10, 5000), 30]
    shift = np.r_[rng.normal(0, 0.6, 10), 0.6]
    segment = np.repeat(np.arange(11), sizes)
    score, outcome, _ = draw(rng, len(segment), shift[segment])
    curve = Calibrator.of(ScoreCells.of_rows(score, None, outcome, EDGES))
    found = SegmentCurves.of(curve, ScoreCells.of_rows(score, None, outcome, EDGES, target=segment))
    error = found.shift[:10, 0] - shift[:10]
    assert np.abs(error - error.mean()).max() < 0.15
    assert found.covariance[10, 0, 0] > 5 * found.covariance[:10, 0, 0].max()
    assert np.sqrt(found.between[0]) == pytest.approx(np.std(shift[:10]), rel=0.35)


def test_a_segment_without_outcomes_has_the_global_curve_and_the_spread_of_segments():
    rng = np.random.default_rng(4)
    segment = np.repeat(np.arange(8), 2000)
    score, outcome, _ = draw(rng, 16000, rng.normal(0, 0.5, 8)[segment])
    curve = Calibrator.of(ScoreCells.of_rows(score, None, outcome, EDGES))
    found = SegmentCurves.of(curve, ScoreCells.of_rows(score, None, outcome, EDGES, target=segment, size=9))
    np.testing.assert_array_equal(found.shift[8], 0)
    np.testing.assert_allclose(found.covariance[8], np.diag(found.between), atol=1e-12)


def test_segments_that_are_alike_are_hardly_told_apart():
    rng = np.random.default_rng(6)
    segment = np.repeat(np.arange(20), 1000)
    score, outcome, _ = draw(rng, 20000)
    curve = Calibrator.of(ScoreCells.of_rows(score, None, outcome, EDGES))
    found = SegmentCurves.of(curve, ScoreCells.of_rows(score, None, outcome, EDGES, target=segment))
    assert np.sqrt(found.between).max() < 0.15
    now = ScoreCells.of_rows(score[:3000], None, None, EDGES, target=segment[:3000])
    plain, own = curve.chances(now), curve.chances(now, found, [0, 1, 2])
    assert np.abs(plain.chance - own.chance).max() < 0.05


def test_segments_curves_are_nearer_the_truth_than_the_global_curve():
    rng = np.random.default_rng(8)
    segment = np.repeat(np.arange(40), 150)
    shift = rng.normal(0, 0.4, 40)
    score, outcome, _ = draw(rng, 6000, shift[segment])
    curve = Calibrator.of(ScoreCells.of_rows(score, None, outcome, EDGES))
    cells = ScoreCells.of_rows(score, None, outcome, EDGES, target=segment)
    found = SegmentCurves.of(curve, cells)
    error = found.shift[:, 0] - shift
    assert np.square(error).mean() < 0.8 * np.square(shift).mean()
    assert stats.pearsonr(found.shift[:, 0], shift).statistic > 0.6
