"""A rate of each group, of all others and of all together, and how many independent rows each is worth."""

from dataclasses import dataclass

import numpy as np
import scipy

from spark_monitor.metrics.bias.criteria import CRITERIA
from spark_monitor.metrics.bias.laws import SHARES, Law
from spark_monitor.metrics.score_cells import FOLDS

MIN_ROWS = 30


@dataclass(frozen=True)
class GroupRates:
    """One rate of G groups in K targets; only groups with enough rows are compared.

    Parameters
    ----------
    value : ndarray of float64, shape (G, K)
        NaN where a group has no row in the denominator.
    size : ndarray of float64, shape (G, K)
        Independent rows whose share would be as sure; of means 1 / variance.
    rows : ndarray, shape (G, K)
        Rows of the denominator (of the smaller one of two).
    weight : ndarray, shape (G, K)
        Weight of the denominator.
    compared : ndarray of bool, shape (G, K)
        Whether the group has the minimum of rows.
    rest, rest_size : ndarray, shape (G, K)
        The rate of the other compared groups together.
    overall, overall_size : ndarray, shape (K,)
        The rate of all compared groups together.
    reason : str or ndarray of str, shape (G, K)
        Why a value is NaN.
    higher_is_better : bool
    error : ndarray or float
        The largest error that binning can have made in `value`.
    law : Law
        How values scatter.
    effective : ndarray of float64, shape (G, K), or None
        Independent rows that `value` is worth, where that is not `size`.
    """

    value: np.ndarray
    size: np.ndarray
    rows: np.ndarray
    weight: np.ndarray
    compared: np.ndarray
    rest: np.ndarray
    rest_size: np.ndarray
    overall: np.ndarray
    overall_size: np.ndarray
    reason: np.ndarray | str = "no_outcomes"
    higher_is_better: bool = True
    error: np.ndarray | float = 0.0
    law: Law = SHARES
    effective: np.ndarray | None = None

    @property
    def effective_size(self):
        """Independent rows that each value is worth, shape (G, K)."""
        return self.size if self.effective is None else self.effective

    @property
    def groups(self):
        """Number of groups compared in each target, shape (K,)."""
        return self.compared.sum(axis=0)

    @property
    def known(self):
        """The values of compared groups, NaN elsewhere, shape (G, K)."""
        return np.where(self.compared, self.value, np.nan)

    def reasons(self):
        """Return why a group isn't compared, None where it is, object array of shape (G, K)."""
        why = np.where(np.isnan(self.value), self.reason, np.where(self.rows > 0, "too_few_rows", self.reason))
        return np.where(self.compared, None, why.astype(object))


def group_rates(counts, criterion, design_effect=1.0, min_rows=MIN_ROWS):
    """Return one criterion's rate of every group.

    Parameters
    ----------
    counts : GroupCounts
    criterion : str
        A name of `CRITERIA`.
    design_effect : float or array_like broadcastable to (G, K)
        Variance of the rate over that of as many independent rows, where it is known from elsewhere; divides the
        effective size. Where the counts have folds, the larger of this and the folds' own is taken.
    min_rows : int
        Rows of the denominator from which a group is compared. The default of 30 keeps out groups whose rate is
        unsure by more than a sixth either way; they still have rates of their own.

    Returns
    -------
    GroupRates

    Examples
    --------
    >>> from spark_monitor.metrics.bias.group_counts import GroupCounts
    >>> counts = GroupCounts.of_confusion([[[[50, 10], [20, 30]]], [[[30, 5], [30, 35]]]])
    >>> group_rates(counts, "recall").value[:, 0]
    array([0.75 , 0.875])
    """
    spec = CRITERIA[criterion]
    sums = [_sums(counts.weight, part) for part in spec.parts]
    hits, whole = (np.stack(s) for s in zip(*sums))
    squares = np.stack([_sums(counts.weight_sq, part)[1] for part in spec.parts])
    if counts.folds is not None:
        by_fold = [_sums(counts.folds, part) for part in spec.parts]
        effects = [fold_design_effect(*f, s) for f, s in zip(by_fold, squares)]
        design_effect = np.maximum(design_effect, np.stack(effects))
    rows = np.stack([_sums(counts.rows, part)[1] for part in spec.parts]).min(axis=0)
    labelled = counts.rows[..., :2].sum(axis=(-1, -2)) > 0
    reason = np.where(labelled | (criterion == "selection_rate"), spec.reason, "no_outcomes")
    return rates_of(hits, whole, squares * design_effect, rows, min_rows, spec.combine, reason=reason,
                    higher_is_better=spec.higher_is_better)


def rates_of(hits, whole, squares, rows, min_rows, combine, **facts):
    """Return the rates of groups from their sums.

    Parameters
    ----------
    hits, whole : ndarray, shape (P, G, K)
        Weight of numerator and denominator of each part of the rate.
    squares : ndarray, shape (P, G, K)
        Sum of w^2 of the denominator times the design effect.
    rows : ndarray, shape (G, K)
    min_rows : int
    combine : callable
        See `Criterion`.
    **facts
        Other fields of `GroupRates`.
    """
    value, size = _rate(hits, whole, squares, combine)
    compared = (rows >= min_rows) & ~np.isnan(value)
    kept = [np.where(compared, s, 0.0) for s in (hits, whole, squares)]
    totals = [s.sum(axis=1, keepdims=True) for s in kept]
    # A difference of weighted sums leaves rounding where nothing is left.
    others = [np.where(total - own > 1e-12 * total, total - own, 0.0) for total, own in zip(totals, kept)]
    rest, rest_size = _rate(*others, combine)
    overall, overall_size = _rate(*totals, combine)
    return GroupRates(value, size, rows, whole.sum(axis=0), compared, rest, rest_size, overall[0], overall_size[0],
                      **facts)


def fold_design_effect(hits, whole, squares):
    """Return the variance of a share over that of as many independent rows, from sums by fold.

    Parameters
    ----------
    hits, whole : ndarray, shape (G, K, F)
        Weight of numerator and denominator by fold.
    squares : ndarray, shape (G, K)
        Sum of w^2 of the denominator.

    Returns
    -------
    ndarray, shape (G, K)
        At least 1. Residuals of folds, linearised (W. Cochran (1977), Sampling Techniques, 3rd ed., section 9A.2);
        larger by (t of the folds / t of 31 degrees)^2 where few folds have rows. A share of 0 or 1 takes the mean
        effect of the target's groups.

    Examples
    --------
    >>> whole = np.full((1, 1, 32), 10.0)
    >>> hits = np.where(np.arange(32) < 16, 10.0, 0.0)[None, None]
    >>> fold_design_effect(hits, whole, whole.sum(axis=-1)).round(2)
    array([[10.32]])
    """
    total = whole.sum(axis=-1)
    share = np.divide(hits.sum(axis=-1), total, out=np.zeros(total.shape), where=total > 0)
    left = hits - share[..., None] * whole
    folds = (whole > 0).sum(axis=-1)
    scale = np.where(folds > 1, folds / np.maximum(folds - 1, 1), 0.0)
    clustered, alone = scale * (left**2).sum(axis=-1), squares * share * (1 - share)
    pooled = np.broadcast_to(clustered.sum(axis=0), alone.shape), np.broadcast_to(alone.sum(axis=0), alone.shape)
    mean = np.divide(*pooled, out=np.ones(alone.shape), where=pooled[1] > 0)
    effect = np.divide(clustered, alone, out=mean, where=(alone > 0) & (folds > 1))
    few = scipy.special.stdtrit(np.maximum(folds - 1, 1), 0.975) / scipy.special.stdtrit(FOLDS - 1, 0.975)
    return np.maximum(effect * np.maximum(few, 1) ** 2, 1.0)


def _sums(cells, part):
    """Sum the cells (..., 3, 3) of numerator and denominator."""
    return tuple(sum(cells[..., d, y] for d, y in chosen) for chosen in part)


def _rate(hits, whole, squares, combine):
    known = whole > 0
    share = np.divide(hits, whole, out=np.full(whole.shape, np.nan), where=known)
    return combine(share, np.divide(whole**2, squares, out=np.zeros(whole.shape), where=known & (squares > 0)))
