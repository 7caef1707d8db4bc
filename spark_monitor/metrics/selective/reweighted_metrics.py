"""Which metrics stand beside themselves with labelled rows weighted to all predictions."""

from dataclasses import replace

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.performance.brier import BRIER
from spark_monitor.metrics.performance.f1 import F1
from spark_monitor.metrics.performance.log_loss import LOG_LOSS
from spark_monitor.metrics.performance.rates import ACCURACY, BASE_RATE, PRECISION, RECALL, SPECIFICITY
from spark_monitor.metrics.performance.roc_auc import ROC_AUC


def reweighted_name(name):
    """Return how a reweighted metric is called.

    Examples
    --------
    >>> reweighted_name("recall")
    'recall_reweighted'
    """
    return f"{name}_reweighted"


REWEIGHTED = Catalogue(*[
    replace(spec, name=reweighted_name(spec.name), formula=f"{spec.formula}, labelled rows weighted to all predictions",
            source="D. Holt and T. M. F. Smith (1979), J. Royal Statistical Society A 142, 33-46")
    for spec in (ACCURACY, PRECISION, RECALL, SPECIFICITY, F1, BASE_RATE, ROC_AUC, LOG_LOSS, BRIER)])
