"""How far calibration, or a mean loss, wanders from slice to slice beyond what chance does."""

import numpy as np


def between_variance(effect, precision):
    """Return the variance between slices of an effect that each slice measures with noise.

    Parameters
    ----------
    effect : ndarray of float64, shape (G,)
        What each slice shows.
    precision : ndarray of float64, shape (G,)
        1 / variance of its noise; slices of 0 are left out.

    Returns
    -------
    float
        The variance of a new slice around the mean of these: that between slices, with its share in the mean's own
        error. 0 where slices differ no more than by chance, or where there are fewer than two.

    Notes
    -----
    Method of moments: R. DerSimonian and N. Laird (1986), "Meta-analysis in clinical trials", Controlled Clinical
    Trials 7, 177-188.

    Examples
    --------
    >>> round(between_variance(np.array([-0.5, 0.5, 0.0]), np.array([100.0, 100.0, 100.0])), 3)
    0.32
    """
    effect, precision = effect[precision > 0], precision[precision > 0]
    if len(effect) < 2:
        return 0.0
    total, squares = precision.sum(), (precision**2).sum()
    excess = (precision * (effect - (precision * effect).sum() / total) ** 2).sum() - (len(effect) - 1)
    variance = max(0.0, excess / (total - squares / total))
    return float(variance * (1 + squares / total**2))


def level_sums(slices, chance):
    """Return what tells how far the level of calibration is off in each slice, shape (3, slices); they add up.

    Parameters
    ----------
    slices, chance
        As for `wander_variance`.

    Returns
    -------
    ndarray of float64
        Sums of w (y - c), w c (1 - c) and w^2 c (1 - c) over labelled rows.
    """
    keep = slices.labelled
    spread = np.where(keep, chance * (1 - chance), 0.0)
    surprise = np.where(keep, (slices.outcome == 1) - chance, 0.0)
    return np.stack([np.bincount(slices.target, values, slices.size) for values in (
        slices.weight * surprise, slices.weight * spread, slices.weight_sq * spread)])


def level_variance(sums):
    """Return the variance of the level from slice to slice, on the logit scale, from `level_sums`."""
    off, reach, noise = sums
    safe = np.where(reach > 0, reach, 1.0)
    return between_variance(off / safe, np.divide(reach**2, noise, out=np.zeros(len(noise)), where=noise > 0))


def wander_variance(slices, chance):
    """Return the variance of how far calibration is off in one slice, on the logit scale.

    Parameters
    ----------
    slices : ScoreCells
        One target a slice; labelled rows count.
    chance : ndarray of float64, shape (N,)
        Chance of a positive outcome in each cell.

    Notes
    -----
    A slice's shift is, to first order, (positives - expected) / sum c (1 - c), with noise of variance
    sum w^2 c (1 - c) / (sum w c (1 - c))^2.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> days = ScoreCells.of_rows([0.5] * 400, None, [0, 1, 1, 1] * 50 + [0, 0, 0, 1] * 50, [], [0] * 200 + [1] * 200)
    >>> round(wander_variance(days, np.full(len(days.target), 0.5)), 2)
    2.97
    """
    return level_variance(level_sums(slices, chance))
