"""How much of the outcomes' variance the predictions explain: R squared."""

from dataclasses import replace

import numpy as np

from spark_monitor.metrics.performance.regression.ratios import ratio, ratio_estimate, undefined, without_each
from spark_monitor.metrics.spec import PerformanceMetric


def r2(cells, folds=None):
    """Return the coefficient of determination; 1 is perfect, 0 is as good as the mean outcome, negative is worse.

    Parameters
    ----------
    cells : ErrorCells
    folds : ErrorFolds, optional

    Returns
    -------
    Estimate
        At most 1. NaN: "no_outcomes", "no_predictions", "no_weight", "one_row", "constant_outcome".

    Notes
    -----
    1 - sum w e^2 / sum w (y - ym)^2, where ym is the mean outcome. The interval is of log(1 - R^2), by the delta
    method from the moments of (e^2, (y - ym)^2); that ym is estimated costs nothing to first order. N. R. Draper,
    H. Smith (1998), "Applied regression analysis", section 1.3.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> r2(ErrorCells.of_rows([3.0, 5.0, 7.0], [2.0, 6.0, 7.0])).value.round(4)
    array([0.8571])
    """
    total = cells.of("outcome_m2")
    reasons = undefined(cells, (cells.of("rows") == 1, "one_row"), (total == 0, "constant_outcome"))
    left = {} if folds is None else {"without": _without_each_fold(folds), "held": folds.of("weight")}
    unexplained = ratio_estimate(cells, ratio(cells.squared_error, total), total, _squares(cells),
                                 cells.effective_size(), reasons, "log", **left)
    return replace(unexplained, value=1 - unexplained.value, ci_low=1 - unexplained.ci_high,
                   ci_high=1 - unexplained.ci_low)


def _squares(cells):
    """Return the sums over rows of w^2 e^4, w^2 e^2 (y - ym)^2 and w^2 (y - ym)^4."""
    with np.errstate(over="ignore", invalid="ignore"):
        gap = cells.of("outcome_mean") - cells.pivot
        fourth = (cells.of("z4") - 4 * gap * cells.of("z3") + 6 * gap**2 * cells.of("zz") - 4 * gap**3 * cells.of("z")
                  + gap**4 * cells.of("weight_sq"))
        cross = cells.of("eezz") - 2 * gap * cells.of("eez") + gap**2 * cells.of("ee")
    return cells.of("e4"), cross, fourth


def _without_each_fold(folds):
    weight, first, second = (without_each(folds.of(name)) for name in ("weight", "outcome", "sq_outcome"))
    with np.errstate(over="ignore", invalid="ignore"):
        return ratio(without_each(folds.of("sq_error")), second - first * ratio(first, weight))


R2 = PerformanceMetric(
    name="r2", compute=r2, formula="1 - sum(w (outcome - prediction)^2) / sum(w (outcome - mean outcome)^2)",
    source="N. R. Draper, H. Smith (1998), Applied regression analysis, section 1.3", tasks=("regression",),
    both_classes=False, lower=-np.inf, upper=1.0,
)
