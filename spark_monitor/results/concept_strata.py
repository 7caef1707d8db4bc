"""How targets and the first reference are cut into strata, within which scores can be compared."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spark_monitor.metrics.concept.strata import Strata, merged_bins
from spark_monitor.metrics.concept.wander import Wander
from spark_monitor.results.first_reference import reference_spans, whole_of
from spark_monitor.results.targets import SEGMENTS, SCOPES, scope

MOST_NUMBERS = 250_000


@dataclass(frozen=True)
class Cut:
    """Strata of targets of one scope: R references of S strata each, every stratum a unit.

    Parameters
    ----------
    labelled : Labelled
    merged : ndarray of int64, shape (B + 1,)
        See `merged_bins`.
    place : ndarray of int64, shape (U,)
        Which of the R references a unit is a stratum of; -1 for none.
    stratum : ndarray of int64, shape (U,)
    shape : tuple of two ints
        R and S.
    """

    labelled: object
    merged: np.ndarray
    place: np.ndarray
    stratum: np.ndarray
    shape: tuple

    @property
    def width(self):
        """Numbers that one target takes up, of each sum."""
        return self.shape[1] * (int(self.merged[-1]) + 1) * 6

    def blocks(self, picked):
        """Yield `picked` in blocks that are small enough to be computed at once."""
        step = max(1, MOST_NUMBERS // self.width)
        for start in range(0, len(picked), step):
            yield picked[start:start + step]

    def of(self, chosen):
        """Return which of the R references each of some targets is compared with."""
        whole = self.shape[1] > 1
        return np.zeros(len(chosen), np.int64) if whole else self.place[self.labelled.unit[chosen]]

    def current(self, chosen):
        """Return the strata of some targets."""
        members, target = self._members(chosen)
        cells = self.labelled.current.cells.take(members)
        return Strata.of_cells(cells, self.merged, target, self.stratum[self.labelled.unit[members]],
                               (len(chosen), self.shape[1]))

    def _members(self, chosen):
        """Return the targets that hold the strata, in order, and which of the chosen each is part of."""
        if self.shape[1] == 1:
            return chosen, np.arange(len(chosen))
        targets = self.labelled.context.targets
        every = np.unique(np.stack([targets.grain, targets.window, targets.version]), axis=1, return_inverse=True)[1]
        asked = np.full(len(targets), -1)
        asked[every.ravel()[chosen]] = np.arange(len(chosen))
        target = asked[every.ravel()]
        members = np.flatnonzero((target >= 0) & (self.place[targets.unit] >= 0))
        return members, target[members]

    @cached_property
    def reference(self):
        """The R references."""
        units = np.flatnonzero(self.place >= 0)
        return Strata.of_cells(self.labelled.reference.cells.take(units), self.merged, self.place[units],
                               self.stratum[units], self.shape)

    def wander(self, test):
        """Return how a test finds the references to wander by themselves, one after the other, by grain.

        Parameters
        ----------
        test : callable
            `relation_wander` or `score_wander`.

        Returns
        -------
        Wander
            Of every grain's R references; `at` says where a target's is.
        """
        found = []
        for grain in self.labelled.context.request.windows:
            spans = reference_spans(self.labelled, grain)
            step = max(1, MOST_NUMBERS // (self.width * spans.count))
            for start in range(0, self.shape[0], step):
                found.append(self._wander(test, spans, start, min(step, self.shape[0] - start)))
        return Wander(*(np.concatenate([getattr(part, name) for part in found]) for name in ("factor", "freedom")))

    def _wander(self, test, spans, start, size):
        units = np.flatnonzero((self.place >= start) & (self.place < start + size))
        span = np.arange(spans.count)
        cells = spans.cells.take((units[:, None] * spans.count + span).ravel())
        target = ((self.place[units] - start)[:, None] * spans.count + span).ravel()
        strata = Strata.of_cells(cells, self.merged, target, np.repeat(self.stratum[units], spans.count),
                                 (size * spans.count, self.shape[1]))
        return test(strata, np.repeat(np.arange(size), spans.count), size)

    def at(self, chosen):
        """Return where in the answer of `wander` the references of some targets are."""
        return self.labelled.context.targets.grain[chosen] * self.shape[0] + self.of(chosen)


def cut_targets(labelled, picked):
    """Return the `Cut` of some targets of one scope.

    All rows are cut by the values of the first single segment of the configuration, as rows of one value are more
    alike than all rows are; a value of a segment is a single stratum, and so are all rows where no segment is
    configured.

    Parameters
    ----------
    labelled : Labelled
    picked : ndarray of int64
    """
    context, whole = labelled.context, whole_of(labelled)
    units = np.unique(labelled.unit[picked])
    place, stratum = np.full(len(context.unit_keys), -1), np.zeros(len(context.unit_keys), np.int64)
    place[units], shape = np.arange(len(units)), (len(units), 1)
    first = next((name for name in context.request.frozen_values if SCOPES[scope(name)] == SEGMENTS), None)
    if first is not None and units.tolist() == [whole]:
        values = [unit for unit, (segment, _) in enumerate(context.unit_keys) if segment == first]
        if len(values) > 1:
            place[whole], place[values], stratum[values], shape = -1, 0, np.arange(len(values)), (1, len(values))
    cells = labelled.reference.cells
    mine = (cells.target == whole) & cells.labelled
    return Cut(labelled, merged_bins(np.bincount(cells.bin[mine], cells.rows[mine], cells.bins + 1)), place, stratum,
               shape)
