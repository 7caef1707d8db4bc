"""Which labelled rows have outcomes that contradict each other, and how many they are."""

import numpy as np

CONFLICT = "conflict"


def read_conflict(batch, labelled):
    """Return which labelled rows of a batch have outcomes that contradict each other.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        With "conflict", null where there are no outcomes.
    labelled : ndarray of bool

    Examples
    --------
    >>> import pyarrow as pa
    >>> batch = pa.RecordBatch.from_pydict({"conflict": [True, True, False, None]})
    >>> read_conflict(batch, np.array([True, False, True, True])).tolist()
    [True, False, False, False]
    """
    return batch.column(CONFLICT).fill_null(False).to_numpy(zero_copy_only=False) & labelled


def conflicting_rows(conflicts, size, is_told):
    """Return how many such rows each key has, shape (size,); NaN, not counted, where batches do not tell.

    Parameters
    ----------
    conflicts : Sums
        Of such rows, by place of the key.
    size : int
        Keys.
    is_told : bool

    Examples
    --------
    >>> from spark_monitor.cells.kernel.sums import Sums
    >>> found = Sums(())
    >>> found.add(np.array([2, 2, 0]), {})
    >>> conflicting_rows(found, 4, True), conflicting_rows(Sums(()), 1, False)
    (array([1., 0., 2., 0.]), array([nan]))
    """
    places, rows, _ = conflicts.total()
    return np.bincount(places, rows, size) if is_told else np.full(size, np.nan)
