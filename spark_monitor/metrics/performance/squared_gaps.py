"""How large the mean squared gap between rate and score is in the population, given that of a sample."""

from dataclasses import dataclass

import numpy as np
import scipy

from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.performance.gap_noise import shared_noise
from spark_monitor.metrics.roots import bracketed_roots


@dataclass(frozen=True)
class SquaredGaps:
    """The weighted sum of squared gaps between rate and score of K targets, and how it would vary.

    Parameters
    ----------
    squares : ndarray of float64, shape (K, M)
        The groups' share of rows times (rate - score)^2.
    parts : ndarray of float64, shape (K, M)
        What sampling independent rows adds to each of them on average.
    noise : ndarray of float64, shape (K,)
        What sampling alone adds to their sum on average.
    spread : ndarray of float64, shape (K,)
        The variance of what sampling adds, and of `noise` itself.
    effect : ndarray of float64, shape (K,)
        The design effect along the gaps.
    """

    squares: np.ndarray
    parts: np.ndarray
    noise: np.ndarray
    spread: np.ndarray
    effect: np.ndarray

    @classmethod
    def of(cls, table, effects, fewest):
        """Tell them from a `Reliability`, the `ResidualEffects` and the effective rows of the smaller class.

        The noise is itself known from these few rows, and from as many folds as there are.
        """
        share = np.nan_to_num(ratio(table.weight, table.weight.sum(axis=1, keepdims=True)))
        gap, score = np.nan_to_num(table.rate - table.score), np.nan_to_num(table.score)
        parts = share * np.where(np.isnan(table.noise), score * (1 - score), table.noise)
        shared = shared_noise(share, score, parts, effects)
        lean = np.sqrt(share) * gap
        along = np.nan_to_num(ratio(np.einsum("kg,kgh,kh->k", lean, shared, lean), (lean**2 * parts).sum(axis=1)))
        # The gaps seen are partly noise, which has less in common from group to group than gaps have.
        effect = (1 + along + np.maximum(effects.level, effects.tilt)) / 2
        whole = shared + parts[:, :, None] * np.eye(share.shape[1])
        noise = np.trace(whole, axis1=1, axis2=2)
        unsure = np.where(effects.folds > 1, 2 / np.maximum(effects.folds - 1, 1), 0.0) + 1 / np.maximum(fewest, 1)
        return cls(lean**2, parts, noise, 2 * (whole**2).sum(axis=(1, 2)) + unsure * noise**2, effect)

    @property
    def observed(self):
        """The sum that was seen."""
        return self.squares.sum(axis=1)

    @property
    def value(self):
        """What is left of it without noise, 0 or more."""
        return np.maximum(self.observed - self.noise, 0.0)

    def noise_if_less(self, truth):
        """Return the noise of groups, weighted by the squared gaps that they may have if the sum is less than seen.

        Gaps are taken to be normal with mean 0, alike in all groups that have any noise; what is meant are their
        squares on average, given those seen.
        """
        noisy = self.parts > 0
        prior = truth[..., None] * ratio(noisy, noisy.sum(axis=1, keepdims=True))
        kept = np.nan_to_num(ratio(prior, prior + self.parts))
        squares = self.squares * kept**2 + self.parts * kept
        return np.nan_to_num(ratio((squares * self.parts).sum(axis=-1), squares.sum(axis=-1)))

    def noise_if_more(self, truth):
        """Return the same if the sum may be more than is left without noise: the rest hides where noise is large."""
        seen = np.nan_to_num(ratio((self.squares * self.parts).sum(axis=1), self.observed))
        typical = np.maximum(seen, np.nan_to_num(ratio((self.parts**2).sum(axis=1), self.parts.sum(axis=1))))
        hidden = (typical + self.parts.max(axis=1)) / 2
        return hidden + (seen - hidden) * np.nan_to_num(ratio(np.minimum(truth, self.value), truth))

    def chance_below(self, observed, truth, of_groups):
        """Return P(sum <= `observed`) if it is `truth` in the population; `of_groups` is one of the two noises above.

        The sum is taken for a multiple of a chi-squared variable with its mean and variance: P. B. Patnaik (1949),
        "The non-central chi-squared and F-distributions and their applications", Biometrika 36, 202-232.
        """
        mean, variance = truth + self.noise, self.spread + 4 * self.effect * of_groups(truth) * truth
        return scipy.special.gammainc(mean**2 / variance, observed * mean / variance)

    def interval(self, level=CI_LEVEL):
        """Return the population's sums that a test does not reject, shape (K,) each; 0 where none is as low.

        Notes
        -----
        A sum below what noise alone gives is no evidence against small gaps, so none is rejected for one: the upper
        limit is that of a sum of `noise` there. Population sums that can therefore never be rejected from below are
        rejected from above with all of 1 - `level`, others with half of it.
        """
        tail = (1 - level) / 2
        far = self.observed + 100 * (self.noise + np.sqrt(self.spread) + self.parts.max(axis=1))

        def limits(observed, chances, of_groups):
            ends = np.stack([far, far])
            return bracketed_roots(lambda truth: self.chance_below(observed, truth, of_groups) - chances, ends,
                                   0 * ends)

        tails = np.array([[1 - 2 * tail], [1 - tail]])
        low_alone, low = limits(self.observed, tails, self.noise_if_less)
        high, never_from_below = limits(np.stack([np.maximum(self.observed, self.noise), self.noise]), tail,
                                        self.noise_if_more)
        return np.maximum(np.minimum(low_alone, never_from_below), low), high
