"""Which bin a delay falls into: fixed for all models, because delays are stored by it."""

import numpy as np

from spark_monitor.metrics.sorted_search import find_places

MINUTE = 60_000_000
LEAK = 0


def edges():
    """Return the finite upper ends of the bins, microseconds, int64 of shape (E,), ascending.

    Bin j holds the delays with ``edges[j-1] < delay <= edges[j]``. Bin 0 (`LEAK`) holds outcomes known before their
    prediction, bin 1 those of the first 15 minutes, the bins after it grow by 3 % to five years (of 365 days), and bin
    E holds what is longer.

    Examples
    --------
    >>> (edges()[:3] / MINUTE).round(2)
    array([-0.  , 15.  , 15.45])
    >>> len(edges()), float(edges()[-1] / MINUTE / 60 / 24)
    (411, 1825.0)
    """
    first, last = 15 * MINUTE, 5 * 365 * 24 * 60 * MINUTE
    steps = int(np.ceil(np.log(last / first) / np.log(1.03)))
    grown = np.round(first * 1.03 ** np.arange(steps)).astype(np.int64)
    # Delays are whole microseconds, so an upper end of -1 parts the negative ones from 0.
    return np.concatenate([[-1], grown, [last]])


EDGES = edges()
BINS = len(EDGES) + 1


def delay_bin(micros):
    """Return the bin of each delay.

    Parameters
    ----------
    micros : array_like of int64
        First known time of the outcome minus time of the prediction, microseconds.

    Returns
    -------
    ndarray of int64, same shape
        In [0, `BINS`).

    Examples
    --------
    >>> delay_bin([-1, 0, 15 * MINUTE, 15 * MINUTE + 1, 10**18])
    array([  0,   1,   1,   2, 411])
    """
    return find_places(EDGES, np.asarray(micros, np.int64))


def last_known_edge(age):
    """Return the place of the last edge that is no longer than an age, or -1 for a negative age.

    Parameters
    ----------
    age : array_like of int64
        Microseconds.

    Returns
    -------
    ndarray of int64, same shape
        Of a slice whose youngest prediction has this age, every delay up to ``EDGES[place]`` has been seen.

    Examples
    --------
    >>> last_known_edge([-5, 0, 15 * MINUTE])
    array([-1,  0,  1])
    """
    age = np.asarray(age, np.int64)
    return np.where(age < 0, -1, np.searchsorted(EDGES, age, side="right") - 1)
