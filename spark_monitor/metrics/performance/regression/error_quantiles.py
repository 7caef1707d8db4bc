"""How the errors are spread: quantiles of prediction - outcome."""

from functools import partial

import numpy as np

from spark_monitor.metrics.error_rows import bin_ends
from spark_monitor.metrics.intervals import wilson_interval
from spark_monitor.metrics.performance.regression.design_effect import independent_size
from spark_monitor.metrics.performance.regression.ratios import as_estimate, undefined
from spark_monitor.metrics.spec import PerformanceMetric

PERCENTS = (5, 50, 95)


def error_quantile(cells, folds=None, level=0.5):
    """Return the quantile at `level` of prediction - outcome, with Woodruff's interval.

    Parameters
    ----------
    cells : ErrorCells
    folds : ErrorFolds, optional
    level : float
        In (0, 1).

    Returns
    -------
    Estimate
        In units of the outcome; the rows' own quantile (the smallest error that at least `level` of the weight does
        not exceed) is never further than `error_bound` from `value`. NaN: "no_outcomes", "no_predictions",
        "no_weight".

    Notes
    -----
    Errors are taken to be spread evenly over their bin, which is at most 1 % wide. The interval is made of the
    quantiles at the ends of Wilson's interval of `level`, rounded outwards to the ends of their bins: R. S. Woodruff
    (1952), "Confidence intervals for medians and other position measures", JASA 47, 635-646.

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> median = error_quantile(ErrorCells.of_rows([3.0, 5.0, 9.0], [2.0, 8.0, 9.0]))
    >>> median.value, median.error_bound
    (array([0.]), array([0.]))
    """
    reasons, size = undefined(cells), cells.effective_size()
    known = np.equal(reasons, None)
    found = np.full((7, len(cells)), np.nan)
    found[:, known] = _quantiles(cells, level, size, independent_size(cells, folds, "error"), known)
    value, least, greatest, *ends = found
    return as_estimate(cells, value, (ends[0], ends[1]), (ends[2], ends[3]), size, reasons, "woodruff",
                       folds is not None, bound=np.maximum(value - least, greatest - value))


def _quantiles(cells, level, size, independent, known):
    """Return quantile, ends of its bin, and both intervals' ends, shape (7, targets that are known)."""
    low, high = (np.clip(ends, cells.of("error_min")[cells.target], cells.of("error_max")[cells.target])
                 for ends in bin_ends(cells.bin))
    share = cells.bin_weight / np.bincount(cells.target, cells.bin_weight, len(cells))[cells.target]
    upto, first = share.cumsum(), np.searchsorted(cells.target, np.arange(len(cells) + 1))
    start, last = first[:-1][known], first[1:][known] - 1
    before = upto[start] - share[start]

    def find(levels):
        # Less than a row at any size; sums of shares are only so exact.
        return np.clip(np.searchsorted(upto, before + levels - 1e-10), start, last)

    place = find(level)
    inside = np.clip((before + level - upto[place]) / share[place] + 1, 0, 1)
    value = np.clip(low[place] * (1 - inside) + high[place] * inside, low[place], high[place])
    ends = []
    for rows in (size, independent):
        below, above = wilson_interval(np.full(known.sum(), level), rows[known])
        ends += [low[find(below)], high[find(above)]]
    return np.stack([value, low[place], high[place], *ends])


ERROR_QUANTILES = tuple(
    PerformanceMetric(
        name=f"error_p{percent:02d}", compute=partial(error_quantile, level=percent / 100),
        formula=f"the smallest error that {percent} % of the rows do not exceed, interpolated inside its bin",
        source="R. S. Woodruff (1952), JASA 47, 635-646", tasks=("regression",), both_classes=False, lower=-np.inf,
        upper=np.inf, direction="two_sided", unit="outcome",
    )
    for percent in PERCENTS
)
