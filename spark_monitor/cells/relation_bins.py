"""Which few cells labelled rows are counted in by the values of a feature, and what each of them is called."""

from dataclasses import dataclass

import numpy as np

from spark_monitor.cells.block import SPECIALS
from spark_monitor.cells.render import OTHER, SPECIAL_NAMES

MOST_MERGED = 20
WIDTH = MOST_MERGED + SPECIALS


@dataclass(frozen=True)
class MergedBins:
    """The cells of one feature: at most 20 merged bins, then null, NaN, the infinities and what was never seen.

    Parameters
    ----------
    of_bin : ndarray of int64, shape (B + 5,)
        The cell of each frozen bin and of each special cell.
    lower, upper : list of float or None
        Bounds of each cell: (lower, upper] of numbers, None where open; first and last value of a discrete feature.
    category : list of str or None
        Name of each cell that has no bounds.
    """

    of_bin: np.ndarray
    lower: list
    upper: list
    category: list

    def name(self, cell):
        """Return what a reader calls a cell.

        Examples
        --------
        >>> from spark_monitor.cells.bins import Bins
        >>> cells = merge_bins(Bins("x", "numeric", edges=np.array([0.5]), coarse=np.arange(2)))
        >>> cells.name(0), cells.name(1), cells.name(2)
        ('up to 0.5', 'above 0.5', '(null)')
        """
        low, high = self.lower[cell], self.upper[cell]
        if self.category[cell] is not None:
            return self.category[cell]
        if low is None or high is None:
            return "all numbers" if low == high else f"up to {high:.6g}" if low is None else f"above {low:.6g}"
        return f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}"


def merge_bins(bins):
    """Return the `MergedBins` of frozen bins: a function of them alone, so that days counted by any run add up.

    Numbers begin from the coarse bins, which hold equal shares of the reference: each is cut into as many equal numbers
    of bins as 20 allows, or neighbours are put together where there are more. Of categories the 19 most frequent stay.

    Parameters
    ----------
    bins : Bins

    Examples
    --------
    >>> from spark_monitor.cells.bins import Bins
    >>> merge_bins(Bins("x", "numeric", edges=np.arange(99.0), coarse=np.arange(100) // 10)).of_bin[:12].tolist()
    [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2]
    >>> merge_bins(Bins("x", "categorical", categories=("b", "a"))).category[:3]
    ['b', 'a', '(null)']
    """
    merged = _merged_categories(bins) if bins.kind == "categorical" else _merged_numbers(bins.coarse)
    count = int(merged.max(initial=-1)) + 1
    lower, upper, category = [None] * count, [None] * count, [None] * count
    first, last = np.searchsorted(merged, np.arange(count)), np.searchsorted(merged, np.arange(count), side="right") - 1
    for cell, (low, high) in enumerate(zip(first.tolist(), last.tolist())):
        if bins.kind == "categorical":
            category[cell] = OTHER if high > low or high >= len(bins.categories) else bins.categories[low]
        elif bins.kind == "discrete":
            lower[cell], upper[cell] = float(bins.edges[low]), float(bins.edges[high])
        else:
            lower[cell] = float(bins.edges[low - 1]) if low else None
            upper[cell] = float(bins.edges[high]) if high < len(bins.edges) else None
    nothing = [None] * SPECIALS
    return MergedBins(np.concatenate([merged, count + np.arange(SPECIALS)]), lower + nothing, upper + nothing,
                      category + list(SPECIAL_NAMES))


def _merged_categories(bins):
    return np.minimum(np.arange(bins.size), MOST_MERGED - 1)


def _merged_numbers(coarse):
    groups = int(coarse.max()) + 1
    if groups > MOST_MERGED:
        return coarse * MOST_MERGED // groups
    parts = MOST_MERGED // groups
    place = np.arange(len(coarse)) - np.searchsorted(coarse, coarse)
    cut = coarse * parts + place * parts // np.bincount(coarse)[coarse]
    return np.unique(cut, return_inverse=True)[1].astype(np.int64)
