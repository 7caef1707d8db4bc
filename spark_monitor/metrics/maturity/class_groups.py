"""Which of several classes share a delay curve: those whose outcomes come about equally late."""

import numpy as np

FEWEST, MOST_GROUPS = 30, 4


def delay_groups(outcome, delay, rows, classes):
    """Return the group of each class: up to four, from the classes whose outcomes come first to the slowest.

    Parameters
    ----------
    outcome, delay, rows : ndarray of int64, shape (N,)
        Outcomes that have come: class, delay bin, how many.
    classes : int
        C.

    Returns
    -------
    ndarray of int64, shape (C,)
        Numbered from 0 without gaps. A group holds a quarter of all outcomes or more, but for the last, which holds 30
        or more where there are so many: the curve of a rare class can't be told, and the slowest are not thinned by
        faster ones.

    Examples
    --------
    >>> delay_groups(np.array([0, 1, 2, 3]), np.array([300, 20, 25, 310]), np.array([50, 40, 900, 2]), 4)
    array([1, 0, 0, 1])
    """
    held = np.bincount(outcome, rows, classes)
    late = np.divide(np.bincount(outcome, rows * delay, classes), held, out=np.zeros(classes), where=held > 0)
    group, enough = np.zeros(classes, np.int64), max(FEWEST, held.sum() / MOST_GROUPS)
    number, so_far = 0, 0.0
    for place in np.argsort(late, kind="stable"):
        if so_far >= enough:
            number, so_far = number + 1, 0.0
        group[place], so_far = number, so_far + held[place]
    if so_far < FEWEST and number:
        group[group == number] = number - 1
    return group
