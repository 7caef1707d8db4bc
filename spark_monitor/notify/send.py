"""One message over one channel: tried again while that may help, never longer than there is time, never raising."""

import http.client
import smtplib
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from spark_monitor.notify.outcome import NotSentError

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
DELIVERED, FAILED, HELD = "delivered", "failed", "held"


@dataclass(frozen=True)
class Outcome:
    """What became of a message on a channel.

    Parameters
    ----------
    status : {"delivered", "failed", "held"}
        Accepted by the receiver; not accepted; not even tried.
    attempts : int
    reason : str or None
        Why it was not accepted, in words of ours.
    is_down : bool
        Whether the receiver, and not the message, is what is wrong: others need not be tried.
    """

    status: str
    attempts: int = 0
    reason: str | None = None
    is_down: bool = False


@dataclass(frozen=True)
class Patience:
    """How long, and how often, a message is tried.

    Parameters
    ----------
    until : float
        By `clock`: when everything must be over.
    attempts : int
    timeout : float
        Seconds that one attempt may take.
    clock, sleep : callable
        As `time.monotonic` and `time.sleep`.
    """

    until: float
    attempts: int
    timeout: float = 10.0
    clock: Callable = time.monotonic
    sleep: Callable = time.sleep

    @property
    def left(self):
        """Seconds until everything must be over."""
        return self.until - self.clock()


def send(act, patience, seed):
    """Try to send a message until it is accepted, trying again is of no use, or there is no time.

    Parameters
    ----------
    act : callable
        Sends; raises where the message was not accepted.
    patience : Patience
    seed : str
        What the random part of the pauses is drawn from, so that many senders don't come back at once.

    Returns
    -------
    Outcome

    Examples
    --------
    >>> answers, pauses = [NotSentError("http_503", again=True), None], []
    >>> def act():
    ...     if answer := answers.pop(0):
    ...         raise answer
    >>> send(act, Patience(60.0, 4, clock=lambda: 0.0, sleep=pauses.append), "m")
    Outcome(status='delivered', attempts=2, reason=None, is_down=False)
    >>> 0.5 <= pauses[0] <= 1.0
    True
    """
    if patience.left <= 0:
        return Outcome(HELD, reason="deadline")
    random = Random(seed)
    for attempt in range(1, patience.attempts + 1):
        error = within(min(patience.timeout, patience.left), act)
        if error is None:
            return Outcome(DELIVERED, attempt)
        pause = min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE) * (1 + random.random()) / 2
        pause = max(pause, error.wait or 0.0)
        if not error.again or attempt == patience.attempts or pause >= patience.left:
            break
        patience.sleep(pause)
    return Outcome(FAILED, attempt, error.reason, is_down=error.again)


def within(seconds, act):
    """Do something for some seconds at most; return None, or why it was not done, as a `NotSentError`.

    It is done in a thread of its own, which is left behind where it takes longer: looking up a name has no timeout, and
    a receiver that sends a byte now and then outlasts any other.
    """
    ended = []

    def run():
        try:
            act()
            ended.append(None)
        except BaseException as error:
            ended.append(in_our_words(error))

    thread = threading.Thread(target=run, name="delivery", daemon=True)
    thread.start()
    thread.join(seconds)
    return ended[0] if ended else NotSentError("timed_out", again=True)


def in_our_words(error):
    """Return what an error means, without anything that it says: texts of errors may hold addresses and secrets.

    Examples
    --------
    >>> in_our_words(ConnectionRefusedError("no https://hooks.example.org/secret"))
    NotSentError('unreachable')
    """
    if isinstance(error, NotSentError):
        return error
    if isinstance(error, ssl.SSLCertVerificationError):
        return NotSentError("certificate_refused")
    if isinstance(error, smtplib.SMTPResponseException):
        return NotSentError(f"smtp_{error.smtp_code}", again=400 <= error.smtp_code < 500)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return NotSentError(f"smtp_{max(codes)}", again=max(codes) < 500)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return NotSentError("smtp_not_supported")
    for kinds, reason in ((TimeoutError, "timed_out"), (ssl.SSLError, "tls_failed"),
                          ((http.client.HTTPException, smtplib.SMTPException), "answer_malformed"),
                          (OSError, "unreachable")):
        if isinstance(error, kinds):
            return NotSentError(reason, again=True)
    return NotSentError(f"broken: {type(error).__name__}{_place(error)}")


def _place(error):
    """Return where in our own code something went wrong that should not have."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f" at line {trace.tb_lineno} of {trace.tb_frame.f_globals.get('__name__')}" if trace else ""
