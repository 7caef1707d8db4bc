"""What a number about when outcomes come declares about itself."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class DelayMetric:
    """A number about the outcomes of a window by now, measured against the reference's delay curves.

    `compute(cells, curves, as_of)` takes the `DelayCells` of K targets, their `DelayCurves` and the moment up to which
    outcomes were read (microseconds since 1970 UTC), and returns an `Estimate`. Fields as in `PerformanceMetric`.
    """

    name: str
    compute: Callable
    formula: str
    source: str
    lower: float = 0.0
    upper: float = np.inf
    direction: str = "lower_is_worse"
    unit: str = ""
    family: str = field(default="performance", init=False)
