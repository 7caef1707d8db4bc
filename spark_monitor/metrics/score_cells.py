"""What a performance metric of a classifier sees: labelled and unlabelled rows by score bin, decision and outcome."""

from dataclasses import dataclass, field, fields

import numpy as np

POSITIVE, NEGATIVE, NONE, UNKNOWN = 1, 0, -1, -2
FOLDS = 32
SUMS = ("rows", "weight", "weight_sq", "score", "score_sq", "loss", "loss_w2", "loss_sq_w2")


@dataclass(frozen=True)
class ScoreCells:
    """Counts of K targets over (score bin, decision, outcome), sparse: N cells, sorted by target, then by bin.

    A target is one window, version and segment value, of one class against the rest where there are several. Bins
    are numbered in the order of scores; bin B (= `bins`) holds rows whose score is missing or no probability.

    Parameters
    ----------
    size : int
        K, the number of targets; one without any row has no cell.
    bins : int
        B, the number of score bins.
    target, bin : ndarray of int64, shape (N,)
    decision : ndarray of int64, shape (N,)
        1 positive, 0 negative, -1 no decision.
    outcome : ndarray of int64, shape (N,)
        1 positive, 0 negative, -1 unlabelled, -2 a label that is none of the classes.
    rows : ndarray of int64, shape (N,)
        Rows, never weighted.
    weight, weight_sq : ndarray of float64, shape (N,)
        Sum of w and of w^2; both equal `rows` where rows are not weighted.
    score, score_sq : ndarray of float64, shape (N,)
        Sum of w s and w s^2; 0 in bin B.
    loss, loss_w2, loss_sq_w2 : ndarray of float64, shape (N,)
        Sum of w l, w^2 l and w^2 l^2, where l is the log loss of a labelled row, scores clipped to
        [1e-15, 1 - 1e-15]; 0 for unlabelled rows and in bin B.

    Examples
    --------
    >>> cells = ScoreCells.of_rows(score=[0.2, 0.7, 0.9], decision=[0, 1, 1], outcome=[0, 0, 1], edges=[0.5])
    >>> cells.confusion()
    array([[[1., 0.],
            [1., 1.]]])
    """

    size: int
    bins: int
    target: np.ndarray
    bin: np.ndarray
    decision: np.ndarray
    outcome: np.ndarray
    rows: np.ndarray
    weight: np.ndarray
    weight_sq: np.ndarray
    score: np.ndarray
    score_sq: np.ndarray
    loss: np.ndarray
    loss_w2: np.ndarray
    loss_sq_w2: np.ndarray

    @classmethod
    def of_rows(cls, score, decision, outcome, edges, target=None, weight=None, size=None):
        """Count rows into cells; for tests and small data, the kernel does it for logs.

        Parameters
        ----------
        score : array_like of float
            NaN, or outside [0, 1], is bin B.
        decision, outcome : array_like of int
            Coded as in the class; None for a log without decisions, or without outcomes.
        edges : array_like of float
            Sorted inner edges of the bins, right-closed: bin i holds edges[i-1] < s <= edges[i].
        target : array_like of int, optional
            All rows belong to target 0 where not given.
        weight : array_like of float, optional
        size : int, optional
            Number of targets.
        """
        score, edges = np.asarray(score, float), np.asarray(edges, float)
        n = len(score)
        decision, outcome = (np.full(n, NONE) if given is None else np.asarray(given, np.int64)
                             for given in (decision, outcome))
        target = np.zeros(n, np.int64) if target is None else np.asarray(target, np.int64)
        w = np.ones(n) if weight is None else np.asarray(weight, float)
        usable = (score >= 0) & (score <= 1)
        bins = len(edges) + 1
        s = np.where(usable, score, 0.0)
        place = np.where(usable, np.searchsorted(edges, s), bins)
        loss = np.where(usable & (outcome >= 0), log_losses(s, outcome), 0.0)
        key = ((target * (bins + 1) + place) * 3 + decision + 1) * 4 + outcome + 2
        found, of_row = np.unique(key, return_inverse=True)
        moments = (w, w**2, w * s, w * s**2, w * loss, w**2 * loss, w**2 * loss**2)
        sums = [np.bincount(of_row, values, len(found)) for values in moments]
        rest, y = np.divmod(found, 4)
        rest, d = np.divmod(rest, 3)
        where, b = np.divmod(rest, bins + 1)
        most = int(target.max(initial=-1)) + 1 if size is None else size
        return cls(most, bins, where, b, d - 1, y - 2, np.bincount(of_row, minlength=len(found)), *sums)

    def where(self, keep):
        """Return the cells at which `keep` (boolean, shape (N,)) holds; targets keep their numbers."""
        return type(self)(self.size, self.bins, *[getattr(self, f.name)[keep] for f in fields(self)[2:]])

    def take(self, targets):
        """Return the cells of some targets (sorted numbers, no repeats), renumbered from 0 in their order."""
        targets = np.asarray(targets, np.int64)
        new = np.full(self.size, -1, np.int64)
        new[targets] = np.arange(len(targets))
        kept = self.where(new[self.target] >= 0)
        return type(self)(len(targets), self.bins, new[kept.target],
                          *[getattr(kept, f.name) for f in fields(self)[3:]])

    def total(self, name, keep=None):
        """Return the sum of one of `SUMS` for each target, shape (K,), over the cells at which `keep` holds."""
        values, target = getattr(self, name), self.target
        if keep is not None:
            values, target = values[keep], target[keep]
        return np.bincount(target, values, self.size).astype(float)

    @property
    def labelled(self):
        """Whether each cell's outcome is one of the classes, boolean of shape (N,)."""
        return self.outcome >= 0

    @property
    def scored(self):
        """Whether each cell's rows have a usable score, boolean of shape (N,)."""
        return self.bin < self.bins

    def effective_size(self, keep=None):
        """Return Kish's (sum w)^2 / sum w^2 for each target, shape (K,); 0 where there are no rows."""
        squares = self.total("weight_sq", keep)
        return np.divide(self.total("weight", keep) ** 2, squares, out=np.zeros(self.size), where=squares > 0)

    def confusion(self, name="weight"):
        """Return one of `SUMS` by decision and outcome of labelled rows with a decision, shape (K, 2, 2).

        ``confusion()[k, d, y]``: row d is the decision, column y the outcome; 1 is positive.
        """
        keep = self.labelled & (self.decision >= 0)
        place = (self.target * 2 + self.decision) * 2 + self.outcome
        counts = np.bincount(place[keep], getattr(self, name)[keep], self.size * 4)
        return counts.astype(float).reshape(self.size, 2, 2)

    def by_bin(self, name="weight"):
        """Return one of `SUMS` by outcome and score bin of labelled rows with a usable score, shape (K, 2, B)."""
        keep = self.labelled & self.scored
        place = (self.target * 2 + self.outcome) * self.bins + self.bin
        counts = np.bincount(place[keep], getattr(self, name)[keep], self.size * 2 * self.bins)
        return counts.astype(float).reshape(self.size, 2, self.bins)


FOLD_SUMS = ("rows", "weight", "weight_sq", "score", "score_sq", "loss")


@dataclass(frozen=True)
class FoldSums:
    """Plain sums of the same targets by fold: rows of one entity are all in one fold, so folds are independent.

    Parameters
    ----------
    sums : ndarray of float64, shape (K, F, 3, 3, M)
        By target, fold, decision (negative, positive, none: index 0, 1, -1), outcome (negative, positive,
        unlabelled: index 0, 1, -1) and `FOLD_SUMS`; `score` and `loss` are sums of w times the value and `score_sq`
        of w times its square. A row without a usable score adds 0 to these three.

    Examples
    --------
    >>> folds = FoldSums.of_rows([0.2, 0.7, 0.9], [0, 1, 1], [0, 0, 1], fold=[0, 0, 1])
    >>> folds.confusion()[0, 0], folds.confusion()[0, 1]
    (array([[1., 0.],
           [1., 0.]]), array([[0., 0.],
           [0., 1.]]))
    """

    sums: np.ndarray
    names: tuple = field(default=FOLD_SUMS, repr=False)

    @classmethod
    def of_rows(cls, score, decision, outcome, fold, target=None, weight=None, size=None, folds=FOLDS):
        """Count rows into folds; for tests and small data. Arguments as for `ScoreCells.of_rows`."""
        score = np.asarray(score, float)
        n = len(score)
        decision, outcome = (np.full(n, NONE) if given is None else np.asarray(given, np.int64)
                             for given in (decision, outcome))
        target = np.zeros(n, np.int64) if target is None else np.asarray(target, np.int64)
        w = np.ones(n) if weight is None else np.asarray(weight, float)
        most = int(target.max(initial=-1)) + 1 if size is None else size
        usable = (score >= 0) & (score <= 1)
        s = np.where(usable, score, 0.0)
        loss = np.where(usable & (outcome >= 0), log_losses(s, outcome), 0.0)
        counted = outcome > UNKNOWN
        place = ((target * folds + np.asarray(fold)) * 3 + decision % 3) * 3 + outcome % 3
        moments = (np.ones(n), w, w**2, w * s, w * s**2, w * loss)
        sums = [np.bincount(place[counted], m[counted], most * folds * 9) for m in moments]
        return cls(np.stack(sums, axis=-1).reshape(most, folds, 3, 3, len(sums)))

    def __len__(self):
        return len(self.sums)

    def take(self, targets):
        """Return the sums of the targets at these places."""
        return type(self)(self.sums[targets])

    def of(self, name):
        """Return one of `FOLD_SUMS`, shape (K, F, 3, 3)."""
        return self.sums[..., self.names.index(name)]

    def confusion(self, name="weight"):
        """Return one of `FOLD_SUMS` of labelled rows with a decision, shape (K, F, 2, 2): decision, then outcome."""
        return self.of(name)[:, :, :2, :2]


def log_losses(score, outcome):
    """Return the log loss of each row, scores clipped to [1e-15, 1 - 1e-15]; `outcome` other than 1 counts as 0.

    Examples
    --------
    >>> log_losses(np.array([0.5, 0.0]), np.array([1, 0])).round(6)
    array([0.693147, 0.      ])
    """
    p = np.clip(score, 1e-15, 1 - 1e-15)
    return -np.where(np.asarray(outcome) == 1, np.log(p), np.log1p(-p))
