"""How much of the truth about a window has arrived, judged by the class whose outcomes come latest."""

import numpy as np

from spark_monitor.metrics.intervals import CI_LEVEL, wilson_interval
from spark_monitor.metrics.maturity.delay_bins import EDGES
from spark_monitor.metrics.maturity.delay_metric import DelayMetric
from spark_monitor.metrics.spec import Estimate

MIN_MATURITY = 0.995


def maturity(cells, curves, as_of):
    """Return the share of a window's outcomes that has arrived, of the class that is slowest to arrive.

    Parameters
    ----------
    cells : DelayCells
        K windows; only their predictions by slice are looked at.
    curves : DelayCurves
        The reference's, one for each window (`DelayCurves.take`).
    as_of : int or array_like of int64, shape (K,)
        Up to when outcomes are known, microseconds since 1970 UTC.

    Returns
    -------
    Estimate
        In [0, 1]: min over classes c of the mean of F_c(age) over the window's predictions. NaN without predictions
        ("no_rows") and where fewer than five outcomes of one class are known in the reference ("too_few_outcomes";
        merge rarer classes before). The interval is Wilson's at the outcomes that the curve rests on: it says how well
        the curve is known, and nothing of a feed that stands still (see `arrival_ratio`). While the reference itself is
        younger than its slowest outcomes the value errs low, by more than the interval says.

    Notes
    -----
    The rate of class c that is seen is biased by classes arriving at different speed. With F the class's share arrived,
    H that of the rest and r the final rate, seen / final - 1 = (1 - r)(F - H) / (r F + (1 - r) H). For F, H >= m its
    size is at most (1 - m) / m, which is reached where r is small and only the rest is late, and at most 1 - m where
    the class itself is late. The default, m = `MIN_MATURITY` = 0.995, so keeps the expected bias within half a per cent
    of the final rate, and leaves as much again to chance; `needed_shares` sees to it that this is enough.

    Examples
    --------
    >>> from spark_monitor.metrics.maturity import DelayCells, fit_curves
    >>> day = 86_400_000_000
    >>> known = np.array([1, 2, 3, 4, 5] * 4 + [10, 20, 30, 40, 50] * 4) * day
    >>> cells = DelayCells.of_rows(np.zeros(40, int), known, [0] * 20 + [1] * 20, [0], [1])
    >>> curves = fit_curves(cells, 300 * day)
    >>> maturity(cells, curves, 35 * day).value, maturity(cells, curves, 60 * day).value
    (array([0.6]), array([1.]))
    """
    shares, support = _by_class(cells, curves, as_of)
    slowest = np.where(np.isnan(shares), np.inf, -shares).argmax(axis=1)[:, None]
    value = np.take_along_axis(shares, slowest, axis=1)[:, 0]
    size = np.take_along_axis(support, slowest, axis=1)[:, 0]
    rows = cells.predictions.sum(axis=1)
    low, high = wilson_interval(value, size)
    reasons = np.where(rows == 0, "no_rows", "too_few_outcomes").astype(object)
    reasons[~np.isnan(value)] = None
    return Estimate(value, low, high, sample_size=rows, ci_method="wilson", ci_level=CI_LEVEL, reasons=reasons)


def arrived_shares(cells, curves, as_of):
    """Return the mean of F_c(age) over the predictions of each window, shape (K, C); arguments as for `maturity`."""
    return _by_class(cells, curves, as_of)[0]


def _by_class(cells, curves, as_of):
    """Share arrived and the outcomes that it rests on, two of shape (K, C); NaN without predictions."""
    target, at = np.nonzero(cells.predictions)
    as_of = np.broadcast_to(np.asarray(as_of, np.int64), cells.size)[target]
    youngest, oldest = as_of - cells.end[at], as_of - cells.start[at]
    weight = cells.predictions[target, at]
    share = curves.share_over(target, youngest, oldest)
    edge = np.clip(np.searchsorted(EDGES, youngest, side="right") - 1, 0, None)
    support = curves.support[target, :, edge]
    whole = np.bincount(target, weight, cells.size)
    whole = np.where(whole > 0, whole, np.nan)
    return tuple(np.stack([np.bincount(target, weight * of_class, cells.size) / whole for of_class in values.T], axis=1)
                 for values in (share, support))


MATURITY = DelayMetric(
    name="maturity", compute=maturity, upper=1.0,
    formula="min over classes of mean over predictions of P(delay <= age | class, arrives at some time)",
    source="J. F. Lawless (1994), Canadian J. of Statistics 22, 15-31; interval: E. B. Wilson (1927), JASA 22, 209-212",
)
