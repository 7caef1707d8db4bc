"""Which numbers describe one feature's distribution by itself."""

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.summary.distinct_count import DISTINCT_COUNT
from spark_monitor.metrics.summary.extremes import MAX, MIN
from spark_monitor.metrics.summary.mean import MEAN
from spark_monitor.metrics.summary.quantiles import QUANTILES
from spark_monitor.metrics.summary.std import STD

SUMMARY_METRICS = Catalogue(MEAN, STD, MIN, MAX, *QUANTILES, DISTINCT_COUNT)
