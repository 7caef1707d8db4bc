"""How sure a ratio of two sums over rows is: the interval that most regression metrics share."""

import numpy as np

from spark_monitor.metrics.intervals import CI_LEVEL
from spark_monitor.metrics.performance.folds import wider
from spark_monitor.metrics.performance.regression.scales import fold_interval, scaled_interval
from spark_monitor.metrics.spec import Estimate


def ratio(top, bottom):
    """Return `top` / `bottom`, NaN where `bottom` is not positive.

    Examples
    --------
    >>> ratio(np.array([1.0, 0.0]), np.array([4.0, 0.0]))
    array([0.25,  nan])
    """
    shape = np.broadcast_shapes(np.shape(top), np.shape(bottom))
    with np.errstate(over="ignore", invalid="ignore"):
        return np.divide(top, bottom, out=np.full(shape, np.nan), where=np.asarray(bottom) > 0)


def ratio_interval(value, bottom, squares, size, link="reciprocal"):
    """Return the interval of a ratio of sums, sum(w a) / sum(w b), by the delta method.

    Parameters
    ----------
    value : ndarray of float64, shape (K,)
        The ratio.
    bottom : ndarray of float64, shape (K,)
        sum(w b).
    squares : tuple of three ndarrays of float64, shape (K,)
        sum(w^2 a^2), sum(w^2 a b) and sum(w^2 b^2).
    size : ndarray of float64, shape (K,)
        Effective number of rows n.
    link : {"identity", "log", "reciprocal"}
        See `scaled_interval`.

    Returns
    -------
    low, high : ndarray of float64, shape (K,)
        NaN where n <= 1.

    Notes
    -----
    Variance: sum w^2 (a - value b)^2 / (sum w b)^2 times n / (n - 1); W. G. Cochran (1977), "Sampling techniques",
    section 6.5.

    Examples
    --------
    >>> low, high = ratio_interval(np.array([2.0]), np.array([100.0]), (np.array([500.0]), np.array([200.0]),
    ...                            np.array([100.0])), np.array([100.0]))
    >>> low.round(3), high.round(3)
    (array([1.817]), array([2.224]))
    """
    deviation = np.sqrt(ratio_variance(value, bottom, squares, size))
    return scaled_interval(value, deviation, size, link)


def ratio_variance(value, bottom, squares, size):
    """Return the variance behind `ratio_interval`, whose arguments these are."""
    aa, ab, bb = squares
    with np.errstate(over="ignore", invalid="ignore"):
        spread = np.maximum(aa - 2 * value * ab + value**2 * bb, 0.0)
        return ratio(ratio(spread, bottom), bottom) * ratio(size, size - 1)


def without_each(sums):
    """Return sums of shape (K, F) with each fold in turn left out; unlike counts they may be negative."""
    with np.errstate(over="ignore", invalid="ignore"):
        return sums.sum(axis=1, keepdims=True) - sums


def fold_ratios(folds, top, bottom="weight"):
    """Return what `ratio_estimate` asks of the folds for the ratio of two of ``error_rows.FOLD_SUMS``.

    Examples
    --------
    >>> fold_ratios(None, "abs_error")
    {}
    """
    if folds is None:
        return {}
    held = folds.of(bottom)
    return {"without": ratio(without_each(folds.of(top)), without_each(held)), "held": held}


@np.errstate(over="ignore", invalid="ignore")
def ratio_estimate(cells, value, bottom, squares, size, reasons, link="reciprocal", without=None, held=None, rows=None):
    """Return a ratio of sums as an `Estimate`; where folds are given, with the wider of both intervals.

    Parameters
    ----------
    cells : ErrorCells
    value, bottom, squares, size, link
        As for `ratio_interval`.
    reasons : ndarray of object, shape (K,)
        Why a value is undefined, None where it is not; see `undefined`.
    without : ndarray of float64, shape (K, F), optional
        The ratio with each fold in turn left out.
    held : ndarray of float64, shape (K, F), optional
        Weight of the rows that each fold holds.
    rows : ndarray, shape (K,), optional
        Rows that the value rests on; those with an error where not given.
    """
    plain = ratio_interval(value, bottom, squares, size, link)
    interval = plain if without is None else wider(plain, fold_interval(value, without, held, link))
    return as_estimate(cells, value, plain, interval, size, reasons, "delta", without is not None, rows)


def as_estimate(cells, value, plain, interval, size, reasons, method, folded, rows=None, bound=None):
    """Put an estimate together: NaN where there is a reason, effective size shrunk where folds widened the interval.

    Parameters
    ----------
    plain, interval : tuple of two ndarrays of float64, shape (K,)
        The interval of independent rows, and the one to publish.
    bound : ndarray of float64, shape (K,), optional
        What binning can have cost; 0 where not given.
    """
    reasons = np.where(np.equal(reasons, None) & ~np.isfinite(value), "overflow", reasons)
    known = np.equal(reasons, None)
    value, low, high = (np.where(known, numbers, np.nan) for numbers in (value, *interval))
    finite = np.isfinite(low) & np.isfinite(high)
    kept = np.minimum(np.where(finite, ratio(plain[1] - plain[0], interval[1] - interval[0]), 1.0), 1.0)
    return Estimate(
        value, np.where(finite, low, np.nan), np.where(finite, high, np.nan), reasons=reasons,
        error_bound=np.where(known, 0.0 if bound is None else bound, np.nan),
        sample_size=cells.of("rows") if rows is None else rows,
        effective_size=size * np.where(np.isnan(kept), 1.0, kept) ** 2,
        ci_method=method + "_or_folds" * folded, ci_level=CI_LEVEL,
    )


def undefined(cells, *more):
    """Return why a number about errors is undefined for each target, None where it is not.

    Parameters
    ----------
    cells : ErrorCells
    *more : tuple of (ndarray of bool, str)
        Further conditions and their reasons, in order of precedence.

    Returns
    -------
    ndarray of object, shape (K,)

    Examples
    --------
    >>> from spark_monitor.metrics.error_cells import ErrorCells
    >>> undefined(ErrorCells.of_rows([1.0, np.nan], [2.0, 3.0], target=[0, 1], size=3)).tolist()
    [None, 'no_predictions', 'no_outcomes']
    """
    rows = cells.of("rows")
    answers = [(rows + cells.of("unpredicted") == 0, "no_outcomes"), (rows == 0, "no_predictions"),
               (cells.of("weight") == 0, "no_weight"), *more]
    return first_reason(*answers)


def first_reason(*answers):
    """Return the reason of the first condition that holds for each target, None where none does.

    Examples
    --------
    >>> first_reason((np.array([False, True]), "no_rows")).tolist()
    [None, 'no_rows']
    """
    reasons = np.full(len(answers[0][0]), None, object)
    for condition, reason in reversed(answers):
        reasons[condition] = reason
    return reasons
