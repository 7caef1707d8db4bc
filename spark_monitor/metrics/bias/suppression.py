"""Which counts of small groups must be left out of an export, so that none can be worked out from the rest."""

import numpy as np

MIN_CELL = 10


def suppressed(counts, min_cell=MIN_CELL):
    """Return which cells of a table to leave out where its row and column totals are shown.

    Parameters
    ----------
    counts : array_like of int, shape (R,) or (R, C)
        Rows of each group, or of each pair of groups of two columns.
    min_cell : int
        Cells of 1 to `min_cell` - 1 rows are left out.

    Returns
    -------
    ndarray of bool, same shape
        The small cells and, so that no total gives them away, the smallest others of each row and column until a
        line has none left out, or at least two with `min_cell` rows together. Of a line with nothing else to leave
        out all cells are left out, and its total must not be shown. Empty cells are shown: they tell of nobody.

    Notes
    -----
    Complementary suppression, line by line: L. Cox (1980), JASA 75, 377-385.

    Examples
    --------
    >>> suppressed([3, 500, 40, 0])
    array([ True, False,  True, False])
    >>> suppressed([[4, 90], [80, 70]])
    array([[ True,  True],
           [ True,  True]])
    """
    counts = np.asarray(counts)
    table = counts[:, None] if counts.ndim == 1 else counts
    hidden = (table > 0) & (table < min_cell)
    before = -1
    while hidden.sum() != before:
        before = hidden.sum()
        for column in range(table.shape[1]):
            _protect(table[:, column], hidden[:, column], min_cell)
        if counts.ndim == 2:
            for row in range(table.shape[0]):
                _protect(table[row], hidden[row], min_cell)
    return hidden.reshape(counts.shape)


def _protect(line, hidden, min_cell):
    """Leave out more cells of one line, in place, until those left out can't be worked out from its total."""
    while hidden.any() and (hidden.sum() < 2 or line[hidden].sum() < min_cell):
        shown = np.flatnonzero(~hidden & (line > 0))
        if len(shown) == 0:
            return
        hidden[shown[line[shown].argmin()]] = True
