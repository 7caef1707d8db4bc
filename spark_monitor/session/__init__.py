"""Where a Spark session comes from: the platform's own, or a local one that can read and write Delta tables."""

from spark_monitor.session.local import QUICK_START, local_session

__all__ = ["QUICK_START", "local_session"]
