"""How far apart two histograms are by the Jensen-Shannon distance, from 0 (equal) to 1 (nothing in common)."""

import numpy as np
import scipy

from spark_monitor.metrics.drift.shares import shares_of
from spark_monitor.metrics.no_change import mean_of_chi
from spark_monitor.metrics.spec import DriftStatistic, Estimate


def jensen_shannon_distance(current, reference):
    """Compute the Jensen-Shannon distance, the root of the divergence to base 2, over the coarse cells.

    Parameters
    ----------
    current, reference : Histograms
        K histograms each on the same bins.

    Returns
    -------
    Estimate
        Arrays of shape (K,), no unit, in [0, 1]; NaN where a side is empty. `expected` is the mean of a chi variable
        with B - 1 degrees of freedom times sqrt((1/n + 1/m) / (8 ln 2)); `p_value` is Pearson's.

    Notes
    -----
    sqrt((KL(p || r) + KL(q || r)) / 2) with r = (p + q) / 2 and logarithms to base 2; plain shares, no smoothing. The
    same as ``scipy.spatial.distance.jensenshannon(p, q, base=2)``.

    References
    ----------
    Lin, J. (1991), IEEE Transactions on Information Theory 37, 145. Endres, D. M. and Schindelin, J. E. (2003), the
    same 49, 1858.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> reference = Histograms.of_counts([[50, 50], [10, 0]])
    >>> current = Histograms.of_counts([[25, 75], [0, 10]])
    >>> jensen_shannon_distance(current, reference).value.round(4)
    array([0.2209, 1.    ])
    """
    shares = shares_of(current, reference)
    p, q = shares.current, shares.reference
    middle = (p + q) / 2
    divergence = (scipy.special.rel_entr(p, middle) + scipy.special.rel_entr(q, middle)).sum(axis=-1) / (2 * np.log(2))
    expected = mean_of_chi(shares.freedom) * np.sqrt(shares.kappa / (8 * np.log(2)))
    return Estimate(np.sqrt(np.clip(divergence, 0.0, 1.0)), expected=expected, p_value=shares.p_value)


JS_DISTANCE = DriftStatistic(
    name="js_distance",
    compute=jensen_shannon_distance,
    formula="sqrt((KL(p || (p+q)/2) + KL(q || (p+q)/2)) / 2), base 2",
    source="Lin (1991); Endres and Schindelin (2003)",
    upper=1.0,
    symmetric=True,
    alarm_level=0.1,
)
