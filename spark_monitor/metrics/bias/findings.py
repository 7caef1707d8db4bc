"""When a group's disparity is a finding: by what its interval excludes, never by the number itself."""

import numpy as np

JUDGED = ("selection_rate", "recall", "precision", "accuracy", "false_positive_rate")
MARGINS = {"difference": 0.01, "ratio": 0.95}
ERROR_RATE = 0.05


def chance_level(criteria=len(JUDGED), error_rate=ERROR_RATE):
    """Return the p-value that one criterion's rows may have at most for a finding (Sidak's correction).

    Parameters
    ----------
    criteria : int
        How many criteria are judged in one window.
    error_rate : float
        Share of windows with a false finding, at most, where all groups are equal.

    Examples
    --------
    >>> round(chance_level(5), 5)
    0.01021
    """
    return float(-np.expm1(np.log1p(-error_rate) / criteria))


def bias_finding(measure, low, high, p_value, criteria, margin=None, error_rate=ERROR_RATE):
    """Say which rows are findings.

    Parameters
    ----------
    measure : {"difference", "ratio"}
    low, high : ndarray
        Limits of the rows, which hold at once for all groups of a window.
    p_value : ndarray
        Of equal rates, of the same shape, corrected for the groups of a window.
    criteria : int
        How many criteria are judged in one window.
    margin : float, optional
        Largest disparity that is tolerated even where it is certain: a difference of at most `margin`, a ratio of
        at least `margin` and at most 1 / `margin`. Default `MARGINS`.
    error_rate : float
        Share of windows with a false finding, at most, where all groups are equal.

    Returns
    -------
    ndarray of bool
        True where the whole interval lies beyond the margin and equal rates are excluded at `error_rate`, corrected
        for the criteria (Sidak). False where something is NaN.

    Notes
    -----
    The margin is not the disparity that one looks for: a group truly at 0.8 of the others has its whole interval below
    0.8 in a fortieth of windows, however large they are. The default finds a group at 0.7 in nine windows of ten from
    1,000 rows a group at rates from 0.3.

    Examples
    --------
    >>> bias_finding("ratio", np.array([0.6, 0.9]), np.array([0.85, 1.1]), np.array([1e-6, 0.8]), criteria=4)
    array([ True, False])
    """
    margin = MARGINS[measure] if margin is None else margin
    above, below = (margin, -margin) if measure == "difference" else (1 / margin, margin)
    sure = np.asarray(p_value) <= chance_level(criteria, error_rate)
    return sure & ((np.asarray(low) > above) | (np.asarray(high) < below))
