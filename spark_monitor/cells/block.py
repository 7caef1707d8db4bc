"""What a cell row holds, and how cells add up: one merge for batches, tasks, days, versions and references."""

from dataclasses import dataclass, field, replace

import numpy as np

from spark_monitor.cells.moments import merge_moments
from spark_monitor.metrics.histogram import SPECIAL_CELLS, Histograms

UNSEEN_KEPT = 20
SPECIALS = len(SPECIAL_CELLS)


@dataclass
class CellBlock:
    """K cell rows of one feature on the same B bins.

    Parameters
    ----------
    mass : ndarray of int64, shape (K, B + 5)
        Rows in each bin, then in each of `SPECIAL_CELLS`.
    zeros, out_of_range, strays : ndarray of int64, shape (K,)
        Finite rows that are zero, that lie outside the configured range, or that are none of a discrete feature's
        values; all of them are in a bin too.
    minimum, maximum, mean, m2 : ndarray of float64, shape (K,)
        Of the finite numbers; NaN where there are none, or where a moment is beyond floating point.
    weights : ndarray of float64, shape (K, B + 5), or None
        Sum of weights in each cell of `mass`.
    weight_squares : ndarray of float64, shape (K,), or None
    unseen : dict of int to dict
        Row -> hash -> (name, rows) of the unseen categories with the smallest hashes; of rows that have some.
    pivot : ndarray of float64, shape (K,)
        What `mean` is measured from while numbers are still being added, so that large offsets cost no digits.
    """

    mass: np.ndarray
    zeros: np.ndarray
    out_of_range: np.ndarray
    strays: np.ndarray
    minimum: np.ndarray
    maximum: np.ndarray
    mean: np.ndarray
    m2: np.ndarray
    pivot: np.ndarray
    weights: np.ndarray | None = None
    weight_squares: np.ndarray | None = None
    unseen: dict = field(default_factory=dict)

    @classmethod
    def empty(cls, rows, bins, weighted=False, pivot=0.0):
        """Return `rows` cells that nothing was counted into, all with one pivot."""
        def zero():
            return np.zeros(rows, np.int64)

        def nan():
            return np.full(rows, np.nan)

        return cls(mass=np.zeros((rows, bins + SPECIALS), np.int64), zeros=zero(), out_of_range=zero(), strays=zero(),
                   minimum=nan(), maximum=nan(), mean=nan(), m2=nan(), pivot=np.full(rows, pivot, float),
                   weights=np.zeros((rows, bins + SPECIALS)) if weighted else None,
                   weight_squares=np.zeros(rows) if weighted else None)

    def __len__(self):
        return len(self.mass)

    @property
    def finite(self):
        """Rows in bins, shape (K,)."""
        return self.mass[:, :-SPECIALS].sum(axis=1)

    def merge(self, groups, size, take=None):
        """Add rows up by group.

        Parameters
        ----------
        groups : ndarray of int64, shape (P,)
            The group that each row goes to, in [0, size); rows of one group are added in the order given.
        size : int
            How many groups there are; a group without rows comes out empty.
        take : ndarray of int64, shape (P,), or None
            Which row each place of `groups` speaks of, so that one row may go to several groups.

        Returns
        -------
        CellBlock
            With `size` rows.

        Notes
        -----
        Counts are exact, moments are merged by `merge_moments`; a group whose minimum is its maximum has that value as
        mean and no deviation, to the bit.
        """
        take = np.arange(len(self)) if take is None else take
        merged = CellBlock.empty(size, self.mass.shape[1] - SPECIALS, self.weights is not None)
        add_rows(merged.mass, groups, self.mass, take)
        for name in ("zeros", "out_of_range", "strays"):
            np.add.at(getattr(merged, name), groups, getattr(self, name)[take])
        np.fmin.at(merged.minimum, groups, self.minimum[take])
        np.fmax.at(merged.maximum, groups, self.maximum[take])
        if self.weights is not None:
            add_rows(merged.weights, groups, self.weights, take)
            np.add.at(merged.weight_squares, groups, self.weight_squares[take])
        self._merge_moments(merged, groups, size, take)
        for place in np.flatnonzero(np.isin(take, list(self.unseen))) if self.unseen else ():
            _add_unseen(merged.unseen.setdefault(int(groups[place]), {}), self.unseen[take[place]])
        for names in merged.unseen.values():
            keep_smallest(names)
        return merged

    def _merge_moments(self, merged, groups, size, take):
        known = self.finite[take] > 0
        groups, take = groups[known], take[known]
        # Backwards, so that the pivot of a group's first numbers stands.
        merged.pivot[groups[::-1]] = self.pivot[take[::-1]]
        own = self.mean[take] + (self.pivot[take] - merged.pivot[groups])
        mean, m2 = merge_moments(self.finite[take], own, self.m2[take], groups, size)
        constant = merged.minimum == merged.maximum
        merged.mean = np.where(constant, merged.minimum - merged.pivot, mean)
        merged.m2 = np.where(constant, 0.0, m2)

    def take(self, rows):
        """Return the block of the given rows, in that order."""
        rows = np.asarray(rows)
        picked = {name: value[rows] for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        unseen = {place: self.unseen[row] for place, row in enumerate(rows.tolist()) if row in self.unseen}
        return CellBlock(**picked, unseen=unseen)

    def settled(self):
        """Return the block with its means measured from zero."""
        mean = np.where(self.minimum == self.maximum, self.minimum, self.mean + self.pivot)
        return replace(self, mean=mean, pivot=np.zeros(len(self)))

    def grown(self, rows, pivot=0.0):
        """Return the block with room for at least `rows` rows, the new ones empty and with that pivot."""
        if rows <= len(self):
            return self
        spare = CellBlock.empty(max(rows, 2 * len(self)) - len(self), self.mass.shape[1] - SPECIALS,
                                self.weights is not None, pivot)
        return self.joined(spare)

    def joined(self, other):
        """Return the rows of this block and then those of the other."""
        return CellBlock.stacked([self, other])

    @classmethod
    def stacked(cls, blocks):
        """Return the rows of some blocks with as many bins each, one after the other."""
        first = blocks[0]
        arrays = {name: np.concatenate([getattr(block, name) for block in blocks])
                  for name, value in vars(first).items() if isinstance(value, np.ndarray)}
        before = np.cumsum([0, *map(len, blocks)]).tolist()
        unseen = {low + row: names for low, block in zip(before, blocks) for row, names in block.unseen.items()}
        return cls(**arrays, unseen=unseen)

    def histograms(self, bins):
        """Return the block as metrics see it, `Histograms` on the frozen `bins`."""
        special = dict(zip(SPECIAL_CELLS, self.mass[:, -SPECIALS:].T))
        special["unseen"] = special["unseen"] + self.strays
        moments = {name: getattr(self, name) for name in ("minimum", "maximum", "mean", "m2", "zeros", "out_of_range")}
        return Histograms(kind=bins.kind, counts=self.mass[:, :-SPECIALS], coarse=bins.coarse, **special, **moments,
                          edges=None if bins.kind == "categorical" else bins.edges, weights=self.weights,
                          weight_squares=self.weight_squares, categories=bins.categories or None,
                          has_other=bins.has_other, has_range=bins.low is not None or bins.high is not None)


def add_rows(into, groups, rows, take):
    """Add rows[take] to the rows of `into` that `groups` names, in place and in the order given."""
    if not len(groups):
        return
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=groups[order[0]] - 1))
    held = np.diff(starts, append=len(order))
    met, take = groups[order[starts]], take[order]
    # Whole rows at a time, either the n-th of every group or all of one: `reduceat` goes number by number.
    if held.max() <= len(held):
        for nth in range(held.max()):
            more = held > nth
            into[met[more]] += rows[take[starts[more] + nth]]
    else:
        for group, first, many in zip(met, starts, held):
            into[group] += rows[take[first:first + many]].sum(axis=0)


def _add_unseen(into, more):
    for key, (name, rows) in more.items():
        into[key] = (name, rows + into[key][1]) if key in into else (name, rows)


def keep_smallest(names):
    """Keep the names of smallest hash, in place.

    A name that survives a union survived every part of it, so that its count is exact.
    """
    for key in sorted(names)[UNSEEN_KEPT:]:
        del names[key]
