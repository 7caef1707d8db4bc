"""What the decisions would be worth at any other threshold: the confusion table at each edge of the score bins."""

import numpy as np


def sweep(cells, name="weight"):
    """Return one of the cells' sums by would-be decision and outcome, for each edge of the score bins.

    Parameters
    ----------
    cells : ScoreCells
    name : str
        One of `SUMS`, e.g. "rows".

    Returns
    -------
    ndarray of float64, shape (K, B + 1, 2, 2)
        ``[k, i, d, y]``: labelled rows with a usable score, decided positive (d = 1) from score bin i upward; at i = 0
        all are, at i = B none. Each table has the layout of `ScoreCells.confusion`, so any metric of such a table can
        be taken at every threshold. Exact, as the edges are thresholds.

    Examples
    --------
    >>> from spark_monitor.metrics.score_cells import ScoreCells
    >>> cells = ScoreCells.of_rows([0.2, 0.7, 0.9], None, [0, 0, 1], edges=[0.5, 0.8])
    >>> sweep(cells)[0, 2]
    array([[2., 0.],
           [0., 1.]])
    """
    by_bin = cells.by_bin(name).transpose(0, 2, 1)
    below = np.concatenate([np.zeros((cells.size, 1, 2)), np.cumsum(by_bin, axis=1)], axis=1)
    # From above, not total less below, so that no weight leaves a rounding error behind.
    above = np.concatenate([np.cumsum(by_bin[:, ::-1], axis=1)[:, ::-1], np.zeros((cells.size, 1, 2))], axis=1)
    return np.stack([below, above], axis=2)
