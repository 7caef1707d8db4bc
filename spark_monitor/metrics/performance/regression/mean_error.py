"""Whether predictions are too high or too low on average: the mean error, or bias."""

import numpy as np

from spark_monitor.metrics.performance.regression.ratios import fold_ratios, ratio_estimate, undefined
from spark_monitor.metrics.spec import PerformanceMetric


def mean_error(cells, folds=None):
    """Return the mean of prediction - outcome: positive where the model predicts too much.

    Parameters
    ----------
    cells : ErrorCells
    folds : ErrorFolds, optional

    Returns
    -------
    Estimate
        In units of the outcome; weighted where rows have weights. NaN: "no_outcomes", "no_predictions", "no_weight".

    Notes
    -----
    sum w (prediction - outcome) / sum w. H. Theil (1966), "Applied economic forecasting", chapter 2.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> mean_error(ErrorCells.of_rows([3.0, 5.0], [2.0, 8.0])).value
    array([-1.])
    """
    return ratio_estimate(
        cells, cells.of("error_mean"), cells.of("weight"), (cells.of("ee"), cells.of("e"), cells.of("weight_sq")),
        cells.effective_size(), undefined(cells), "identity", **fold_ratios(folds, "error"),
    )


MEAN_ERROR = PerformanceMetric(
    name="mean_error", compute=mean_error, formula="sum(w (prediction - outcome)) / sum(w)", tasks=("regression",),
    source="H. Theil (1966), Applied economic forecasting, chapter 2", both_classes=False, lower=-np.inf, upper=np.inf,
    direction="two_sided", unit="outcome",
)
