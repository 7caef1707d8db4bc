"""By how many standard deviations of the reference the mean has moved, and which way."""

import numpy as np
import scipy

from spark_monitor.metrics.spec import DriftStatistic, Estimate


@np.errstate(over="ignore", invalid="ignore")
def mean_shift(current, reference):
    """Compute the shift of the mean, (mean of current - mean of reference) / sd of the reference (Glass's delta).

    Parameters
    ----------
    current, reference : Histograms
        K histograms each of numbers; only their unweighted moments are used.

    Returns
    -------
    Estimate
        Arrays of shape (K,), signed, in standard deviations (divisor n); NaN where a side has no finite number, a
        moment is beyond floating point, or the reference is constant and current's mean is another. `expected` is 0.
        `p_value` is Welch's two-sided t, NaN where a side has fewer than two rows or neither varies.

    References
    ----------
    Glass, G. V. (1976), Educational Researcher 5(10), 3. Welch, B. L. (1947), Biometrika 34, 28.

    Examples
    --------
    >>> from spark_monitor.metrics.histogram import Histograms
    >>> reference = Histograms.of_counts([[2, 2]], mean=[1.0], m2=[4.0])
    >>> current = Histograms.of_counts([[1, 3]], mean=[1.5], m2=[3.0])
    >>> mean_shift(current, reference).value
    array([0.5])
    """
    value = in_reference_deviations(difference_of_means(current, reference), reference)
    return Estimate(
        value,
        expected=np.where(np.isnan(value), np.nan, 0.0),
        p_value=_welch(current, reference),
        sample_size=current.finite,
        reference_size=reference.finite,
    )


def in_reference_deviations(difference, reference, constant=np.nan):
    """Divide a difference by the reference's standard deviation, shape (K,).

    Parameters
    ----------
    difference : ndarray, shape (K,)
    reference : Histograms
    constant : float
        What a difference other than 0 becomes where the reference is constant.
    """
    deviation = np.sqrt(np.divide(reference.m2, reference.finite, out=np.full(len(reference), np.nan),
                                  where=reference.finite > 0))
    varies = (deviation > 0) & np.isfinite(deviation) & ~_is_constant(reference)
    flat = np.where(difference == 0, 0.0, np.where(np.isnan(difference), np.nan, constant))
    with np.errstate(over="ignore"):
        scaled = np.divide(difference, deviation, out=flat, where=varies)
    return np.where(np.isfinite(scaled), scaled, np.nan)


def difference_of_means(current, reference):
    """Return mean of current less mean of reference; 0 for equal constants, whose means may differ by rounding."""
    same = _is_constant(current) & _is_constant(reference) & (current.minimum == reference.minimum)
    return np.where(same, 0.0, current.mean - reference.mean)


def _is_constant(histograms):
    return histograms.minimum == histograms.maximum


def _welch(current, reference):
    squares, freedoms = [], []
    for side in (current, reference):
        enough = side.finite > 1
        n = np.where(enough, side.finite, 2).astype(float)
        squares.append(np.where(enough & ~_is_constant(side), side.m2 / (n * (n - 1)), np.where(enough, 0.0, np.nan)))
        freedoms.append(n - 1)
    square = squares[0] + squares[1]
    varies = square > 0
    parts = [np.divide(s, square, out=np.zeros_like(s), where=varies) ** 2 / f
             for s, f in zip(squares, freedoms, strict=True)]
    freedom = np.divide(1.0, parts[0] + parts[1], out=np.ones_like(square), where=varies)
    distance = np.abs(difference_of_means(current, reference))
    t = np.divide(distance, np.sqrt(square), out=np.full_like(square, np.nan), where=varies)
    return 2 * scipy.special.stdtr(freedom, -t)


MEAN_SHIFT = DriftStatistic(
    name="mean_shift",
    compute=mean_shift,
    formula="(mean of current - mean of reference) / sd of the reference",
    source="Glass (1976); Welch (1947)",
    applies_to=("numeric", "discrete"),
    lower=-np.inf,
    ordered=True,
    alarm_level=0.1,
    resolution="moments",
    direction="two_sided",
    unit="sd",
)
