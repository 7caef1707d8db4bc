"""Which metrics there are: pure functions of counts, each listed once with its facts.

A metric is one small file in the folder of its family and one entry in that folder's list. From there it is a word of
the configuration, computed, stored, judged, reported, and held to the laws that every metric obeys.
"""

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.bias import BIAS_METRICS, bias_of_class
from spark_monitor.metrics.concept import CONCEPT_METRICS
from spark_monitor.metrics.drift import DRIFT_STATISTICS
from spark_monitor.metrics.estimation.past_error import ESTIMATION_ERROR
from spark_monitor.metrics.estimation.support import ESTIMATION_SUPPORT
from spark_monitor.metrics.maturity import DELAY_METRICS
from spark_monitor.metrics.maturity.matures_at import MATURES_AT_METRIC
from spark_monitor.metrics.pairs import CHAMPION_METRICS
from spark_monitor.metrics.performance import COST, PERFORMANCE_METRICS
from spark_monitor.metrics.performance.class_metrics import CLASS_METRICS, class_metric
from spark_monitor.metrics.performance.parameters import has_score_parameter, score_metric
from spark_monitor.metrics.performance.regression import REGRESSION_METRICS, has_parameter, regression_metric
from spark_monitor.metrics.prediction.class_share import share_metric
from spark_monitor.metrics.quality import QUALITY_METRICS, TABLE_METRICS
from spark_monitor.metrics.quality.outcome_rates import OUTCOME_RATES
from spark_monitor.metrics.relation import RELATION_METRICS
from spark_monitor.metrics.selective.labelled_share import LABELLED_SHARE
from spark_monitor.metrics.selective.reweighted_metrics import REWEIGHTED
from spark_monitor.metrics.summary import SUMMARY_METRICS

FEATURE_METRICS = Catalogue(*QUALITY_METRICS.values(), *SUMMARY_METRICS.values())
OUTCOME_METRICS = Catalogue(*PERFORMANCE_METRICS.values(), COST, *CLASS_METRICS.values(), *REGRESSION_METRICS.values(),
                            *DELAY_METRICS.values(), MATURES_AT_METRIC, LABELLED_SHARE, *REWEIGHTED.values(),
                            *OUTCOME_RATES)
METRICS = Catalogue(*TABLE_METRICS.values(), *FEATURE_METRICS.values(), *DRIFT_STATISTICS.values(),
                    *OUTCOME_METRICS.values(), *BIAS_METRICS.values(), *CONCEPT_METRICS.values(),
                    *RELATION_METRICS.values(), *CHAMPION_METRICS.values(), ESTIMATION_ERROR, ESTIMATION_SUPPORT)
FAMILIES = frozenset({"prediction", *(metric.family for metric in METRICS.values())})
SHARES = "share:*"


def metric_facts(name):
    """Return the spec of a metric by its name, also of ``share:<class>``, ``within@15``, ``lift@5%`` and such.

    Parameters
    ----------
    name : str

    Returns
    -------
    DriftStatistic, FeatureMetric, TableMetric, PerformanceMetric, ClassMetric, DelayMetric, ...

    Raises
    ------
    KeyError
        If there is no such metric; ``METRICS.suggest`` knows the nearest name.

    Examples
    --------
    >>> metric_facts("missing_rate").direction, metric_facts("share:late").direction
    ('higher_is_worse', 'two_sided')
    """
    if name.startswith("share:") and name != "share:":
        return share_metric(name.removeprefix("share:"))
    if name in METRICS:
        return METRICS[name]
    if has_score_parameter(name):
        return score_metric(name)
    if name.partition(":")[0] in BIAS_METRICS:
        return bias_of_class(name)
    return regression_metric(name) if has_parameter(name) else class_metric(name)


def is_metric(name):
    """Say whether `metric_facts` knows a name.

    Examples
    --------
    >>> is_metric("psi"), is_metric("share:late"), is_metric("within@15"), is_metric("share:"), is_metric("pis")
    (True, True, True, False, False)
    """
    try:
        return metric_facts(name) is not None
    except KeyError:
        return False
