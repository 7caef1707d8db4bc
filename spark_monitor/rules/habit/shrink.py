"""What do other features tell of one that few windows are known of?"""

import numpy as np
from scipy import special

LIKE_ONE = 3.0
HEAVIEST, LIGHTEST = 1.0, 30.0
MOST_SHARED = 10.0
FEWEST = 5
# A chi-squared distance that goes unnoticed in most tables; stands in where neither reference nor windows say anything.
UNKNOWN = 0.01


def shrunk(memory, group):
    """Return the habit of each hypothesis, drawn towards that of its group, and how heavy its tail is.

    Parameters
    ----------
    memory : Memory
        Of H hypotheses.
    group : ndarray of int, shape (H,)
        Hypotheses that may resemble each other: those of one segment value.

    Returns
    -------
    habit : ndarray of float64, shape (H,)
    tail : ndarray of float64, shape (H,)
        Degrees of freedom, at most 30; the fewer, the fewer windows are known or the more often they were far out.
    borrowed : ndarray of bool, shape (H,)
        Whether nothing is known of the hypothesis itself.

    Notes
    -----
    The scaled inverse chi-squared prior of moderated variances: by how much the logarithms of the habits differ more
    than their few windows explain says how many windows the others are worth (Smyth, section 6.2). Neighbouring windows
    are alike: three count as one.

    References
    ----------
    Smyth, G. K. (2004), Linear models and empirical Bayes methods for assessing differential expression, Statistical
    Applications in Genetics and Molecular Biology 3(1).

    Examples
    --------
    Habits that are alike are worth many windows, one that differs a hundredfold keeps most of its own:

    >>> from spark_monitor.rules.habit.memory import Memory
    >>> known = Memory.of(np.array([0.01] * 9 + [1.0, 0.0]), np.zeros(11), np.array([9.0] * 10 + [0.0]))
    >>> habit, tail, borrowed = shrunk(known, np.zeros(11, int))
    >>> habit[[0, 9, 10]].round(2), np.flatnonzero(borrowed)
    (array([0.01, 0.51, 0.01]), array([10]))
    """
    habit, freedom = np.maximum(memory.habit, np.finfo(float).tiny), memory.windows / LIKE_ONE
    known = memory.windows > 0
    shared, weight = np.full(len(habit), UNKNOWN), np.full(len(habit), HEAVIEST)
    for members in _groups(group, known):
        others = members[known[members]]
        if not len(others):
            continue
        shared[members] = np.exp(np.median(np.log(habit[others])))
        weight[members] = _worth(np.log(habit[others]), freedom[others])
    pooled = np.where(known, (weight * shared + freedom * habit) / (weight + freedom), shared)
    tail = np.minimum(np.clip(weight + freedom, HEAVIEST, LIGHTEST), memory.tail)
    return pooled, tail, ~known


def _groups(group, known):
    """Yield the members of each group, all of those together that have too few to learn from."""
    order = np.argsort(group, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if len(order) else []
    few = [part for part in parts if known[part].sum() < FEWEST]
    yield from (part for part in parts if known[part].sum() >= FEWEST)
    if few:
        yield np.concatenate(few)


def _worth(logs, freedom):
    """Return the degrees of freedom that the habits of others are worth."""
    if len(logs) < FEWEST:
        return HEAVIEST
    beyond = logs.var() - special.polygamma(1, freedom / 2).mean()
    return MOST_SHARED if beyond <= 0 else float(np.clip(2 * _inverse_trigamma(beyond), HEAVIEST, MOST_SHARED))


def _inverse_trigamma(value):
    """Return y with trigamma(y) = value, by Newton's method (Smyth, appendix)."""
    y = 0.5 + 1 / value
    for _ in range(8):
        at = special.polygamma(1, y)
        y += at * (1 - at / value) / special.polygamma(2, y)
    return y
