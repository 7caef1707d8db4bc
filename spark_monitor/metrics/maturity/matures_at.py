"""When the truth about a window will have arrived, judged by the delay curves alone."""

import numpy as np

from spark_monitor.metrics.maturity.delay_metric import DelayMetric
from spark_monitor.metrics.maturity.gate import next_pass
from spark_monitor.metrics.maturity.maturity import MIN_MATURITY
from spark_monitor.metrics.spec import Estimate

MATURES_AT = "matures_at"


def matures_at(cells, curves, least=MIN_MATURITY):
    """Return the moment from which a window counts (`is_open`), in seconds since 1970 UTC.

    Parameters
    ----------
    cells : DelayCells
    curves : DelayCurves
    least : float

    Returns
    -------
    Estimate
        NaN where that is never, or can't be told ("maturity_unknown").

    Examples
    --------
    >>> from spark_monitor.metrics.maturity import DelayCells, fit_curves
    >>> day = 86_400_000_000
    >>> known = np.array([1, 2, 3, 4, 5] * 4 + [10, 20, 30, 40, 50] * 4) * day
    >>> cells = DelayCells.of_rows(np.zeros(40, int), known, [0] * 20 + [1] * 20, [0], [1])
    >>> bool(48 < matures_at(cells, fit_curves(cells, 300 * day)).value[0] / 86400 < 52)
    True
    """
    moment = next_pass(cells, curves, least)
    value = np.asarray(moment, float) / 1e6
    return Estimate(value, sample_size=cells.predictions.sum(axis=1), reason="maturity_unknown")


MATURES_AT_METRIC = DelayMetric(
    MATURES_AT, lambda cells, curves, as_of: matures_at(cells, curves), direction="two_sided",
    unit="seconds since 1970",
    formula="first moment at which enough of each class has arrived",
    source="The delay curves of `maturity`, read backwards",
)
