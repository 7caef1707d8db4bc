"""By how much the second of two versions is better or worse than the first, on the same rows."""

import numpy as np
import scipy

from spark_monitor.metrics.intervals import CI_LEVEL, wilson_interval
from spark_monitor.metrics.pairs.mcnemar import weighted_mid_p
from spark_monitor.metrics.performance.closed_forms import NORMAL, ratio
from spark_monitor.metrics.performance.folds import fold_freedom, fold_interval, fold_variance, wider, without_each_fold
from spark_monitor.metrics.spec import Estimate

# Which decision is right for each outcome: of the first version (axis 0), of the second (axis 1), outcome (axis 2).
FIRST_RIGHT = np.array([[[1, 0], [1, 0]], [[0, 1], [0, 1]]], float)
SECOND_RIGHT = FIRST_RIGHT.swapaxes(0, 1)
POSITIVES, NEGATIVES = np.array([0.0, 1.0]), np.array([1.0, 0.0])


def newcombe_paired(both, only_first, only_second, neither):
    """Return the interval of the difference of two shares of the same rows: the second's less the first's.

    Parameters
    ----------
    both, only_first, only_second, neither : ndarray of float64, shape (K,)
        Effective rows where both are right, only one, or none.

    Returns
    -------
    low, high : ndarray of float64, shape (K,)
        NaN where there are no rows.

    Notes
    -----
    R. Newcombe (1998), Statistics in Medicine 17, 2635-2650, method 10: Wilson's limits of both shares, put together
    with the correlation phi, which is continuity-corrected where positive.

    Examples
    --------
    >>> low, high = newcombe_paired(*[np.array([x]) for x in (1.0, 1.0, 7.0, 12.0)])
    >>> low.round(3), high.round(3)
    (array([0.026]), array([0.507]))
    """
    rows = both + only_first + only_second + neither
    first, second = ratio(both + only_first, rows), ratio(both + only_second, rows)
    (low, high), (other_low, other_high) = (wilson_interval(share, rows) for share in (second, first))
    cross = both * neither - only_first * only_second
    cross = np.where(cross > 0, np.maximum(cross - rows / 2, 0), cross)
    margins = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    phi = np.nan_to_num(ratio(cross, np.sqrt(margins)))
    down, up = (np.sqrt(np.maximum(a**2 - 2 * phi * a * b + b**2, 0))
                for a, b in ((second - low, other_high - first), (high - second, first - other_low)))
    return second - first - down, second - first + up


def accuracy_difference(cells):
    """Return the second version's accuracy less the first's.

    Parameters
    ----------
    cells : PairedCells

    Returns
    -------
    Estimate
        In [-1, 1]; `p_value` is McNemar's. NaN without labelled rows ("no_outcomes").

    Examples
    --------
    >>> from spark_monitor.metrics.pairs.paired_cells import PairedCells
    >>> cells = PairedCells.of_rows([1] * 2 + [0] * 19, [1, 0] + [1] * 7 + [0] * 12, [1] * 21)
    >>> found = accuracy_difference(cells)
    >>> found.value.round(3), found.ci_low.round(3), found.ci_high.round(3), found.p_value.round(3)
    (array([0.286]), array([0.026]), array([0.507]), array([0.039]))
    """
    return _right_difference(cells, np.ones(2), "no_outcomes")


def recall_difference(cells):
    """Return the second version's recall less the first's; parameters and result as for `accuracy_difference`.

    NaN without actual positives ("one_class").
    """
    return _right_difference(cells, POSITIVES, "one_class")


def specificity_difference(cells):
    """Return the second version's specificity less the first's; parameters and result as for `accuracy_difference`.

    NaN without actual negatives ("one_class").
    """
    return _right_difference(cells, NEGATIVES, "one_class")


def _right_difference(cells, region, undefined):
    """Return the difference of the shares of right decisions among rows of some outcomes."""
    weight, squares = (cells.of(name)[..., :2] * region for name in ("weight", "weight_sq"))
    first, second = FIRST_RIGHT, SECOND_RIGHT
    kinds = first * second, first * (1 - second), (1 - first) * second, (1 - first) * (1 - second)
    parts, part_squares = ([(sums * kind).sum(axis=(2, 3, 4)) for kind in kinds] for sums in (weight, squares))
    whole, whole_sq = weight.sum(axis=(1, 2, 3, 4)), squares.sum(axis=(1, 2, 3, 4))
    worth = np.nan_to_num(ratio(whole, whole_sq))
    value = ratio(parts[2].sum(axis=1) - parts[1].sum(axis=1), whole)
    interval = newcombe_paired(*(part.sum(axis=1) * worth for part in parts))
    left = [without_each_fold(part) for part in parts]
    p = weighted_mid_p(*(part.sum(axis=1) for part in (parts[1], parts[2], part_squares[1] + part_squares[2])))
    return _estimate(cells, value, interval, ratio(left[2] - left[1], sum(left)), sum(part_squares) > 0, p,
                     "newcombe", region, undefined)


def precision_difference(cells):
    """Return the second version's precision less the first's.

    Parameters
    ----------
    cells : PairedCells

    Returns
    -------
    Estimate
        In [-1, 1], by the delta method. NaN where a version decided no row positive ("no_predicted_positives").

    Notes
    -----
    Shares of different, overlapping sets of rows: C. Moskowitz and M. Pepe (2006), Clinical Trials 3, 272-279.

    Examples
    --------
    >>> from spark_monitor.metrics.pairs.paired_cells import PairedCells
    >>> cells = PairedCells.of_rows([1] * 20 + [0] * 20, [1] * 10 + [0] * 30, [1] * 15 + [0] * 25)
    >>> precision_difference(cells).value
    array([0.25])
    """
    weight, squares = cells.of("weight")[..., :2], cells.tables("weight_sq")
    named = np.arange(2)[:, None, None], np.arange(2)[None, :, None]
    outcome = np.arange(2.0)[None, None, :]

    def precision(tables, decided):
        picked = tables * decided
        return ratio((picked * outcome).sum(axis=(-3, -2, -1)), picked.sum(axis=(-3, -2, -1)))

    whole, row = weight.sum(axis=1), ratio(squares.sum(axis=(1, 2, 3)), weight.sum(axis=(1, 2, 3, 4)))
    # A few rows more, a quarter an entry, keep the variance from vanishing where a precision is 0 or 1.
    more, more_sq = (np.nan_to_num(row)[:, None, None, None] ** power / 4 for power in (1, 2))
    slope = 0.0
    for decided, sign in zip(named, (-1, 1), strict=True):
        share = precision(whole + more, decided)[:, None, None, None]
        picked = ((whole + more) * decided).sum(axis=(1, 2, 3), keepdims=True)
        slope = slope + sign * decided * (outcome - share) * ratio(1, picked)
    half = NORMAL * np.sqrt(((squares + more_sq) * slope**2).sum(axis=(1, 2, 3)))
    value = precision(whole, named[1]) - precision(whole, named[0])
    left = without_each_fold(weight)
    nonempty = (weight * np.maximum(*named)).sum(axis=(2, 3, 4)) > 0
    p = scipy.special.erfc(np.abs(ratio(value, half)) * NORMAL / np.sqrt(2))
    interval = np.maximum(value - half, -1), np.minimum(value + half, 1)
    return _estimate(cells, value, interval, precision(left, named[1]) - precision(left, named[0]), nonempty, p,
                     "delta", np.ones(2), "no_predicted_positives")


def loss_difference(cells):
    """Return the second version's mean loss less the first's.

    Parameters
    ----------
    cells : PairedCells

    Returns
    -------
    Estimate
        In units of the loss, with the normal interval of paired differences. NaN with fewer than two labelled rows
        that have both losses ("no_scores").

    Examples
    --------
    >>> from spark_monitor.metrics.pairs.paired_cells import PairedCells
    >>> cells = PairedCells.of_rows([0] * 3, [0] * 3, [0, 1, 1], loss=[0.1, 0.2, 0.3])
    >>> loss_difference(cells).value.round(3)
    array([0.2])
    """
    weight, loss = cells.loss("weight"), cells.loss("loss")
    w, w2, l1, l2 = (cells.loss(name).sum(axis=1) for name in ("weight", "weight_sq", "loss_w2", "loss_sq_w2"))
    value = ratio(loss.sum(axis=1), w)
    size = np.nan_to_num(ratio(w**2, w2))
    # n / (n - 1), with the effective n, makes it the sample variance.
    variance = ratio(np.maximum(l2 - 2 * value * l1 + value**2 * w2, 0) * size, w**2 * (size - 1))
    value, half = np.where(size > 1, value, np.nan), NORMAL * np.sqrt(variance)
    z = ratio(np.abs(value), half) * NORMAL
    p = np.where(value == 0, 1.0, np.where(half == 0, 0.0, scipy.special.erfc(np.nan_to_num(z) / np.sqrt(2))))
    left = ratio(loss.sum(axis=1, keepdims=True) - loss, without_each_fold(weight))
    return _estimate(cells, value, (value - half, value + half), left, weight > 0, p, "normal", np.ones(2),
                     "no_scores", size)


def _estimate(cells, value, interval, left, nonempty, p, method, region, undefined, size=None):
    """Return a difference as an `Estimate`; with folds, the wider interval and the larger p-value."""
    rows = (cells.tables("rows") * region).sum(axis=(1, 2, 3))
    if size is None:
        weight, squares = ((cells.tables(name) * region).sum(axis=(1, 2, 3)) for name in ("weight", "weight_sq"))
        size = np.nan_to_num(ratio(weight**2, squares))
    if cells.folded:
        interval = wider(interval, fold_interval(left, nonempty, value))
        t = ratio(np.abs(value), np.sqrt(fold_variance(left, nonempty)[0]))
        p = np.fmax(p, 2 * scipy.special.stdtr(fold_freedom(left, nonempty), -t))
        method += "_or_folds"
    reasons = np.where(np.isnan(value), undefined, None)
    reasons[cells.tables("rows").sum(axis=(1, 2, 3)) == 0] = "no_outcomes"
    unknown = np.isnan(value)
    low, high, p = (np.where(unknown, np.nan, x) for x in (*interval, p))
    return Estimate(value, low, high, error_bound=np.where(unknown, np.nan, 0.0), p_value=p, sample_size=rows,
                    ci_method="paired_" + method, ci_level=CI_LEVEL, reasons=reasons, effective_size=size)
