"""The rates of groups that bias is about, taken from the cells of all targets at once."""

from dataclasses import fields
from functools import partial

import numpy as np

from spark_monitor.metrics.bias import SCORING_RATE
from spark_monitor.metrics.bias.group_counts import GroupCounts
from spark_monitor.metrics.bias.group_rates import MIN_ROWS, GroupRates, group_rates
from spark_monitor.metrics.bias.scoring import score_design_effect, scoring_rates
from spark_monitor.results.labelled import MOST_NUMBERS


class SideRates:
    """Every criterion's rates of groups whose cells are targets of one side.

    Parameters
    ----------
    side : Side
    counts : GroupCounts
        Of all targets of the side as one group.
    at : ndarray of int64, shape (G, K)
        Which target each group's cells are; -1 for none.
    min_rows : int
        Rows from which a group is compared.
    """

    def __init__(self, side, counts, at, min_rows=MIN_ROWS):
        self._side, self._at, self._made, self._min_rows = side, at, {}, min_rows
        self._counts = GroupCounts(*[None if given is None else placed(given[0], at) for given in
                                     (counts.weight, counts.weight_sq, counts.rows, counts.folds)])

    def of(self, criterion):
        """Return the `GroupRates` of a criterion, or of "scoring_rate"; made when first asked for."""
        if criterion not in self._made:
            self._made[criterion] = (rates_of_scores(self._side, self._at) if criterion == SCORING_RATE
                                     else group_rates(self._counts, criterion, min_rows=self._min_rows))
        return self._made[criterion]


def shares_of(side):
    """Return what gives the `SideRates` of groups of a side from their places."""
    return partial(SideRates, side, GroupCounts.of_cells(side.cells, 1, side.folds))


def rates_of_scores(side, at):
    """Return each group's share of scores above the median of all groups, in blocks of windows.

    Parameters
    ----------
    side : Side
    at : ndarray of int64, shape (G, K)
    """
    cells = side.cells
    groups, windows = at.shape
    group, window = np.nonzero(at >= 0)
    group_of, window_of = np.full((2, cells.size), -1)
    group_of[at[group, window]], window_of[at[group, window]] = group, window
    kept = np.flatnonzero(cells.scored & (group_of[cells.target] >= 0))
    kept = kept[np.argsort(window_of[cells.target[kept]], kind="stable")]
    bins, place = np.unique(cells.bin[kept], return_inverse=True)
    size = max(len(bins), 1)
    effect = np.ones(at.shape) if side.folds is None else score_design_effect(
        *[placed(side.folds.of(name).sum(axis=(2, 3)), at) for name in ("weight", "score", "score_sq")])
    step = max(1, MOST_NUMBERS // (groups * size or 1))
    of_window, parts = window_of[cells.target[kept]], []
    for first in range(0, max(windows, 1), step):
        wide = min(step, windows - first)
        inside = slice(*np.searchsorted(of_window, [first, first + wide]))
        mine = kept[inside]
        code = (group_of[cells.target[mine]] * wide + of_window[inside] - first) * size + place[inside]
        sums = [np.bincount(code, getattr(cells, name)[mine], groups * wide * size).reshape(groups, wide, size)
                for name in ("weight", "weight_sq", "rows")]
        parts.append(scoring_rates(*sums, design_effect=effect[:, first:first + wide]))
    return _beside(parts)


def placed(array, at):
    """Return the entries of an array at some places, zeros where the place is -1."""
    return np.concatenate([array, np.zeros_like(array[:1])])[at]


def _beside(parts):
    """Return the rates of blocks of windows as those of all."""
    given = {field.name: [getattr(part, field.name) for part in parts] for field in fields(GroupRates)}
    return GroupRates(**{name: np.concatenate(values, axis=-1) if isinstance(values[0], np.ndarray) else values[0]
                         for name, values in given.items()})
