"""How the gaps between rate and score of groups of rows vary by chance, where rows of an entity repeat."""

from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np

from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.performance.fold_effects import influence_effect
from spark_monitor.metrics.performance.scored_rows import mean_scores, scored_rows

# How alike the scores of an entity's rows may be.
LIKENESS = np.arange(10) / 10
POINTS_A_GROUP = 200


@dataclass(frozen=True)
class ResidualEffects:
    """Design effects of the mean of outcome - score, and of its slope on the score, for K targets.

    Parameters
    ----------
    level, tilt : ndarray of float64, shape (K,)
        1 or more.
    folds : ndarray of int64, shape (K,)
        Nonempty folds that they rest on; 0 where no entity repeats.
    """

    level: np.ndarray
    tilt: np.ndarray
    folds: np.ndarray

    @classmethod
    def of(cls, cells, folds):
        """Tell them from the cells and the fold sums of the same targets; `folds` may be None."""
        if folds is None:
            return cls(np.ones(cells.size), np.ones(cells.size), np.zeros(cells.size, np.int64))
        seen = scored_rows(cells)
        s, weight = mean_scores(seen), seen.total("weight")
        residual = np.where(seen.outcome == 1, 1.0, 0.0) - s
        mean = np.nan_to_num(ratio(seen.total("score"), weight))
        effects = []
        for each in (residual, residual * (s - mean[seen.target])):
            level = np.nan_to_num(ratio(np.bincount(seen.target, seen.weight * each, seen.size), weight))
            effect, count = influence_effect(seen, folds, each - level[seen.target])
            effects.append(np.where(effect > 1, effect, 1.0))
        return cls(*effects, count)


def shared_noise(share, score, parts, effects):
    """Return by how much the noise of groups is more than that of independent rows.

    Parameters
    ----------
    share, score : ndarray of float64, shape (K, M)
        Share of rows and mean score of each group, in the order of scores; 0 for an empty group.
    parts : ndarray of float64, shape (K, M)
        Share times the variance of the gap between rate and score, for independent rows.
    effects : ResidualEffects

    Returns
    -------
    ndarray of float64, shape (K, M, M)
        Covariances of root-share times gap, beyond the diagonal `parts`.

    Notes
    -----
    Rows of one entity share a part of their log-odds, so that their outcomes go together by as much as the product of
    their variances; and they have like scores, so that they fall into the same group or a near one more often than
    others, by Mehler's kernel if an entity's scores are jointly normal (F. G. Mehler, 1866). How large that part is
    follows from the design effect of the level, how like the scores from that of the tilt.

    Examples
    --------
    >>> share, parts = np.full((1, 2), 0.5), np.array([[0.01, 0.03]])
    >>> effects = ResidualEffects(np.array([2.0]), np.array([1.0]), np.array([32]))
    >>> shared_noise(share, np.array([[0.1, 0.5]]), parts, effects).round(4)
    array([[[0.0025, 0.0075],
            [0.0075, 0.0225]]])
    """
    patterns = _hermite_means(share.shape[1])
    # Of root-share times gap, up to a factor for each target.
    common = parts * np.sqrt(np.nan_to_num(ratio(1, share)))
    powers = LIKENESS[:, None] ** np.arange(len(patterns))
    off = score - (share * score).sum(axis=1, keepdims=True)
    shared, alone = [], []
    for slope in (np.ones(share.shape), off):
        shared.append((((np.sqrt(share) * slope * common) @ patterns.T) ** 2) @ powers.T)
        alone.append((share * slope**2 * parts).sum(axis=1))
    scale = np.nan_to_num(ratio(((effects.level - 1) * alone[0])[:, None], shared[0]))
    predicted = np.nan_to_num(ratio(scale * shared[1], alone[1][:, None]))
    likeness = np.abs(predicted - (effects.tilt - 1)[:, None]).argmin(axis=1)
    target = np.arange(len(share))
    products = np.einsum("kg,kh->kgh", patterns, patterns).reshape(len(patterns), -1)
    kernel = (powers[likeness] @ products).reshape(-1, share.shape[1], share.shape[1])
    return scale[target, likeness][:, None, None] * common[:, :, None] * common[:, None, :] * kernel


@cache
def _hermite_means(groups):
    """Return the means of the normalised Hermite polynomials over equally likely groups of a normal, (groups, groups).

    Row k is of the polynomial of degree k.
    """
    count = groups * POINTS_A_GROUP
    z = np.array([NormalDist().inv_cdf((place + 0.5) / count) for place in range(count)])
    values = [np.ones(count), z]
    for degree in range(1, groups - 1):
        values.append((z * values[degree] - np.sqrt(degree) * values[degree - 1]) / np.sqrt(degree + 1))
    return np.array(values[:groups]).reshape(groups, groups, -1).mean(axis=2)
