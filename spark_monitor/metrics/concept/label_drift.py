"""Whether outcomes are positive more or less often than in the reference."""

import numpy as np
import scipy

from spark_monitor.metrics.bias.intervals import mover
from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.performance.rates import base_rate
from spark_monitor.metrics.spec import Estimate


def label_drift(current, reference, current_folds=None, reference_folds=None):
    """Return the change of the base rate, with its interval and test.

    Parameters
    ----------
    current, reference : ScoreCells
        Of T targets.
    current_folds, reference_folds : FoldSums, optional
        Of the same targets, where rows of one entity repeat.

    Returns
    -------
    Estimate
        Current less reference base rate, in [-1, 1]; interval by the method of variance estimates recovery from those
        of the two rates, which for independent rows is Newcombe's; `p_value` of the pooled test of two shares, on
        effective sizes. NaN where either side has no labelled row: "no_outcomes", "no_weight" or "no_reference".

    Notes
    -----
    R. Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> now, before = (ScoreCells.of_rows([0.5] * n, None, [1] * y + [0] * (n - y), [0.5])
    ...                for n, y in ((70, 56), (80, 48)))
    >>> drift = label_drift(now, before)
    >>> drift.value.round(4), drift.ci_low.round(4), drift.ci_high.round(4), drift.p_value.round(4)
    (array([0.2]), array([0.0524]), array([0.3339]), array([0.0080]))
    """
    return rate_shift(base_rate(current, current_folds), base_rate(reference, reference_folds))


def rate_shift(now, before):
    """Return `label_drift` from the base rates of both sides.

    Parameters
    ----------
    now, before : Estimate
        Of T targets, as `base_rate` gives them.
    """
    low, high = mover(now.value, now.ci_low, now.ci_high, before.value, before.ci_low, before.ci_high)
    n, m = now.effective_size, before.effective_size
    value = now.value - before.value
    pooled = ratio(np.nan_to_num(now.value) * n + np.nan_to_num(before.value) * m, n + m)
    z = ratio(np.abs(value), np.sqrt(pooled * (1 - pooled) * (ratio(1, n) + ratio(1, m))))
    p = np.where(value == 0, 1.0, scipy.special.erfc(z / np.sqrt(2)))
    reasons = np.where(np.isnan(before.value), "no_reference", None)
    reasons = np.where(np.isnan(now.value), now.reasons, reasons)
    folded = "_or_folds" if any("folds" in (side.ci_method or "") for side in (now, before)) else ""
    return Estimate(value, low, high, error_bound=np.where(np.isnan(value), np.nan, 0.0), p_value=p,
                    sample_size=now.sample_size, reference_size=before.sample_size,
                    ci_method="newcombe" + folded, ci_level=CI_LEVEL, reasons=reasons, effective_size=n)
