"""Whether scores are too extreme or too high: slope and intercept of outcomes on the scores' log odds."""

import numpy as np
import scipy

from spark_monitor.metrics.performance.closed_forms import NORMAL, ratio
from spark_monitor.metrics.performance.fold_effects import influence_inflation
from spark_monitor.metrics.performance.folds import link_interval
from spark_monitor.metrics.performance.scored_rows import mean_scores, score_estimate, scored_rows
from spark_monitor.metrics.spec import PerformanceMetric

STEPS, SMALL, LONGEST = 60, 1e-9, 2.0
CLIP = 1e-6


def fit_line(cells, fixed_slope):
    """Fit outcomes on a line in the scores' log odds by weighted logistic regression, for each target.

    Parameters
    ----------
    cells : ScoreCells
        Labelled rows with a usable score only.
    fixed_slope : bool
        Whether the slope is 1 and the intercept alone is fitted.

    Returns
    -------
    fitted : ndarray of float64, shape (K,)
        The intercept where the slope is fixed, else the slope; NaN where no finite one fits best, as where scores
        separate the classes.
    influence : ndarray of float64, shape (N,)
        What a row of each cell adds to it, by its weight; the sum of their squares is the variance of independent
        rows, whether or not the line is the truth.

    Notes
    -----
    Newton's method from intercept 0 and slope 1; each cell stands at its mean score, kept within [1e-6, 1 - 1e-6].
    Variance: H. White (1982), "Maximum likelihood estimation of misspecified models", Econometrica 50, 1-25.
    """
    size, target, weight = cells.size, cells.target, cells.weight
    positive = np.where(cells.outcome == 1, 1.0, 0.0)

    def total(values):
        return np.bincount(target, values, size)

    x = scipy.special.logit(np.clip(mean_scores(cells), CLIP, 1 - CLIP))
    u = np.zeros(len(x)) if fixed_slope else x - ratio(total(weight * x), total(weight))[target]
    level, tilt, done = np.zeros(size), np.zeros(size), np.zeros(size, bool)

    def look():
        p = scipy.special.expit(x + level[target] + tilt[target] * u)
        slack = weight * p * (1 - p)
        first, cross = total(slack), total(slack * u)
        second = np.ones(size) if fixed_slope else total(slack * u**2)
        return p, first, cross, second, first * second - cross**2

    for _ in range(STEPS):
        p, first, cross, second, determinant = look()
        pull, slant = total(weight * (positive - p)), total(weight * (positive - p) * u)
        steps = (ratio(second * pull - cross * slant, determinant), ratio(first * slant - cross * pull, determinant))
        longest = np.maximum(*np.abs(steps))
        # A full step from far away can overshoot without end; a target that has arrived stays, whoever else has not.
        factor = np.where(done, 0.0, np.minimum(1, LONGEST / np.maximum(longest, LONGEST)))
        level, tilt = (old + np.where(done, 0.0, step * factor) for old, step in zip((level, tilt), steps, strict=True))
        done |= longest <= SMALL
        if not (~done & (longest > SMALL)).any():
            break
    p, first, cross, second, determinant = look()
    row = (second, -cross) if fixed_slope else (-cross, first)
    influence = (positive - p) * (ratio(row[0], determinant)[target] + ratio(row[1], determinant)[target] * u)
    return np.where(done, level if fixed_slope else 1 + tilt, np.nan), np.nan_to_num(influence)


def line_estimate(cells, folds, fixed_slope):
    """Return the fitted intercept or slope as an `Estimate`, reason "separated" where none fits."""
    seen = scored_rows(cells)
    value, influence = fit_line(seen, fixed_slope)
    deviation = np.sqrt(np.bincount(seen.target, seen.weight_sq * influence**2, seen.size))
    inflation = influence_inflation(seen, folds, influence)
    interval = link_interval(value, deviation, "identity", NORMAL * (1 if inflation is None else inflation))
    reasons = np.where(np.isnan(value), "separated", None)
    return score_estimate(cells, value, interval, "wald_sandwich", None, inflation, reasons)


def calibration_slope(cells, folds=None):
    """Return the slope of outcomes on the scores' log odds, intercept fitted too, with its interval.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums or None

    Returns
    -------
    Estimate
        1 where scores spread as they should, below 1 where they are too extreme, above 1 where too timid, below 0 where
        they point the wrong way. NaN with reason "separated" where scores are all the same or separate the classes;
        with a reason of `why_undefined` without scores or outcomes or with fewer than five rows of a class.

    Notes
    -----
    D. R. Cox (1958), "Two further applications of a model for binary regression", Biometrika 45, 562-565. With folds
    the variance is multiplied by the design effect, where that is above 1.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> cells = ScoreCells.of_rows(np.repeat([0.1, 0.9], 10), None, [0] * 8 + [1] * 2 + [0] * 2 + [1] * 8, edges=[0.5])
    >>> calibration_slope(cells).value.round(3)
    array([0.631])
    """
    return line_estimate(cells, folds, fixed_slope=False)


def calibration_intercept(cells, folds=None):
    """Return calibration in the large: the shift of the scores' log odds that makes them right on average.

    Parameters
    ----------
    cells : ScoreCells
    folds : FoldSums or None

    Returns
    -------
    Estimate
        The intercept with the slope held at 1; 0 where scores are right on average, above 0 where they are too low.
        NaN as for `calibration_slope`.

    Notes
    -----
    E. W. Steyerberg (2009), "Clinical prediction models", section 15.2. With folds the variance is multiplied by the
    design effect, where that is above 1.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> cells = ScoreCells.of_rows(np.full(20, 0.5), None, [1] * 15 + [0] * 5, edges=[0.6])
    >>> calibration_intercept(cells).value.round(4)
    array([1.0986])
    """
    return line_estimate(cells, folds, fixed_slope=True)


CALIBRATION_SLOPE = PerformanceMetric(
    name="calibration_slope", compute=calibration_slope, formula="b of logit P(y) = a + b scipy.special.logit(s)",
    source="D. R. Cox (1958), Biometrika 45, 562-565", needs=("score", "outcome"), tasks=("binary", "multiclass"),
    lower=-np.inf, upper=np.inf, direction="two_sided",
)
CALIBRATION_INTERCEPT = PerformanceMetric(
    name="calibration_intercept", compute=calibration_intercept, formula="a of logit P(y) = a + scipy.special.logit(s)",
    source="E. W. Steyerberg (2009), Clinical prediction models, section 15.2", needs=("score", "outcome"),
    tasks=("binary", "multiclass"), lower=-np.inf, upper=np.inf, direction="two_sided",
)
