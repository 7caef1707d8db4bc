"""The noise of gaps between rate and score: that of repeated draws, where rows of an entity go together."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from spark_monitor.metrics.performance.expected_calibration_error import expected_calibration_error
from spark_monitor.metrics.performance.gap_noise import ResidualEffects, shared_noise
from spark_monitor.metrics.performance.reliability import reliability
from spark_monitor.metrics.performance.squared_gaps import SquaredGaps
from spark_monitor.metrics.score_cells import FoldSums, ScoreCells

EDGES = np.sort(np.r_[np.arange(1, 64) / 64, expit(-3 + 1.2 * norm.ppf(np.arange(1, 64) / 64))])


def draw(random, windows, rows, entity, level=0.0):
    """Return cells and fold sums; scores of an entity correlate by a half, and its rows share a logit effect."""
    entities = (windows, rows // entity, 1)
    x = (random.standard_normal(entities) + random.standard_normal((windows, rows // entity, entity))) * np.sqrt(0.5)
    hidden = 0.8 * random.standard_normal(entities) * (entity > 1)
    eta = -3 + 1.2 * x
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    # Scores are the chances over all entities, so that without a level they are calibrated.
    grid = np.linspace(-9, 4, 400)
    chances = expit(grid[:, None] + level + 0.8 * nodes * (entity > 1)) @ (weights / weights.sum())
    score = np.interp(eta, grid, chances if level == 0 else expit(grid))
    outcome = (random.random(eta.shape) < expit(eta + level + hidden)).astype(int).ravel()
    target = np.repeat(np.arange(windows), rows)
    fold = (np.arange(windows * rows) // entity) % 32
    cells = ScoreCells.of_rows(score.ravel(), None, outcome, EDGES, target)
    return cells, FoldSums.of_rows(score.ravel(), None, outcome, fold, target) if entity > 1 else None


@pytest.mark.parametrize("entity", [1, 10])
def test_the_noise_of_squared_gaps_is_their_mean_where_scores_are_calibrated(entity):
    cells, folds = draw(np.random.default_rng(entity), 300, 1600, entity)
    effects = ResidualEffects.of(cells, folds)
    gaps = SquaredGaps.of(reliability(cells), effects, np.full(300, 80.0))
    assert gaps.noise.mean() == pytest.approx(gaps.observed.mean(), rel=0.12)
    assert gaps.spread.mean() == pytest.approx(gaps.observed.var(), rel=0.4)
    assert (effects.level.mean() > 1.3) == (entity > 1)


def test_what_groups_share_adds_up_to_the_design_effect_of_the_level():
    random = np.random.default_rng(2)
    share, score = random.dirichlet(np.full(6, 5), 4), np.sort(random.random((4, 6)), axis=1)
    parts = share * score * (1 - score) / 100
    effects = ResidualEffects(np.array([1.0, 1.5, 3.0, 3.0]), np.array([1.0, 1.2, 1.0, 2.5]), np.full(4, 32))
    shared = shared_noise(share, score, parts, effects)
    root = np.sqrt(share)
    total = np.einsum("kg,kgh,kh->k", root, shared, root) / (share * parts).sum(axis=1)
    np.testing.assert_allclose(total, effects.level - 1, atol=1e-12)
    assert np.trace(shared[3]) > 1.2 * np.trace(shared[2])


@pytest.mark.parametrize("entity", [1, 10])
def test_nineteen_intervals_in_twenty_reach_down_to_a_calibrated_model(entity):
    estimate = expected_calibration_error(*draw(np.random.default_rng(10 + entity), 500, 1000, entity))
    # Two standard errors of 500 windows are 2 %.
    assert 0.93 - 0.02 <= np.mean(estimate.ci_low == 0) <= 0.98
    assert (estimate.ci_high > 0).all()
