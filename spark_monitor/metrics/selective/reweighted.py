"""What numbers would be if outcomes were not selective: labelled rows stand in for all predictions like them."""

from dataclasses import dataclass, replace

import numpy as np

from spark_monitor.metrics.intervals import wilson_interval
from spark_monitor.metrics.performance.folds import wider
from spark_monitor.metrics.score_cells import NEGATIVE, POSITIVE, UNKNOWN, ScoreCells

# What is counted of what, for rates that are one share of rows.
RATES = {
    "accuracy": lambda cells: (cells.decision == cells.outcome, cells.labelled & (cells.decision >= 0)),
    "precision": lambda cells: (cells.outcome == POSITIVE, cells.labelled & (cells.decision == POSITIVE)),
    "recall": lambda cells: (cells.decision == POSITIVE, (cells.outcome == POSITIVE) & (cells.decision >= 0)),
    "specificity": lambda cells: (cells.decision == NEGATIVE, (cells.outcome == NEGATIVE) & (cells.decision >= 0)),
    "base_rate": lambda cells: (cells.outcome == POSITIVE, cells.labelled),
}
STRATA = 20
ROWS_A_STRATUM = 50


@dataclass(frozen=True)
class Reweighted:
    """Labelled rows weighted to all predictions.

    Parameters
    ----------
    cells : ScoreCells
        Labelled rows alone; their weights add up to those of all predictions that they represent, `rows` are as they
        were. Any metric of `ScoreCells` can be computed from them.
    effective_size : ndarray of float64, shape (K,)
        Kish's size of the new weights; less than the labelled rows, the more so the more selective labels are. Too
        large for intervals of rates, see `reweighted_rate`.
    represented : ndarray of float64, shape (K,)
        Share of the predictions' weight that labelled rows stand in for; NaN without predictions. Less than 1 where
        a decision has no labelled row at all.
    """

    cells: ScoreCells
    effective_size: np.ndarray
    represented: np.ndarray


def reweight(cells):
    """Weight labelled rows to all predictions by decision and coarse score bin within each target.

    Parameters
    ----------
    cells : ScoreCells
        Targets are segments, so that segments are weighted apart.

    Returns
    -------
    Reweighted

    Notes
    -----
    Of each decision, score bins in order make up to `STRATA` strata of about equal numbers of labelled rows, at least
    `ROWS_A_STRATUM` where there are so many; rows without a usable score are a stratum of their own where one of them
    is labelled, otherwise they join the highest scores. The weights of a stratum's labelled rows are multiplied by
    (weight of all its rows) / (weight of its labelled rows). The result is unbiased if, within a decision and stratum,
    whether a row is labelled has nothing to do with its outcome. Labels that are none of the classes are left out.
    D. Holt and T. M. F. Smith (1979), "Post stratification", J. Royal Statistical Society A 142, 33-46.

    Examples
    --------
    >>> loans = ScoreCells.of_rows([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], [-1, 0, 0, 1], [0.5])
    >>> new = reweight(loans)
    >>> new.cells.confusion(), new.effective_size.round(2)
    (array([[[2., 0.],
            [1., 1.]]]), array([2.67]))
    """
    cells = cells.where(cells.outcome > UNKNOWN)
    # Within a target and decision in the order of scores; rows of one bin are never parted.
    order = np.lexsort((cells.bin, cells.decision, cells.target))
    cells = cells.where(order)
    stratum, count = _strata(cells)
    labelled = cells.labelled
    whole = np.bincount(stratum, cells.weight, count)
    part = np.bincount(stratum, np.where(labelled, cells.weight, 0.0), count)
    factor = np.divide(whole, part, out=np.zeros(count), where=part > 0)[stratum]
    back = np.lexsort((cells.bin, cells.target))
    kept = back[labelled[back]]
    new = _scaled(cells.where(kept), factor[kept])
    weight = cells.total("weight")
    represented = np.divide(new.total("weight"), weight, out=np.full(cells.size, np.nan), where=weight > 0)
    return Reweighted(new, new.effective_size(), represented)


def reweighted_rate(name, estimate, cells):
    """Return the estimate of a rate from reweighted cells with an interval that allows for what the weights did.

    Kish's size takes weights to have nothing to do with what is counted. New weights are largest where labels are
    rare, and outcomes differ there, so the size used is rate (1 - rate) (sum w)^2 / sum w^2 (y - rate)^2 instead.

    Parameters
    ----------
    name : str
        Of the metric. Only those of `RATES` are changed.
    estimate : Estimate
        What the metric gives for `cells`.
    cells : ScoreCells
        Of a `Reweighted`.

    Returns
    -------
    Estimate
        With Wilson's interval at that size (at most Kish's) where it is wider, and that size as `effective_size`.

    Notes
    -----
    W. G. Cochran (1977), "Sampling techniques", 3rd ed., section 6.4: the linearised variance of a ratio.

    Examples
    --------
    >>> from spark_monitor.metrics.intervals import share_estimate
    >>> cells = reweight(ScoreCells.of_rows([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], [-1, 0, 0, 1], [0.5])).cells
    >>> rate = share_estimate([1], [4], cells.effective_size(), [3])
    >>> reweighted_rate("base_rate", rate, cells).effective_size.round(2)
    array([2.67])
    """
    if name not in RATES:
        return estimate
    part, whole = RATES[name](cells)
    rate, rest = np.nan_to_num(estimate.value), 1 - np.nan_to_num(estimate.value)
    squares = rest**2 * cells.total("weight_sq", part & whole) + rate**2 * cells.total("weight_sq", ~part & whole)
    kish = cells.effective_size(whole)
    size = np.minimum(np.divide(rate * rest * cells.total("weight", whole) ** 2, squares, out=kish.copy(),
                                where=(squares > 0) & (rate * rest > 0)), kish)
    low, high = wider((estimate.ci_low, estimate.ci_high), wilson_interval(estimate.value, size))
    return replace(estimate, ci_low=low, ci_high=high, effective_size=size)


def _strata(cells):
    """The stratum of each cell and the number of strata, for cells ordered by target, decision and bin."""
    if not len(cells.target):
        return np.zeros(0, np.int64), 0
    group = cells.target * 3 + cells.decision + 1
    place = group * (cells.bins + 1) + cells.bin
    bins, of_bin = np.unique(place, return_inverse=True)
    group = bins // (cells.bins + 1)
    labelled = np.bincount(of_bin, np.where(cells.labelled, cells.rows, 0), len(bins))
    first = np.searchsorted(group, group, side="left")
    total = np.bincount(group, labelled)[group]
    before = np.cumsum(labelled) - labelled
    before = before - before[first]
    strata = np.clip(total // ROWS_A_STRATUM, 1, STRATA)
    own = np.minimum(before * strata // np.maximum(total, 1), strata - 1).astype(np.int64)
    own = np.where(bins % (cells.bins + 1) == cells.bins, STRATA, own)
    own = _nearest_labelled(own, labelled > 0, first, np.searchsorted(group, group, side="right") - 1)
    _, stratum = np.unique(group * (STRATA + 1) + own, return_inverse=True)
    return stratum[of_bin], int(stratum.max()) + 1


def _nearest_labelled(own, labelled, first, last):
    """Let bins without a labelled row join the bin with some before them, else the one after, in the same group."""
    place = np.arange(len(own))
    before = np.maximum.accumulate(np.where(labelled, place, -1))
    after = np.minimum.accumulate(np.where(labelled, place, len(own))[::-1])[::-1]
    chosen = np.where(before >= first, before, np.where(after <= last, after, place))
    return own[chosen]


def _scaled(cells, factor):
    """The cells with each row's weight multiplied."""
    square = factor**2
    return replace(cells, weight=cells.weight * factor, weight_sq=cells.weight_sq * square,
                   score=cells.score * factor, score_sq=cells.score_sq * factor, loss=cells.loss * factor,
                   loss_w2=cells.loss_w2 * square, loss_sq_w2=cells.loss_sq_w2 * square)
