"""How much of what is estimated of a segment its own outcomes support."""

from dataclasses import dataclass, field

import numpy as np

SUPPORT = "estimation_support"


@dataclass(frozen=True)
class EstimationSupport:
    """The facts of `own_support`, see `PerformanceMetric`."""

    name: str = SUPPORT
    formula: str = "1 - what is not known of the segment's curve / how segments' curves differ, as variances"
    source: str = "C. Morris (1983), JASA 78, 47-55 (shrinkage factor)"
    lower: float = 0.0
    upper: float = 1.0
    direction: str = "lower_is_worse"
    unit: str = ""
    family: str = field(default="estimated", init=False)


ESTIMATION_SUPPORT = EstimationSupport()


def own_support(curves):
    """Return how much of each segment's curve its own outcomes in the reference support.

    Parameters
    ----------
    curves : SegmentCurves
        Fitted together, with `between`.

    Returns
    -------
    ndarray of float64, shape (S,)
        From 0, where the curve of all segments stands for this one (it has no outcomes, or segments differ no more
        than by chance), to 1, where its own outcomes alone decide.

    Examples
    --------
    >>> from spark_monitor.metrics.estimation.segment_curves import SegmentCurves
    >>> covariance = np.array([np.diag([0.01, 0.0]), np.diag([0.04, 0.0])])
    >>> own_support(SegmentCurves(np.zeros((2, 2)), covariance, np.array([0.04, 0.0])))
    array([0.75, 0.  ])
    """
    spread = curves.between.sum()
    if not spread > 0:
        return np.zeros(len(curves.shift))
    return np.clip(1 - np.trace(curves.covariance, axis1=1, axis2=2) / spread, 0.0, 1.0)
