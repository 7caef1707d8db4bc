"""What one pass counts: which columns of a batch mean what, which features on which bins, in which segments."""

from dataclasses import dataclass

import numpy as np

from spark_monitor.cells.bins import Bins

TIME, QUARANTINED, VERSION, WEIGHT = "t", "q", "v", "w"


@dataclass(frozen=True)
class SegmentPlan:
    """One way of cutting rows: a column or a crossing, with the values that the reference froze.

    Parameters
    ----------
    name : str or None
        None is the overall row; a crossing is "a × b".
    columns : tuple of str
        Names of batch columns; empty for overall.
    values : tuple of str
        Frozen values; any other is counted as "(other)".
    hidden : frozenset of str
        Those of the columns whose values are sensitive.
    """

    name: str | None
    columns: tuple = ()
    values: tuple = ()
    hidden: frozenset = frozenset()


@dataclass(frozen=True)
class FeaturePlan:
    """One feature: where its values come from and the bins that they are counted in.

    Parameters
    ----------
    bins : Bins
    columns : tuple of str
        Names of batch columns; several only for a confidence.
    failure : str or None
        Why the feature can't be counted now ("column_missing", "type_changed", "column_new"): rows are marked, not
        counted.
    """

    bins: Bins
    columns: tuple = ()
    failure: str | None = None


@dataclass(frozen=True)
class CountPlan:
    """Everything the kernel needs to know; small, and made of plain values, so that it travels with a task.

    A batch has the columns "t" (microseconds since the epoch, int64), "q" (boolean: the row is quarantined), "v"
    (version, only where `versioned`), "w" (weight, only where `weighted`) and those that segments and features name.

    Parameters
    ----------
    slice_bounds : ndarray of int64
        Beginnings of consecutive slices and the end of the last.
    segments : tuple of SegmentPlan
    features : tuple of FeaturePlan
    versioned, weighted : bool
        Whether a batch has the columns "v" and "w".
    wanted : ndarray of bool or None
        Which of the slices to count; None for all.
    compiled : bool
        Whether there is enough to count for compiled loops to pay; the cells are the same.
    """

    slice_bounds: np.ndarray
    segments: tuple
    features: tuple
    versioned: bool = False
    weighted: bool = False
    wanted: np.ndarray | None = None
    compiled: bool = False
