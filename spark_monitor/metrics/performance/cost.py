"""What the decisions cost a row, where the user has said what each kind of mistake costs."""

from dataclasses import replace

import numpy as np

from spark_monitor.metrics.performance.closed_forms import delta_interval, ratio
from spark_monitor.metrics.performance.confusion import threshold_estimate
from spark_monitor.metrics.spec import PerformanceMetric


def cost(matrix):
    """Return the metric "cost": the mean cost of labelled rows.

    Parameters
    ----------
    matrix : array_like of float, shape (2, 2)
        ``matrix[d][y]`` is what a row of decision d and outcome y costs, 1 being positive; negative is a gain.

    Returns
    -------
    PerformanceMetric
        In the units of `matrix`, bounded by its least and largest entry. NaN without a labelled row that has a
        decision.

    Raises
    ------
    ValueError
        Where the matrix is not 2 x 2, not finite, or all its entries are the same.

    Notes
    -----
    C. Elkan (2001), "The foundations of cost-sensitive learning", IJCAI, 973-978. The interval for independent rows is
    `delta_interval` with one row more an entry, as a costly mistake may not have happened yet; that of folds is
    symmetric on the logit scale of the cost's place between the least and the largest entry.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> cells = ScoreCells.of_rows([0.2, 0.4, 0.7, 0.9], [0, 0, 1, 1], [0, 1, 0, 1], edges=[0.5])
    >>> cost([[0, 10], [1, 0]]).compute(cells, None).value
    array([2.75])
    """
    matrix = np.asarray(matrix, float)
    if matrix.shape != (2, 2) or not np.isfinite(matrix).all() or np.ptp(matrix) == 0:
        raise ValueError(f"costs must be 2 x 2 finite numbers, not all the same: {matrix.tolist()}")
    least, span = matrix.min(), np.ptp(matrix)
    place = (matrix - least) / span

    def value(table):
        return ratio((table * place).sum(axis=(-2, -1)), table.sum(axis=(-2, -1)))

    def value_and_slope(table):
        mean = value(table)
        return mean, (place - mean[:, None, None]) * ratio(1, table.sum(axis=(1, 2)))[:, None, None]

    def compute(cells, folds=None):
        """Return the mean cost as an `Estimate`."""
        share = threshold_estimate(cells, folds, value, lambda w, w2: delta_interval(value_and_slope, w, w2, 0, 1, 4),
                                   method="delta", link="logit", both_classes=False)
        of_share = {name: least + span * getattr(share, name) for name in ("value", "ci_low", "ci_high")}
        return replace(share, **of_share)

    return PerformanceMetric(
        "cost", compute, "sum of cost[decision][outcome] / rows", "C. Elkan (2001), IJCAI, 973-978",
        both_classes=False, lower=float(least), upper=float(matrix.max()), direction="higher_is_worse",
    )
