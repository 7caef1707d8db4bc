"""What a task says of a file that it can't read rightly, so that the run counts once more through Spark."""


class UnreadableError(Exception):
    """A file holds what only Spark reads rightly, or only Spark can read it; the message says what."""
