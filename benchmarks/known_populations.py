"""Logs drawn from populations whose numbers are known: a classifier's scores, and a regression's errors.

Rows come one an entity or ten; ten rows of an entity share half of what the model sees and all of what it doesn't.
Either way one row by itself has the same distribution, so that the population's numbers are the same.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.integrate import quad
from scipy.special import ndtr, ndtri
from scipy.stats import exponnorm

from spark_monitor.cells.freeze import score_edges

GRID = 400_000
GROUPS_OF_CALIBRATION = 10


def effects(random, windows, rows, repeats):
    """Draw what the model sees (x) and what it doesn't (v) of each row, and the entity it belongs to.

    Returns
    -------
    x, v : ndarray of float64, shape (windows, rows)
        Standard normal.
    entity : ndarray of int64, shape (windows, rows)
        Numbered from 0 in each window.
    """
    entity = np.broadcast_to(np.arange(rows) // repeats, (windows, rows))
    entities = -(-rows // repeats)
    v = random.standard_normal((windows, entities))[:, entity[0]]
    x = random.standard_normal((windows, rows))
    if repeats > 1:
        x = np.sqrt(0.5) * (x + random.standard_normal((windows, entities))[:, entity[0]])
    return x, v, entity


@dataclass(frozen=True)
class Classifier:
    """Scores of two equally large groups of entities, a little miscalibrated, lower in the second group.

    An outcome is positive where start + slope x + hidden v + e > 0, all three standard normal.

    Parameters
    ----------
    base_rate : float
    selected : float
        Share of rows decided positive.
    shift : float
        By how much scores are too high, on the normal scale, beside being too flat.
    """

    base_rate: float
    selected: float
    shift: float = -0.1
    slope: float = 1.2
    hidden: float = 0.7
    lower: float = 0.35

    @cached_property
    def start(self):
        """What is added, so that the base rate is what it should be."""
        return ndtri(self.base_rate) * np.sqrt(1 + self.slope**2 + self.hidden**2)

    def chance(self, x):
        """Return P(positive | x)."""
        return ndtr((self.start + self.slope * x) / np.sqrt(1 + self.hidden**2))

    def score(self, x, group):
        """Return the model's score."""
        seen = (self.start + self.slope * x) / np.sqrt(1 + self.hidden**2)
        return ndtr(0.8 * seen + self.shift - self.lower * group)

    @cached_property
    def grid(self):
        """Return score, chance and group of a fine grid of equally likely rows, in the order of scores."""
        x = np.tile(ndtri((np.arange(GRID) + 0.5) / GRID), 2)
        group = np.repeat([0, 1], GRID)
        s = self.score(x, group)
        order = np.argsort(s)
        return s[order], self.chance(x)[order], group[order]

    @cached_property
    def threshold(self):
        """Return the score above which a decision is positive."""
        return np.quantile(self.grid[0], 1 - self.selected)

    @cached_property
    def edges(self):
        """Return the edges of score bins as a reference of 200,000 rows freezes them."""
        x, _, _ = effects(np.random.default_rng(0), 1, 200_000, 1)
        return score_edges(self.score(x[0], np.arange(200_000) % 2))[1]

    def draw(self, random, windows, rows, repeats):
        """Draw rows of some windows: score, decision, outcome, group and entity, shape (windows, rows)."""
        x, v, entity = effects(random, windows, rows, repeats)
        group = random.integers(0, 2, (windows, entity[0, -1] + 1))[:, entity[0]]
        s = self.score(x, group)
        latent = self.start + self.slope * x + self.hidden * v + random.standard_normal(x.shape)
        return s, (s > self.threshold).astype(np.int64), (latent > 0).astype(np.int64), group, entity

    def truth(self):
        """Return metric -> the population's number; AP is the integral of precision over recall."""
        s, p, group = self.grid
        n, d = len(s), s > self.threshold
        tp, fp, fn, tn = (np.sum(part) / n for part in (p[d], (1 - p)[d], p[~d], (1 - p)[~d]))
        above, above_all = np.cumsum(p[::-1]) - p[::-1] / 2, np.arange(n) + 0.5
        parts = np.array_split(np.arange(n), GROUPS_OF_CALIBRATION)
        recalls = [p[d & (group == one)].sum() / p[group == one].sum() for one in (0, 1)]
        return {
            "accuracy": tp + tn, "precision": tp / (tp + fp), "recall": tp / (tp + fn),
            "f1": 2 * tp / (2 * tp + fp + fn),
            "mcc": (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)),
            "roc_auc": np.sum((1 - p)[::-1] * above) / p.sum() / (1 - p).sum(),
            "average_precision": np.sum(p[::-1] * above / above_all) / p.sum(),
            "log_loss": -np.mean(p * np.log(s) + (1 - p) * np.log1p(-s)),
            "expected_calibration_error": np.sqrt(np.mean([(p[part].mean() - s[part].mean()) ** 2 for part in parts])),
            "recall_difference": recalls[0] - recalls[1],
        }


class Regression:
    """Outcomes with a long right tail, and predictions that are too high and too flat.

    The outcome is 10 + 4 x + 2 v + an exponential of mean 4, less 4; the prediction 10.5 + 3.5 x.
    """

    pivot = 10.0

    def draw(self, random, windows, rows, repeats):
        """Draw rows of some windows: prediction, outcome and entity, shape (windows, rows)."""
        x, v, entity = effects(random, windows, rows, repeats)
        return 10.5 + 3.5 * x, 6 + 4 * x + 2 * v + random.exponential(4, x.shape), entity

    def truth(self):
        """Return metric -> the population's number."""
        spread = np.hypot(0.5, 2)
        late = exponnorm(4 / spread, loc=-4.5, scale=spread)
        return {"mae": quad(late.cdf, -60, 0)[0] + quad(late.sf, 0, 200)[0],
                "r2": 1 - (late.var() + late.mean() ** 2) / (16 + 4 + 16)}
