"""How far scores are from the rates at which positives come: expected calibration error, free of sampling noise."""

from dataclasses import dataclass

import numpy as np
import scipy

from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.performance.fold_effects import influence_effect
from spark_monitor.metrics.performance.reliability import BINS, reliability
from spark_monitor.metrics.performance.scored_rows import mean_scores, score_estimate, scored_rows
from spark_monitor.metrics.spec import PerformanceMetric

HALVINGS = 60
# The most of the tilt's excess over independence that groups further apart are taken to share.
MOST_SHARED = 0.8


@dataclass(frozen=True)
class SquaredGaps:
    """The weighted sum of squared gaps between rate and score of K targets, and how it would vary.

    Parameters
    ----------
    observed : ndarray of float64, shape (K,)
        Sum of the groups' share of rows times (rate - score)^2.
    noise : ndarray of float64, shape (K,)
        What sampling alone adds to it on average.
    spread : ndarray of float64, shape (K,)
        The variance of what sampling adds.
    seen, unseen : ndarray of float64, shape (K,)
        A quarter of what one unit of the population's sum adds to the variance: where the gaps were seen, and for
        gaps that may hide in noise.
    """

    observed: np.ndarray
    noise: np.ndarray
    spread: np.ndarray
    seen: np.ndarray
    unseen: np.ndarray

    @property
    def value(self):
        """What is left of the observed sum without noise, 0 or more."""
        return np.maximum(self.observed - self.noise, 0.0)

    def chance_below(self, truth):
        """Return P(sum <= `observed`) if it is `truth` in the population, shape (K,).

        The sum is taken for a multiple of a chi-squared variable with its mean and variance: P. B. Patnaik (1949),
        "The non-central chi-squared and F-distributions and their applications", Biometrika 36, 202-232.
        """
        known = np.minimum(truth, self.value)
        mean, variance = truth + self.noise, self.spread + 4 * (self.seen * known + self.unseen * (truth - known))
        return scipy.special.gammainc(mean**2 / variance, self.observed * mean / variance)

    def interval(self, level=CI_LEVEL):
        """Return the population's sums that a test does not reject, shape (K,) each; 0 where none is as low."""
        limits = []
        for tail in ((1 + level) / 2, (1 - level) / 2):
            low = np.zeros(self.observed.shape)
            high = self.observed + 100 * (self.noise + np.sqrt(self.spread) + self.unseen)
            for _ in range(HALVINGS):
                middle = (low + high) / 2
                more = self.chance_below(middle) > tail
                low, high = np.where(more, middle, low), np.where(more, high, middle)
            limits.append(np.where(low > 0, high, 0.0))
        return tuple(limits)


def squared_gaps(table, level_effect, tilt_effect):
    """Return the `SquaredGaps` of a reliability table.

    Parameters
    ----------
    table : Reliability
    level_effect, tilt_effect : ndarray of float64, shape (K,)
        Of the mean of outcome - score, and of the slope of that difference on the score; 1 or more.

    Notes
    -----
    Rows of one entity have like scores, so their noise is alike in the mean of all groups, less so in the tilt, less
    still in finer patterns: the excess of the design effect over 1 is taken to fall by a constant ratio from each
    pattern to the next finer one, as it does where an entity's scores are jointly normal (F. G. Mehler, 1866).
    """
    share = ratio(table.weight, table.weight.sum(axis=1, keepdims=True))
    gap = np.nan_to_num(table.rate - table.score)
    noise = np.where(np.isnan(table.noise), table.score * (1 - table.score), table.noise)
    parts = np.nan_to_num(share * noise)
    share = np.nan_to_num(share)
    decay = np.clip(np.nan_to_num(ratio(tilt_effect - 1, level_effect - 1)), 0, MOST_SHARED)
    effects = 1 + (level_effect - 1)[:, None] * decay[:, None] ** np.arange(gap.shape[1])
    observed = (share * gap**2).sum(axis=1)
    score = np.nan_to_num(table.score)
    off = score - (share * score).sum(axis=1, keepdims=True)
    of_level = np.nan_to_num(ratio((share * gap).sum(axis=1) ** 2, observed))
    of_tilt = np.nan_to_num(ratio((share * gap * off).sum(axis=1) ** 2, observed * (share * off**2).sum(axis=1)))
    of_tilt = np.clip(of_tilt, 0, np.maximum(1 - of_level, 0))
    rest = np.maximum(1 - of_level - of_tilt, 0)
    by_pattern = of_level * effects[:, 0] + of_tilt * effects[:, 1] + rest * effects[:, 2]
    effect = (by_pattern + np.maximum(level_effect, tilt_effect)) / 2
    seen = np.nan_to_num(ratio((share * parts * gap**2).sum(axis=1), observed)) * effect
    typical = np.maximum(seen, np.nan_to_num(ratio((parts**2).sum(axis=1), parts.sum(axis=1))) * effect)
    return SquaredGaps(observed, parts.sum(axis=1) * effects.mean(axis=1),
                       2 * (parts**2).sum(axis=1) * (effects**2).mean(axis=1),
                       seen, (typical + parts.max(axis=1) * effect) / 2)


def residual_effects(cells, folds):
    """Return the design effects of the level and of the tilt of outcome - score, at least 1, shape (K,) each."""
    if folds is None:
        return np.ones(cells.size), np.ones(cells.size)
    seen = scored_rows(cells)
    s = mean_scores(seen)
    residual = np.where(seen.outcome == 1, 1.0, 0.0) - s
    mean = np.nan_to_num(ratio(seen.total("score"), seen.total("weight")))
    effects = []
    for each in (residual, residual * (s - mean[seen.target])):
        level = np.nan_to_num(ratio(np.bincount(seen.target, seen.weight * each, seen.size), seen.total("weight")))
        effect, _ = influence_effect(seen, folds, each - level[seen.target])
        effects.append(np.where(effect > 1, effect, 1.0))
    return tuple(effects)


def expected_calibration_error(cells, folds=None):
    """Return the root of the mean squared gap between the rate of positives and the mean score, noise subtracted.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums or None

    Returns
    -------
    Estimate
        In [0, 1]; 0 where the gaps are no larger than sampling makes them. The population's value is that of the same
        ten groups of about equal weight (`reliability`). NaN, with a reason, without scores or outcomes or with fewer
        than five rows of a class.

    Notes
    -----
    The square is what can be freed of noise whatever the gaps look like: the mean absolute gap of a perfect model is
    above 0 in any sample, by an amount that depends on the gaps themselves. A. Kumar, P. Liang and T. Ma (2019),
    "Verified uncertainty calibration", NeurIPS, section 4; J. Broecker (2012), Climate Dynamics 39, 655-667. The
    interval holds every value at which a test does not reject what was observed, so it reaches down to 0 where a
    calibrated model is possible.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> cells = ScoreCells.of_rows(np.repeat([0.3, 0.7], 500), None, np.tile([0, 1], 500), edges=[0.5])
    >>> expected_calibration_error(cells).value.round(3)
    array([0.199])
    """
    effects = residual_effects(cells, folds)
    gaps = squared_gaps(reliability(cells, BINS), *effects)
    noisy = gaps.spread > 0
    # Without any noise the distribution has no width to divide by.
    parts = (gaps.noise, gaps.spread, gaps.seen, gaps.unseen)
    sure = SquaredGaps(gaps.observed, *(np.where(noisy, part, 1.0) for part in parts))
    value = np.sqrt(gaps.value)
    low, high = (np.where(noisy, np.clip(np.sqrt(limit), 0, 1), value) for limit in sure.interval())
    inflation = None if folds is None else np.sqrt(effects[0])
    interval = np.minimum(low, value), np.maximum(high, value)
    return score_estimate(cells, value, interval, "noncentral_chi_squared", 0.0, inflation)


EXPECTED_CALIBRATION_ERROR = PerformanceMetric(
    name="expected_calibration_error", compute=expected_calibration_error,
    formula="sqrt(sum over 10 equal-weight groups of share ((rate - score)^2 - variance))", needs=("score", "outcome"),
    source="A. Kumar, P. Liang and T. Ma (2019), Verified uncertainty calibration, NeurIPS",
    tasks=("binary", "multiclass"), direction="higher_is_worse",
)
