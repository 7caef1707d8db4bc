"""Which metrics there are: pure functions of counts, each listed once with its facts.

A metric is one small file in the folder of its family and one entry in that folder's list. From there it is a word of
the configuration, computed, stored, judged, reported, and held to the laws that every metric obeys.
"""

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.drift import DRIFT_STATISTICS
from spark_monitor.metrics.prediction.class_share import share_metric
from spark_monitor.metrics.quality import QUALITY_METRICS, TABLE_METRICS
from spark_monitor.metrics.summary import SUMMARY_METRICS

FEATURE_METRICS = Catalogue(*QUALITY_METRICS.values(), *SUMMARY_METRICS.values())
METRICS = Catalogue(*TABLE_METRICS.values(), *FEATURE_METRICS.values(), *DRIFT_STATISTICS.values())
FAMILIES = frozenset({"prediction", *(metric.family for metric in METRICS.values())})
SHARES = "share:*"


def metric_facts(name):
    """Return the spec of a metric by its name, ``share:<class>`` included.

    Parameters
    ----------
    name : str

    Returns
    -------
    DriftStatistic, FeatureMetric or TableMetric

    Raises
    ------
    KeyError
        If there is no such metric; ``METRICS.suggest`` knows the nearest name.

    Examples
    --------
    >>> metric_facts("missing_rate").direction, metric_facts("share:late").direction
    ('higher_is_worse', 'two_sided')
    """
    if name.startswith("share:"):
        return share_metric(name.removeprefix("share:"))
    return METRICS[name]
