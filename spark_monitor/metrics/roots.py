"""Where many monotone functions cross 0 at once: a bracketed search that needs about ten evaluations."""

import numpy as np

MOST_STEPS = 60
# Of the way between the ends; the last step gains so many digits that to ask for fewer would save nothing.
TOLERANCE = 1e-14


def bracketed_roots(function, start, end):
    """Return where each of many functions changes its sign between two ends.

    Parameters
    ----------
    function : callable
        From arguments to values, arrays of one shape; each value depends on its own argument alone.
    start, end : ndarray of float64, that shape
        Ends of the search, in either order.

    Returns
    -------
    ndarray of float64, same shape
        `end` where both ends have the same sign.

    Notes
    -----
    T. R. Chandrupatla (1997), "A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function
    without using derivatives", Advances in Engineering Software 28, 145-149: inverse quadratic interpolation through
    the last three points where they lie so that it can be trusted, else halving.

    Examples
    --------
    >>> bracketed_roots(lambda x: x**2 - np.array([4.0, 9.0, 25.0]), np.zeros(3), np.full(3, 4.0)).round(6)
    array([2., 3., 4.])
    """
    b, a = np.array(start, float), np.array(end, float)
    f_b, f_a = function(b), function(a)
    same = np.sign(f_a) == np.sign(f_b)
    last, tolerance, t = a, TOLERANCE * np.abs(b - a), np.full(a.shape, 0.5)
    for _ in range(MOST_STEPS):
        near = np.where(np.abs(f_a) < np.abs(f_b), a, b)
        width, least = np.abs(b - a), np.maximum(tolerance, 2 * np.finfo(float).eps * np.abs(near))
        done = same | (width <= least) | (np.minimum(np.abs(f_a), np.abs(f_b)) == 0)
        if done.all():
            break
        edge = np.divide(least, 2 * width, out=np.full(width.shape, 0.5), where=width > least)
        x = a + np.where(done, 0.0, np.clip(t, edge, 1 - edge)) * (b - a)
        f_x = np.where(done, f_a, function(x))
        kept = np.sign(f_x) == np.sign(f_a)
        c, f_c = np.where(kept, a, b), np.where(kept, f_a, f_b)
        b, f_b = np.where(kept | done, b, a), np.where(kept | done, f_b, f_a)
        a, f_a = x, f_x
        t = _next_step(a, b, c, f_a, f_b, f_c)
    return np.where(same, last, np.where(np.abs(f_a) < np.abs(f_b), a, b))


def _next_step(a, b, c, f_a, f_b, f_c):
    """Return where to go from a towards b, as a share of the way; the values' order decides whether to interpolate."""
    def share(part, whole):
        return np.divide(part, whole, out=np.zeros(a.shape), where=whole != 0)

    place, height = share(a - b, c - b), share(f_a - f_b, f_c - f_b)
    trusted = (height**2 < place) & ((1 - height) ** 2 < 1 - place) & (f_b != f_a) & (f_c != f_a) & (f_c != f_b)
    step = share(f_a, f_b - f_a) * share(f_c, f_b - f_c) + share(c - a, b - a) * share(f_a, f_c - f_a) * share(
        f_b, f_c - f_b)
    return np.where(trusted, step, 0.5)
