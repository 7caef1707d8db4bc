"""What the models of one run share: pinned logs, lists of their files, what changed in them, each found out once."""

from dataclasses import dataclass, field

from spark_monitor.logs.changes import changes_since
from spark_monitor.logs.files import list_files
from spark_monitor.logs.small import pin_small
from spark_monitor.logs.source import absolute, pin
from spark_monitor.once import Once

# What models that share a log ask for at a meeting, before they read and write result tables.
SURVEYS, COUNTS = -2, -1


@dataclass(frozen=True)
class Shared:
    """What is found out of logs.

    Parameters
    ----------
    crowded : frozenset of str
        Logs that several models of the run are of, as their configurations name them.
    """

    crowded: frozenset = frozenset()
    once: Once = field(default_factory=Once)

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

        return self.once.ask(("pin", absolute(table)), find)

    def listing(self, source, place, time=None):
        """Return the `Listing` of a pinned table; raises as `list_files` does."""
        return self.once.ask(("files", source, place, time), lambda: list_files(source, place, time))

    def changes(self, spark, source, since_id, since_version):
        """Return the `Changes` of a log; arguments and None as for `changes_since`."""
        return self.once.ask(("changes", source, since_id, since_version),
                             lambda: changes_since(spark, source, since_id, since_version))
