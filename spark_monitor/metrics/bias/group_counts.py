"""What a bias metric sees: rows by group, decision and outcome."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class GroupCounts:
    """Counts of G groups (values of a protected column) in K targets (windows by version).

    The last two axes are the decision (negative, positive, none) and the outcome (negative, positive, unlabelled).

    Parameters
    ----------
    weight, weight_sq : ndarray of float64, shape (G, K, 3, 3)
        Sum of w and of w^2; both equal `rows` where rows are not weighted.
    rows : ndarray, shape (G, K, 3, 3)
        Rows, never weighted.
    folds : ndarray of float64 or None, shape (G, K, F, 3, 3)
        Sum of w by fold, where rows of one entity are all in one fold; None where no entity repeats.

    Examples
    --------
    >>> counts = GroupCounts.of_confusion([[[[50, 10], [20, 20]]], [[[30, 5], [30, 35]]]])
    >>> counts.weight.shape
    (2, 1, 3, 3)
    """

    weight: np.ndarray
    weight_sq: np.ndarray
    rows: np.ndarray
    folds: np.ndarray | None = None

    @classmethod
    def of_cells(cls, cells, groups, folds=None):
        """Count the cells of G x K targets, group g of target k being the cells' target g K + k.

        Parameters
        ----------
        cells : ScoreCells
        groups : int
            G, which divides the number of the cells' targets.
        folds : FoldSums or None
            Of the same targets.
        """
        outcome = np.where(cells.outcome < 0, 2, cells.outcome)
        place = (cells.target * 3 + cells.decision % 3) * 3 + outcome
        sums = [np.bincount(place, getattr(cells, name), cells.size * 9).reshape(groups, -1, 3, 3)
                for name in ("weight", "weight_sq", "rows")]
        by_fold = None if folds is None else folds.of("weight").reshape(*sums[0].shape[:2], -1, 3, 3)
        return cls(*sums, folds=by_fold)

    @classmethod
    def of_confusion(cls, weight, weight_sq=None, rows=None, folds=None):
        """Take confusion counts of labelled rows with a decision, shape (G, K, 2, 2); `folds` (G, K, F, 2, 2).

        Rows are taken to be unweighted where `weight_sq` and `rows` are not given.
        """
        weight, weight_sq, rows = (_padded(weight if given is None else given) for given in (weight, weight_sq, rows))
        return cls(weight, weight_sq, rows, None if folds is None else _padded(folds))


def _padded(confusion):
    confusion = np.asarray(confusion, float)
    return np.pad(confusion, [(0, 0)] * (confusion.ndim - 2) + [(0, 1), (0, 1)])
