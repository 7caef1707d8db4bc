"""What is counted where two versions score the same rows: both decisions, the outcome, the difference of the losses."""

from dataclasses import dataclass

import numpy as np

PAIR_SUMS = ("rows", "weight", "weight_sq")
LOSS_SUMS = ("weight", "weight_sq", "loss", "loss_w2", "loss_sq_w2")


@dataclass(frozen=True)
class PairedCells:
    """Sums of K targets by fold; a target is one pair of versions, window and segment value.

    Parameters
    ----------
    sums : ndarray of float64, shape (3, K, F, 2, 2, 3)
        By `PAIR_SUMS`: rows that both versions decided, by fold, decision of the first version, decision of the second,
        and outcome (negative, positive, unlabelled). One fold where no rows repeat.
    losses : ndarray of float64, shape (5, K, F)
        By `LOSS_SUMS`, of labelled rows that have both losses: sum of w and w^2, and of w l, w^2 l and w^2 l^2, where l
        is the second version's loss less the first's.

    Examples
    --------
    >>> cells = PairedCells.of_rows([1, 0, 1], [1, 1, 0], [1, 1, -1])
    >>> cells.of("rows")[0, 0, :, :, 1]
    array([[0., 1.],
           [0., 1.]])
    """

    sums: np.ndarray
    losses: np.ndarray

    @classmethod
    def of_rows(cls, first, second, outcome, loss=None, fold=None, target=None, weight=None, size=None, folds=1):
        """Count rows; for tests and small data.

        Parameters
        ----------
        first, second : array_like of int
            Decisions of both versions, 1 positive and 0 negative.
        outcome : array_like of int
            1 positive, 0 negative, -1 unlabelled.
        loss : array_like of float, optional
            The second version's loss less the first's; NaN where one is not known.
        fold, target : array_like of int, optional
            All 0 where not given.
        weight : array_like of float, optional
        size, folds : int
            Numbers of targets and folds.
        """
        first, second, outcome = (np.asarray(given, np.int64) for given in (first, second, outcome))
        target, fold = (np.zeros(len(first), np.int64) if given is None else np.asarray(given)
                        for given in (target, fold))
        most = int(target.max(initial=-1)) + 1 if size is None else size
        w = np.ones(len(first)) if weight is None else np.asarray(weight, float)
        gap = np.full(len(first), np.nan) if loss is None else np.asarray(loss, float)
        here = target * folds + fold
        place = ((here * 2 + first) * 2 + second) * 3 + outcome % 3
        sums = [np.bincount(place, m, most * folds * 12).reshape(most, folds, 2, 2, 3)
                for m in (np.ones(len(w)), w, w**2)]
        known = (outcome >= 0) & ~np.isnan(gap)
        w, gap, here = w[known], gap[known], here[known]
        losses = [np.bincount(here, m, most * folds).reshape(most, folds)
                  for m in (w, w**2, w * gap, w**2 * gap, w**2 * gap**2)]
        return cls(np.stack(sums), np.stack(losses))

    def of(self, name):
        """Return one of `PAIR_SUMS`, shape (K, F, 2, 2, 3)."""
        return self.sums[PAIR_SUMS.index(name)]

    def loss(self, name):
        """Return one of `LOSS_SUMS`, shape (K, F)."""
        return self.losses[LOSS_SUMS.index(name)]

    @property
    def folded(self):
        """Whether there are several folds."""
        return self.sums.shape[2] > 1

    def tables(self, name="weight"):
        """Return one of `PAIR_SUMS` of labelled rows without folds, shape (K, 2, 2, 2)."""
        return self.of(name)[..., :2].sum(axis=1)
