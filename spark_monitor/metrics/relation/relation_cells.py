"""What is counted of labelled rows by feature bin: outcomes and losses."""

from dataclasses import dataclass

import numpy as np

RELATION_SUMS = ("rows", "weight", "weight_sq", "outcome", "outcome_w2", "loss", "loss_w2", "loss_sq_w2")


def row_sums(outcome, loss, weight):
    """Return what each row adds to `RELATION_SUMS` after the first, in their order."""
    w, y = weight, outcome
    return w, w**2, w * y, w**2 * y, w * loss, w**2 * loss, w**2 * loss**2


@dataclass(frozen=True)
class RelationCells:
    """Sums over labelled rows of K targets by at most J bins; a target is one window, version and feature.

    Parameters
    ----------
    sums : ndarray of float64, shape (8, K, J)
        By `RELATION_SUMS`: rows, sum of w and w^2, of w y and w^2 y (y is 1 for a positive outcome), and of w l, w^2 l
        and w^2 l^2, where l is the row's loss. Features of fewer bins have empty ones at the end.

    Examples
    --------
    >>> cells = RelationCells.of_rows(bin=[0, 0, 1], outcome=[0, 1, 1], loss=[0.1, 0.7, 0.2], bins=2)
    >>> cells.of("outcome")
    array([[1., 1.]])
    """

    sums: np.ndarray

    @classmethod
    def of_rows(cls, bin, outcome, loss, bins, target=None, weight=None, size=None):
        """Count rows; for tests and small data.

        Parameters
        ----------
        bin, outcome : array_like of int
        loss : array_like of float
        bins : int
            J.
        target : array_like of int, optional
        weight : array_like of float, optional
        size : int, optional
            K.
        """
        bin, y, loss = np.asarray(bin), np.asarray(outcome, float), np.asarray(loss, float)
        target = np.zeros(len(bin), np.int64) if target is None else np.asarray(target)
        w = np.ones(len(bin)) if weight is None else np.asarray(weight, float)
        most = int(target.max(initial=-1)) + 1 if size is None else size
        place = target * bins + bin
        return cls(np.stack([np.bincount(place, m, most * bins).reshape(most, bins)
                             for m in (np.ones(len(bin)), *row_sums(y, loss, w))]))

    def of(self, name):
        """Return one of `RELATION_SUMS`, shape (K, J)."""
        return self.sums[RELATION_SUMS.index(name)]

    def take(self, targets):
        """Return some targets; one that is named several times, as a reference of many windows is, comes as often."""
        return type(self)(self.sums[:, np.asarray(targets)])

    def merge(self, into, size):
        """Return the sums of targets together: target t is part of target `into[t]` of `size`."""
        out = np.zeros((len(self.sums), size, self.sums.shape[2]))
        np.add.at(out, (slice(None), np.asarray(into)), self.sums)
        return type(self)(out)

    def minus(self, other):
        """Return what is left when the rows of `other`, all of them among these, are taken away."""
        left = self.sums - other.sums
        return type(self)(np.where(left > 1e-12 * self.sums, left, 0.0))
