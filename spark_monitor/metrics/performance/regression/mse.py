"""How far predictions are off where large errors weigh more: the mean squared error and its root."""

from dataclasses import replace

import numpy as np

from spark_monitor.metrics.performance.regression.ratios import fold_ratios, ratio, ratio_estimate, undefined
from spark_monitor.metrics.spec import PerformanceMetric


def mse(cells, folds=None):
    """Return the mean squared error, with its interval on the reciprocal scale.

    Parameters
    ----------
    cells : ErrorCells
    folds : ErrorFolds, optional

    Returns
    -------
    Estimate
        In squared units of the outcome; weighted where rows have weights. NaN: "no_outcomes", "no_predictions",
        "no_weight", "overflow".

    Notes
    -----
    sum w e^2 / sum w. E. L. Lehmann, G. Casella (1998), "Theory of point estimation", section 1.1.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> mse(ErrorCells.of_rows([3.0, 5.0], [2.0, 8.0])).value
    array([5.])
    """
    weight = cells.of("weight")
    return ratio_estimate(
        cells, ratio(cells.squared_error, weight), weight, (cells.of("e4"), cells.of("ee"), cells.of("weight_sq")),
        cells.effective_size(), undefined(cells), **fold_ratios(folds, "sq_error"),
    )


def rmse(cells, folds=None):
    """Return the root of `mse`, in units of the outcome, and of its interval; arguments and NaN as there.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> rmse(ErrorCells.of_rows([3.0, 5.0], [2.0, 12.0])).value
    array([5.])
    """
    square = mse(cells, folds)
    return replace(square, **{name: np.sqrt(getattr(square, name)) for name in ("value", "ci_low", "ci_high")})


MSE = PerformanceMetric(
    name="mse", compute=mse, formula="sum(w (prediction - outcome)^2) / sum(w)", tasks=("regression",),
    source="E. L. Lehmann, G. Casella (1998), Theory of point estimation, section 1.1", both_classes=False,
    upper=np.inf, direction="higher_is_worse", unit="outcome^2",
)

RMSE = PerformanceMetric(
    name="rmse", compute=rmse, formula="sqrt(sum(w (prediction - outcome)^2) / sum(w))", tasks=("regression",),
    source="E. L. Lehmann, G. Casella (1998), Theory of point estimation, section 1.1", both_classes=False,
    upper=np.inf, direction="higher_is_worse", unit="outcome",
)
