"""Decisions: policies -> what should be done with a model. This is the list of the kinds of policies there are."""

from spark_monitor.catalogue import Catalogue
from spark_monitor.decisions.age import AGE
from spark_monitor.decisions.concept_drift import CONCEPT_DRIFT
from spark_monitor.decisions.label_drift import LABEL_DRIFT
from spark_monitor.decisions.new_labels import NEW_LABELS
from spark_monitor.decisions.performance_loss import PERFORMANCE_LOSS
from spark_monitor.decisions.worse_version import WORSE_VERSION

POLICIES = Catalogue(AGE, PERFORMANCE_LOSS, CONCEPT_DRIFT, LABEL_DRIFT, NEW_LABELS, WORSE_VERSION)
