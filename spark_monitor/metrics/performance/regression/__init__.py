"""Which numbers say how good a regression is, from the cells of its errors."""

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.performance.regression.coverage import INTERVAL_COVERAGE, INTERVAL_WIDTH
from spark_monitor.metrics.performance.regression.error_quantiles import ERROR_QUANTILES
from spark_monitor.metrics.performance.regression.mae import MAE
from spark_monitor.metrics.performance.regression.mape import MAPE, SMAPE, WAPE
from spark_monitor.metrics.performance.regression.mean_error import MEAN_ERROR
from spark_monitor.metrics.performance.regression.mse import MSE, RMSE
from spark_monitor.metrics.performance.regression.pinball import pinball
from spark_monitor.metrics.performance.regression.r2 import R2
from spark_monitor.metrics.performance.regression.within import within

REGRESSION_METRICS = Catalogue(MAE, RMSE, MSE, MEAN_ERROR, MAPE, SMAPE, WAPE, R2, *ERROR_QUANTILES, INTERVAL_COVERAGE,
                               INTERVAL_WIDTH)
WITH_PARAMETER = {"pinball": pinball, "within": within}


def regression_metric(name):
    """Return the metric of a name, listed or with a parameter as in "pinball@0.9" and "within@15".

    Raises
    ------
    KeyError
        If no metric has that name.

    Examples
    --------
    >>> regression_metric("mae").name, regression_metric("within@15").name
    ('mae', 'within@15')
    """
    maker, at, parameter = name.partition("@")
    if not at or maker not in WITH_PARAMETER:
        return REGRESSION_METRICS[name]
    try:
        return WITH_PARAMETER[maker](float(parameter))
    except ValueError as error:
        raise KeyError(f"{name}: {error}") from error


def has_parameter(name):
    """Say whether a name is that of a metric with a parameter, written as its rows are: "within@15", not "within@15.0".

    Examples
    --------
    >>> has_parameter("within@15"), has_parameter("within@15.0"), has_parameter("mae")
    (True, False, False)
    """
    try:
        return name not in REGRESSION_METRICS and regression_metric(name).name == name
    except KeyError:
        return False
