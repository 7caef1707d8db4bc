"""Which drift statistics there are: the list is the table of contents."""

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.drift.chi_squared import CHI_SQUARED
from spark_monitor.metrics.drift.cramers_v import CRAMERS_V
from spark_monitor.metrics.drift.hellinger import HELLINGER
from spark_monitor.metrics.drift.js_distance import JS_DISTANCE
from spark_monitor.metrics.drift.kl_divergence import KL_DIVERGENCE
from spark_monitor.metrics.drift.ks import KS
from spark_monitor.metrics.drift.l_infinity import L_INFINITY
from spark_monitor.metrics.drift.mean_shift import MEAN_SHIFT
from spark_monitor.metrics.drift.psi import PSI
from spark_monitor.metrics.drift.total_variation import TOTAL_VARIATION
from spark_monitor.metrics.drift.wasserstein import WASSERSTEIN
from spark_monitor.metrics.drift.wasserstein_scaled import WASSERSTEIN_SCALED

DRIFT_STATISTICS = Catalogue(
    PSI,
    JS_DISTANCE,
    KL_DIVERGENCE,
    HELLINGER,
    TOTAL_VARIATION,
    L_INFINITY,
    KS,
    WASSERSTEIN,
    WASSERSTEIN_SCALED,
    CHI_SQUARED,
    CRAMERS_V,
    MEAN_SHIFT,
)
