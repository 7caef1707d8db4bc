"""What is known of a regression by what it predicted: predictions in a few bins, and the sums of their errors."""

from dataclasses import dataclass

import numpy as np

from spark_monitor.metrics.error_rows import LOSS_SUMS, ErrorRows

NAMES = ("rows", *LOSS_SUMS)


@dataclass(frozen=True)
class LossCells:
    """Plain sums of K targets over P bins of predicted values.

    Parameters
    ----------
    sums : ndarray of float64, shape (K, P, 13)
        By target, bin and name: rows, and ``error_rows.LOSS_SUMS``: over all rows with a finite prediction, labelled
        or not, sums of w and w^2; over those with an error e = prediction - outcome their number, sums of w times 1,
        e, |e| and e^2, and sums of w^2 times 1, e, |e|, e^2 and e^4.

    Examples
    --------
    >>> cells = LossCells.of_rows([1.0, 5.0, 6.0], [3.0, 4.0, np.nan], edges=[2.0])
    >>> cells.of("rows"), cells.of("abs_error")
    (array([[1., 2.]]), array([[2., 1.]]))
    """

    sums: np.ndarray

    @classmethod
    def of_rows(cls, prediction, outcome, edges, target=None, weight=None, size=None):
        """Count rows into cells; for tests and small data.

        Parameters
        ----------
        prediction, outcome, weight
            As for `ErrorRows.of`.
        edges : array_like of float
            Inner edges of the bins, right-closed.
        target : array_like of int, optional
            All rows belong to target 0 where not given.
        size : int, optional
            Number of targets.
        """
        bins = prediction_bin(np.asarray(prediction, float), np.asarray(edges, float))
        target = np.zeros(len(bins), np.int64) if target is None else np.asarray(target, np.int64)
        size = int(target.max(initial=-1)) + 1 if size is None else size
        rows = ErrorRows.of(prediction, outcome, weight)
        codes, counts, sums = loss_sums(rows, bins, target, size, len(edges) + 1)
        return cls.of_sums((codes, counts, sums), size, len(edges) + 1)

    @classmethod
    def of_sums(cls, losses, size, bins):
        """Make the cells of `size` targets from sparse sums, as `loss_sums` returns them."""
        codes, rows, sums = losses
        dense = np.zeros((size * bins, len(NAMES)))
        dense[codes, 0], dense[codes, 1:] = rows, sums.T
        return cls(dense.reshape(size, bins, len(NAMES)))

    def __len__(self):
        return len(self.sums)

    @property
    def bins(self):
        """P, the number of bins."""
        return self.sums.shape[1]

    def of(self, name):
        """Return the rows, or one of `LOSS_SUMS`, shape (K, P)."""
        return self.sums[..., NAMES.index(name)]

    def take(self, targets):
        """Return the sums of the targets at these places."""
        return type(self)(self.sums[targets])


def prediction_bin(prediction, edges):
    """Return the bin of each predicted value, -1 where it is not finite.

    Examples
    --------
    >>> prediction_bin(np.array([1.0, 2.0, 3.0, np.nan]), np.array([2.0]))
    array([ 0,  0,  1, -1])
    """
    return np.where(np.isfinite(prediction), np.searchsorted(edges, prediction), -1)


def loss_sums(rows, bins, target, size, width):
    """Return `ErrorRows` added up by target and bin, sparse: codes target * width + bin in order, rows, and sums.

    Parameters
    ----------
    rows : ErrorRows
    bins : ndarray of int64, shape (n,)
        As `prediction_bin` returns them.
    target : ndarray of int64, shape (n,)
    size, width : int
        Targets, and bins of each.

    Returns
    -------
    codes, rows : ndarray of int64, shape (N,)
    sums : ndarray of float64, shape (12, N)
        By ``error_rows.LOSS_SUMS``.
    """
    keep = bins >= 0
    place = (target * width + bins)[keep]
    counts = np.bincount(place, minlength=size * width)
    held = np.flatnonzero(counts)
    sums = [np.bincount(place, term[keep], size * width)[held] for term in rows.losses]
    return held, counts[held], np.stack(sums)
