"""How loss and outcomes depend on one feature, and whether they still do so in the reference's way."""

import numpy as np

from spark_monitor.metrics.concept.relation_shift import relation_parts, shift_estimate
from spark_monitor.metrics.concept.wander import wander_between
from spark_monitor.metrics.intervals import CI_LEVEL, share_estimate
from spark_monitor.metrics.performance.closed_forms import NORMAL, ratio
from spark_monitor.metrics.spec import Estimate


def effective_rows(cells):
    """Return Kish's effective rows by bin, shape (K, J); 0 where there are none."""
    return np.nan_to_num(ratio(cells.of("weight") ** 2, cells.of("weight_sq")))


def outcome_rate(cells):
    """Return the share of positive outcomes by bin.

    Parameters
    ----------
    cells : RelationCells

    Returns
    -------
    Estimate
        Arrays of shape (K, J), with Wilson's interval; NaN in empty bins ("no_rows").

    Examples
    --------
    >>> from spark_monitor.metrics.relation.relation_cells import RelationCells
    >>> outcome_rate(RelationCells.of_rows([0, 0, 1], [0, 1, 1], [0.1, 0.7, 0.2], bins=3)).value
    array([[0.5, 1. , nan]])
    """
    return share_estimate(cells.of("outcome"), cells.of("weight"), effective_rows(cells), cells.of("rows"))


def mean_loss(cells):
    """Return the mean loss by bin.

    Parameters
    ----------
    cells : RelationCells

    Returns
    -------
    Estimate
        Arrays of shape (K, J), in units of the loss, with the normal interval, whose bounds are NaN for a single row;
        NaN in empty bins ("no_rows").

    Examples
    --------
    >>> from spark_monitor.metrics.relation.relation_cells import RelationCells
    >>> mean_loss(RelationCells.of_rows([0, 0, 1], [0, 1, 1], [0.1, 0.7, 0.2], bins=3)).value
    array([[0.4, 0.2, nan]])
    """
    value, variance, size = loss_moments(cells)
    half = NORMAL * np.sqrt(ratio(variance, size))
    return Estimate(value, value - half, value + half, error_bound=np.where(np.isnan(value), np.nan, 0.0),
                    sample_size=cells.of("rows"), ci_method="normal", ci_level=CI_LEVEL, reason="no_rows",
                    effective_size=size)


def loss_moments(cells):
    """Return mean loss, sample variance of the losses and effective rows of sums of any shape, by `RELATION_SUMS`.

    Rows count in the variance by the square of their weights, so that it over the effective rows is the mean's.
    """
    w, w2, loss, loss_w2, loss_sq_w2 = (cells.of(name) for name in ("weight", "weight_sq", "loss", "loss_w2",
                                                                    "loss_sq_w2"))
    size = np.nan_to_num(ratio(w**2, w2))
    mean = ratio(loss, w)
    squares = np.maximum(loss_sq_w2 - 2 * mean * loss_w2 + mean**2 * w2, 0)
    # Rounding must not make a lone row, or equal losses, vary.
    squares = np.where(squares > 1e-12 * loss_sq_w2, squares, 0.0)
    return mean, np.where(size > 1 + 1e-9, ratio(squares, w2) * ratio(size, size - 1), np.nan), size


def _counts(cells):
    """Return effective rows and positives, each of shape (K, 1, J)."""
    size = effective_rows(cells)
    return size[:, None], (size * np.nan_to_num(ratio(cells.of("outcome"), cells.of("weight"))))[:, None]


def feature_wander(slices, of, size):
    """Return how much outcome rates by feature bin wander between slices of references; see `relation_wander`.

    Parameters
    ----------
    slices : RelationCells
        Of G slices, each of one feature.
    of : array_like of int, shape (G,)
        Which pair of reference and feature a slice belongs to.
    size : int
        Number of such pairs.
    """
    others = slices.merge(of, size).take(of).minus(slices)
    return wander_between(relation_parts(_counts(slices), _counts(others)), of, size)


def feature_relation_shift(current, reference, wander=None):
    """Return how far the chance of a positive outcome at the same value of a feature has moved, with a test.

    Parameters
    ----------
    current, reference : RelationCells
        Of K targets, on the same bins.
    wander : Wander, optional
        Of each target's reference, see `feature_wander`.

    Returns
    -------
    Estimate
        As of `relation_shift`. A change of what else drives outcomes shows here as well, as does a mix of other values
        within one bin.

    Examples
    --------
    >>> from spark_monitor.metrics.relation.relation_cells import RelationCells
    >>> now, before = (RelationCells.of_rows([0, 1] * 100, y, [0.0] * 200, bins=2)
    ...                for y in ([0, 1] * 50 + [0, 0] * 50, [0, 1] * 100))
    >>> feature_relation_shift(now, before).value.round(4)
    array([0.3536])
    """
    return shift_estimate(_counts(current), _counts(reference), wander)
