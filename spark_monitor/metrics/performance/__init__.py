"""How good the model is where the truth is known: the numbers of a binary classifier, each listed once."""

from spark_monitor.catalogue import Catalogue
from spark_monitor.metrics.performance.average_precision import AVERAGE_PRECISION
from spark_monitor.metrics.performance.balanced_accuracy import BALANCED_ACCURACY
from spark_monitor.metrics.performance.brier import BRIER
from spark_monitor.metrics.performance.calibration_line import CALIBRATION_INTERCEPT, CALIBRATION_SLOPE
from spark_monitor.metrics.performance.cohen_kappa import COHEN_KAPPA
from spark_monitor.metrics.performance.cost import cost
from spark_monitor.metrics.performance.counts import COUNTS
from spark_monitor.metrics.performance.expected_calibration_error import EXPECTED_CALIBRATION_ERROR
from spark_monitor.metrics.performance.f1 import F1
from spark_monitor.metrics.performance.gini import GINI
from spark_monitor.metrics.performance.lift import LIFT_10, precision_at, recall_at
from spark_monitor.metrics.performance.log_loss import LOG_LOSS
from spark_monitor.metrics.performance.mcc import MCC
from spark_monitor.metrics.performance.rates import ACCURACY, BASE_RATE, PRECISION, RECALL, SELECTION_RATE, SPECIFICITY
from spark_monitor.metrics.performance.roc_auc import ROC_AUC
from spark_monitor.metrics.performance.score_ks import SCORE_KS

PERFORMANCE_METRICS = Catalogue(
    ACCURACY, BALANCED_ACCURACY, PRECISION, RECALL, SPECIFICITY, F1, MCC, COHEN_KAPPA, SELECTION_RATE, BASE_RATE,
    *COUNTS, LOG_LOSS, BRIER, ROC_AUC, AVERAGE_PRECISION, SCORE_KS, GINI, LIFT_10, EXPECTED_CALIBRATION_ERROR,
    CALIBRATION_SLOPE, CALIBRATION_INTERCEPT, precision_at(0.1), recall_at(0.1),
)
# What "cost" is where nobody has said what a mistake costs: facts for rules and catalogues, never computed.
COST = cost(((0.0, 1.0), (1.0, 0.0)))
