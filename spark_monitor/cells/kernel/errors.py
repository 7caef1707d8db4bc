"""Rows of a regression counted: one batch into the error cells of each group, with or without folds."""

from spark_monitor.metrics.error_cells import ErrorCells, ErrorFolds
from spark_monitor.metrics.error_rows import ErrorRows


def count_errors(group, prediction, outcome, weight, fold, low, high, groups, pivot):
    """Count one batch into error cells.

    Parameters
    ----------
    group : ndarray of int64, shape (n,)
        Each row's group, in [0, groups).
    prediction, outcome : ndarray of float64, shape (n,)
        NaN where null; a NaN outcome is not known yet.
    weight : ndarray of float64 or None
    fold : ndarray of int64 or None
        Each row's fold, in [0, 32); None where no folds are kept.
    low, high : ndarray of float64 or None
        The prediction interval, NaN where null.
    groups : int
    pivot : float
        The frozen outcome that squares are summed around.

    Returns
    -------
    cells : ErrorCells
    folds : ErrorFolds or None

    Examples
    --------
    >>> import numpy as np
    >>> one = np.array([1.0, 4.0, 2.0])
    >>> cells, folds = count_errors(np.array([0, 1, 1]), one, np.zeros(3), None, None, None, None, 2, 0.0)
    >>> cells.of("abs_error"), folds
    (array([1., 6.]), None)
    """
    rows = ErrorRows.of(prediction, outcome, weight, low, high, pivot)
    return count_rows(rows, group, fold, groups)


def count_rows(rows, group, fold, groups):
    """Count `ErrorRows` that several segments share; otherwise as `count_errors`."""
    folds = None if fold is None else ErrorFolds.of_terms(rows, group, groups, fold)
    return ErrorCells.of_terms(rows, group, groups), folds
