"""How many independent rows the rows of repeating entities are worth, where a metric has no sums by fold of its own."""

from statistics import NormalDist

import numpy as np

from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.folds import fold_variance
from spark_monitor.metrics.performance.regression.ratios import fold_ratios, ratio, ratio_variance
from spark_monitor.metrics.performance.regression.scales import student_quantile


@np.errstate(over="ignore", invalid="ignore")
def independent_size(cells, folds, of):
    """Return how many independent rows would be as sure about the errors as these rows are, shape (K,).

    Parameters
    ----------
    cells : ErrorCells
    folds : ErrorFolds or None
    of : {"error", "abs_error"}
        Whether the metric is about errors with their sign or about their size.

    Returns
    -------
    ndarray of float64, shape (K,)
        Kish's effective size, divided by the design effect of the mean error or of the mean absolute error where that
        is above 1; it allows for the number of folds that it was estimated from.

    Notes
    -----
    Design effect: L. Kish (1965), "Survey sampling", section 8.2; here the delete-a-fold variance over the variance of
    independent rows, times (t / z)^2.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> independent_size(ErrorCells.of_rows([3.0, 5.0], [2.0, 8.0]), None, "error")
    array([2.])
    """
    size = cells.effective_size()
    if folds is None:
        return size
    weight, terms = cells.of("weight"), {"error": "e", "abs_error": "abs_e"}
    value = cells.of("error_mean") if of == "error" else ratio(cells.of("abs_error"), weight)
    plain = ratio_variance(value, weight, (cells.of("ee"), cells.of(terms[of]), cells.of("weight_sq")), size)
    left = fold_ratios(folds, of)
    variance, count = fold_variance(left["without"], left["held"] > 0)
    allowance = student_quantile(np.maximum(count, 2.0)) / NormalDist().inv_cdf((1 + CI_LEVEL) / 2)
    return size / np.fmax(ratio(variance, plain) * allowance**2, 1.0)
