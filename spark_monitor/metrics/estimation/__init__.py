"""Which numbers say how good a model is before its outcomes are known."""

from spark_monitor.metrics.estimation.calibrator import Calibrator
from spark_monitor.metrics.estimation.cbpe import ESTIMATED_METRICS, calibrate
from spark_monitor.metrics.estimation.segment_curves import SegmentCurves

__all__ = ["ESTIMATED_METRICS", "Calibrator", "SegmentCurves", "calibrate"]
