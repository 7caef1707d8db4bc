"""Whether prediction intervals hold what they promise: how often they cover the outcome, and how wide they are."""

import numpy as np

from spark_monitor.metrics.intervals import wilson_interval
from spark_monitor.metrics.performance.folds import fold_interval, wider
from spark_monitor.metrics.performance.regression.ratios import (
    as_estimate,
    first_reason,
    fold_ratios,
    ratio,
    ratio_estimate,
)
from spark_monitor.metrics.spec import PerformanceMetric


def interval_coverage(cells, folds=None):
    """Return the share of outcomes inside their prediction interval, ends included, with its Wilson interval.

    Parameters
    ----------
    cells : ErrorCells
    folds : ErrorFolds, optional

    Returns
    -------
    Estimate
        In [0, 1], of the labelled rows with both ends; `sample_size` counts them. NaN: "no_outcomes", "no_intervals",
        "no_weight".

    Notes
    -----
    PICP of A. Khosravi et al. (2011), "Comprehensive review of neural network-based prediction intervals and new
    advances", IEEE Transactions on Neural Networks 22, 1341-1356.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> interval_coverage(ErrorCells.of_rows([3.0, 5.0], [2.0, 8.0], low=[1.0, 3.0], high=[4.0, 7.0])).value
    array([0.5])
    """
    share = ratio(cells.of("covered_weight"), cells.of("bounded_weight"))
    size = cells.effective_size("bounded_weight", "width0")
    interval = plain = wilson_interval(share, size)
    if folds is not None:
        left = fold_ratios(folds, "covered_weight", "bounded_weight")
        interval = wider(plain, fold_interval(left["without"], left["held"] > 0, share, "logit"))
    return as_estimate(cells, share, plain, interval, size, _undefined(cells), "wilson", folds is not None,
                       cells.of("bounded"))


def interval_width(cells, folds=None):
    """Return the mean width of the prediction intervals of labelled rows.

    Parameters
    ----------
    cells : ErrorCells
    folds : ErrorFolds, optional

    Returns
    -------
    Estimate
        In units of the outcome, of the rows that `interval_coverage` speaks of; NaN as there.

    Notes
    -----
    MPIW of Khosravi et al. (2011), see `interval_coverage`. Ends that are the wrong way round count as negative width.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> interval_width(ErrorCells.of_rows([3.0, 5.0], [2.0, 8.0], low=[1.0, 3.0], high=[4.0, 7.0])).value
    array([3.5])
    """
    weight = cells.of("bounded_weight")
    return ratio_estimate(
        cells, ratio(cells.of("width"), weight), weight, (cells.of("width2"), cells.of("width1"), cells.of("width0")),
        cells.effective_size("bounded_weight", "width0"), _undefined(cells), "identity", rows=cells.of("bounded"),
        **fold_ratios(folds, "width", "bounded_weight"),
    )


def _undefined(cells):
    labelled, bounded = cells.of("rows") + cells.of("unpredicted"), cells.of("bounded")
    return first_reason((labelled == 0, "no_outcomes"), (bounded == 0, "no_intervals"),
                        (cells.of("bounded_weight") == 0, "no_weight"))


INTERVAL_COVERAGE = PerformanceMetric(
    name="interval_coverage", compute=interval_coverage, formula="rows with low <= outcome <= high / rows",
    source="A. Khosravi et al. (2011), IEEE Transactions on Neural Networks 22, 1341-1356", tasks=("regression",),
    needs=("interval", "outcome"), both_classes=False, direction="two_sided",
)

INTERVAL_WIDTH = PerformanceMetric(
    name="interval_width", compute=interval_width, formula="sum(w (high - low)) / sum(w)", tasks=("regression",),
    source="A. Khosravi et al. (2011), IEEE Transactions on Neural Networks 22, 1341-1356",
    needs=("interval", "outcome"), both_classes=False, lower=-np.inf, upper=np.inf, direction="higher_is_worse",
    unit="outcome",
)
