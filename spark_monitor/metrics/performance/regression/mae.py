"""How far predictions are off on average: the mean absolute error."""

import numpy as np

from spark_monitor.metrics.performance.regression.ratios import fold_ratios, ratio, ratio_estimate, undefined
from spark_monitor.metrics.spec import PerformanceMetric


def mae(cells, folds=None):
    """Return the mean absolute error, with its interval on the reciprocal scale.

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
    sum w |e| / sum w. C. J. Willmott, K. Matsuura (2005), "Advantages of the mean absolute error (MAE) over the root
    mean square error (RMSE)", Climate Research 30, 79-82.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> mae(ErrorCells.of_rows([3.0, 5.0], [2.0, 8.0])).value
    array([2.])
    """
    weight = cells.of("weight")
    return ratio_estimate(
        cells, ratio(cells.of("abs_error"), weight), weight,
        (cells.of("ee"), cells.of("abs_e"), cells.of("weight_sq")), cells.effective_size(), undefined(cells),
        **fold_ratios(folds, "abs_error"),
    )


MAE = PerformanceMetric(
    name="mae", compute=mae, formula="sum(w |prediction - outcome|) / sum(w)", tasks=("regression",),
    source="C. J. Willmott, K. Matsuura (2005), Climate Research 30, 79-82", both_classes=False, upper=np.inf,
    direction="higher_is_worse", unit="outcome",
)
