"""How far predictions are off in proportion to the outcome: MAPE, sMAPE and WAPE."""

from dataclasses import replace

import numpy as np

from spark_monitor.metrics.performance.regression.ratios import fold_ratios, ratio, ratio_estimate, undefined
from spark_monitor.metrics.spec import PerformanceMetric


def mape(cells, folds=None):
    """Return the mean absolute percentage error, as a fraction: 0.1 is 10 %.

    Parameters
    ----------
    cells : ErrorCells
    folds : ErrorFolds, optional

    Returns
    -------
    Estimate
        NaN: "no_outcomes", "no_predictions", "no_weight", "all_outcomes_zero". `sample_size` counts the rows used.

    Notes
    -----
    Mean of |e| / |outcome|. Rows whose outcome is 0 have no percentage and are left out; scikit-learn divides them by
    2.2e-16 instead. S. Makridakis (1993), "Accuracy measures: theoretical and practical concerns", International
    Journal of Forecasting 9, 527-529.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> mape(ErrorCells.of_rows([3.0, 5.0, 1.0], [2.0, 10.0, 0.0])).value
    array([0.5])
    """
    weight = cells.of("ape_weight")
    return ratio_estimate(
        cells, ratio(cells.of("ape"), weight), weight, (cells.of("ape2"), cells.of("ape1"), cells.of("ape0")),
        cells.effective_size("ape_weight", "ape0"), undefined(cells, (weight == 0, "all_outcomes_zero")),
        rows=cells.of("rows") - cells.of("zero_outcomes"), **fold_ratios(folds, "ape", "ape_weight"),
    )


def smape(cells, folds=None):
    """Return the symmetric mean absolute percentage error, as a fraction in [0, 2].

    Parameters
    ----------
    cells : ErrorCells
    folds : ErrorFolds, optional

    Returns
    -------
    Estimate
        NaN: "no_outcomes", "no_predictions", "no_weight", "all_outcomes_zero" (and all predictions too).

    Notes
    -----
    Mean of 2 |e| / (|outcome| + |prediction|); rows where both are 0 have none and are left out. S. Makridakis (1993),
    as above, in the form of B. E. Flores (1986), "A pragmatic view of accuracy measurement in forecasting", Omega 14.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> smape(ErrorCells.of_rows([3.0, 1.0], [1.0, 0.0])).value
    array([1.5])
    """
    weight = cells.of("smape_weight")
    estimate = ratio_estimate(
        cells, ratio(cells.of("smape"), weight), weight, (cells.of("smape2"), cells.of("smape1"), cells.of("smape0")),
        cells.effective_size("smape_weight", "smape0"), undefined(cells, (weight == 0, "all_outcomes_zero")),
        **fold_ratios(folds, "smape", "smape_weight"),
    )
    return replace(estimate, ci_high=np.minimum(estimate.ci_high, 2.0))


@np.errstate(over="ignore", invalid="ignore")
def wape(cells, folds=None):
    """Return the weighted absolute percentage error: all errors in proportion to all outcomes.

    Parameters
    ----------
    cells : ErrorCells
    folds : ErrorFolds, optional

    Returns
    -------
    Estimate
        NaN: "no_outcomes", "no_predictions", "no_weight", "all_outcomes_zero".

    Notes
    -----
    sum w |e| / sum w |outcome|, the MAD/mean ratio of S. Kolassa, W. Schütz (2007), "Advantages of the MAD/mean ratio
    over the MAPE", Foresight 6, 40-43.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> wape(ErrorCells.of_rows([3.0, 5.0, 1.0], [2.0, 10.0, 0.0])).value.round(4)
    array([0.5833])
    """
    total, pivot = cells.of("abs_outcome"), cells.pivot
    squared_outcomes = cells.of("zz") + 2 * pivot * cells.of("z") + pivot * pivot * cells.of("weight_sq")
    return ratio_estimate(
        cells, ratio(cells.of("abs_error"), total), total, (cells.of("ee"), cells.of("abs_ey"), squared_outcomes),
        cells.effective_size(), undefined(cells, (total == 0, "all_outcomes_zero")),
        **fold_ratios(folds, "abs_error", "abs_outcome"),
    )


MAPE = PerformanceMetric(
    name="mape", compute=mape, formula="sum(w |prediction - outcome| / |outcome|) / sum(w), outcomes other than 0",
    source="S. Makridakis (1993), International Journal of Forecasting 9, 527-529", tasks=("regression",),
    both_classes=False, upper=np.inf, direction="higher_is_worse",
)

SMAPE = PerformanceMetric(
    name="smape", compute=smape, formula="sum(w 2 |prediction - outcome| / (|outcome| + |prediction|)) / sum(w)",
    source="B. E. Flores (1986), Omega 14, 93-98", tasks=("regression",), both_classes=False, upper=2.0,
    direction="higher_is_worse",
)

WAPE = PerformanceMetric(
    name="wape", compute=wape, formula="sum(w |prediction - outcome|) / sum(w |outcome|)", tasks=("regression",),
    source="S. Kolassa, W. Schütz (2007), Foresight 6, 40-43", both_classes=False, upper=np.inf,
    direction="higher_is_worse",
)
