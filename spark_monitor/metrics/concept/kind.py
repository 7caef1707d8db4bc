"""What kind of change a window shows, named by two tests: does the score mean the same, do classes score the same."""

from dataclasses import dataclass

import numpy as np

from spark_monitor.metrics.concept.wander import Parts, surprise, wander_between
from spark_monitor.metrics.performance.closed_forms import ratio

UNUSUAL = 0.05


@dataclass(frozen=True)
class Kinds:
    """The kind of change of T targets.

    Parameters
    ----------
    kind : ndarray of object, shape (T,)
        "none"; "covariate", other rows whose scores mean the same; "label", more or fewer positives that score as they
        did; "relation", neither holds; None where a test says nothing.
    relation_p, scores_p : ndarray of float64, shape (T,)
        p-values of an unchanged P(outcome | score) and of an unchanged P(score | outcome).
    """

    kind: np.ndarray
    relation_p: np.ndarray
    scores_p: np.ndarray


def score_parts(current, reference):
    """Return the test of equal scores within each class, in parts: of their mean place, and of the rest.

    Parameters
    ----------
    current, reference : Strata
        Of T targets; segment values are taken together.

    Returns
    -------
    Parts
        Of shape (T, 2). The first has one degree of freedom (van Elteren's test with midranks over both classes); the
        rest is Pearson's statistic, of one degree a bin less one in each class, less the first.

    Notes
    -----
    P. van Elteren (1960), Bulletin of the International Statistical Institute 37, 351-361.
    """
    now, before = (_by_class(side) for side in (current, reference))
    both, (n, m) = now + before, (side.sum(axis=-1) for side in (now, before))
    rows = n + m
    usable = (n > 0) & (m > 0) & (rows > 1)
    safe = np.where(usable, rows, 2.0)
    gap = np.where(usable[..., None], now - ratio(n, safe)[..., None] * both, 0.0)
    # How far a share can stray: n m / (N (N - 1)) of the rows in its bin.
    stray = np.where(usable, n * m / (safe * (safe - 1)), 0.0)
    by_bin = np.nan_to_num(ratio(gap**2, stray[..., None] * both)).sum(axis=(1, 2))
    place = (np.cumsum(both.sum(axis=1), axis=-1) - both.sum(axis=1) / 2)[:, None]
    place = place / np.maximum(rows.sum(axis=1), 1)[:, None, None]
    middle = np.nan_to_num(ratio((both * place).sum(axis=-1), rows))[..., None]
    spread = (stray * (both * (place - middle) ** 2).sum(axis=-1)).sum(axis=1)
    first = np.nan_to_num(ratio((gap * place).sum(axis=(1, 2)) ** 2, spread))
    freedom = (np.maximum((both > 0).sum(axis=-1) - 1, 0) * usable).sum(axis=1).astype(float)
    told = (freedom > 0) * 1.0
    mean = np.stack([told, np.maximum(freedom - told, 0)], axis=1)
    return Parts(np.stack([first, np.maximum(by_bin - first, 0)], axis=1), mean, 2 * mean)


def _by_class(strata):
    """Return effective rows by outcome and score bin, shape (T, 2, C - 1)."""
    weight, squares = (strata.of(name)[:, :, :-1].sum(axis=(1, 3)).swapaxes(1, 2) for name in ("weight", "weight_sq"))
    return weight * np.nan_to_num(ratio(weight.sum(axis=-1), squares.sum(axis=-1)))[..., None]


def score_wander(slices, of, size):
    """Return how much the classes' scores wander between the slices of a reference; see `relation_wander`."""
    return wander_between(score_parts(slices, slices.merge(of, size).take(of).minus(slices)), of, size)


def kind_of_change(relation_p, current, reference, wander=None, unusual=UNUSUAL):
    """Return the kind of change.

    Parameters
    ----------
    relation_p : ndarray of float64, shape (T,)
        p-value of `relation_shift`.
    current, reference : Strata
        Of T targets.
    wander : Wander, optional
        Of the classes' scores, see `score_wander`.
    unusual : float
        Below which p-value a change is named.

    Examples
    --------
    >>> from spark_monitor.metrics.concept.strata import Strata
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> def strata(low, high):
    ...     cells = ScoreCells.of_rows([0.2] * low + [0.8] * high, None, [0, 1] * ((low + high) // 2), edges=[0.5])
    ...     return Strata.of_cells(cells, np.array([0, 1, 2]), [0], [0], (1, 1))
    >>> found = kind_of_change(np.array([0.7]), strata(300, 100), strata(100, 300))
    >>> found.kind, found.scores_p < 0.001
    (array(['covariate'], dtype=object), array([ True]))
    """
    scores_p = surprise(score_parts(current, reference), wander)
    names = np.array([["none", "covariate"], ["label", "relation"]], object)
    kind = names[(relation_p < unusual).astype(int), (scores_p < unusual).astype(int)]
    kind[np.isnan(relation_p) | np.isnan(scores_p)] = None
    return Kinds(kind, relation_p, scores_p)
