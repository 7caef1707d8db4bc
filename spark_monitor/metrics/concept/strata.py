"""Labelled rows by segment value and merged score bin: what concept drift is told from."""

from dataclasses import dataclass

import numpy as np

from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.score_cells import SUMS, ScoreCells

MOST_BINS = 20


def merged_bins(weight, most=MOST_BINS):
    """Return which merged bin each score bin belongs to: neighbours that are about alike in rows and in width.

    Parameters
    ----------
    weight : ndarray of float64, shape (B + 1,)
        Rows of the reference by score bin; the last entry is rows without a usable score.
    most : int
        Merged bins, at most.

    Returns
    -------
    ndarray of int64, shape (B + 1,)
        Rising from 0; rows without a usable score have a bin of their own, the last one.

    Examples
    --------
    >>> merged_bins(np.array([4.0, 3.0, 1.0, 0.0, 8.0, 2.0]), most=2)
    array([0, 0, 0, 1, 1, 2])
    """
    scored = np.asarray(weight, float)[:-1]
    share = (np.cumsum(scored) - scored / 2) / max(scored.sum(), 1e-300)
    place = (np.arange(len(scored)) + 0.5) / len(scored)
    # Halfway between the two, bins stay narrow where the reference has few rows, but a later window may have many.
    group = np.floor(most * np.clip((share + place) / 2, 0, 1 - 1e-9)).astype(np.int64)
    found, merged = np.unique(group, return_inverse=True)
    return np.append(merged, len(found))


@dataclass(frozen=True)
class Strata:
    """Sums of labelled rows of T targets by S segment values, C merged score bins, decision and outcome.

    Parameters
    ----------
    sums : ndarray of float64, shape (8, T, S, C, 3, 2)
        By `SUMS` of the score cells; decision is negative, positive, none, and bin C - 1 has no usable score.

    Examples
    --------
    >>> cells = ScoreCells.of_rows([0.2, 0.7, 0.9, 0.9], [0, 1, 1, 1], [0, 0, 1, -1], edges=[0.5])
    >>> strata = Strata.of_cells(cells, np.array([0, 1, 2]), target=[0], segment=[0], shape=(1, 1))
    >>> strata.of("weight").sum().tolist(), len(strata)
    (3.0, 1)
    """

    sums: np.ndarray

    @classmethod
    def of_cells(cls, cells, merged, target, segment, shape):
        """Arrange score cells.

        Parameters
        ----------
        cells : ScoreCells
            One target for each pair of target and segment value; segment values must not overlap.
        merged : ndarray of int64, shape (B + 1,)
            See `merged_bins`.
        target, segment : array_like of int, shape (K,)
            Which target and segment value each of the cells' targets is.
        shape : tuple of two ints
            T and S.
        """
        bins = int(merged[-1]) + 1
        known = cells.where(cells.labelled)
        place = np.asarray(target)[known.target] * shape[1] + np.asarray(segment)[known.target]
        place = ((place * bins + merged[known.bin]) * 3 + known.decision % 3) * 2 + known.outcome
        full = (shape[0], shape[1], bins, 3, 2)
        return cls(np.stack([np.bincount(place, getattr(known, name), int(np.prod(full))).astype(float).reshape(full)
                             for name in SUMS]))

    def __len__(self):
        return self.sums.shape[1]

    def of(self, name):
        """Return one of `SUMS`, shape (T, S, C, 3, 2)."""
        return self.sums[SUMS.index(name)]

    def take(self, targets):
        """Return some targets; one that is named several times, as a reference of many windows is, comes as often."""
        return type(self)(self.sums[:, np.asarray(targets)])

    def merge(self, into, size):
        """Return the sums of targets together: target t is part of target `into[t]` of `size`."""
        out = np.zeros((len(self.sums), size, *self.sums.shape[2:]))
        np.add.at(out, (slice(None), np.asarray(into)), self.sums)
        return type(self)(out)

    def minus(self, other):
        """Return what is left when the rows of `other`, all of them among these, are taken away."""
        left = self.sums - other.sums
        return type(self)(np.where(left > 1e-12 * self.sums, left, 0.0))

    def counts(self):
        """Return effective rows and positives of strata whose score is usable, each of shape (T, S, C - 1)."""
        weight, squares = (self.of(name)[:, :, :-1].sum(axis=3) for name in ("weight", "weight_sq"))
        whole = weight.sum(axis=-1)
        size = np.nan_to_num(ratio(whole**2, squares.sum(axis=-1)))
        return size, size * np.nan_to_num(ratio(weight[..., 1], whole))

    def cells(self):
        """Return the sums over all segment values as `ScoreCells` of T targets on the merged bins."""
        return score_cells(self.sums.sum(axis=2))


def score_cells(sums):
    """Return sums of shape (8, T, C, 3, 2) as `ScoreCells`; numbers of rows that are no integers are rounded up."""
    found = np.nonzero((sums[SUMS.index("rows")] > 0) | (sums[SUMS.index("weight")] > 0))
    target, place, decision, outcome = found
    values = [sums[(i, *found)] for i in range(len(SUMS))]
    values[0] = np.ceil(values[0] - 1e-9).astype(np.int64)
    return ScoreCells(sums.shape[1], sums.shape[2] - 1, target, place, (decision + 1) % 3 - 1, outcome, *values)
