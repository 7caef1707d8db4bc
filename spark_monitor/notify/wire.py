"""How a channel reaches the outside: pinned connections, a POST without redirects and proxies, secrets when needed."""

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from spark_monitor.notify.guard import Guard
from spark_monitor.notify.outcome import NotSentError

LONGEST_SECRET = 10_000
# Too early, or too much at the moment: what is asked for is right.
LATER = (408, 425, 429)


@dataclass(frozen=True)
class Outside:
    """What delivery needs of the world around it.

    Parameters
    ----------
    environ : mapping of str to str
        Where secrets are.
    timeout : float
        Seconds that an attempt may take.
    resolve, dial : callable
        As `socket.getaddrinfo` and `socket.create_connection`; the second is given addresses only.
    context : callable
        Returns the `ssl.SSLContext` to trust by.
    clock, sleep : callable
        As `time.monotonic` and `time.sleep`.
    """

    environ: Mapping = field(repr=False)
    timeout: float = 10.0
    resolve: Callable = socket.getaddrinfo
    dial: Callable = socket.create_connection
    context: Callable = ssl.create_default_context
    clock: Callable = time.monotonic
    sleep: Callable = time.sleep


@dataclass(frozen=True)
class Wire:
    """The outside, as one channel may reach it.

    Parameters
    ----------
    guard : Guard
    outside : Outside
    """

    guard: Guard
    outside: Outside

    @classmethod
    def of(cls, channel, hosts, outside):
        """Return the wire of a channel that may call some hosts."""
        return cls(Guard(hosts, channel.allow_private, outside.resolve), outside)

    def secret(self, where):
        """Return what a `Secret` of the configuration names; None for None.

        Raises
        ------
        NotSentError
            If it is not there.
        """
        if where is None:
            return None
        if where.env is not None:
            found = self.outside.environ.get(where.env, "")
        else:
            try:
                with open(where.file, encoding="utf-8") as file:
                    found = file.read(LONGEST_SECRET)
            except (OSError, ValueError):
                found = ""
        if not found.strip():
            raise NotSentError("secret_missing")
        return found.strip()

    def connect(self, host, port):
        """Return a socket to one of the addresses of a host, all of which the guard has looked at."""
        refused = None
        for address in self.guard.addresses(host, port):
            try:
                return self.outside.dial((address, port), self.outside.timeout)
            except OSError as error:
                refused = error
        raise refused

    def post(self, url, body, headers):
        """Send bytes by POST; returns where the answer is 2xx.

        Raises
        ------
        NotSentError
            Everything else.
        """
        target = self.guard.read(url)
        with closing(_Pinned(target, self)) as connection:
            connection.request("POST", target.path, body, {"User-Agent": "spark-monitor", **headers})
            with closing(connection.getresponse()) as answer:
                check_status(answer.status, answer.getheader("Retry-After"), answer.getheader("Date"))


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was looked at, for the host that was asked for."""

    def __init__(self, target, wire):
        self.default_port = 443 if target.is_tls else 80
        super().__init__(target.host, target.port, timeout=wire.outside.timeout)
        self._target, self._wire = target, wire

    def connect(self):
        self.sock = self._wire.connect(self._target.host, self._target.port)
        if self._target.is_tls:
            self.sock = self._wire.outside.context().wrap_socket(self.sock, server_hostname=self._target.host)


def check_status(status, retry_after=None, date=None):
    """Return where an HTTP status says that a message was accepted.

    Parameters
    ----------
    status : int
    retry_after, date : str or None
        Those headers of the answer; an instant to wait for is taken by the receiver's own clock.

    Examples
    --------
    >>> check_status(204)
    >>> for status, header in [(429, "7"), (503, "Wed, 21 Oct 2015 07:28:30 GMT"), (404, None), (302, None)]:
    ...     try:
    ...         check_status(status, header, "Wed, 21 Oct 2015 07:28:00 GMT")
    ...     except NotSentError as error:
    ...         error.reason, error.again, error.wait
    ('http_429', True, 7.0)
    ('http_503', True, 30.0)
    ('http_404', False, None)
    ('redirected', False, None)
    """
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise NotSentError("redirected")
    again = status in LATER or status >= 500
    raise NotSentError(f"http_{status}", again, _seconds(retry_after, date) if again else None)


def _seconds(retry_after, date):
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal() and len(retry_after) < 10:
        return float(retry_after)
    try:
        return max((parsedate_to_datetime(retry_after) - parsedate_to_datetime(date)).total_seconds(), 0.0)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
