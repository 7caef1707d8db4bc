"""Which errors a user can meet, and the exit code that each one means."""


class SparkMonitorError(Exception):
    """Base of all errors that are told to the user as one clear message, without a traceback."""

    exit_code = 3


class ConfigError(SparkMonitorError):
    """The configuration can't be used; carries every mistake found, each with file, line and column.

    Parameters
    ----------
    problems : sequence of str
        One line a mistake, ``file:line:col path: found, expected, hint``.
    """

    exit_code = 2

    def __init__(self, problems):
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class ContractError(SparkMonitorError):
    """A table that the run reads has not the columns, types or rows that the configuration promises."""

    exit_code = 2


class ReferenceMissingError(SparkMonitorError):
    """The reference can't be frozen: no rows in its span, or its table can't be read."""

    exit_code = 2


class ActionError(SparkMonitorError):
    """What somebody says of a decision or a review can't be: none of that id waits, or it is over."""

    exit_code = 2


class SessionError(SparkMonitorError):
    """No Spark session can be had: no Java, no Delta jars, no platform."""

    exit_code = 2
