"""How far an estimate without outcomes can be off: for these very rows, for the population; and how far it was off."""

import numpy as np

from spark_monitor.metrics.performance.closed_forms import NORMAL
from spark_monitor.metrics.roots import bracketed_roots
from spark_monitor.metrics.spec import Estimate

STEEPEST = 2.0


def outcome_noise(cells, chances, slopes):
    """Return what chance does to outcomes whose chances are known: the sum of w^2 c (1 - c) (slope)^2.

    Parameters
    ----------
    cells : ScoreCells
    chances : Chances
    slopes : ExpectedRatio

    Returns
    -------
    second : ndarray of float64, shape (3, K)
        Variance of the top, covariance of top and bottom, variance of the bottom.
    third : ndarray of float64, shape (4, K)
        Third moments: of the top, twice top and bottom, top and twice bottom, of the bottom.
    """
    c = chances.chance
    top, bottom = (slope[1] - slope[0] for slope in (slopes.top_slope, slopes.bottom_slope))
    variance = cells.weight_sq * c * (1 - c)
    row = np.divide(cells.weight_sq, cells.weight, out=np.zeros(len(c)), where=cells.weight > 0)
    lean = variance * row * (1 - 2 * c)
    third = [_total(cells, lean * term) for term in (top**3, top**2 * bottom, top * bottom**2, bottom**3)]
    return _second(cells, variance, top, bottom), np.stack(third)


def calibration_noise(cells, chances, slopes):
    """Return what the reference's noise does to the chances: of its curve, of a segment's own, and wander.

    Cells of a block err together, so that their effects are added before they are squared.

    Returns
    -------
    ndarray of float64, shape (3, K)
        As `outcome_noise` has it.
    """
    top, bottom = (cells.weight * (slope[1] - slope[0]) for slope in (slopes.top_slope, slopes.bottom_slope))
    blocks = int(chances.block.max(initial=-1)) + 1
    at = cells.target * blocks + chances.block
    curve = [np.bincount(at, side * chances.deviation, cells.size * blocks).reshape(cells.size, blocks)
             for side in (top, bottom)]
    spread = chances.chance * (1 - chances.chance)
    moved = [np.stack([_total(cells, side * spread), _total(cells, side * spread * chances.place)], axis=-1)
             for side in (top, bottom)]
    tilt = chances.tilt + chances.wander * np.diag([1.0, 0.0])
    return np.stack([(curve[i] * curve[j]).sum(axis=1) + np.einsum("ka,kab,kb->k", moved[i], tilt, moved[j])
                     for i, j in ((0, 0), (0, 1), (1, 1))])


def sampling_noise(cells, chances, slopes):
    """Return what it does that these rows and no others were drawn, their outcomes being as expected: (3, K)."""
    c = chances.chance
    return _second(cells, cells.weight_sq, *((1 - c) * slope[0] + c * slope[1]
                                             for slope in (slopes.top_slope, slopes.bottom_slope)))


def realised_band(cells, chances, slopes, lower, upper):
    """Return the band that holds the realised value of these very rows 95 times in 100.

    It allows for outcome noise, for the noise of the calibration and for how calibration wanders between slices; it
    holds while the relation of score and outcome is that of the reference.

    Parameters
    ----------
    cells : ScoreCells
    chances : Chances
    slopes : ExpectedRatio
    lower, upper : float
        Bounds that the metric can't leave.

    Returns
    -------
    low, high : ndarray of float64, shape (K,)
    """
    second, third = outcome_noise(cells, chances, slopes)
    second = second + calibration_noise(cells, chances, slopes)
    return ratio_band(slopes.top, slopes.bottom, second, third, lower, upper)


def population_band(cells, chances, slopes, lower, upper):
    """Return the band that holds the value over all rows that could have come 95 times in 100.

    As `realised_band`, with the noise of sampling in the place of that of outcomes, which averages out over all rows.
    """
    second = sampling_noise(cells, chances, slopes) + calibration_noise(cells, chances, slopes)
    return ratio_band(slopes.top, slopes.bottom, second, np.zeros((4, cells.size)), lower, upper)


def ratio_band(top, bottom, second, third, lower, upper):
    """Return the quantiles 2.5 % and 97.5 % of a ratio whose top and bottom have known moments.

    Parameters
    ----------
    top, bottom : ndarray of float64, shape (K,)
        Expected values.
    second : ndarray of float64, shape (3, K)
    third : ndarray of float64, shape (4, K)
        As `outcome_noise` has them.
    lower, upper : float

    Returns
    -------
    low, high : ndarray of float64, shape (K,)
        NaN where `bottom` is not positive. They enclose top / bottom.

    Notes
    -----
    The ratio is at most t exactly if L = top - t bottom is at most 0, and L is a sum: E. C. Fieller (1954), "Some
    problems in interval estimation", JRSS B 16, 175-185. The quantiles of L are those of Cornish and Fisher, (q + g
    (q^2 - 1) / 6) deviations from its mean, where g is its skewness, held within -+2.

    Examples
    --------
    >>> one = np.ones(1)
    >>> low, high = ratio_band(0.5 * one, one, np.array([0.01, 0, 0])[:, None] * one, np.zeros((4, 1)), 0, 1)
    >>> low.round(3), high.round(3)
    (array([0.304]), array([0.696]))
    """
    known = bottom > 0
    value = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=known)

    q = np.array([[-NORMAL], [NORMAL]])

    def deviation(t):
        return np.sqrt(np.maximum(second[0] + t * (t * second[2] - 2 * second[1]), 0.0))

    def beyond(t):
        """Return how far t is above the quantiles of the ratio, shape (2, K); rising in t."""
        spread = deviation(t)
        cube = spread * spread * spread
        moment = third[0] + t * (t * (3 * third[2] - t * third[3]) - 3 * third[1])
        skewness = np.divide(moment, cube, out=np.zeros(cube.shape), where=cube > 0)
        z = q + skewness.clip(-STEEPEST, STEEPEST) * ((NORMAL**2 - 1) / 6)
        return t * bottom - top - z * spread

    middle = np.where(known, value, 0.0)
    reach = np.divide(20 * deviation(middle), bottom, out=np.zeros(top.shape), where=known)
    edge = np.stack([np.maximum(middle - reach, lower), np.minimum(middle + reach, upper)])
    return tuple(np.where(known, bracketed_roots(beyond, np.stack([middle, middle]), edge), np.nan))


def estimation_error(estimated, realised):
    """Return how far estimates were off, once outcomes are mature: estimated less realised value.

    Parameters
    ----------
    estimated, realised : Estimate
        Of the same metric and targets.

    Returns
    -------
    Estimate
        `ci_low` and `ci_high` are the ends of the estimate's band less the realised value, so that 0 lies between them
        where the band held. NaN where either is, with that one's reason.

    Examples
    --------
    >>> one = np.ones(1)
    >>> error = estimation_error(Estimate(0.8 * one, 0.7 * one, 0.85 * one), Estimate(0.9 * one))
    >>> error.value.round(2), error.ci_high.round(2)
    (array([-0.1]), array([-0.05]))
    """
    reasons = np.full(len(realised.value), None, object)
    for side in (estimated, realised):
        unknown = np.isnan(side.value) & np.equal(reasons, None)
        reasons[unknown] = side.reason if side.reasons is None else side.reasons[unknown]
    known = np.equal(reasons, None)
    value, low, high = (np.where(known, np.asarray(end) - realised.value, np.nan)
                        for end in (estimated.value, estimated.ci_low, estimated.ci_high))
    return Estimate(value, low, high, sample_size=realised.sample_size, effective_size=realised.effective_size,
                    ci_method=estimated.ci_method, ci_level=estimated.ci_level, reasons=reasons)


def _second(cells, variance, top, bottom):
    """Return the sums over each target of variance times the products of top and bottom slopes, shape (3, K)."""
    return np.stack([_total(cells, variance * pair) for pair in (top**2, top * bottom, bottom**2)])


def _total(cells, values):
    """Return the sum of a number over the cells of each target, shape (K,)."""
    return np.bincount(cells.target, values, cells.size)
