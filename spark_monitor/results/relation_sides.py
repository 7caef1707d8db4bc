"""Labelled rows by feature, as metrics see them: those of every target, of the first reference, and of its spans."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.relation_arrow import read_relations, to_relation_cells
from spark_monitor.cells.relation_bins import WIDTH
from spark_monitor.metrics.concept.wander import Wander
from spark_monitor.metrics.relation.by_feature import feature_wander
from spark_monitor.metrics.relation.relation_cells import RELATION_SUMS, RelationCells
from spark_monitor.results.first_reference import span_numbers
from spark_monitor.results.labelled import delay_cells
from spark_monitor.results.targets import Cells, place_in_windows

MOST_NUMBERS = 250_000


@dataclass(frozen=True)
class DelaySide:
    """Predictions of K things that are looked at, and when their outcomes came; has the counts of `Side`."""

    delays: object

    @property
    def rows(self):
        """Predictions, labelled or not, shape (K,)."""
        return self.delays.predictions.sum(axis=1)

    @property
    def effective(self):
        """The same: weights of unlabelled predictions are not kept."""
        return self.rows.astype(float)

    @property
    def labelled_rows(self):
        """Predictions with an outcome, shape (K,)."""
        return np.bincount(self.delays.target, self.delays.rows, len(self.rows))


@dataclass(frozen=True)
class DelaySides:
    """Reads score or error cells, of outcomes of so many classes, where only their delays are needed."""

    classes: int

    def of(self, table, slices, groups, size, scores):
        """Read rows of which row i, of `slices[i]`, goes to thing `groups[i]`."""
        return DelaySide(delay_cells(table, slices, groups, size, scores, self.classes))


@dataclass(frozen=True)
class Sides:
    """Sums over labelled rows of F features by cells of theirs, by `RELATION_SUMS`.

    Parameters
    ----------
    current : ndarray of float64, shape (8, F, K, W)
        Of K targets.
    reference : ndarray of float64, shape (8, F, W)
    spans : tuple of ndarray of float64, shape (8, F, P, W)
        Of the P spans of the reference for windows of each grain.
    """

    current: np.ndarray
    reference: np.ndarray
    spans: tuple

    @property
    def features(self):
        """How many features there are."""
        return self.current.shape[1]

    def blocks(self):
        """Yield numbers of targets in blocks that are small enough to be computed at once with all features."""
        step = max(1, MOST_NUMBERS // (self.features * WIDTH))
        for start in range(0, self.current.shape[2], step):
            yield np.arange(start, min(start + step, self.current.shape[2]))

    def take(self, picked):
        """Return the cells of some targets and the reference's beside them: all of the first feature come first."""
        before = np.repeat(self.reference, len(picked), axis=1)
        return RelationCells(self.current[:, :, picked].reshape(len(before), -1, WIDTH)), RelationCells(before)

    def wander(self):
        """Return how the relation to each feature wanders by itself, feature after feature, by grain."""
        found = []
        for spans in self.spans:
            count = spans.shape[2]
            step = max(1, MOST_NUMBERS // (count * WIDTH))
            for start in range(0, self.features, step):
                some = spans[:, start:start + step]
                of = np.repeat(np.arange(some.shape[1]), count)
                found.append(feature_wander(RelationCells(some.reshape(len(some), -1, WIDTH)), of, some.shape[1]))
        return Wander(*(np.concatenate([getattr(part, name) for part in found]) for name in ("factor", "freedom")))


def read_sides(tables, labelled):
    """Return the `Sides` of the features that a request names; those without a table are empty.

    Parameters
    ----------
    tables : iterable of pyarrow.Table
        Relation cells of one feature each.
    labelled : Labelled
        Of all rows together.
    """
    request, targets = labelled.context.request, labelled.context.targets
    features = {name: place for place, name in enumerate(request.relations.features)}
    sums, lookup = len(RELATION_SUMS), _lookup(labelled)
    current = np.zeros((sums, len(features), len(targets), WIDTH))
    reference, spans = np.zeros((sums, len(features), WIDTH)), {}
    for table in tables:
        name = table.column("feature")[0].as_py()
        if name not in features:
            continue
        table = table.filter(pc.equal(table.column("bins_id"), request.bins["drift", name].bins_id))
        mine = pc.equal(table.column("reference"), request.scores.reference).fill_null(False)
        now, before = table.filter(pc.is_null(table.column("reference"))), table.filter(mine)
        rows, groups = _rows_of_targets(now, lookup, labelled)
        current[:, features[name]] = _cells(now.take(pa.array(rows)), groups, len(targets))
        reference[:, features[name]] = _cells(before, np.zeros(before.num_rows, np.int64), 1)[:, 0]
        slices = before.column("slice").cast(pa.int64()).combine_chunks().to_numpy(zero_copy_only=False)
        for grain in request.windows:
            number, count = span_numbers(slices, request.scores.unit, grain)
            kept = np.flatnonzero(number >= 0)
            spans[grain, name] = _cells(before.take(pa.array(kept)), number[kept], count)
    return Sides(current, reference, tuple(_stacked(spans, grain, features) for grain in request.windows))


def _cells(table, groups, size):
    return to_relation_cells(read_relations(table, groups), size).sums


def _stacked(spans, grain, features):
    """Return the spans of all features as one array; one that began later has fewer, the rest of them are empty."""
    most = max((cells.shape[1] for (of, _), cells in spans.items() if of == grain), default=1)
    stacked = np.zeros((len(RELATION_SUMS), len(features), most, WIDTH))
    for (of, name), cells in spans.items():
        if of == grain:
            stacked[:, features[name], :cells.shape[1]] = cells
    return stacked


def _lookup(labelled):
    """Return the target of each grain, window and version, the last of which is all; -1 where there is none."""
    targets, request = labelled.context.targets, labelled.context.request
    most = max(len(windows) for windows in request.windows.values())
    found = np.full((len(request.windows), most, len(labelled.context.version_names) + 1), -1)
    found[targets.grain, targets.window, targets.version] = np.arange(len(targets))
    return found


def _rows_of_targets(table, lookup, labelled):
    """Return which rows go into which target."""
    rows, groups, cells = [np.empty(0, np.int64)], [np.empty(0, np.int64)], Cells.of(table)
    known = {name: place for place, name in enumerate(labelled.context.version_names)}
    version_of = np.array([known.get(name, -1) for name in cells.version_names], np.int64)[cells.versions]
    for grain, windows in enumerate(labelled.context.request.windows.values()):
        if not windows:
            continue
        inside, place = place_in_windows(cells.slices, windows)
        for version in (version_of[inside], np.full(len(inside), len(known))):
            target = np.where(version >= 0, lookup[grain, place, version], -1)
            rows.append(inside[target >= 0])
            groups.append(target[target >= 0])
    return np.concatenate(rows), np.concatenate(groups)
