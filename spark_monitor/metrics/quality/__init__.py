"""Which numbers say whether the data can be used at all: of one feature, and of all rows together."""

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.quality.freshness_hours import FRESHNESS_HOURS
from spark_monitor.metrics.quality.infinite_rate import INFINITE_RATE
from spark_monitor.metrics.quality.missing_rate import MISSING_RATE
from spark_monitor.metrics.quality.nan_rate import NAN_RATE
from spark_monitor.metrics.quality.out_of_range_rate import OUT_OF_RANGE_RATE
from spark_monitor.metrics.quality.row_rates import DUPLICATE_RATE, QUARANTINED_RATE
from spark_monitor.metrics.quality.schema import COLUMN_MISSING, COLUMN_NEW, TYPE_CHANGED
from spark_monitor.metrics.quality.unseen_rate import UNSEEN_RATE
from spark_monitor.metrics.quality.volume import ROW_COUNT, VOLUME_RATIO
from spark_monitor.metrics.quality.zero_rate import ZERO_RATE

QUALITY_METRICS = Catalogue(MISSING_RATE, NAN_RATE, INFINITE_RATE, ZERO_RATE, OUT_OF_RANGE_RATE, UNSEEN_RATE)
TABLE_METRICS = Catalogue(ROW_COUNT, VOLUME_RATIO, DUPLICATE_RATE, QUARANTINED_RATE, FRESHNESS_HOURS, COLUMN_MISSING,
                          COLUMN_NEW, TYPE_CHANGED)
