"""Which rising curve fits a share by bin best: isotonic regression by pooling adjacent violators."""

import numpy as np


def pooled_blocks(rate, weight):
    """Return the block of each bin in the rising curve that fits best.

    Parameters
    ----------
    rate : array_like of float, shape (B,)
        What was seen in each bin, in the order of bins.
    weight : array_like of float, shape (B,)
        Positive.

    Returns
    -------
    ndarray of int64, shape (B,)
        Numbered from 0 without gaps; the curve is the weighted mean of `rate` in each block, and rises from block to
        block.

    Notes
    -----
    R. E. Barlow et al. (1972), "Statistical inference under order restrictions", section 1.2.

    Examples
    --------
    >>> pooled_blocks([0.1, 0.3, 0.2, 0.6], [1, 1, 1, 1])
    array([0, 1, 1, 2])
    """
    means, weights, lengths = [], [], []
    for mean, size in zip(np.asarray(rate, float).tolist(), np.asarray(weight, float).tolist(), strict=True):
        length = 1
        while means and means[-1] >= mean:
            before, held = means.pop(), weights.pop()
            mean = (before * held + mean * size) / (held + size)
            size, length = held + size, length + lengths.pop()
        means.append(mean)
        weights.append(size)
        lengths.append(length)
    return np.repeat(np.arange(len(lengths)), lengths)


def isotonic_curve(positives, rows):
    """Return the rising curve of positive shares whose ends are never 0 or 1, and its blocks.

    Parameters
    ----------
    positives, rows : ndarray of float64, shape (B,)
        By bin, in order; effective rows where rows are weighted, and that share of them which is positive. Every bin
        has rows.

    Returns
    -------
    value : ndarray of float64, shape (B,)
        In (0, 1), rising.
    block : ndarray of int64, shape (B,)
        Bins of one block have one value.

    Notes
    -----
    In the first and the last block k positives of n rows count as (k + 1/2) / (n + 1), since what is next to nothing
    is seen as nothing. A block that this carries past its neighbour is pooled with it.

    Examples
    --------
    >>> isotonic_curve(np.array([0.0, 3.0, 2.0, 9.0]), np.array([9.0, 10.0, 10.0, 9.0]))
    (array([0.05, 0.25, 0.25, 0.95]), array([0, 1, 1, 2]))
    """
    block = pooled_blocks(positives / rows, rows)
    k, n = (np.bincount(block, counts).tolist() for counts in (positives, rows))
    lengths = np.bincount(block).tolist()
    while len(k) > 1:
        first, last = (k[0] + 0.5) / (n[0] + 1), (k[-1] + 0.5) / (n[-1] + 1)
        inner = [a / b for a, b in zip(k[1:-1], n[1:-1], strict=True)]
        if first >= [*inner, last][0]:
            at = 0
        elif last <= [first, *inner][-1]:
            at = len(k) - 2
        else:
            break
        for values in (k, n, lengths):
            values[at:at + 2] = [values[at] + values[at + 1]]
    rate = np.array(k) / np.array(n)
    ends = [0, -1]
    rate[ends] = (np.array(k)[ends] + 0.5) / (np.array(n)[ends] + 1)
    return np.repeat(rate, lengths), np.repeat(np.arange(len(k)), lengths)
