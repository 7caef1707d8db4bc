"""Whether one of two versions alone is right more often than the other alone: McNemar's test."""

import numpy as np

from spark_monitor.metrics.pairs.mcnemar import mcnemar_exact
from spark_monitor.metrics.pairs.paired import FIRST_RIGHT, SECOND_RIGHT, accuracy_difference
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.spec import Estimate


def mcnemar(cells):
    """Return McNemar's statistic of the rows that only one of two versions is right about.

    Parameters
    ----------
    cells : PairedCells

    Returns
    -------
    Estimate
        (b - c)^2 / (b + c), without continuity correction, of effective numbers of rows where there are weights;
        `p_value` is the exact one or, where rows repeat and it is larger, that of the folds. NaN without labelled rows
        ("no_outcomes"), or where both versions are right about the same rows ("no_discordant_rows").

    Examples
    --------
    >>> from spark_monitor.metrics.pairs.paired_cells import PairedCells
    >>> found = mcnemar(PairedCells.of_rows([1] * 2 + [0] * 19, [1, 0] + [1] * 7 + [0] * 12, [1] * 21))
    >>> found.value, found.p_value.round(4)
    (array([4.5]), array([0.0703]))
    """
    kinds = FIRST_RIGHT * (1 - SECOND_RIGHT), (1 - FIRST_RIGHT) * SECOND_RIGHT
    weight, squares = ([(cells.tables(name) * kind).sum(axis=(1, 2, 3)) for kind in kinds]
                       for name in ("weight", "weight_sq"))
    worth = np.nan_to_num(ratio(sum(weight), sum(squares)))
    only_first, only_second = (part * worth for part in weight)
    value = ratio((only_first - only_second) ** 2, only_first + only_second)
    accuracy = accuracy_difference(cells)
    unknown = np.isnan(value)
    p = np.where(unknown, np.nan, np.fmax(mcnemar_exact(only_first, only_second), accuracy.p_value))
    reasons = np.where(np.isnan(accuracy.value), accuracy.reasons, np.where(unknown, "no_discordant_rows", None))
    return Estimate(value, error_bound=np.where(unknown, np.nan, 0.0), p_value=p, sample_size=accuracy.sample_size,
                    effective_size=accuracy.effective_size, reasons=reasons)
