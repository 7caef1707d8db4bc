"""What can be said where a decision decides who ever gets an outcome: declined loans never default."""

from spark_monitor.metrics.selective.bounds import BOUNDED, bounded_estimate, worst_case_bounds
from spark_monitor.metrics.selective.labelled_share import (
    LABELLED_SHARE,
    MIN_SHARE,
    labelled_shares,
    selective_reasons,
)
from spark_monitor.metrics.selective.reweighted import Reweighted, reweight, reweighted_rate

__all__ = ["BOUNDED", "LABELLED_SHARE", "MIN_SHARE", "Reweighted", "bounded_estimate", "labelled_shares", "reweight",
           "reweighted_rate", "selective_reasons", "worst_case_bounds"]
