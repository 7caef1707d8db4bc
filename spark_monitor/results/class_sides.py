"""Cells of several classes as metrics see them: as tables of decisions and outcomes, or one class against the rest."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.cells.kernel.scores import of_fold
from spark_monitor.cells.score_arrow import read_cells, read_folds, to_fold_sums, to_score_cells
from spark_monitor.metrics.maturity.class_groups import delay_groups
from spark_monitor.metrics.score_cells import FOLDS
from spark_monitor.results.labelled import Side, delay_cells

KEYS = ("segment", "segment_value", "reference", "slice", "model_version")
MOST_NUMBERS = 2_000_000


@dataclass(frozen=True)
class ClassSide(Side):
    """Cells of C classes of K things that are looked at; as `Side`, with class numbers for decisions and outcomes.

    Parameters
    ----------
    cells : ScoreCells
        Bin i holds the rows whose true class has rank i, bin C those without a rank.
    folds : tuple
        As `Sums.total` returns them; an array over all targets and pairs of classes would be too large.
    delays : DelayCells
    classes : int
    keys : pyarrow.Table
        Keys of the rows of state that the cells are made of.
    groups : ndarray of int64
        What each of those rows goes to.
    """

    classes: int
    keys: pa.Table
    groups: np.ndarray

    @classmethod
    def of(cls, table, slices, groups, size, scores):
        """Read the cells of rows of feature "(classes)" of which row i, of `slices[i]`, goes to thing `groups[i]`."""
        classes = len(scores.classes)
        cells = to_score_cells(read_cells(table, groups, classes - 1, classes), size, classes - 1, classes)
        delays = delay_cells(table, slices, groups, size, scores, classes)
        return cls(cells, read_folds(table, groups, classes), delays, classes, table.select(KEYS), groups)

    @property
    def size(self):
        """How many things there are."""
        return self.cells.size

    def without_folds(self):
        """Return the same things, as if no row repeated."""
        return replace(self, folds=(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((3, 0))))

    def blocks(self, picked):
        """Yield places of `picked` in blocks that are small enough for tables of each fold."""
        most = max(1, MOST_NUMBERS // (FOLDS * of_fold(self.classes)))
        for start in range(0, len(picked), most):
            yield np.arange(start, min(start + most, len(picked)))

    def take(self, picked):
        """Return the four tables that `multiclass_metrics` takes, of some of them; `picked` in order."""
        cells, some = self.cells.take(picked), self.classes
        keep = cells.labelled & (cells.decision >= 0)
        place = ((cells.target * some + cells.decision) * some + cells.outcome)[keep]
        sums = [np.bincount(place, getattr(cells, name)[keep], len(picked) * some**2).reshape(-1, some, some)
                for name in ("weight", "weight_sq", "rows")]
        return *sums, self._fold_weights(picked)

    def _fold_weights(self, picked):
        (codes, rows, sums), some = self.folds, self.classes
        if not len(codes):
            return None
        target, code, kept = self._folds_of(picked)
        fold, decision, outcome = self._read_fold(code)
        both = (decision < some) & (outcome < some)
        place = ((target * FOLDS + fold) * some + decision) * some + outcome
        weight = (sums[3] if len(sums) > 3 else rows)[kept]
        dense = np.bincount(place[both], weight[both], len(picked) * FOLDS * some**2)
        return dense.reshape(-1, FOLDS, some, some)

    def _folds_of(self, picked):
        """Return new target and code of the fold sums of some things, and which those are; `picked` in order."""
        target, code = np.divmod(self.folds[0], FOLDS * of_fold(self.classes))
        new = np.full(self.size, -1)
        new[picked] = np.arange(len(picked))
        kept = new[target] >= 0
        return new[target[kept]], code[kept], kept

    def _read_fold(self, code):
        rest, outcome = np.divmod(code, self.classes + 1)
        fold, decision = np.divmod(rest, self.classes + 1)
        return fold, decision, outcome

    def against_others(self, positive):
        """Return a `Side` of two classes: class `positive[k]` of thing k is positive, all others are negative.

        A row has a usable score where its true class has a rank, and the log loss of its true class.
        """
        cells, two = self.cells, []
        for codes in (cells.decision, cells.outcome):
            two.append(np.where(codes >= 0, codes == positive[cells.target], codes))
        ranked = np.where(cells.scored, 0, 1)
        binary = replace(cells, bins=1, bin=ranked, decision=two[0], outcome=two[1])

        def of_class(decision, outcome, target):
            return [np.where(one == self.classes, 2, one == positive[target]) for one in (decision, outcome)]

        return Side(binary, self._two_class_folds(of_class), None)

    def right_or_wrong(self):
        """Return a `Side` of two classes whose rows are all decided positive, and rightly so where the decision is.

        Its accuracy is that of the decisions among all classes; rows without a decision have none.
        """
        cells = self.cells
        right = np.where(cells.outcome >= 0, cells.outcome == cells.decision, cells.outcome)
        binary = replace(cells, bins=1, bin=np.ones(len(right), np.int64),
                         decision=np.where(cells.decision >= 0, 1, cells.decision), outcome=right)

        def is_right(decision, outcome, target):
            there = decision < self.classes
            return np.where(there, 1, 2), np.where(outcome == self.classes, 2, there & (outcome == decision))

        return Side(binary, self._two_class_folds(is_right), None)

    def _two_class_folds(self, of_two):
        """Return the fold sums of two classes; `of_two` gives decision and outcome (2 for none) from those of all."""
        codes, rows, sums = self.folds
        target, code, _ = self._folds_of(np.arange(self.size))
        fold, *pair = self._read_fold(code)
        decision, outcome = of_two(*pair, target)
        place = ((target * FOLDS + fold) * 3 + decision) * 3 + outcome
        found, of_code = np.unique(place, return_inverse=True)
        added = [np.bincount(of_code, values, len(found)) for values in (rows, *sums)]
        return to_fold_sums((found, added[0], np.array(added[1:]).reshape(len(sums), len(found))), self.size)

    def most_frequent(self):
        """Return the class with the most outcomes of each thing, shape (K,)."""
        return self.outcomes("rows").argmax(axis=1)

    def outcomes(self, name):
        """Return one of the sums of labelled rows by outcome, shape (K, C)."""
        keep = self.cells.labelled
        place = (self.cells.target * self.classes + self.cells.outcome)[keep]
        return np.bincount(place, getattr(self.cells, name)[keep], self.size * self.classes).reshape(-1, self.classes)

    def scores_of(self, table, bins_id, edges):
        """Return the `Side` of one class against the rest, from the rows of its own feature."""
        rows, groups = rows_of_class(self.keys, self.groups, table, bins_id)
        cells = to_score_cells(read_cells(rows, groups, edges), self.size, edges)
        return Side(cells, to_fold_sums(read_folds(rows, groups), self.size), None)


def rows_of_class(keys, groups, table, bins_id):
    """Return the rows of one class's feature with the keys of rows of feature "(classes)", and what they go to.

    Parameters
    ----------
    keys : pyarrow.Table
        With the columns of `KEYS`.
    groups : ndarray of int64
        What the row of each key goes to.
    table : pyarrow.Table
        Rows of the class's feature; those of other bins are left out.
    bins_id : str
    """
    table = table.filter(pc.equal(table.column("bins_id"), bins_id))
    place = places_of(keys, table)
    found = place >= 0
    return table.take(pa.array(place[found])), groups[found]


def places_of(keys, table):
    """Return the place in `table` of each row of `keys`, -1 where it has none.

    Parameters
    ----------
    keys, table : pyarrow.Table
        With the columns of `KEYS`; each key is once in `table` and any number of times in `keys`.
    """
    codes = np.zeros(keys.num_rows + table.num_rows, np.int64)
    for name in KEYS:
        both = pa.chunked_array([*keys.column(name).chunks, *table.column(name).chunks], keys.schema.field(name).type)
        number = both.combine_chunks().dictionary_encode(null_encoding="encode").indices.to_numpy(zero_copy_only=False)
        codes = np.unique(codes * (int(number.max(initial=0)) + 1) + number, return_inverse=True)[1]
    place = np.full(len(codes) + 1, -1)
    place[codes[keys.num_rows:]] = np.arange(table.num_rows)
    return place[codes[: keys.num_rows]]


def with_delay_groups(labelled):
    """Return `Labelled` classes whose delays are those of groups: rare classes have no curve of their own."""
    reference = labelled.reference.delays
    source, units = (reference, np.arange(reference.size)) if len(reference.rows) else (
        labelled.current.delays, labelled.unit)
    whole = np.array([segment is None for segment, _ in labelled.context.unit_keys], bool)[units][source.target]
    group = delay_groups(source.outcome[whole], source.bin[whole], source.rows[whole], source.classes)
    count = int(group.max(initial=0)) + 1
    grouped = (replace(side, delays=replace(side.delays, classes=count, outcome=group[side.delays.outcome]))
               for side in (labelled.current, labelled.reference))
    return replace(labelled, **dict(zip(("current", "reference"), grouped)))
