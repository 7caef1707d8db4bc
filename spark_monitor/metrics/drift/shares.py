"""Which share of each side's rows lies in each cell: what every categorical drift statistic starts from."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spark_monitor.metrics.no_change import kappa, pearson_p_value


@dataclass(frozen=True)
class Shares:
    """K pairs of histograms over C coarse cells (the bins, then null, NaN, +inf, -inf, unseen).

    Parameters
    ----------
    current_rows, reference_rows : ndarray, shape (K, C)
        Rows of each cell; where rows are weighted, the cell's share times Kish's effective sample size.
    """

    current_rows: np.ndarray
    reference_rows: np.ndarray

    @cached_property
    def current_size(self):
        """Rows of the current side, shape (K,)."""
        return self.current_rows.sum(axis=-1)

    @cached_property
    def reference_size(self):
        """Rows of the reference, shape (K,)."""
        return self.reference_rows.sum(axis=-1)

    @cached_property
    def current(self):
        """Shares of the current side, shape (K, C); NaN where it is empty."""
        return _shares(self.current_rows)

    @cached_property
    def reference(self):
        """Shares of the reference, shape (K, C); NaN where it is empty."""
        return _shares(self.reference_rows)

    @property
    def pooled(self):
        """Shares of both sides taken together, shape (K, C); NaN where both are empty."""
        return _shares(self.current_rows + self.reference_rows)

    @property
    def kappa(self):
        """Scale of sampling noise, 1/n + 1/m, shape (K,); NaN where a side is empty."""
        return kappa(self.current_size, self.reference_size)

    @property
    def freedom(self):
        """Cells that are not empty on both sides, less one, shape (K,); NaN where a side is empty."""
        filled = (self.current_rows + self.reference_rows > 0).sum(axis=-1)
        return np.where((self.current_size > 0) & (self.reference_size > 0), filled - 1.0, np.nan)

    @property
    def p_value(self):
        """The p-value of no change, shape (K,); see `pearson_p_value`."""
        return pearson_p_value(self.current_rows, self.reference_rows)

    def with_half_rows(self):
        """Return both sides' shares with half a row's share in each cell that is empty on that side alone.

        Other cells stay as they are and nothing is renormalised, so that a value depends on the number of rows only
        where a cell is empty.
        """
        sides = []
        for rows, other, size, shares in (
            (self.current_rows, self.reference_rows, self.current_size, self.current),
            (self.reference_rows, self.current_rows, self.reference_size, self.reference),
        ):
            half = np.divide(0.5, size, out=np.full_like(size, np.nan), where=size > 0)
            sides.append(np.where((rows == 0) & (other > 0), half[:, None], shares))
        return tuple(sides)


def _shares(rows):
    size = rows.sum(axis=-1, keepdims=True)
    return np.divide(rows, size, out=np.full_like(rows, np.nan), where=size > 0)


def shares_of(current, reference):
    """Return the `Shares` of two blocks on the same bins.

    Parameters
    ----------
    current, reference : Histograms
        Of equal length K.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> two = Histograms.of_counts([[1, 3]], kind="categorical")
    >>> shares_of(two, two).current
    array([[0.25, 0.75, 0.  , 0.  , 0.  , 0.  , 0.  ]])
    """
    sides = []
    for histograms in (current, reference):
        mass = histograms.cells("coarse")
        total = mass.sum(axis=-1)
        factor = np.divide(histograms.effective_size, total, out=np.zeros_like(total), where=total > 0)
        sides.append(mass * factor[:, None])
    return Shares(*sides)
