"""What is known of when outcomes came: first known outcomes by slice of the prediction, class and delay bin."""

from dataclasses import dataclass

import numpy as np

from spark_monitor.metrics.maturity.delay_bins import BINS, delay_bin


@dataclass(frozen=True)
class DelayCells:
    """Delays of K targets over S slices and C outcome classes, sparse: N cells.

    A target is one window or reference, of one version and segment value; a slice belongs to it where it has
    predictions there. Rows are never weighted.

    Parameters
    ----------
    classes : int
        C; 1 for a regression.
    start, end : ndarray of int64, shape (S,)
        Half-open span of each slice, microseconds since 1970 UTC.
    predictions : ndarray of int64, shape (K, S)
        Rows of the prediction log, labelled or not.
    target, slice, outcome, bin, rows : ndarray of int64, shape (N,)
        `outcome` is the class in [0, C), `bin` as `delay_bin` says, `rows` the outcomes.

    Examples
    --------
    >>> hour = 3_600_000_000
    >>> cells = DelayCells.of_rows([0, 1, 2], [5 * hour, -1, 3 * hour], [1, -1, 0], start=[0], end=[24 * hour])
    >>> cells.predictions, cells.arrived()
    (array([[3]]), array([[1., 1.]]))
    """

    classes: int
    start: np.ndarray
    end: np.ndarray
    predictions: np.ndarray
    target: np.ndarray
    slice: np.ndarray
    outcome: np.ndarray
    bin: np.ndarray
    rows: np.ndarray

    @classmethod
    def of_rows(cls, predicted, known, outcome, start, end, target=None, size=None, classes=2):
        """Count rows into cells; for tests and small data.

        Parameters
        ----------
        predicted, known : array_like of int64
            Time of the prediction, and time at which its outcome was first known (anything where there is none);
            microseconds.
        outcome : array_like of int64
            The class, or -1 where there is no outcome.
        start, end : array_like of int64
            The slices, in order and without overlap; every prediction is in one.
        target : array_like of int64, optional
            All rows belong to target 0 where not given.
        size, classes : int, optional
        """
        predicted, known, outcome = (np.asarray(one, np.int64) for one in (predicted, known, outcome))
        start, end = np.asarray(start, np.int64), np.asarray(end, np.int64)
        target = np.zeros(len(predicted), np.int64) if target is None else np.asarray(target, np.int64)
        size = int(target.max(initial=-1)) + 1 if size is None else size
        at = np.searchsorted(start, predicted, side="right") - 1
        predictions = np.bincount(target * len(start) + at, minlength=size * len(start)).reshape(size, -1)
        labelled = outcome >= 0
        place = (target * len(start) + at) * classes + outcome
        key = (place * BINS + delay_bin(np.where(labelled, known - predicted, 0)))[labelled]
        found, rows = np.unique(key, return_counts=True)
        rest, bins = np.divmod(found, BINS)
        rest, outcome = np.divmod(rest, classes)
        return cls(classes, start, end, predictions, *np.divmod(rest, len(start)), outcome, bins, rows)

    @property
    def size(self):
        """K, the number of targets."""
        return len(self.predictions)

    def arrived(self, keep=None):
        """Return the outcomes of each class, shape (K, C), of the cells at which `keep` (boolean, (N,)) holds."""
        place = self.target * self.classes + self.outcome
        rows = self.rows if keep is None else np.where(keep, self.rows, 0)
        return np.bincount(place, rows, self.size * self.classes).astype(float).reshape(self.size, self.classes)

    def arrived_by_slice(self, keep):
        """Return the outcomes of all classes by slice, shape (K, S), of the cells at which `keep` holds."""
        place = self.target * len(self.start) + self.slice
        counts = np.bincount(place, np.where(keep, self.rows, 0), self.predictions.size)
        return counts.astype(float).reshape(self.predictions.shape)
