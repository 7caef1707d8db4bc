"""How far apart two distributions of numbers are by the Kolmogorov-Smirnov distance of their cumulative shares."""

import numpy as np
import scipy

from spark_monitor.metrics.drift.cumulative import cumulative_shares, finite_size, share_off_the_values
from spark_monitor.metrics.no_change import kappa, mean_of_largest
from spark_monitor.metrics.spec import DriftStatistic, Estimate

MEAN_OF_KOLMOGOROV = np.sqrt(np.pi / 2) * np.log(2)
FEW_BINS = 12


def kolmogorov_smirnov(current, reference):
    """Compute the Kolmogorov-Smirnov distance, max |F - G|, of the finite numbers over the edges of all bins.

    Parameters
    ----------
    current, reference : Histograms
        K histograms each of numbers on the same bins.

    Returns
    -------
    Estimate
        Arrays of shape (K,), shares of rows, in [0, 1]; NaN where a side has no finite number. The distance of the
        rows themselves is never below `value` and at most `error_bound` above it. `expected` is
        sqrt(pi / 2) ln 2 sqrt(1/n + 1/m), with few bins at most the mean of the largest of as many independent
        normal variables as there are edges: in either case a ceiling.

    Notes
    -----
    F and G are exact at the edges. Inside a bin F and G can only rise, so the distance is at most the larger of
    F(upper) - G(lower) and G(upper) - F(lower). A discrete feature without unseen values is exact.
    `p_value` is from Kolmogorov's distribution at (sqrt(e) + 0.12 + 0.11 / sqrt(e)) D with e = n m / (n + m)
    (Stephens). Numbers that tie, as all numbers of a bin do, make it too large: it is an upper bound.

    References
    ----------
    Smirnov, N. (1948), Annals of Mathematical Statistics 19, 279. Stephens, M. A. (1970), Journal of the Royal
    Statistical Society B 32, 115.

    Examples
    --------
    >>> import numpy as np
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> reference = Histograms.of_counts([[50, 30, 20]], edges=np.array([1.0, 2.0]))
    >>> current = Histograms.of_counts([[20, 30, 50]], edges=np.array([1.0, 2.0]))
    >>> estimate = kolmogorov_smirnov(current, reference)
    >>> estimate.value.round(4), estimate.error_bound.round(4)
    (array([0.3]), array([0.3]))
    """
    f, g = cumulative_shares(current), cumulative_shares(reference)
    value = np.abs(f - g).max(axis=-1)
    highest = np.maximum(f[:, 1:] - g[:, :-1], g[:, 1:] - f[:, :-1]).max(axis=-1)
    off = share_off_the_values(current) + share_off_the_values(reference)
    n, m = finite_size(current), finite_size(reference)
    noise = np.sqrt(kappa(n, m))
    return Estimate(
        value,
        error_bound=np.minimum(np.maximum(highest - value, 0.0), off),
        expected=noise * _expected_scale(f, g, n, m),
        p_value=scipy.special.kolmogorov((1 / noise + 0.12 + 0.11 * noise) * value),
        sample_size=current.finite,
        reference_size=reference.finite,
    )


def _expected_scale(f, g, n, m):
    if f.shape[-1] > FEW_BINS + 1:
        return MEAN_OF_KOLMOGOROV
    n, m = n[:, None], m[:, None]
    both = (f * n + g * m) / np.where(n + m > 0, n + m, np.nan)
    return np.minimum(MEAN_OF_KOLMOGOROV, mean_of_largest(np.sqrt(np.clip(both * (1 - both), 0.0, None))))


KS = DriftStatistic(
    name="ks",
    compute=kolmogorov_smirnov,
    formula="max |F - G|",
    source="Smirnov (1948); Stephens (1970)",
    applies_to=("numeric", "discrete"),
    upper=1.0,
    symmetric=True,
    ordered=True,
    alarm_level=0.1,
    resolution="full",
)
