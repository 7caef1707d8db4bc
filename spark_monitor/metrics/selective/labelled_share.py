"""How many predictions have an outcome, and where so few that a decision hides the truth about itself."""

from dataclasses import replace

import numpy as np

from spark_monitor.metrics.intervals import share_estimate
from spark_monitor.metrics.performance.folds import fold_interval, wider, without_each_fold
from spark_monitor.metrics.score_cells import NEGATIVE, NONE, POSITIVE, UNKNOWN
from spark_monitor.metrics.spec import PerformanceMetric

MIN_SHARE = 0.05
DECISIONS = ("negative", "positive", "none")
FEWEST_EXPECTED = 5
# What a number compares: outcomes of one decision only, or none at all. All others need the outcomes of both.
DECISIONS_NEEDED = {"precision": (POSITIVE,), "selection_rate": (), "labelled_share": ()}


def labelled_share(cells, folds=None):
    """Return the share of predictions that have an outcome.

    Parameters
    ----------
    cells : ScoreCells
        One score bin, decision or segment of a window is a target too: see `labelled_shares`, `ScoreCells.where`.
    folds : FoldSums or None

    Returns
    -------
    Estimate
        In [0, 1], weighted where rows are; labels that are none of the classes are left out. NaN without predictions
        ("no_rows"). Wilson's interval at the effective size, or that of the folds (logit scale) where it is wider.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> labelled_share(ScoreCells.of_rows([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], [0, -1, -1, -1], [0.5])).value
    array([0.25])
    """
    counted = cells.outcome > UNKNOWN
    rows = cells.total("rows", counted)
    estimate = share_estimate(cells.total("weight", cells.labelled), cells.total("weight", counted),
                              cells.effective_size(counted), rows)
    if folds is None:
        return estimate
    by_outcome = folds.of("weight").sum(axis=2)
    left = without_each_fold(by_outcome)
    whole = left.sum(axis=-1)
    share = np.divide(left[..., :2].sum(axis=-1), whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    by_folds = fold_interval(share, by_outcome.sum(axis=-1) > 0, estimate.value, "logit")
    low, high = wider((estimate.ci_low, estimate.ci_high), by_folds)
    return replace(estimate, ci_low=low, ci_high=high, ci_method="wilson_or_folds")


def labelled_shares(cells, groups):
    """Return the labelled share by decision and group of score bins.

    Parameters
    ----------
    cells : ScoreCells
    groups : array_like of int64, shape (B + 1,)
        The group of each score bin, from 0 without gaps; the last entry is that of rows without a usable score.

    Returns
    -------
    Estimate
        Arrays of shape (K * 3 * G,): by target, decision (in the order of `DECISIONS`) and group; see `labelled_share`.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> cells = ScoreCells.of_rows([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], [0, -1, -1, -1], [0.5])
    >>> labelled_shares(cells, [0, 1, 2]).value.reshape(3, 3)
    array([[0.5, nan, nan],
           [nan, 0. , nan],
           [nan, nan, nan]])
    """
    groups = np.asarray(groups, np.int64)
    count = int(groups.max(initial=0)) + 1
    target = (cells.target * 3 + cells.decision % 3) * count + groups[cells.bin]
    return labelled_share(replace(cells, size=cells.size * 3 * count, target=target))


def selective_reasons(name, cells, arrived=1.0):
    """Return "selective_labels" for each target at which a number needs outcomes that a decision has kept from coming.

    Parameters
    ----------
    name : str
        Of the metric; see `DECISIONS_NEEDED`.
    cells : ScoreCells
    arrived : float or ndarray of float64, shape (K,)
        Share of outcomes expected by now: a young window lacks labels whatever the decision.

    Returns
    -------
    ndarray of object, shape (K,)
        "selective_labels" where the labelled share of a decision that the number needs is under `MIN_SHARE` of
        `arrived`; else None. A decision that was never taken hides nothing, nor does one of so few rows that, at the
        share of all rows, fewer than five labels would be expected. Where no decision has a larger share, labels are
        rare and not selective.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> loans = ScoreCells.of_rows([0.1] * 20 + [0.8] * 20, [0] * 20 + [1] * 20, [-1] * 20 + [0, 1] * 10, [0.5])
    >>> selective_reasons("recall", loans), selective_reasons("precision", loans)
    (array(['selective_labels'], dtype=object), array([None], dtype=object))
    """
    everything = np.zeros(cells.bins + 1, np.int64)
    share = labelled_shares(cells, everything).value.reshape(cells.size, 3)
    least = (MIN_SHARE * np.asarray(arrived, float))[..., None]
    rows = np.stack([cells.total("rows", cells.decision == code) for code in (NEGATIVE, POSITIVE, NONE)], axis=1)
    whole = np.maximum(rows.sum(axis=1), 1)
    expected = rows * (cells.total("rows", cells.labelled) / whole)[:, None]
    told = (share >= least).any(axis=1, keepdims=True)
    hidden = (share < least) & (expected >= FEWEST_EXPECTED) & told
    needed = list(DECISIONS_NEEDED.get(name, (NEGATIVE, POSITIVE, len(DECISIONS) - 1)))
    return np.where(hidden[:, needed].any(axis=1), "selective_labels", None)


LABELLED_SHARE = PerformanceMetric(
    name="labelled_share", compute=labelled_share, formula="labelled rows / rows", tasks=("binary", "multiclass"),
    needs=(), both_classes=False, source="Interval: E. B. Wilson (1927), JASA 22, 209-212",
)
