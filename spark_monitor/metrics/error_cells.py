"""What a performance metric of a regression sees: sums of the errors of each target, and the errors in fine bins."""

from dataclasses import dataclass, fields

import numpy as np

from spark_monitor.metrics.error_moments import EXTREMES, MOMENTS, extremes_of, pooled_moments
from spark_monitor.metrics.error_rows import COUNTS, FOLD_SUMS, KINDS, LAST_BIN, SQUARES, SUMS, ErrorRows, error_bin
from spark_monitor.metrics.score_cells import FOLDS

SPAN = 2 * LAST_BIN + 1


@dataclass(frozen=True)
class ErrorCells:
    """Sums over the rows of K targets; a target is one window, version and segment value.

    The error is e = prediction - outcome, so that a model which predicts too much has a positive mean error. Only rows
    whose prediction and outcome are both finite have one; the others are counted apart.

    Parameters
    ----------
    pivot : float
        The outcome that z = outcome - pivot is taken around; frozen with the reference, one for all targets.
    counts : ndarray of int64, shape (K, 7)
        Rows, never weighted, by ``error_rows.COUNTS``: with an error; whose outcome is not known; whose outcome is
        known but not the prediction; whose outcome is infinite; whose outcome is 0; whose outcome is known and both
        ends of the prediction interval are; whose outcome lies inside it, ends included.
    sums : ndarray of float64, shape (K, 10)
        By ``error_rows.SUMS``: sums of w, w |e|, w |outcome|, then the weight of rows that have the quantity and the
        sum of w times it: APE |e| / |outcome|, sMAPE 2 |e| / (|outcome| + |prediction|), width of the interval.
    squares : ndarray of float64, shape (K, 23)
        By ``error_rows.SQUARES``: sums of w^2 times 1 and products of e, |e|, |outcome| and z, from which the
        variances of the metrics follow.
    moments : ndarray of float64, shape (K, 5)
        By ``error_moments.MOMENTS``: weighted mean and sum of weighted squared deviations of error and outcome, and of
        their product; NaN without a row of positive weight.
    extremes : ndarray of float64, shape (K, 4)
        By ``error_moments.EXTREMES``, over rows of positive weight; NaN without one.
    target, bin, bin_rows, bin_weight : ndarray, shape (N,)
        The errors by target and `error_bin`, sparse, sorted by target and then by bin: rows and sum of w.

    Examples
    --------
    >>> cells = ErrorCells.of_rows(prediction=[3.0, 5.0, 1.0], outcome=[2.0, 7.0, np.nan])
    >>> cells.of("rows"), cells.of("unlabelled"), cells.of("abs_error"), cells.of("error_mean")
    (array([2]), array([1]), array([3.]), array([-0.5]))
    """

    pivot: float
    counts: np.ndarray
    sums: np.ndarray
    squares: np.ndarray
    moments: np.ndarray
    extremes: np.ndarray
    target: np.ndarray
    bin: np.ndarray
    bin_rows: np.ndarray
    bin_weight: np.ndarray

    @classmethod
    def of_rows(cls, prediction, outcome, target=None, weight=None, low=None, high=None, size=None, pivot=0.0):
        """Count rows into cells; for tests and small data.

        Parameters
        ----------
        prediction, outcome, weight, low, high, pivot
            As for `ErrorRows.of`.
        target : array_like of int, optional
            All rows belong to target 0 where not given.
        size : int, optional
            Number of targets.
        """
        rows = ErrorRows.of(prediction, outcome, weight, low, high, pivot)
        return cls.of_terms(rows, *_targets(rows, target, size))

    @classmethod
    def of_terms(cls, rows, target, size):
        """Add up `ErrorRows` by target (int64, one a row, below `size`)."""
        counts = np.stack([np.bincount(target[rows.counts[name]], minlength=size) for name in COUNTS], axis=-1)
        sums, squares = (np.stack([np.bincount(target, term, size) for term in terms], axis=-1).astype(float)
                         for terms in (rows.sums, rows.squares))
        positive = rows.known & (rows.weight > 0)
        e, y, w, t = (values[positive] for values in (rows.error, rows.outcome, rows.weight, target))
        extremes = extremes_of(t, size, e, e, y, y)
        nothing = np.zeros(len(e))
        moments = pooled_moments(t, size, w, np.stack([e, nothing, y, nothing, nothing], axis=-1), extremes)
        found, of_row = np.unique(t * SPAN + error_bin(e) + LAST_BIN, return_inverse=True)
        where, place = np.divmod(found, SPAN)
        return cls(rows.pivot, counts, sums, squares, moments, extremes, where, place - LAST_BIN,
                   np.bincount(of_row, minlength=len(found)), np.bincount(of_row, w, len(found)).astype(float))

    def __len__(self):
        return len(self.counts)

    def of(self, name):
        """Return one of the counts, sums, squares, moments or extremes by its name, shape (K,)."""
        for names, values in ((COUNTS, self.counts), (SUMS, self.sums), (SQUARES, self.squares),
                              (MOMENTS, self.moments), (EXTREMES, self.extremes)):
            if name in names:
                return values[:, names.index(name)]
        raise KeyError(name)

    @property
    def row_count(self):
        """All rows of each target, with an error or not, shape (K,)."""
        return self.counts[:, :len(KINDS)].sum(axis=1)

    @property
    def labelled_rows(self):
        """Rows of each target whose outcome is known and finite, predicted or not, shape (K,)."""
        return self.of("rows") + self.of("unpredicted")

    @property
    def squared_error(self):
        """Sum of w e^2 of each target, shape (K,); 0 without rows."""
        m2, mean = self.of("error_m2"), self.of("error_mean")
        with np.errstate(over="ignore"):
            return np.where(np.isnan(mean), 0.0, m2 + self.of("weight") * mean**2)

    def effective_size(self, weight="weight", square="weight_sq"):
        """Return Kish's (sum w)^2 / sum w^2 for each target, shape (K,); 0 where there are no rows."""
        squares = self.of(square)
        return np.divide(self.of(weight) ** 2, squares, out=np.zeros(len(self)), where=squares > 0)

    def take(self, targets):
        """Return the cells of some targets (numbers, in any order), renumbered from 0 in their order."""
        targets = np.asarray(targets, np.int64)
        place, cell = self._bins_of(targets)
        dense = [values[targets] for values in (self.counts, self.sums, self.squares, self.moments, self.extremes)]
        return type(self)(self.pivot, *dense, place, self.bin[cell], self.bin_rows[cell], self.bin_weight[cell])

    def _bins_of(self, targets):
        """Return the place in `targets` and the place among the cells of every cell of these targets."""
        first = np.searchsorted(self.target, np.arange(len(self) + 1))
        held = np.diff(first)[targets]
        cell = np.arange(held.sum()) + np.repeat(first[targets] - (held.cumsum() - held), held)
        return np.repeat(np.arange(len(targets)), held), cell

    def joined(self, *others):
        """Return the targets of these cells and then those of the others, renumbered; all have the same pivot."""
        pivots = {self.pivot, *(other.pivot for other in others)}
        if len(pivots) > 1:
            raise ValueError(f"cells around different pivots don't add up: {sorted(pivots)}")
        parts = (self, *others)
        together = {field.name: np.concatenate([getattr(part, field.name) for part in parts])
                    for field in fields(self)[1:]}
        before = np.cumsum([0, *map(len, parts)])
        together["target"] = np.concatenate([part.target + start for part, start in zip(parts, before)])
        return type(self)(self.pivot, **together)

    def merge(self, groups, size, take=None):
        """Add targets up by group: days into a week, segment values into their whole.

        Parameters
        ----------
        groups : ndarray of int64, shape (P,)
            The group that each target goes to, in [0, size).
        size : int
            How many groups there are; a group without targets comes out empty.
        take : ndarray of int64, shape (P,), optional
            Which target each place of `groups` speaks of, so that one target may go to several groups.

        Returns
        -------
        ErrorCells
            With `size` targets.

        Notes
        -----
        Everything is added but the extremes and the moments, which `pooled_moments` merges around the group's mean.
        """
        groups = np.asarray(groups, np.int64)
        take = np.arange(len(self)) if take is None else np.asarray(take, np.int64)
        added = [_add(groups, size, values[take]) for values in (self.counts, self.sums, self.squares)]
        known = ~np.isnan(self.moments[take, 0])
        g, t = groups[known], take[known]
        extremes = extremes_of(g, size, *self.extremes[t].T)
        moments = pooled_moments(g, size, self.of("weight")[t], self.moments[t], extremes)
        place, cell = self._bins_of(take)
        key = groups[place] * SPAN + self.bin[cell] + LAST_BIN
        found, of_cell = np.unique(key, return_inverse=True)
        where, place = np.divmod(found, SPAN)
        rows, weight = (_add(of_cell, len(found), values[cell]) for values in (self.bin_rows, self.bin_weight))
        return type(self)(self.pivot, *added, moments, extremes, where, place - LAST_BIN, rows, weight)


@dataclass(frozen=True)
class ErrorFolds:
    """Plain sums of the same targets by fold: rows of one entity are all in one fold, so folds are independent.

    Parameters
    ----------
    sums : ndarray of float64, shape (K, F, 15)
        By target, fold and ``error_rows.FOLD_SUMS``: rows with an error; sums of w times 1, e, e^2, |e|, z, z^2 and
        |outcome|; then as in `ErrorCells.sums`.

    Examples
    --------
    >>> folds = ErrorFolds.of_rows([3.0, 5.0], [2.0, 7.0], fold=[0, 2], folds=3)
    >>> folds.of("abs_error")
    array([[1., 0., 2.]])
    """

    sums: np.ndarray

    @classmethod
    def of_rows(cls, prediction, outcome, fold, target=None, weight=None, low=None, high=None, size=None, pivot=0.0,
                folds=FOLDS):
        """Count rows into folds; for tests and small data. Arguments as for `ErrorCells.of_rows`."""
        rows = ErrorRows.of(prediction, outcome, weight, low, high, pivot)
        return cls.of_terms(rows, *_targets(rows, target, size), np.asarray(fold, np.int64), folds)

    @classmethod
    def of_terms(cls, rows, target, size, fold, folds=FOLDS):
        """Add up `ErrorRows` by target and fold."""
        place = target * folds + fold
        sums = [np.bincount(place, term, size * folds) for term in rows.fold_sums]
        return cls(np.stack(sums, axis=-1).astype(float).reshape(size, folds, len(sums)))

    def __len__(self):
        return len(self.sums)

    def of(self, name):
        """Return one of `FOLD_SUMS`, shape (K, F)."""
        return self.sums[..., FOLD_SUMS.index(name)]

    def take(self, targets):
        """Return the sums of the targets at these places."""
        return type(self)(self.sums[targets])

    def merge(self, groups, size, take=None):
        """Add targets up by group, as `ErrorCells.merge` does."""
        return type(self)(_add(groups, size, self.sums if take is None else self.sums[take]))


def _targets(rows, target, size):
    target = np.zeros(len(rows.error), np.int64) if target is None else np.asarray(target, np.int64)
    return target, int(target.max(initial=-1)) + 1 if size is None else size


def _add(groups, size, values):
    total = np.zeros((size, *values.shape[1:]), values.dtype)
    np.add.at(total, groups, values)
    return total
