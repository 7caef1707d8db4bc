"""What the rows about an estimate's past error declare about themselves."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class PastError:
    """How far the estimate of some metric was off, once outcomes are known; see `bands.estimation_error`.

    Fields as in `PerformanceMetric`.
    """

    name: str = "estimation_error"
    formula: str = "estimated less realised value; interval: the ends of the estimate's band less the realised value"
    source: str = "As of the estimate"
    lower: float = -np.inf
    upper: float = np.inf
    direction: str = "two_sided"
    unit: str = ""
    family: str = field(default="estimated", init=False)


ESTIMATION_ERROR = PastError()
