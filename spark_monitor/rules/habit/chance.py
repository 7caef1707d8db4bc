"""How likely is so large a chi-squared, by sampling and by a feature's own wander together?

Two noises keep a window from its reference where nothing is wrong. Rows are a sample, which Pearson's chi-squared knows.
And the true distribution is never quite the same twice: its distance from the reference is the habit times the square of
a Student variable, since wander is of few dimensions and its size is itself only known from so many windows.
"""

import numpy as np
from scipy import special

# Tail probabilities of the Student variable between which its square is taken as one number: as far out as it takes to
# tell a disaster from a bad day.
EDGES = np.concatenate([np.logspace(-30, -10, 11), np.logspace(-9, -1, 33), np.linspace(0.1, 1.0, 16)[1:]])
TAILS, WEIGHTS = np.sqrt(EDGES[:-1] * EDGES[1:]), np.diff(EDGES)
CERTAIN = 0.95
STEPS = 40


def p_values(chi_squared, freedom, kappa, by_sampling, habit, tail):
    """Return how often a window is as far from the reference as this one while nothing has changed.

    Parameters
    ----------
    chi_squared, freedom : ndarray of float64, shape (n,)
        Pearson's chi-squared of window and reference, and its degrees of freedom.
    kappa : ndarray of float64, shape (n,)
        1/rows + 1/reference rows.
    by_sampling : ndarray of float64, shape (n,)
        The p-value where the distributions are the same; no p-value is below it.
    habit : ndarray of float64, shape (n,)
        The mean chi-squared distance between true distributions, chi-squared x kappa without the sampling in it.
    tail : ndarray of float64, shape (n,)
        Degrees of freedom of the Student variable.

    Returns
    -------
    ndarray of float64, shape (n,)

    Notes
    -----
    The mixture, over t of Student's distribution, of non-central chi-squared tails with non-centrality
    habit t^2 / kappa, each by Sankaran's third approximation.

    References
    ----------
    Sankaran, M. (1963), Approximations to the non-central chi-square distribution, Biometrika 50, 199.

    Examples
    --------
    A feature that never wanders, one that usually does, and one that is known from few windows:

    >>> x, wandering = np.full(3, 40.0), np.array([1e-9, 0.01, 0.01])
    >>> p = p_values(x, np.full(3, 9.0), np.full(3, 0.001), np.full(3, 8e-6), wandering, np.array([30.0, 30.0, 2.0]))
    >>> bool(p[0] < 1e-4), bool(0.02 < p[1] < 0.15), bool(p[2] > p[1])
    (True, True, True)
    """
    p = by_sampling.copy()
    some = np.flatnonzero((by_sampling < CERTAIN) & (freedom > 0))
    if len(some):
        far = habit[some, None] * squares(tail[some]) / kappa[some, None]
        beyond = beyond_noncentral(chi_squared[some, None], freedom[some, None], far)
        p[some] = np.clip((beyond * WEIGHTS).sum(axis=-1) + EDGES[0], by_sampling[some], 1.0)
    return p


def squares(tail):
    """Return the squares of the Student variable at `TAILS`, shape (n, len(TAILS)); tails are rounded to 1 in 40."""
    steps, row = np.unique(np.round(np.log(tail) * STEPS).astype(np.int64), return_inverse=True)
    return (special.stdtrit(np.exp(steps / STEPS)[:, None], TAILS / 2) ** 2)[row]


def beyond_noncentral(chi_squared, freedom, noncentrality):
    """Return the upper tail of the non-central chi-squared distribution by Sankaran's third approximation.

    Parameters
    ----------
    chi_squared, freedom, noncentrality : ndarray
        Of shapes that broadcast; `freedom` above 0.

    Examples
    --------
    >>> beyond_noncentral(np.array([20.0]), np.array([9.0]), np.array([5.0])).round(3)
    array([0.158])
    """
    mean = freedom + noncentrality
    double, triple = mean + noncentrality, mean + 2 * noncentrality
    power = 1 - 2 * mean * triple / (3 * double**2)
    spread = double / mean**2
    skew = (power - 1) * (1 - 3 * power)
    middle = 1 + power * spread * (power - 1 - (2 - power) * skew * spread / 2)
    width = power * np.sqrt(2 * spread) * (1 + skew * spread / 2)
    return special.ndtr((middle - (chi_squared / mean) ** power) / width)
