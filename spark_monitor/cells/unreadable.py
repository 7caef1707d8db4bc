"""What a task says of a file that it can't read rightly, so that the run counts once more through Spark."""


class UnreadableError(Exception):
    """A file holds what only Spark reads rightly; the message says what."""
