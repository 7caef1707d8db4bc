"""How delay curves are fitted to a reference some of whose outcomes had no time to arrive yet."""

import numpy as np

from spark_monitor.metrics.maturity.delay_bins import EDGES, last_known_edge
from spark_monitor.metrics.maturity.delay_curve import DelayCurves

MIN_ROWS = 5
# The heaviest tail that is believed: each further factor of sqrt(2) in delay holds 3/4 of what the last one held.
MAX_TAIL_RATIO = 0.75


def fit_curves(cells, as_of):
    """Return the delay curves of a reference, corrected for outcomes that had no time to arrive yet.

    Parameters
    ----------
    cells : DelayCells
        K targets, e.g. segments of the reference.
    as_of : int
        Until when outcomes were watched, microseconds since 1970 UTC.

    Returns
    -------
    DelayCurves

    Notes
    -----
    Of a slice only delays up to the age of its youngest prediction are used, so nothing is assumed about when in the
    slice predictions were made. Delays are then right-truncated, and the product-limit estimator in reversed time is
    unbiased whatever the rates of the slices: F(d) = prod over bins u > d of (1 - n_u / N_u), with n_u the outcomes of
    bin u and N_u those of bins up to u, both over the slices watched up to the end of bin u. It ends at the longest
    delay tau with N >= `MIN_ROWS`.

    Beyond tau there is no data. The masses of (tau/2, tau/sqrt 2] and (tau/sqrt 2, tau] are continued as a geometric
    series in the logarithm of the delay: a power law, heavier than exponential or lognormal tails, so that a young
    reference errs towards "not yet". The tail cannot hold more than the predictions that are still without outcome.

    The share ever arriving is the maximum-likelihood estimate of a Poisson rate given F: outcomes of the class / sum
    over slices of predictions F(age).

    Formula: J. F. Lawless (1994), "Adjustments for reporting delays and the prediction of occurred but not reported
    events", Canadian J. of Statistics 22, 15-31; S. W. Lagakos, L. M. Barraj and V. De Gruttola (1988), "Nonparametric
    analysis of truncated survival data", Biometrika 75, 515-523.

    Examples
    --------
    >>> from spark_monitor.metrics.maturity.delay_cells import DelayCells
    >>> hour = 3_600_000_000
    >>> known = np.array([1, 2, 3, 4] * 5 + [0] * 20) * hour
    >>> cells = DelayCells.of_rows(np.zeros(40, int), known, [0] * 20 + [-1] * 20, [0], [hour], classes=1)
    >>> curves = fit_curves(cells, 100 * hour)
    >>> curves.ever, curves.share_over(np.array([0]), np.array([2.2 * hour]), np.array([2.2 * hour]))
    (array([[0.5]]), array([[0.5]]))
    """
    last = last_known_edge(as_of - cells.end)
    known, watched = cells.bin <= last[cells.slice], cells.predictions * (last >= 0)
    seen, risk = _seen_and_risk(cells, known, last)
    enough = risk >= MIN_ROWS
    reach = np.where(enough.any(axis=-1), len(EDGES) - 1 - enough[..., ::-1].argmax(axis=-1), 0)
    within = _product_limit(seen, risk, reach)
    rate = _share(cells.arrived(known), (watched[:, None] * within[:, :, last]).sum(axis=-1))
    ratio, tail = _tail(within, reach)
    room, wanted = np.maximum(1 - rate.sum(axis=1), 0), (rate * tail).sum(axis=1)
    tail = tail * np.minimum(_share(room, wanted, 1.0), 1.0)[:, None]
    curve = _with_tail(within, reach, ratio, tail)
    ever = rate * (1 + tail)
    ever = ever / np.maximum(ever.sum(axis=1, keepdims=True), 1)
    support = np.take_along_axis(_share(risk, within, risk), np.minimum(np.arange(len(EDGES)), reach[..., None]), -1)
    observed = np.zeros((len(EDGES) + 1, cells.size))
    np.add.at(observed, last, watched.T)
    observed = observed[-2::-1].cumsum(axis=0)[::-1].T
    by_now = (ever[..., None] * curve[:, :, last]).sum(axis=1)
    dispersion = _dispersion(cells.arrived_by_slice(known), watched, by_now)
    return DelayCurves(np.where(reach[..., None] > 0, curve, np.nan), ever, support, observed, dispersion)


def _share(part, whole, otherwise=np.nan):
    """`part` / `whole`, and `otherwise` where `whole` is 0."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.array(np.broadcast_to(otherwise, whole.shape), float), where=whole > 0)


def _seen_and_risk(cells, known, last):
    """Outcomes n of each bin and N of the bins up to it, both over slices watched up to the bin's end: (K, C, E)."""
    size, edges = (cells.size, cells.classes), len(EDGES)
    place = (cells.target * cells.classes + cells.outcome)[known]
    rows = cells.rows[known]
    seen = np.bincount(place * edges + cells.bin[known], rows, np.prod(size) * edges).reshape(*size, edges)
    # A slice leaves all risk sets beyond its age at once.
    gone = place * (edges + 1) + last[cells.slice[known]] + 1
    leaving = np.bincount(gone, rows, np.prod(size) * (edges + 1)).reshape(*size, edges + 1)[..., :-1]
    return seen, (seen - leaving).cumsum(axis=-1)


def _product_limit(seen, risk, reach):
    """P(delay <= edge | delay <= edge `reach`), shape (K, C, E); 1 from there on."""
    stays = 1 - np.where(np.arange(len(EDGES)) <= reach[..., None], _share(seen, risk, 0.0), 0.0)
    within = np.ones_like(stays)
    within[..., :-1] = stays[..., :0:-1].cumprod(axis=-1)[..., ::-1]
    return within


def _tail(within, reach):
    """How the masses of the last two factors of sqrt(2) fall, and what their series holds beyond: two of (K, C)."""
    end = EDGES[reach].astype(float)
    half, root = (_interpolated(within, end * part) for part in (0.5, np.sqrt(0.5)))
    ratio = np.minimum(_share(1 - root, root - half, MAX_TAIL_RATIO), MAX_TAIL_RATIO)
    return ratio, (1 - root) * ratio / (1 - ratio)


def _interpolated(curve, age):
    """The curves (K, C, E) at one age each, (K, C)."""
    at = np.clip(np.searchsorted(EDGES, age, side="right") - 1, 0, len(EDGES) - 2)
    left, right = (np.take_along_axis(curve, place[..., None], axis=-1)[..., 0] for place in (at, at + 1))
    return left + (right - left) * np.clip((age - EDGES[at]) / (EDGES[at + 1] - EDGES[at]), 0, 1)


def _with_tail(within, reach, ratio, tail):
    """The curves over all delays: what was seen up to `reach`, and the series beyond it."""
    end = EDGES[reach].astype(float)[..., None]
    factors = np.log2(np.maximum(EDGES / np.maximum(end, 1.0), 1.0)) * 2
    whole = 1 + tail[..., None]
    left = tail[..., None] * ratio[..., None] ** factors
    return np.where(np.arange(len(EDGES)) <= reach[..., None], within, whole - left) / whole


def _dispersion(arrived, watched, by_now):
    """Variance of the slices' outcomes over the binomial one, at least 1: (K,)."""
    expected = watched * by_now
    slices = (watched > 0).sum(axis=1)
    squares = ((arrived - expected) ** 2).sum(axis=1, where=watched > 0)
    binomial = (expected * (1 - by_now)).sum(axis=1, where=watched > 0)
    return np.maximum(_share(squares, binomial, 1.0) * slices / np.maximum(slices - 1, 1), 1.0)
