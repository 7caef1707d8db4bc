"""The mean errors of groups that bias of a regression is about, taken from the cells of all targets at once."""

from functools import partial

import numpy as np

from spark_monitor.metrics.bias.group_means import LAWS, error_means, mean_rates
from spark_monitor.metrics.bias.group_rates import MIN_ROWS


class SideMeans:
    """Every criterion's means of groups whose cells are targets of one side; as `SideRates` for shares.

    Parameters
    ----------
    of_targets : dict of str to dict
        What `error_means` returned for all targets of the side, by criterion; filled when first asked for.
    side : ErrorSide
    at : ndarray of int64, shape (G, K)
        Which target each group's cells are; -1 for none.
    min_rows : int
        Rows from which a group is compared.
    """

    def __init__(self, of_targets, side, at, min_rows=MIN_ROWS):
        self._of_targets, self._side, self._at, self._min_rows = of_targets, side, at, min_rows

    def of(self, criterion):
        """Return the `GroupRates` of "mean_error" or "mae"."""
        if criterion not in self._of_targets:
            self._of_targets[criterion] = error_means(self._side.cells, self._side.folds, criterion)
        nothing = {"value": np.nan, "variance": np.nan, "reason": "no_outcomes"}
        parts = {name: np.append(values, nothing.get(name, 0))[self._at]
                 for name, values in self._of_targets[criterion].items()}
        return mean_rates(**parts, min_rows=self._min_rows, law=LAWS[criterion])


def means_of(side):
    """Return what gives the `SideMeans` of groups of a side from their places."""
    return partial(SideMeans, {}, side)
