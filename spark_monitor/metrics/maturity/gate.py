"""When enough of the truth about a window has arrived for its numbers to count."""

import numpy as np
import scipy

from spark_monitor.metrics.maturity.delay_bins import EDGES, MINUTE
from spark_monitor.metrics.maturity.maturity import MIN_MATURITY, arrived_shares
from spark_monitor.metrics.roots import bracketed_roots

# How often more outcomes than that may be still to come when the gate opens.
RISK = 0.05
# Less than so many outcomes of the reference can't be still to come: F is known in steps of one.
STEP = 0.5


def needed_shares(cells, curves, least=MIN_MATURITY):
    """Return the share of each class that must have arrived before a window counts, at least `least`.

    Parameters
    ----------
    cells : DelayCells
        K windows; only their predictions are looked at.
    curves : DelayCurves
        The reference's, one for each window.
    least : float

    Returns
    -------
    ndarray of float64, shape (K, C)
        `least` where the reference has many outcomes of the class, more where they are few.

    Notes
    -----
    Of a class with n outcomes in the reference of which k came later than a window's age, and N that the window will
    have, the number M still to come is negative binomial with k + 1/2 and n / (n + N): what n outcomes say about the
    share still to come (Jeffreys), and chance in the window itself. The gate asks for a k at which M is in 95 of 100
    cases at most 2 (1 - `least`) N, by default 1 % of the class, or one outcome where that is more. A reference that
    is too small for that can say no more than that all its outcomes had come by this age.

    Examples
    --------
    >>> from spark_monitor.metrics.maturity import DelayCells, fit_curves
    >>> hour, rows = 3_600_000_000, np.arange(40_000)
    >>> cells = DelayCells.of_rows(rows * 0, rows % 10 * hour, rows % 100 == 0, [0], [1])
    >>> needed_shares(cells, fit_curves(cells, 90 * hour)).round(4)
    array([[0.995, 0.998]])
    """
    known = np.maximum(curves.support.max(axis=-1), 1.0)
    coming = cells.predictions.sum(axis=1)[:, None] * curves.ever
    too_many = np.floor(np.maximum(2 * (1 - least) * coming, 1)) + 1
    part = coming / (coming + known)

    def beyond(late, where=slice(None)):
        return scipy.special.betainc(too_many[where], late + 0.5, part[where]) - RISK

    most = known * (1 - least)
    some = beyond(np.zeros(known.shape)) < 0
    between = some & (beyond(most) > 0)
    late = np.where(some, most, 0.0)
    late[between] = bracketed_roots(lambda late: beyond(late, between), 0 * most[between], most[between])
    return np.maximum(1 - np.maximum(late, STEP) / known, least)


def is_open(cells, curves, as_of, least=MIN_MATURITY):
    """Say which windows count: enough of each class has arrived; boolean of shape (K,).

    Parameters
    ----------
    cells, curves, least
        As for `needed_shares`.
    as_of : int or array_like of int64, shape (K,)
        Up to when outcomes are known, microseconds since 1970 UTC.
    """
    return (arrived_shares(cells, curves, as_of) >= needed_shares(cells, curves, least)).all(axis=1)


def next_pass(cells, curves, least=MIN_MATURITY):
    """Return the moment from which time alone opens the gate.

    Parameters
    ----------
    cells, curves, least
        As for `needed_shares`.

    Returns
    -------
    ndarray of float64, shape (K,)
        Microseconds since 1970 UTC, a whole minute: the first one at which `is_open`. It may lie in the past. NaN
        where five years after the window's last slice are not enough, or maturity is undefined.

    Examples
    --------
    >>> from spark_monitor.metrics.maturity import DelayCells, fit_curves
    >>> hour = 3_600_000_000
    >>> cells = DelayCells.of_rows(np.zeros(20, int), np.arange(1, 21) * hour, [0] * 20, [0], [1], classes=1)
    >>> next_pass(cells, fit_curves(cells, 300 * hour), 0.8) / hour
    array([17.96666667])
    """
    needed = needed_shares(cells, curves, least)
    first, last = (cells.start.min(initial=0), cells.end.max(initial=0))
    closed = np.full(cells.size, first // MINUTE - 1)
    opened = np.full(cells.size, (last + EDGES[-1]) // MINUTE + 1)
    ends = (arrived_shares(cells, curves, opened * MINUTE) >= needed).all(axis=1)
    while (opened - closed > 1).any():
        middle = (opened + closed) // 2
        passes = (arrived_shares(cells, curves, middle * MINUTE) >= needed).all(axis=1)
        opened, closed = np.where(passes, middle, opened), np.where(passes, closed, middle)
    return np.where(ends, opened * float(MINUTE), np.nan)
