"""Whether as many outcomes have come as should have by now: a feed that is broken shows here first."""

import numpy as np

from spark_monitor.metrics.intervals import CI_LEVEL, wilson_interval
from spark_monitor.metrics.maturity.delay_bins import last_known_edge
from spark_monitor.metrics.maturity.delay_metric import DelayMetric
from spark_monitor.metrics.spec import Estimate

# Below so many outcomes the reference's share is so uncertain that a ratio to it has no upper end.
MIN_REFERENCE_OUTCOMES = 10


def arrival_ratio(cells, curves, as_of):
    """Return the outcomes that have arrived over those expected by now.

    Parameters
    ----------
    cells : DelayCells
        K windows with their outcomes.
    curves : DelayCurves
        The reference's, one for each window.
    as_of : int
        Up to when outcomes were read, microseconds since 1970 UTC.

    Returns
    -------
    Estimate
        1 where outcomes come as in the reference. Expected are, over the window's slices, predictions x sum over
        classes of (share ever arriving x F(age)); of a slice only delays up to the age of its youngest prediction
        count, on both sides. NaN without predictions ("no_rows"), where none is expected by now ("nothing_expected"),
        and where the reference has too few outcomes by these ages, or none ("reference_too_small"). `sample_size` is
        the predictions watched, `expected` is 1.

    Notes
    -----
    The interval is that of a ratio of two shares, both with Wilson's interval at their predictions over the
    reference's dispersion, so that arrival that wanders between the reference's slices widens it: A. Donner and G. Y.
    Zou (2012), "Closed-form confidence intervals for functions of the normal mean and standard deviation",
    Statistical Methods in Medical Research 21, 347-359 (MOVER for ratios).

    Examples
    --------
    >>> from spark_monitor.metrics.maturity import DelayCells, fit_curves
    >>> hour, rows = 3_600_000_000, np.arange(100)
    >>> reference = DelayCells.of_rows(rows * 0, rows % 10 * hour, rows % 2, [0], [1])
    >>> window = DelayCells.of_rows(rows * 0, rows % 10 * hour, np.where(rows < 40, rows % 2, -1), [0], [1])
    >>> arrival_ratio(window, fit_curves(reference, 90 * hour), 60 * hour).value
    array([0.4])
    """
    last = last_known_edge(as_of - cells.end)
    target, at = np.nonzero(cells.predictions * (last >= 0))
    weight, edge = cells.predictions[target, at], last[at]
    # A class with next to no outcomes has no curve, and no say in the sum.
    by_now = (curves.ever[target] * np.nan_to_num(curves.arrived[target, :, edge], nan=1.0)).sum(axis=1)
    oldest = np.maximum(_last_positive(curves.observed), 0)
    watched = curves.observed[target, np.minimum(edge, oldest[target])]
    rows = np.bincount(target, weight, cells.size)
    whole = np.where(rows > 0, rows, np.nan)
    arrived = cells.arrived(cells.bin <= last[cells.slice]).sum(axis=1) / whole
    expected = np.bincount(target, weight * by_now, cells.size) / whole
    size = np.bincount(target, weight * watched, cells.size) / whole / curves.dispersion
    return _ratio(arrived, rows / curves.dispersion, expected, size, rows, cells.predictions.sum(axis=1))


def _last_positive(counts):
    """The place of the last positive number of each row, -1 where there is none."""
    positive = counts > 0
    return np.where(positive.any(axis=1), counts.shape[1] - 1 - positive[:, ::-1].argmax(axis=1), -1)


def _ratio(share, size, expected, reference_size, rows, predictions):
    reasons = np.full(len(share), None, object)
    reasons[~(expected * reference_size >= MIN_REFERENCE_OUTCOMES)] = "reference_too_small"
    reasons[(expected == 0) & (reference_size >= MIN_REFERENCE_OUTCOMES)] = "nothing_expected"
    reasons[(rows == 0) & (predictions > 0)] = "nothing_expected"
    reasons[predictions == 0] = "no_rows"
    known = np.equal(reasons, None)
    share, expected = np.where(known, share, np.nan), np.where(known, expected, np.nan)
    value = share / expected
    (low, high), (below, above) = wilson_interval(share, size), wilson_interval(expected, reference_size)
    square = (share * expected) ** 2
    least = np.sqrt(np.maximum(square - low * above * (2 * share - low) * (2 * expected - above), 0))
    most = np.sqrt(np.maximum(square - high * below * (2 * share - high) * (2 * expected - below), 0))
    return Estimate(value, (share * expected - least) / (above * (2 * expected - above)),
                    (share * expected + most) / (below * (2 * expected - below)),
                    expected=np.where(known, 1.0, np.nan), sample_size=rows,
                    effective_size=np.where(known, size, np.nan), ci_method="mover_wilson",
                    ci_level=CI_LEVEL, reasons=reasons)


ARRIVAL_RATIO = DelayMetric(
    name="arrival_ratio", compute=arrival_ratio, direction="lower_is_worse",
    formula="outcomes arrived / sum over slices of predictions x sum over classes of (share ever arriving x F(age))",
    source="J. F. Lawless (1994), Canadian J. of Statistics 22, 15-31; interval: A. Donner and G. Y. Zou (2012)",
)
