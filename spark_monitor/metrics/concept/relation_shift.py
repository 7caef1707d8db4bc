"""Whether the same score means another chance of a positive outcome than it did in the reference.

Rows are compared within a segment value and a score bin only, so that neither a mix of other scores nor one of other
segments, however differently these are calibrated, counts as a change.
"""

import numpy as np

from spark_monitor.metrics.concept.curve import mean_logits, segment_slopes
from spark_monitor.metrics.concept.wander import Parts, surprise, wander_between
from spark_monitor.metrics.performance.closed_forms import ratio
from spark_monitor.metrics.spec import Estimate


def excess(current, reference, due=0.0):
    """Return by how much positives exceed what the rows of both sides together lead to expect, by bin.

    Parameters
    ----------
    current, reference : tuple of two ndarrays of float64, shape (T, S, C)
        Effective rows and positives by stratum and bin.
    due : ndarray of float64, shape (T, S, C), optional
        Difference of the chances that is due to other scores within the bin.

    Returns
    -------
    excess, variance, fourth, exposure : ndarray of float64, shape (T, C)
        Summed over strata: positives beyond the expected ones, their variance and fourth cumulant where nothing has
        changed, and n m / (n + m), by which the excess is divided to give the common difference of the chances.

    Notes
    -----
    Given the margins a stratum's positives are hypergeometric: N. Mantel and W. Haenszel (1959), Journal of the
    National Cancer Institute 22, 719-748.

    Examples
    --------
    >>> now, before = ((np.full((1, 1, 1), n), np.full((1, 1, 1), y)) for n, y in ((10.0, 6.0), (10.0, 2.0)))
    >>> [part.round(4).item() for part in excess(now, before)]
    [2.0, 1.2632, -0.1799, 5.0]
    """
    (n, y), (m, z) = current, reference
    rows, hits = n + m, y + z
    misses = np.maximum(rows - hits, 0)
    usable = (n > 0) & (m > 0) & (rows > 3)
    safe = np.where(usable, rows, 4.0)
    beyond = np.where(usable, y - n * hits / safe - n * m / safe * due, 0.0)
    variance = np.where(usable, n * m * hits * misses / (safe**2 * (safe - 1)), 0.0)
    top = (safe - 1) * safe**2 * (safe * (safe + 1) - 6 * hits * misses - 6 * n * m)
    top = top + 6 * n * m * hits * misses * (5 * safe - 6)
    fourth = variance * top / (safe**2 * (safe - 1) * (safe - 2) * (safe - 3))
    exposure = np.where(usable, n * m / safe, 0.0)
    return tuple(part.sum(axis=1) for part in (beyond, variance, fourth, exposure))


def due_to_scores(current, reference):
    """Return by how much the chances in each stratum should differ as the scores within a bin do, shape (T, S, C).

    Parameters
    ----------
    current, reference : Strata
    """
    (n, y), (m, z) = current.counts(), reference.counts()
    here, there = (mean_logits(side.of("score")[:, :, :-1].sum(axis=(3, 4)),
                               side.of("weight")[:, :, :-1].sum(axis=(3, 4))) for side in (current, reference))
    middle = ratio(n * np.nan_to_num(here) + m * np.nan_to_num(there), n + m)
    slope = segment_slopes(n + m, y + z, middle)[..., None]
    chance = (y + z + 0.5) / (n + m + 1)
    return np.nan_to_num(chance * (1 - chance) * slope * (here - there))


def relation_parts(current, reference, due=0.0):
    """Return the test of equal chances in parts: of their level, of their slope over the bins, and of the rest.

    Parameters
    ----------
    current, reference : tuple of two ndarrays of float64, shape (T, S, C)
        Effective rows and positives by stratum and bin.
    due : ndarray of float64, shape (T, S, C), optional
        See `excess`.

    Returns
    -------
    Parts
        Of shape (T, 3); level and slope have one degree of freedom each, the rest has one a bin less two.
    """
    beyond, variance, fourth, _ = excess(current, reference, due)
    told = variance > 0
    whole = variance.sum(axis=1)
    place = np.arange(beyond.shape[1])
    away = place - np.nan_to_num(ratio(variance @ place, whole))[:, None]
    directions = [np.ones_like(away), away]
    squares, means, variances = [], [], []
    for along in directions:
        spread = (along**2 * variance).sum(axis=1)
        squares.append(np.nan_to_num(ratio((along * beyond).sum(axis=1) ** 2, spread)))
        means.append((spread > 1e-9 * whole).astype(float))
        variances.append(2 + np.nan_to_num(ratio((along**4 * fourth).sum(axis=1), spread**2)))
    by_bin = np.nan_to_num(ratio(beyond**2, variance)).sum(axis=1)
    peaked = np.nan_to_num(ratio(fourth, variance**2)).sum(axis=1)
    rest = np.maximum(told.sum(axis=1) - means[0] - means[1], 0)
    squares.append(np.maximum(by_bin - squares[0] * means[0] - squares[1] * means[1], 0))
    means.append(rest)
    variances.append(np.maximum(2 * rest + peaked, rest))
    return Parts(*(np.stack(part, axis=1) for part in (squares, means, variances)))


def relation_wander(slices, of, size):
    """Return how much the relation wanders between the slices of a reference.

    Parameters
    ----------
    slices : Strata
        Of G slices of references; best as long as the windows that will be compared.
    of : array_like of int, shape (G,)
        Which of the references a slice belongs to.
    size : int
        R, the number of references.

    Returns
    -------
    Wander
    """
    others = slices.merge(of, size).take(of).minus(slices)
    parts = relation_parts(slices.counts(), others.counts(), due_to_scores(slices, others))
    return wander_between(parts, of, size)


def relation_shift(current, reference, wander=None):
    """Return how far the chance of a positive outcome at the same score has moved, with a test.

    Parameters
    ----------
    current, reference : Strata
        Of T targets.
    wander : Wander, optional
        Of each target's reference, see `relation_wander`; without it only chance explains differences.

    Returns
    -------
    Estimate
        `value` is the root mean square, over the current rows, of the difference of the chances by score bin, in
        [0, 1]; `expected` is what it would be if nothing had changed; `p_value` is of the test in three parts (level,
        slope, rest). NaN without labelled and scored rows on both sides in one stratum ("no_outcomes",
        "no_reference", "no_common_cells"), or where all outcomes are one class ("one_class").

    Examples
    --------
    >>> from spark_monitor.metrics.concept.strata import Strata
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> def strata(outcome):
    ...     cells = ScoreCells.of_rows([0.2, 0.8] * 100, None, outcome, edges=[0.5])
    ...     return Strata.of_cells(cells, np.array([0, 1, 2]), [0], [0], (1, 1))
    >>> found = relation_shift(strata([0, 1] * 50 + [0, 0] * 50), strata([0, 1] * 100))
    >>> found.value.round(4), found.p_value < 0.001
    (array([0.3536]), array([ True]))
    """
    return shift_estimate(current.counts(), reference.counts(), wander, due_to_scores(current, reference))


def shift_estimate(current, reference, wander=None, due=0.0):
    """Return `relation_shift` of effective rows and positives (T, S, C), by bins of a score or of anything else."""
    beyond, variance, _, exposure = excess(current, reference, due)
    parts = relation_parts(current, reference, due)
    rows, others = current[0].sum(axis=(1, 2)), reference[0].sum(axis=(1, 2))
    share = np.where(exposure > 0, current[0].sum(axis=1), 0.0)
    share = ratio(share, share.sum(axis=1, keepdims=True))
    factor = np.ones(len(rows))
    if wander is not None:
        wandering = (np.maximum(wander.factor, 1) * parts.mean).sum(axis=1)
        factor = np.nan_to_num(ratio(wandering, parts.mean.sum(axis=1)), nan=1.0)
    gap, noise = np.nan_to_num(ratio(beyond, exposure)), np.nan_to_num(ratio(variance, exposure**2))
    value, expected = (np.sqrt((share * square).sum(axis=1)) for square in (gap**2, factor[:, None] * noise))
    reasons = np.full(len(rows), None, object)
    for holds, reason in (
        (variance.sum(axis=1) <= 0, "one_class"), (exposure.sum(axis=1) <= 0, "no_common_cells"),
        (others <= 0, "no_reference"), (rows <= 0, "no_outcomes"),
    ):
        reasons[holds] = reason
    unknown = reasons != None  # noqa: E711 - by element, `is` can't
    value, expected, p = (np.where(unknown, np.nan, x) for x in (value, expected, surprise(parts, wander)))
    return Estimate(value, expected=expected, p_value=p, sample_size=rows, reference_size=others, reasons=reasons)
