"""One run, from pinned log to run record: the only place that decides what is read, counted and written, and when."""

from spark_monitor.pipeline.agenda import Wish
from spark_monitor.pipeline.run import run

__all__ = ["Wish", "run"]
