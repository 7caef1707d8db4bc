"""Which URLs and addresses are refused, whatever way they are written and whatever they resolve to."""

import ipaddress
import socket

import pytest

from spark_monitor.notify.guard import Guard, may_be_called
from spark_monitor.notify.outcome import NotSentError

LISTED = ("hooks.example.org", "*.pager.example", "http://plain.example", "8.8.8.8", "[2606:4700::1]")


def resolving(*answers):
    """Return a resolver that gives these answers one after the other, each a list of addresses."""
    left = list(answers)

    def resolve(host, port, type):
        return [(socket.AF_INET6 if ":" in one else socket.AF_INET, type, 6, "", (one, port)) for one in left.pop(0)]

    return resolve


def refusal(act):
    with pytest.raises(NotSentError) as caught:
        act()
    assert not caught.value.again
    return caught.value.reason


@pytest.mark.parametrize(("url", "host", "port", "path"), [
    ("https://hooks.example.org/T0/B0?x=1#f", "hooks.example.org", 443, "/T0/B0?x=1"),
    ("https://HOOKS.example.org:8443", "hooks.example.org", 8443, "/"),
    ("https://eu.events.pager.example/v2", "eu.events.pager.example", 443, "/v2"),
    ("http://plain.example/", "plain.example", 80, "/"), ("https://plain.example/", "plain.example", 443, "/"),
    ("https://8.8.8.8/", "8.8.8.8", 443, "/"), ("https://[2606:4700::1]/", "2606:4700::1", 443, "/")])
def test_a_listed_host_is_read(url, host, port, path):
    target = Guard(LISTED).read(url)
    assert (target.host, target.port, target.path, target.is_tls) == (host, port, path, url.startswith("https"))


@pytest.mark.parametrize(("url", "reason"), [
    ("http://hooks.example.org/", "tls_needed"), ("https://example.org/", "host_not_listed"),
    ("https://pager.example/", "host_not_listed"), ("https://evilpager.example/", "host_not_listed"),
    ("https://hooks.example.org.evil.net/", "host_not_listed"),
    ("https://evil.net#@hooks.example.org/", "host_not_listed"),
    ("https://hooks.example.org@evil.net/", "url_refused"), ("https://evil.net\\@hooks.example.org/", "url_refused"),
    ("https://hooks.example.org./", "url_refused"), ("https://hooks.example.org:99999/", "url_refused"),
    ("ftp://hooks.example.org/", "url_refused"), ("file:///etc/passwd", "url_refused"),
    ("https:hooks.example.org", "url_refused"), ("//hooks.example.org/", "url_refused"), ("", "url_refused"),
    ("https://hooks.example.org/\r\nX: y", "url_refused"), (" https://hooks.example.org/", "url_refused"),
    ("https://hooks.ex\u0430mple.org/", "url_refused"), ("https://hooks%2eexample.org/", "url_refused"),
    ("https://[::1", "url_refused"), ("https://[fe80::1%25eth0]/", "url_refused")])
def test_any_other_url_is_refused(url, reason):
    assert refusal(lambda: Guard(LISTED).read(url)) == reason


@pytest.mark.parametrize("host", [
    "0x7f000001", "2130706433", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "127.0.0.0x1", "localhost.",
    "127.0.0.1.", "\u2460\u2461\u2466.0.0.1", "\uff11\uff12\uff17.0.0.1", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]",
    "1.2.3.4.5", "256.0.0.1", "0x7f.1", "[::FFFF:127.0.0.1]"])
def test_a_number_written_oddly_is_refused_even_where_it_is_listed(host):
    guard = Guard((host, host.lower(), "*.1", "localhost"), allow_private=True, resolve=resolving(["127.0.0.1"]))

    def call():
        target = guard.read(f"https://{host}/")
        guard.addresses(target.host, target.port)

    assert refusal(call) in ("url_refused", "address_refused")


FORBIDDEN = ["127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
             "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192", "0.0.0.0",
             "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1", "203.0.113.7", "198.18.0.1",
             "::", "::1", "::ffff:8.8.8.8", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::808:808",
             "64:ff9b:1::1", "2002:7f00:1::1", "2001:0:4136:e378::1", "2001:db8::1", "fe80::1", "fec0::1", "fc00::1",
             "fd00:ec2::254", "ff02::1", "100::1", "5f00::1", "3fff::1"]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_a_name_that_resolves_to_a_forbidden_address_is_refused(address):
    guard = Guard(LISTED, resolve=resolving(["93.184.216.34", address]))
    assert refusal(lambda: guard.addresses("hooks.example.org", 443)) == "address_refused"


def test_inside_ones_own_network_only_its_own_addresses_pass():
    passing = [text for text in FORBIDDEN if may_be_called(ipaddress.ip_address(text), allow_private=True)]
    assert passing == ["127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
                       "100.64.0.1", "::1", "fc00::1"]


def test_public_addresses_pass_each_once():
    guard = Guard(LISTED, resolve=resolving(["8.8.8.8", "2606:4700::1", "8.8.8.8"]))
    assert guard.addresses("hooks.example.org", 443) == ("8.8.8.8", "2606:4700::1")


def test_a_name_that_nobody_knows_may_be_tried_again():
    def resolve(*_, **__):
        raise socket.gaierror("no such host hooks.example.org")

    for guard in (Guard(LISTED, resolve=resolve), Guard(LISTED, resolve=resolving([]))):
        with pytest.raises(NotSentError, match="host_unknown") as caught:
            guard.addresses("hooks.example.org", 443)
        assert caught.value.again


def test_an_address_that_is_listed_is_not_resolved():
    assert Guard(LISTED, resolve=None).addresses("8.8.8.8", 443) == ("8.8.8.8",)
