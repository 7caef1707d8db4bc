"""How far the numbers have moved on average, in standard deviations of the reference."""

from dataclasses import replace

import numpy as np

from spark_monitor.metrics.drift.mean_shift import in_reference_deviations
from spark_monitor.metrics.drift.wasserstein import wasserstein_distance
from spark_monitor.metrics.spec import DriftStatistic


def scaled_wasserstein_distance(current, reference):
    """Compute the Wasserstein distance over the reference's standard deviation.

    Parameters
    ----------
    current, reference : Histograms
        K histograms each of numbers on the same bins, with minimum, maximum, mean and m2.

    Returns
    -------
    Estimate
        Arrays of shape (K,), in standard deviations; NaN where a side has no finite number, or the reference is
        constant and current is not the same constant. `error_bound` and `expected` are scaled alike. No p-value.

    References
    ----------
    Vallender, S. S. (1974), Theory of Probability and its Applications 18, 784.

    Examples
    --------
    >>> import numpy as np
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> values = {"kind": "discrete", "edges": np.array([0.0, 2.0]), "minimum": [0.0], "maximum": [2.0]}
    >>> reference = Histograms.of_counts([[2, 2]], **values, mean=[1.0], m2=[4.0])
    >>> current = Histograms.of_counts([[1, 3]], **values, mean=[1.5], m2=[3.0])
    >>> scaled_wasserstein_distance(current, reference).value
    array([0.5])
    """
    plain = wasserstein_distance(current, reference)
    value = in_reference_deviations(plain.value, reference)
    scaled = [np.where(np.isnan(value), np.nan, in_reference_deviations(part, reference, constant=0.0))
              for part in (plain.error_bound, plain.expected)]
    return replace(plain, value=value, error_bound=scaled[0], expected=scaled[1])


WASSERSTEIN_SCALED = DriftStatistic(
    name="wasserstein_scaled",
    compute=scaled_wasserstein_distance,
    formula="wasserstein / sd of the reference",
    source="Vallender (1974)",
    applies_to=("numeric", "discrete"),
    ordered=True,
    alarm_level=0.1,
    resolution="full",
    unit="sd",
)
