"""How good predictions of a quantile are: the pinball loss."""

from functools import partial

import numpy as np

from spark_monitor.metrics.performance.regression.ratios import fold_ratios, ratio, ratio_estimate, undefined
from spark_monitor.metrics.spec import PerformanceMetric


def pinball_loss(cells, folds=None, quantile=0.5):
    """Return the mean pinball loss of predictions of one quantile; at 0.5 it is half the mean absolute error.

    Parameters
    ----------
    cells : ErrorCells
    folds : ErrorFolds, optional
    quantile : float
        In (0, 1): which quantile of the outcome the model predicts.

    Returns
    -------
    Estimate
        In units of the outcome. NaN: "no_outcomes", "no_predictions", "no_weight".

    Notes
    -----
    A row's loss is q (y - p) where the outcome is above the prediction, else (1 - q)(p - y); with e = p - y that is
    |e|/2 + (1/2 - q) e, so that sums of |e| and e are enough. R. Koenker, G. Bassett (1978), "Regression quantiles",
    Econometrica 46, 33-50.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> pinball_loss(ErrorCells.of_rows([3.0, 5.0], [2.0, 8.0]), quantile=0.9).value
    array([1.4])
    """
    tilt, weight = 0.5 - quantile, cells.of("weight")
    value = ratio(cells.of("abs_error"), weight) / 2 + tilt * cells.of("error_mean")
    squares = (cells.of("ee") * (0.25 + tilt**2) + tilt * cells.of("e_abs_e"),
               cells.of("abs_e") / 2 + tilt * cells.of("e"), cells.of("weight_sq"))
    left = fold_ratios(folds, "abs_error")
    if folds is not None:
        left["without"] = left["without"] / 2 + tilt * fold_ratios(folds, "error")["without"]
    return ratio_estimate(cells, value, weight, squares, cells.effective_size(), undefined(cells), **left)


def pinball(quantile):
    """Return the metric "pinball@q" of a model that predicts the quantile q of its outcome.

    Examples
    --------
    >>> pinball(0.9).name
    'pinball@0.9'
    """
    if not 0 < quantile < 1:
        raise ValueError(f"a quantile lies between 0 and 1, not at {quantile!r}")
    return PerformanceMetric(
        name=f"pinball@{quantile:g}", compute=partial(pinball_loss, quantile=quantile),
        formula=f"mean of {quantile:g} (outcome - prediction), or {1 - quantile:g} (prediction - outcome) if positive",
        source="R. Koenker, G. Bassett (1978), Econometrica 46, 33-50", tasks=("regression",), both_classes=False,
        upper=np.inf, direction="higher_is_worse", unit="outcome",
    )
