"""Rules: a metric's value -> a verdict. This is the list of the kinds of rules there are."""

from spark_monitor.catalogue import Catalogue
from spark_monitor.rules.habit.kind import HABIT
from spark_monitor.rules.threshold import THRESHOLD

RULES = Catalogue(THRESHOLD, HABIT)
