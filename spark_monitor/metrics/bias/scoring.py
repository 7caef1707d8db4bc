"""How often each group's scores lie above the median of all scores (New York City Local Law 144)."""

import numpy as np

from spark_monitor.metrics.bias.criteria import plain_rate
from spark_monitor.metrics.bias.group_rates import MIN_ROWS, rates_of


def score_design_effect(weight, score, score_sq):
    """Return the variance of a mean score over that of as many independent rows, from sums by fold.

    Parameters
    ----------
    weight, score, score_sq : ndarray, shape (G, K, F)
        Sum of w, w s and w s^2 by fold.

    Returns
    -------
    ndarray, shape (G, K)
        At least 1; 1 where scores don't vary, or lie in one fold. It stands in for that of the scoring rate, whose
        folds are not kept. Residuals of folds: W. Cochran (1977), Sampling Techniques, 3rd ed., section 9A.2.

    Examples
    --------
    >>> weight = np.full((1, 1, 32), 10.0)
    >>> score = np.where(np.arange(32) < 16, 9.0, 1.0)[None, None]
    >>> score_design_effect(weight, score, np.where(score > 5, 8.1, 0.1)).round(2)
    array([[10.32]])
    """
    total = weight.sum(axis=-1)
    mean = np.divide(score.sum(axis=-1), total, out=np.zeros(total.shape), where=total > 0)
    folds = (weight > 0).sum(axis=-1)
    scale = np.where(folds > 1, folds / np.maximum(folds - 1, 1), 0.0)
    clustered = scale * ((score - mean[..., None] * weight) ** 2).sum(axis=-1)
    alone = score_sq.sum(axis=-1) - mean**2 * total
    varies = alone > 1e-9 * score_sq.sum(axis=-1)
    return np.maximum(np.divide(clustered, alone, out=np.ones(total.shape), where=varies), 1.0)


def scoring_rates(weight, weight_sq=None, rows=None, design_effect=1.0, min_rows=MIN_ROWS):
    """Return each group's share of scores above the median of all groups' scores.

    Parameters
    ----------
    weight : array_like, shape (G, K, B)
        Sum of weights by score bin, in the order of scores; rows without a usable score left out.
    weight_sq, rows : array_like, shape (G, K, B), optional
        Rows are taken to be unweighted where not given.
    design_effect : float or array_like broadcastable to (G, K)
    min_rows : int

    Returns
    -------
    GroupRates
        The rows of the bin that holds the median count with the share that makes half of all rows lie above;
        `error` bounds what that can be wrong by. `to_extreme` of it, as a ratio, is the law's impact ratio. The
        selection rates' impact ratio is the same of the criterion "selection_rate".

    Notes
    -----
    Source: 6 RCNY section 5-300, "Scoring Rate".

    Examples
    --------
    >>> scoring_rates([[[40, 0, 20]], [[20, 0, 40]]]).value[:, 0].round(3)
    array([0.333, 0.667])
    """
    weight = np.asarray(weight, float)
    squares, rows = (weight if given is None else np.asarray(given, float) for given in (weight_sq, rows))
    upto = weight.sum(axis=0).cumsum(axis=-1)
    middle = (upto >= upto[..., -1:] / 2).argmax(axis=-1)[..., None]
    inside_all = np.take_along_axis(weight.sum(axis=0), middle, -1)[..., 0]
    beyond = np.take_along_axis(upto, middle, -1)[..., 0] - upto[..., -1] / 2
    share = np.divide(beyond, inside_all, out=np.zeros(beyond.shape), where=inside_all > 0)
    inside = np.take_along_axis(weight, middle[None], -1)[..., 0]
    above = np.where(np.arange(weight.shape[-1]) > middle, weight, 0.0).sum(axis=-1)
    whole = weight.sum(axis=-1)
    # A median between two bins splits none.
    unsure = inside * np.where(share > 0, np.maximum(share, 1 - share), 0.0)
    error = np.divide(unsure, whole, out=np.zeros(whole.shape), where=whole > 0)
    return rates_of((above + share * inside)[None], whole[None], (squares.sum(axis=-1) * design_effect)[None],
                    rows.sum(axis=-1), min_rows, plain_rate, reason="no_scores", error=error)
