"""Which inputs a model is wrong on: its loss and outcomes by the values of one feature."""

from dataclasses import dataclass, field

import numpy as np

from spark_monitor.catalogue import Catalogue

SLICES = "Chung et al. (2019), Slice Finder, ICDE; corrected: Benjamini and Hochberg (1995), JRSS B 57, 289-300"


@dataclass(frozen=True)
class RelationMetric:
    """What a number about labelled rows by the values of one feature declares about itself.

    The functions of this folder compute them; fields as in `PerformanceMetric`.
    """

    name: str
    formula: str
    source: str
    lower: float = -np.inf
    upper: float = np.inf
    direction: str = "higher_is_worse"
    unit: str = ""
    family: str = field(default="relation", init=False)


FEATURE_RELATION_SHIFT = RelationMetric(
    "feature_relation_shift", "root mean square over rows of P(y | feature bin) less the reference's; p-value "
    "corrected for the features of the window", "As relation_shift; corrected: Benjamini and Hochberg (1995), JRSS B 57, 289-300",
    lower=0.0, upper=1.0)
WORST_SLICE_EFFECT = RelationMetric(
    "worst_slice_effect", "sqrt(2) (mean loss of the bin - of the other rows) / sqrt(sum of both variances), of the "
    "feature's worst bin; p-value corrected for all bins of all features of the window", SLICES)
WORST_SLICE_LOSS_RATIO = RelationMetric(
    "worst_slice_loss_ratio", "mean loss of the same bin / of the other rows", SLICES, lower=0.0)
RELATION_METRICS = Catalogue(FEATURE_RELATION_SHIFT, WORST_SLICE_EFFECT, WORST_SLICE_LOSS_RATIO)
