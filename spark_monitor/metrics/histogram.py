"""What a metric sees: a block of histograms of one feature, all on the same frozen bins."""

from dataclasses import dataclass, replace

import numpy as np

SPECIAL_CELLS = ("nulls", "nans", "pos_inf", "neg_inf", "unseen")


@dataclass(frozen=True)
class Histograms:
    """K histograms of one feature on the same B bins; the last axis of `counts` is the bins.

    The bins are right-closed: bin 0 holds x <= edges[0], bin i holds edges[i-1] < x <= edges[i], the last one
    x > edges[-1]; both ends are open. A ``discrete`` feature has one bin a value of the reference: `edges` are those
    B values, and a number that is none of them is counted in its bin and once more in `unseen`. A ``categorical``
    feature has one bin a category, in the order of `categories`; with `has_other` the last bin is all reference
    categories that were folded. Categories that the reference never held are in `unseen` only.

    Parameters
    ----------
    kind : {"numeric", "discrete", "categorical"}
    counts : ndarray of int64, shape (K, B)
        Rows a bin: finite numbers, or known categories.
    nulls, nans, pos_inf, neg_inf, zeros, unseen : ndarray of int64, shape (K,)
        Rows of each special cell; `zeros` are also in `counts`. For a categorical feature `unseen` is not in
        `counts`; for a discrete one it is.
    out_of_range : ndarray of int64, shape (K,)
        Finite rows outside the feature's configured range; all zero where none is configured.
    minimum, maximum, mean, m2 : ndarray of float64, shape (K,)
        Of the finite numbers, unweighted; NaN where there are none. `m2` is the sum of squared deviations.
    edges : ndarray of float64 or None
        (B-1,) for numeric, (B,) values for discrete, None for categorical.
    coarse : ndarray of int64, shape (B,)
        The coarser bin that each bin is merged into for PSI and its kin; frozen with the bins.
    weights : ndarray of float64, shape (K, B + 5) or None
        Sum of weights for each bin and then each of `SPECIAL_CELLS`; None where rows are not weighted. The last
        column, unseen, holds 0 for a discrete feature, whose unseen rows are in its bins.
    weight_squares : ndarray of float64, shape (K,) or None
        Sum of squared weights over all rows.
    categories : tuple of str or None
    has_other : bool
    has_range : bool
        Whether a range is configured, so that `out_of_range` means something.

    Examples
    --------
    >>> h = Histograms.of_counts([[5, 3, 2]], kind="categorical", nulls=[1])
    >>> h.rows
    array([11])
    >>> h.cells()
    array([[5., 3., 2., 1., 0., 0., 0., 0.]])
    """

    kind: str
    counts: np.ndarray
    nulls: np.ndarray
    nans: np.ndarray
    pos_inf: np.ndarray
    neg_inf: np.ndarray
    zeros: np.ndarray
    unseen: np.ndarray
    out_of_range: np.ndarray
    minimum: np.ndarray
    maximum: np.ndarray
    mean: np.ndarray
    m2: np.ndarray
    coarse: np.ndarray
    edges: np.ndarray | None = None
    weights: np.ndarray | None = None
    weight_squares: np.ndarray | None = None
    categories: tuple | None = None
    has_other: bool = False
    has_range: bool = False

    @classmethod
    def of_counts(cls, counts, kind="numeric", **fields):
        """Make a block from its counts; whatever is not given is empty (special cells 0, moments NaN, no merging)."""
        counts = np.atleast_2d(np.asarray(counts, dtype=np.int64))
        k, b = counts.shape
        zero, nan = np.zeros(k, np.int64), np.full(k, np.nan)
        given = {name: np.asarray(value) if isinstance(value, list) else value for name, value in fields.items()}
        blank = {name: zero for name in ("nulls", "nans", "pos_inf", "neg_inf", "zeros", "unseen", "out_of_range")}
        blank.update({name: nan for name in ("minimum", "maximum", "mean", "m2")}, coarse=np.arange(b))
        return cls(kind=kind, counts=counts, **{**blank, **given})

    def __len__(self):
        return len(self.counts)

    def take(self, rows):
        """Return the block of the histograms at `rows` (indices, repeats allowed), in that order."""
        per_row = ("counts", "nulls", "nans", "pos_inf", "neg_inf", "zeros", "unseen", "out_of_range", "minimum",
                   "maximum", "mean", "m2", "weights", "weight_squares")
        picked = {name: getattr(self, name)[rows] for name in per_row if getattr(self, name) is not None}
        return replace(self, **picked)

    @property
    def finite(self):
        """Rows with a finite number or a known category, shape (K,)."""
        return self.counts.sum(axis=-1)

    @property
    def rows(self):
        """All rows, special cells included, shape (K,); never weighted."""
        outside = self.unseen if self.kind == "categorical" else 0
        return self.finite + self.nulls + self.nans + self.pos_inf + self.neg_inf + outside

    @property
    def effective_size(self):
        """Kish's effective sample size (sum w)^2 / sum w^2; the rows themselves where there are no weights."""
        if self.weights is None:
            return self.rows.astype(float)
        total = self.weights.sum(axis=-1)
        return np.divide(total**2, self.weight_squares, out=np.zeros(len(self)), where=self.weight_squares > 0)

    def bins(self):
        """Mass of each bin, shape (K, B): weights where there are any, else counts."""
        return self.counts.astype(float) if self.weights is None else self.weights[:, : self.counts.shape[1]]

    def specials(self):
        """Mass of each of `SPECIAL_CELLS`, shape (K, 5): null, NaN, +inf, -inf, unseen category."""
        if self.weights is not None:
            return self.weights[:, self.counts.shape[1]:]
        unseen = self.unseen if self.kind == "categorical" else np.zeros_like(self.unseen)
        return np.stack([self.nulls, self.nans, self.pos_inf, self.neg_inf, unseen], axis=-1).astype(float)

    def cells(self, resolution="full"):
        """Mass of every cell, shape (K, C): the bins (merged where "coarse"), then the special cells."""
        mass = self.bins()
        if resolution == "coarse":
            merged = np.zeros((len(self), int(self.coarse.max(initial=-1)) + 1))
            np.add.at(merged.T, self.coarse, mass.T)
            mass = merged
        return np.concatenate([mass, self.specials()], axis=-1)
