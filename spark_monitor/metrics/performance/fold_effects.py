"""How much less rows say about a metric of scores where they repeat: design effects from the sums that folds keep."""

import numpy as np
import scipy

from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.closed_forms import NORMAL, ratio

STRATA = 6
CONSTANT = 1e-9


def influence_effect(cells, folds, influence):
    """Return the design effect of a metric, from what each row adds to it.

    Parameters
    ----------
    cells : ScoreCells
        Labelled rows with a usable score only.
    folds : FoldSums
        Of the same targets.
    influence : ndarray of float64, shape (N,)
        What one more row of each cell would add to the metric, up to a factor for each target.

    Returns
    -------
    effect : ndarray of float64, shape (K,)
        Variance over folds over that of independent rows; NaN where either is unknown.
    folds : ndarray of int64, shape (K,)
        Nonempty folds that it rests on.

    Notes
    -----
    Folds keep sums of w, w s and w s^2 by decision and outcome, so the influence is replaced by the parabola in the
    score that is closest to it for each decision and outcome; the sum over a fold's rows is then known exactly. For
    influences that are such parabolas, as those of y - s, nothing is lost. The sum over folds is the delete-a-fold
    jackknife of the linear part: J. Shao and D. Tu (1995), "The jackknife and bootstrap", section 2.3.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import FoldSums, ScoreCells
    >>> score, outcome = np.array([0.2, 0.2, 0.6, 0.6]), np.array([0, 0, 1, 0])
    >>> cells = ScoreCells.of_rows(score, None, outcome, edges=[0.5])
    >>> folds = FoldSums.of_rows(score, None, outcome, fold=[0, 0, 1, 1])
    >>> effect, count = influence_effect(cells, folds, np.where(cells.outcome == 1, 0.75, -0.25))
    >>> effect.round(3), count
    (array([1.333]), array([2]))
    """
    stratum = (cells.target * 3 + cells.decision % 3) * 2 + cells.outcome
    centre, scale = _spread(cells, stratum)
    moments = _centred(cells.weight, cells.score, cells.score_sq, centre[stratum], scale[stratum])
    basis = np.nan_to_num(ratio(moments, cells.weight))
    line = _closest(basis, cells.weight, influence, stratum, len(centre))
    fitted = (line[stratum] * basis.T).sum(axis=1)
    independent = np.bincount(cells.target, cells.weight_sq * fitted**2, cells.size)
    shape = (cells.size, 1, 3, 2)
    by_fold = _centred(*(folds.of(name)[..., :2] for name in ("weight", "score", "score_sq")),
                       centre.reshape(shape), scale.reshape(shape))
    total = np.einsum("mkfdy,kdym->kf", by_fold, line.reshape(cells.size, 3, 2, 3))
    nonempty = folds.of("rows")[..., :2].sum(axis=(2, 3)) > 0
    count = nonempty.sum(axis=1)
    off = np.where(nonempty, total - ratio(total.sum(axis=1), count)[:, None], 0.0)
    return ratio(count * (off**2).sum(axis=1), (count - 1) * independent), count


def influence_inflation(cells, folds, influence):
    """Return the factor by which folds widen the interval of a metric, at least 1; None without folds.

    Parameters
    ----------
    cells, folds, influence
        As `influence_effect` takes them; `folds` may be None.

    Returns
    -------
    ndarray of float64, shape (K,)
        Root of the design effect, times Student's quantile over the normal one; 1 where the effect is unknown.
    """
    return None if folds is None else inflation_of(*influence_effect(cells, folds, influence))


def inflation_of(effect, folds):
    """Return the root of a design effect times Student's quantile for so many folds over the normal one, at least 1.

    Examples
    --------
    >>> inflation_of(np.array([4.0, 0.5, np.nan]), np.array([32, 32, 1])).round(3)
    array([2.081, 1.   , 1.   ])
    """
    wide = scipy.special.stdtrit(np.maximum(folds - 1, 1).astype(float), (1 + CI_LEVEL) / 2) / NORMAL * np.sqrt(effect)
    return np.where(wide > 1, wide, 1.0)


def _spread(cells, stratum):
    total = [np.bincount(stratum, sums, cells.size * STRATA) for sums in (cells.weight, cells.score, cells.score_sq)]
    centre = np.nan_to_num(ratio(total[1], total[0]))
    scale = np.sqrt(np.maximum(np.nan_to_num(ratio(total[2], total[0])) - centre**2, 0))
    return centre, np.where(scale > CONSTANT, scale, 1.0)


def _centred(weight, score, score_sq, centre, scale):
    """Return sums of w, w u and w u^2, where u is the score, centred and scaled, along a new first axis."""
    return np.stack([weight, (score - centre * weight) / scale,
                     (score_sq - 2 * centre * score + centre**2 * weight) / scale**2])


def _closest(basis, weight, values, stratum, strata):
    """Return the weighted least-squares coefficients of `values` on the rows of `basis` by stratum, (strata, 3)."""
    def total(each):
        return np.bincount(stratum, weight * each, strata)

    gram = np.array([[total(a * b) for a in basis] for b in basis]).transpose(2, 0, 1)
    right = np.array([total(a * values) for a in basis]).T
    return np.einsum("nij,nj->ni", np.linalg.pinv(gram, rcond=1e-8, hermitian=True), right)
