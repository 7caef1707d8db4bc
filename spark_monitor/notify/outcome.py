"""How an attempt to send a message ends where it is not accepted."""


class NotSentError(Exception):
    """A message was not accepted; it carries words of ours, never an address or what a receiver wrote.

    Parameters
    ----------
    reason : str
    again : bool
        Whether it is worth trying once more in this run.
    wait : float or None
        Seconds that the receiver asked to wait before.

    Examples
    --------
    >>> NotSentError("http_503", again=True)
    NotSentError('http_503')
    """

    def __init__(self, reason, again=False, wait=None):
        super().__init__(reason)
        self.reason, self.again, self.wait = reason, again, wait
