"""Which addresses may be called: hosts that are listed, by TLS, at addresses that are not inside somebody's network.

A name is resolved once for each connection, all that it resolves to is looked at, and the connection goes to what was
looked at: a name that means another address a moment later gains nothing. Only one way of writing each address passes,
since what else a number may mean (0x7f000001, 127.1, 017700000001) depends on who reads it.
"""

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from spark_monitor.notify.outcome import NotSentError

LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
# What ends in a label that begins with a digit could be read as a number.
NAME = re.compile(rf"(?=.{{1,253}}$)(?:{LABEL}\.)*[a-z](?:[a-z0-9_-]{{0,61}}[a-z0-9_])?")
WRITABLE = re.compile(r"[!#-;=?-\[\]_a-z~]+")
# Where clouds hand out credentials; Azure's is a public address.
METADATA = [ipaddress.ip_network(text) for text in (
    "169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::/32", "fe80::/10")]
OWN = [ipaddress.ip_network(text) for text in (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10", "::1/128", "fc00::/7")]
# What is_global of some releases of Python takes for public.
NOT_PUBLIC = [ipaddress.ip_network(text) for text in (
    "0.0.0.0/8", "192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/3", "2001::/23", "2001:db8::/32", "2002::/16",
    "3fff::/20")]
GLOBAL_6 = ipaddress.ip_network("2000::/3")
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Target:
    """What a URL says, its secrets among it.

    Parameters
    ----------
    host : str
    port : int
    path : str
        With the query.
    is_tls : bool
    """

    host: str
    port: int
    path: str
    is_tls: bool

    def __repr__(self):
        return "Target(...)"


@dataclass(frozen=True)
class Guard:
    """What one channel may call.

    Parameters
    ----------
    hosts : tuple of str
        Names, ``*.domain``, or either after ``http://``, which allows it without TLS.
    allow_private : bool
        Whether addresses of one's own network and machine pass; those of metadata never do.
    resolve : callable
        As `socket.getaddrinfo`.

    Examples
    --------
    >>> guard = Guard(("hooks.example.org",))
    >>> target = guard.read("https://hooks.example.org/T0/secret")
    >>> target.host, target.port, target
    ('hooks.example.org', 443, Target(...))
    >>> guard.read("https://hooks.example.org@0x7f000001/")
    Traceback (most recent call last):
    ...
    spark_monitor.notify.outcome.NotSentError: url_refused
    """

    hosts: tuple
    allow_private: bool = False
    resolve: Callable = socket.getaddrinfo

    def read(self, url):
        """Return the `Target` that a URL names.

        Raises
        ------
        NotSentError
            If it is written oddly, its host is not listed, or it is without TLS where that is not listed.
        """
        if not WRITABLE.fullmatch(url.lower()):
            raise NotSentError("url_refused")
        try:
            parts = urlsplit(url)
            port = parts.port or PORTS.get(parts.scheme)
        except ValueError:
            raise NotSentError("url_refused") from None
        if parts.scheme not in PORTS or "@" in parts.netloc or not parts.hostname:
            raise NotSentError("url_refused")
        self.check_listed(parts.hostname, parts.scheme == "https")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(parts.hostname, port, path, parts.scheme == "https")

    def check_listed(self, host, is_tls=True):
        """Refuse a host that is not listed."""
        if not (NAME.fullmatch(host) or _address(host)):
            raise NotSentError("url_refused")
        shown = f"[{host}]" if ":" in host else host
        listed = [pattern for pattern in self.hosts if _is_meant(shown, pattern.removeprefix("http://"))]
        if not listed:
            raise NotSentError("host_not_listed")
        if not is_tls and not any(pattern.startswith("http://") for pattern in listed):
            raise NotSentError("tls_needed")

    def addresses(self, host, port):
        """Return the addresses of a host, as texts; all of them may be called.

        Raises
        ------
        NotSentError
            If one of them may not: what it is to resolve to both is not to be guessed. If there are none.
        """
        literal = _address(host)
        try:
            found = [literal] if literal else [
                ipaddress.ip_address(info[4][0]) for info in self.resolve(host, port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError, ValueError):
            raise NotSentError("host_unknown", again=True) from None
        if not found:
            raise NotSentError("host_unknown", again=True)
        if not all(may_be_called(address, self.allow_private) for address in found):
            raise NotSentError("address_refused")
        return tuple(dict.fromkeys(map(str, found)))


def may_be_called(address, allow_private=False):
    """Say whether an address may be called.

    Addresses of IPv6 that stand for one of IPv4 (mapped, NAT64, 6to4, Teredo) never are: the other one is meant.

    Parameters
    ----------
    address : ipaddress.IPv4Address or ipaddress.IPv6Address
    allow_private : bool

    Examples
    --------
    >>> [may_be_called(ipaddress.ip_address(text)) for text in ("8.8.8.8", "10.0.0.1", "64:ff9b::7f00:1")]
    [True, False, False]
    >>> [may_be_called(ipaddress.ip_address(text), True) for text in ("10.0.0.1", "169.254.169.254")]
    [True, False]
    """
    if _is_in(address, METADATA):
        return False
    if _is_in(address, OWN):
        return allow_private
    if address.version == 6 and address not in GLOBAL_6:
        return False
    return address.is_global and not address.is_multicast and not _is_in(address, NOT_PUBLIC)


def _is_in(address, networks):
    return any(address in network for network in networks if network.version == address.version)


def _is_meant(host, pattern):
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _address(host):
    """Return the address that a host is written as, in the one way there is; None where it is a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return address if str(address) == host and "%" not in host else None
