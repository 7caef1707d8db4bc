"""Which numbers say whether the truth about a window has arrived, and what they are computed from."""

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.maturity.arrival import ARRIVAL_RATIO
from spark_monitor.metrics.maturity.curve_fit import fit_curves
from spark_monitor.metrics.maturity.delay_cells import DelayCells
from spark_monitor.metrics.maturity.delay_curve import DelayCurves
from spark_monitor.metrics.maturity.gate import is_open, next_pass
from spark_monitor.metrics.maturity.maturity import MATURITY, MIN_MATURITY
from spark_monitor.metrics.maturity.projected_rate import projected_rate

__all__ = ["DELAY_METRICS", "DelayCells", "DelayCurves", "MIN_MATURITY", "fit_curves", "is_open", "next_pass",
           "projected_rate"]

DELAY_METRICS = Catalogue(MATURITY, ARRIVAL_RATIO)
