"""What all metrics of one feature share while they are evaluated."""

from dataclasses import dataclass, field, replace

import numpy as np

from spark_monitor.results.targets import SCOPES, scope


@dataclass(frozen=True)
class Context:
    """What the metrics of one feature share.

    Parameters
    ----------
    request : EvaluationRequest
    targets : Targets
    unit_keys, version_names : list
    bins_id : str or None
    rows : ndarray of int64, shape (K,)
    effective : ndarray of float64, shape (K,)
    failure : ndarray of object, shape (K,)
        Why some rows of the target could not be counted; None where all were.
    scopes : ndarray of int64, shape (K,)
    written : dict
        Columns that rows of `metrics` have in common, by the targets they are of: metrics of a feature share them.
    """

    request: object
    targets: object
    unit_keys: list
    version_names: list
    bins_id: str | None
    rows: np.ndarray
    effective: np.ndarray
    failure: np.ndarray
    scopes: np.ndarray
    written: dict = field(default_factory=dict, init=False, compare=False, repr=False)

    def wanted(self, name, family):
        """Return the targets whose scope the configuration gives this metric to."""
        wants = np.array([self.request.selections[word].wants(name, family) for word in SCOPES])
        return np.flatnonzero(wants[self.scopes])

    @classmethod
    def of(cls, request, targets, cells, bins_id, rows, effective=None, failure=None):
        """Make the context of targets that were found in `cells`."""
        scopes = np.array([scope(cells.unit_keys[unit][0]) for unit in targets.unit], np.int64)
        return cls(request, targets, cells.unit_keys, cells.version_names, bins_id, rows,
                   rows.astype(float) if effective is None else effective,
                   np.full(len(targets), None, object) if failure is None else failure, scopes)


def beside(estimate, reference_value, reference_rows):
    """Return an estimate with the first reference's number stated beside it."""
    return replace(estimate, reference_value=reference_value, reference_size=reference_rows)
