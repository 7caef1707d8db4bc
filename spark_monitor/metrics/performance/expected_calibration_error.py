"""How far scores are from the rates at which positives come: expected calibration error, free of sampling noise."""

from dataclasses import replace

import numpy as np

from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.performance.gap_noise import ResidualEffects
from spark_monitor.metrics.performance.reliability import BINS, reliability
from spark_monitor.metrics.performance.scored_rows import class_sums, score_estimate
from spark_monitor.metrics.performance.squared_gaps import SquaredGaps
from spark_monitor.metrics.spec import PerformanceMetric


def expected_calibration_error(cells, folds=None):
    """Return the root of the mean squared gap between the rate of positives and the mean score, noise subtracted.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums or None

    Returns
    -------
    Estimate
        In [0, 1]; 0 where the gaps are no larger than sampling makes them. The population's value is that of the same
        ten groups of about equal weight (`reliability`). NaN, with a reason, without scores or outcomes or with fewer
        than five rows of a class.

    Notes
    -----
    The square is what can be freed of noise whatever the gaps look like: the mean absolute gap of a perfect model is
    above 0 in any sample, by an amount that depends on the gaps themselves. A. Kumar, P. Liang and T. Ma (2019),
    "Verified uncertainty calibration", NeurIPS, section 4; J. Broecker (2012), Climate Dynamics 39, 655-667. The
    interval holds every value at which a test does not reject what was observed, so it reaches down to 0 where a
    calibrated model is possible.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> cells = ScoreCells.of_rows(np.repeat([0.3, 0.7], 500), None, np.tile([0, 1], 500), edges=[0.5])
    >>> expected_calibration_error(cells).value.round(3)
    array([0.199])
    """
    effects = ResidualEffects.of(cells, folds)
    fewest = np.nan_to_num(ratio(class_sums(cells) ** 2, class_sums(cells, "weight_sq"))).min(axis=1)
    gaps = SquaredGaps.of(reliability(cells, BINS), effects, fewest)
    value, noisy = np.sqrt(gaps.value), gaps.spread > 0
    # Without any noise the distribution has no width to divide by.
    sure = replace(gaps, noise=np.where(noisy, gaps.noise, 1.0), spread=np.where(noisy, gaps.spread, 1.0))
    low, high = (np.where(noisy, np.sqrt(limit).clip(0, 1), value) for limit in sure.interval())
    inflation = None if folds is None else np.sqrt(effects.level)
    interval = np.minimum(low, value), np.maximum(high, value)
    return score_estimate(cells, value, interval, "noncentral_chi_squared", 0.0, inflation)


EXPECTED_CALIBRATION_ERROR = PerformanceMetric(
    name="expected_calibration_error", compute=expected_calibration_error,
    formula="sqrt(sum over 10 equal-weight groups of share ((rate - score)^2 - variance))", needs=("score", "outcome"),
    source="A. Kumar, P. Liang and T. Ma (2019), Verified uncertainty calibration, NeurIPS",
    tasks=("binary", "multiclass"), direction="higher_is_worse",
)
