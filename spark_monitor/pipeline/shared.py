"""What the models of one run share: pinned logs and the lists of their files, each found out once."""

import threading
from dataclasses import dataclass, field

from spark_monitor.logs.files import list_files
from spark_monitor.logs.small import pin_small
from spark_monitor.logs.source import absolute, pin


# What models that share a log ask for at a meeting, before they read and write result tables.
SURVEYS, COUNTS = -2, -1


@dataclass(frozen=True)
class Shared:
    """Finds things out once, whichever thread asks first; the others wait for it.

    Parameters
    ----------
    known : dict
        What was asked -> the answer.
    crowded : frozenset of str
        Logs that several models of the run are of, as their configurations name them.
    """

    known: dict = field(default_factory=dict)
    crowded: frozenset = frozenset()
    _locks: dict = field(default_factory=dict)
    _lock: object = field(default_factory=threading.Lock)

    def once(self, key, find):
        """Return what was found for a key, or find it; a failure is no answer, and the next one tries again."""
        with self._lock:
            own = self._locks.setdefault(key, threading.Lock())
        with own:
            if key not in self.known:
                self.known[key] = find()
            return self.known[key]

    def pin(self, spark, table, is_local):
        """Return a table pinned at its newest version.

        Parameters
        ----------
        spark : SparkSession
        table : str
        is_local : bool
            Whether this process sees the disk that the session's tasks see.
        """
        def find():
            return (pin_small(table) if is_local else None) or pin(spark, table)

        return self.once(("pin", absolute(table)), find)

    def listing(self, source, time=None):
        """Return the `Listing` of a pinned table; raises as `list_files` does."""
        return self.once(("files", source, time), lambda: list_files(source, time))
