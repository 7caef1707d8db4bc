"""Rows of a model in three segments that are calibrated differently, with changes of a known kind."""

import numpy as np
from scipy.special import expit, logit

from spark_monitor.metrics.concept.strata import Strata, merged_bins
from spark_monitor.metrics.score_cells import ScoreCells

EDGES = np.linspace(0, 1, 201)[1:-1]
USUAL, OTHER = (0.5, 0.3, 0.2), (0.2, 0.3, 0.5)
SLOPE, LEVEL = np.array([1.0, 0.6, 1.3]), np.array([0.0, 0.8, -0.6])


def some_rows(rng, size, mix=USUAL, shift=0.0, change=lambda log_odds: log_odds, base=-1.5):
    """Return score, segment and outcome; `change` turns the true log-odds into others."""
    segment = rng.choice(3, size, p=mix)
    score = expit(base + 1.2 * rng.normal(shift, 1, size))
    chance = expit(change(logit(score) * SLOPE[segment] + LEVEL[segment]))
    return score, segment, (rng.random(size) < chance).astype(int)


def more_positives(rng, size, rate=0.5):
    """Return rows with a base rate of their own, whose classes score as they did."""
    score, segment, outcome = some_rows(rng, 6 * size)
    hits = rng.binomial(size, rate)
    chosen = np.concatenate([np.flatnonzero(outcome == 1)[:hits], np.flatnonzero(outcome == 0)[:size - hits]])
    return score[chosen], segment[chosen], outcome[chosen]


def merged_of(rows):
    return merged_bins(np.append(np.bincount(np.searchsorted(EDGES, rows[0]), minlength=200), 0))


def score_cells_of(blocks, segments=1):
    """Return the cells of some targets' rows, of each target's segments one after the other where they are three."""
    score, segment, outcome = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    target = np.repeat(np.arange(len(blocks)), [len(rows[0]) for rows in blocks]) * segments
    target = target + (segment if segments > 1 else 0)
    return ScoreCells.of_rows(score, score > 0.5, outcome, EDGES, target=target, size=len(blocks) * segments)


def strata_of(blocks, merged):
    count = len(blocks)
    return Strata.of_cells(score_cells_of(blocks, 3), merged, np.repeat(np.arange(count), 3),
                           np.tile(np.arange(3), count), (count, 3))
