"""How far the numbers of one side would have to be moved, on average, to become those of the other."""

import numpy as np

from spark_monitor.metrics.drift.cumulative import cumulative_shares, finite_size, share_off_the_values
from spark_monitor.metrics.drift.mean_shift import difference_of_means
from spark_monitor.metrics.drift.transport import Segments
from spark_monitor.metrics.no_change import kappa
from spark_monitor.metrics.spec import DriftStatistic, Estimate


@np.errstate(over="ignore", invalid="ignore")
def wasserstein_distance(current, reference):
    """Compute the first Wasserstein distance (earth mover's) of the finite numbers, the integral of |F - G|.

    Parameters
    ----------
    current, reference : Histograms
        K histograms each of numbers on the same bins, with minimum and maximum.

    Returns
    -------
    Estimate
        Arrays of shape (K,) in the feature's unit; NaN where a side has no finite number or the distance is beyond
        floating point. The distance of the rows themselves lies within `value` +- `error_bound`. `expected` integrates
        sqrt(2/pi) times the deviation sqrt((1/n + 1/m) H (1 - H)), H the cumulative share of both sides together.
        No p-value.

    Notes
    -----
    The numbers of a bin are taken as spread evenly between its ends, those of an open bin as thinning out
    exponentially up to the side's minimum or maximum; those of a discrete feature as lying on the bin's value, which
    is exact without unseen values. The bound comes from what F and G can be inside each bin and, where rows are not
    weighted, from their exact moments: the integral of G - F must equal the difference of means, and the variance
    limits how far the rows of an open bin can lie from its edge (see `transport`).

    References
    ----------
    Vallender, S. S. (1974), Theory of Probability and its Applications 18, 784.

    Examples
    --------
    >>> import numpy as np
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> values = {"kind": "discrete", "edges": np.array([1.0, 2.0, 4.0])}
    >>> reference = Histograms.of_counts([[2, 1, 1]], **values, minimum=[1.0], maximum=[4.0])
    >>> current = Histograms.of_counts([[1, 1, 2]], **values, minimum=[1.0], maximum=[4.0])
    >>> estimate = wasserstein_distance(current, reference)
    >>> estimate.value, estimate.error_bound
    (array([0.75]), array([0.]))
    """
    segments = Segments.of(current, reference)
    discrete = current.kind == "discrete"
    n, m = finite_size(current), finite_size(reference)
    if discrete:
        guess, noise = _on_values(current, reference, n, m)
    else:
        guess, noise = segments.likely_area(), segments.noise(n, m)
    lowest, highest = segments.bounds(_known_shift(current, reference))
    moved = _most_moved(current, reference) if discrete else np.full(len(guess), np.inf)
    lowest, highest = np.maximum(lowest, guess - moved), np.minimum(highest, guess + moved)
    # Rounding can put the two bounds of an exact value a hair past each other.
    highest = np.maximum(highest, lowest)
    value = np.where(moved == 0, guess, np.clip(guess, lowest, highest))
    value = np.where(np.isfinite(value), value, np.nan)
    bound = np.where(moved == 0, 0.0, np.maximum(highest - value, value - lowest))
    return Estimate(
        value,
        error_bound=np.where(np.isnan(value), np.nan, bound),
        expected=np.where(np.isnan(value), np.nan, np.sqrt(2 / np.pi * kappa(n, m)) * noise),
        sample_size=current.finite,
        reference_size=reference.finite,
    )


def _on_values(current, reference, n, m):
    """Return the integrals of |F - G| and of sqrt(H (1 - H)) where each row lies on its bin's value."""
    f, g, gaps = cumulative_shares(current)[:, 1:-1], cumulative_shares(reference)[:, 1:-1], np.diff(current.edges)
    both = (f * n[:, None] + g * m[:, None]) / np.where(n + m > 0, n + m, np.nan)[:, None]
    spread = np.sqrt(np.clip(both * (1 - both), 0.0, None))
    return (np.abs(f - g) * gaps).sum(axis=-1), (spread * gaps).sum(axis=-1)


def _most_moved(current, reference):
    """By how much unseen values can change the distance at most: their share times the widest bin."""
    off = share_off_the_values(current) + share_off_the_values(reference)
    first, last = current.edges[0], current.edges[-1]
    low, high = np.fmin(current.minimum, reference.minimum), np.fmax(current.maximum, reference.maximum)
    widest = np.fmax(np.diff(current.edges).max(initial=0.0), np.fmax(first - low, high - last))
    return np.where(off > 0, off * widest, 0.0)


def _known_shift(current, reference):
    if current.weights is not None or reference.weights is not None:
        return np.full(len(current), np.nan)
    return difference_of_means(current, reference)


WASSERSTEIN = DriftStatistic(
    name="wasserstein",
    compute=wasserstein_distance,
    formula="integral |F - G| dx",
    source="Vallender (1974)",
    applies_to=("numeric", "discrete"),
    symmetric=True,
    ordered=True,
    resolution="full",
    unit="of the feature",
)
