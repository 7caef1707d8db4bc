"""Python's log: a line for each change, by the logger ``spark_monitor.alerts``."""

import logging

from spark_monitor.alerts.wording import one_line
from spark_monitor.notify.text import change_line

LOG = logging.getLogger("spark_monitor.alerts")


def send(channel, message, wire):
    """Log each change: as an error where it is critical and news, else as a warning, which logs show unasked."""
    for change in message.changes:
        level = logging.ERROR if change.is_news and change.row["severity"] == "critical" else logging.WARNING
        LOG.log(level, "%s: %s (%s)", one_line(message.model), change_line(change, message.time_zone), change.id)
