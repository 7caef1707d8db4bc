"""Predictions beside their outcomes, as metrics see them: the cells of every target, and of the reference."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.kernel.scores import of_delay
from spark_monitor.cells.score_arrow import (
    read_cells, read_conflicts, read_delays, read_folds, to_fold_sums, to_score_cells,
)
from spark_monitor.metrics.maturity import DelayCells, fit_curves
from spark_monitor.metrics.maturity.delay_bins import BINS as DELAYS
from spark_monitor.results.context import Context
from spark_monitor.results.targets import Cells, find_targets
from spark_monitor.windows import Calendar

MOST_NUMBERS = 1_000_000


@dataclass(frozen=True)
class Side:
    """Cells of K things that are looked at: windows, or the units of a reference.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums or None
    delays : DelayCells
    """

    cells: object
    folds: object
    delays: object

    @classmethod
    def of(cls, table, slices, groups, size, scores):
        """Read the cells of rows of `SCORE_SCHEMA` of which row i, of `slices[i]`, goes to thing `groups[i]`."""
        cells = to_score_cells(read_cells(table, groups, scores.edges), size, scores.edges)
        folds = to_fold_sums(read_folds(table, groups), size)
        return cls(cells, folds, delay_cells(table, slices, groups, size, scores))

    @property
    def rows(self):
        """Predictions, labelled or not, shape (K,)."""
        return self.cells.total("rows")

    @property
    def effective(self):
        """Unweighted predictions that are worth as much, shape (K,)."""
        return self.cells.effective_size()

    @property
    def labelled_rows(self):
        """Predictions with an outcome, shape (K,)."""
        return self.cells.total("rows", self.cells.labelled)

    def blocks(self, picked):
        """Yield places of `picked` in blocks that are small enough to be computed at once."""
        return blocks(self.cells, picked)

    def take(self, picked):
        """Return the cells and fold sums of some of them, bins renumbered; `picked` in order, no repeats."""
        return compacted(self.cells.take(picked)), None if self.folds is None else self.folds.take(picked)


@dataclass(frozen=True)
class Labelled:
    """All targets of one evaluation, and the reference's units beside them.

    Parameters
    ----------
    context : Context
    current : Side
        Of the K targets.
    reference : Side
        Of the U units (segment values) in the first reference, all versions together.
    unit : ndarray of int64, shape (K,)
        Place of each target's unit in `reference`.
    rows : pyarrow.Table
        The reference's rows.
    row_units : ndarray of int64
        Unit of each of those.
    conflicts : ndarray of float64, shape (K,)
        Labelled rows whose outcomes contradict each other; NaN where they were not counted.
    """

    context: Context
    current: Side
    reference: Side
    unit: np.ndarray
    rows: pa.Table
    row_units: np.ndarray
    conflicts: np.ndarray

    def curves(self):
        """Return the delay curves of each target: the reference's of its unit, the whole reference's where few.

        A reference without outcomes, such as a table, lends none: the log's own slices of all ages do.
        """
        scores, own = self.context.request.scores, not len(self.reference.delays.rows)
        source = self._own_delays() if own else self.reference.delays
        curves = fit_curves(source, scores.as_of if own else scores.reference_known)
        whole = [place for place, (segment, _) in enumerate(self.context.unit_keys) if segment is None]
        if whole:
            curves = curves.or_else(curves.take(np.full(len(curves.ever), whole[0])))
        return curves.take(self.unit)

    def _own_delays(self):
        """Return the delays of all windows of the first grain, by unit."""
        targets = self.context.targets
        star = targets.version == len(self.context.version_names)
        kept = np.flatnonzero(star & (targets.grain == 0))
        new = np.full(len(targets), -1)
        new[kept] = targets.unit[kept]
        delays, units = self.current.delays, len(self.context.unit_keys)
        mine = new[delays.target] >= 0
        predictions = np.zeros((units, delays.predictions.shape[1]), np.int64)
        np.add.at(predictions, targets.unit[kept], delays.predictions[kept])
        return replace(delays, predictions=predictions, target=new[delays.target][mine], slice=delays.slice[mine],
                       outcome=delays.outcome[mine], bin=delays.bin[mine], rows=delays.rows[mine])


def label_targets(table, request, side=Side):
    """Return the `Labelled` targets of score cells; None where there is nothing to tell.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of `score_cells` sorted by unit; those of references have their name in `reference`.
    request : EvaluationRequest
    side : type
        What cells are read as; has the methods of `Side`.
    """
    scores = request.scores
    same = _mask(pc.equal(table.column("bins_id"), scores.bins_id))
    cells = Cells.of(table.filter(pa.array(same)))
    of_reference = _mask(pc.is_valid(cells.table.column("reference")))
    mine = _mask(pc.equal(cells.table.column("reference"), scores.reference))
    current, stored = cells.where(~of_reference), cells.where(mine)
    targets = find_targets(current, request)
    if not len(targets):
        return None
    taken = current.table.take(pa.array(targets.rows))
    now = side.of(taken, current.slices[targets.rows], targets.groups, len(targets), scores)
    before = side.of(stored.table, stored.slices, stored.units, len(cells.unit_keys), scores)
    context = Context.of(request, targets, cells, scores.bins_id, now.rows.astype(np.int64), now.effective)
    conflicts = read_conflicts(taken, targets.groups, len(targets))
    return Labelled(context, now, before, targets.unit, stored.table, stored.units, conflicts)


def _mask(answers):
    return answers.fill_null(False).to_numpy(zero_copy_only=False)


def delay_cells(table, slices, groups, size, scores, classes=2):
    """Return the delays of rows of a table of state, as `Side.of` reads its cells."""
    calendar = Calendar(scores.zone)
    starts, place = np.unique(slices, return_inverse=True)
    ends = np.array([calendar.following(int(start), scores.unit) for start in starts], np.int64)
    rows = table.column("row_count").combine_chunks().to_numpy(zero_copy_only=False)
    where = groups * len(starts) + place
    predictions = np.bincount(where, rows, size * len(starts)).astype(np.int64).reshape(size, len(starts))
    codes, counts, _ = read_delays(table, where, classes)
    where, code = np.divmod(codes, of_delay(classes))
    target, at = np.divmod(where, max(len(starts), 1))
    outcome, delay = np.divmod(code, DELAYS)
    return DelayCells(classes, starts, ends, predictions, target, at, outcome, delay, counts)


def compacted(cells):
    """Return cells with the bins of each target renumbered, empty ones left out.

    Every number that is made of bins is made of their order alone, so that it stays; arrays over all bins of many
    small targets get as narrow as the fullest of them.
    """
    scored = cells.bin < cells.bins
    code = cells.target * (cells.bins + 1) + cells.bin
    kept = _distinct(code[scored])
    target = kept // (cells.bins + 1)
    first = np.searchsorted(target, np.arange(cells.size + 1))
    most = int(np.diff(first).max(initial=1)) or 1
    place = np.searchsorted(kept, code) - first[cells.target]
    return replace(cells, bins=most, bin=np.where(scored, place, most))


def blocks(cells, picked):
    """Yield places of `picked` in blocks of targets of like fullness, small enough for arrays over all their bins."""
    pairs = _distinct(cells.target * (cells.bins + 1) + cells.bin)
    held = np.bincount(pairs // (cells.bins + 1), minlength=cells.size)[picked]
    order = np.argsort(held, kind="stable")
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and (end + 1 - start) * max(int(held[order[end]]), 1) <= MOST_NUMBERS:
            end += 1
        yield np.sort(order[start:end])
        start = end


def _distinct(codes):
    """Return the distinct ones of sorted codes; `np.unique` would sort or hash them all again."""
    return codes[np.flatnonzero(np.diff(codes, prepend=-1))]
