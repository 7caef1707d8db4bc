"""Forbidden addresses are refused, however they are reached; a secret is in nothing that a delivery leaves behind."""

import logging
import socket
import ssl
import traceback
from dataclasses import replace
from datetime import timedelta

import pytest

from spark_monitor.config.notify import Channel
from spark_monitor.notify.channels import CHANNELS
from spark_monitor.notify.message import make_message
from spark_monitor.notify.outbox import told
from spark_monitor.notify.outcome import NotSentError
from spark_monitor.notify.send import in_our_words
from spark_monitor.notify.wire import Outside, Wire

CANARY = "canary-7f3a"
# Addresses that a webhook must not be, whatever is listed.
FORBIDDEN = [
    "https://127.0.0.1/", "https://0x7f000001/", "https://2130706433/", "https://0177.0.0.1/", "https://127.1/",
    "https://localhost/", "https://localhost./", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://10.0.0.8/",
    "https://192.168.0.1/", "https://169.254.169.254/latest/meta-data/", "https://metadata.google.internal/",
    "https://[fd00:ec2::254]/", "https://0.0.0.0/", "https://224.0.0.1/", "https://\u2460\u2461\u2466.0.0.1/",
    "https://hooks.example.org@169.254.169.254/", "https://rebound.example.org/", "http://hooks.example.org/",
]
LISTED = ("*.example.org", "localhost", "metadata.google.internal", "127.0.0.1", "10.0.0.8", "192.168.0.1",
          "169.254.169.254", "[::1]", "[fd00:ec2::254]", "0.0.0.0", "224.0.0.1", "[2002:7f00:1::]", "[64:ff9b::7f00:1]")
NAMES = {"localhost": "127.0.0.1", "metadata.google.internal": "169.254.169.254", "rebound.example.org": "10.1.2.3",
         "hooks.example.org": "93.184.216.34"}


def resolve(host, port, type):
    return [(socket.AF_INET, type, 6, "", (NAMES[host], port))]


@pytest.fixture
def message(alert):
    return make_message(told([alert()]))


def refusal(kind, outside, message, hosts=LISTED, allow_private=False):
    channel = Channel(name="c", kind=kind, url={"env": "URL"}, allow_private=allow_private)
    with pytest.raises(Exception) as caught:
        CHANNELS[kind](channel, message, Wire.of(channel, hosts, outside))
    return in_our_words(caught.value)


def no_call(address, timeout):
    raise AssertionError(f"called {address}")


@pytest.mark.parametrize("url", FORBIDDEN)
@pytest.mark.parametrize("kind", ["webhook", "slack"])
def test_a_forbidden_address_is_refused_without_a_call_and_without_a_word_of_it(kind, url, message):
    outside = Outside({"URL": f"{url}{CANARY}"}, resolve=resolve, dial=no_call)
    error = refusal(kind, outside, message)
    assert error.reason in ("url_refused", "host_not_listed", "address_refused", "tls_needed") and not error.again
    assert CANARY not in "".join(traceback.format_exception(error))


def test_metadata_stays_refused_where_ones_own_network_is_allowed(message):
    for url in ("https://169.254.169.254/", "https://metadata.google.internal/", "https://[fd00:ec2::254]/"):
        outside = Outside({"URL": url}, resolve=resolve, dial=no_call)
        assert refusal("webhook", outside, message, allow_private=True).reason == "address_refused"


def test_a_name_that_changes_its_address_is_never_called_at_the_other_one(message):
    answers, called = ["93.184.216.34", "169.254.169.254"], []

    def rebinding(host, port, type):
        return [(socket.AF_INET, type, 6, "", (answers.pop(0), port))]

    def dial(address, timeout):
        called.append(address)
        raise ConnectionResetError(f"no {address}")

    outside = Outside({"URL": f"https://hooks.example.org/{CANARY}"}, resolve=rebinding, dial=dial)
    assert refusal("webhook", outside, message).reason == "unreachable"
    assert refusal("webhook", outside, message).reason == "address_refused"
    assert called == [("93.184.216.34", 443)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status, run, tables, alert, config, receiver):
    receiver.answers = [(status, {"Location": f"http://localhost:{receiver.port}/elsewhere"})]
    assert run(tables(alert()), config()) == [("failed", 1, "redirected")]
    assert receiver.paths == ["/hook"]


def test_proxies_of_the_environment_are_not_asked(run, tables, alert, config, receiver, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert run(tables(alert()), config()) == [("delivered", 1, None)]


def explode(*_, **__):
    raise RuntimeError(f"https://hooks.slack.com/services/{CANARY}")


@pytest.mark.parametrize("broken", ["none", "refused", "status", "hang", "malformed", "resolve", "dial", "context"])
def test_a_secret_is_in_no_output_whatever_goes_wrong(broken, run, tables, alert, config, receiver, world, capfd,
                                                      caplog):
    caplog.set_level(logging.DEBUG)
    host = f"http://localhost:{receiver.port}"
    secrets = {"URL": f"{host}/{CANARY}", "TOKEN": CANARY, "SLACK": f"{host}/services/{CANARY}", "PASSWORD": CANARY}
    outside = replace(world.outside, environ=secrets, timeout=0.3 if broken == "hang" else 5.0)
    if broken in ("resolve", "dial", "context"):
        outside = replace(outside, environ={name: text.replace("http:", "https:") for name, text in secrets.items()},
                          **{broken: explode})
    receiver.answers = [{"status": (500, {"X-Echo": CANARY}), "hang": "hang"}.get(broken, 200)]
    if broken in ("refused", "malformed"):
        form = "https://user:{}@0x7f.1/" if broken == "refused" else "\n{}\x00"
        outside = replace(outside, environ={name: form.format(text) for name, text in secrets.items()})
    channels = [
        {"name": "desk", "kind": "webhook", "url": {"env": "URL"}, "token": {"env": "TOKEN"}, "allow_private": True},
        {"name": "team", "kind": "slack", "url": {"env": "SLACK"}, "allow_private": True},
        {"name": "mail", "kind": "email", "host": "127.0.0.1", "port": 9, "sender": "a@example.org", "to": ["b@x.org"],
         "user": "u", "password": {"env": "PASSWORD"}, "allow_private": True}]
    found = tables(alert(channels=["desk", "team", "mail"]))
    configuration = config(channels=channels, attempts=2, deadline=timedelta(seconds=5))
    sent = run(found, configuration, outside=outside)
    assert len(sent) == 3 and (broken == "none") == (("delivered", 1, None) in sent)
    left = capfd.readouterr()
    told_of = [left.out, left.err, caplog.text, str(found.rows), str(sent), repr(configuration),
               str(configuration.masked()), configuration.config_hash, repr(outside)]
    assert [text for text in told_of if CANARY in text] == []


def test_an_error_of_our_own_is_told_by_its_kind_and_place_alone():
    try:
        explode()
    except RuntimeError as error:
        words = in_our_words(error)
    assert words.reason.startswith("broken: RuntimeError at line ") and CANARY not in words.reason


@pytest.mark.parametrize(("given", "reason"), [({}, "secret_missing"), ({"URL": "  "}, "secret_missing")])
def test_a_secret_that_is_not_there_is_said(given, reason, message):
    assert refusal("webhook", Outside(given, dial=no_call), message).reason == reason


def test_a_secret_in_a_file_is_read_when_it_is_needed(tmp_path):
    channel = Channel(name="c", kind="slack", url={"file": str(tmp_path / "url")})
    wire = Wire.of(channel, (), Outside({}))
    with pytest.raises(NotSentError, match="secret_missing"):
        wire.secret(channel.url)
    (tmp_path / "url").write_text(f"https://hooks.slack.com/{CANARY}\n")
    assert wire.secret(channel.url) == f"https://hooks.slack.com/{CANARY}"


@pytest.mark.parametrize(("host", "trusts", "reason"), [
    ("hooks.example.org", True, None), ("hooks.example.org", False, "certificate_refused"),
    ("other.example.org", True, "certificate_refused")])
def test_the_certificate_is_that_of_the_name_though_the_address_is_pinned(host, trusts, reason, certificate, receiver,
                                                                         message):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    names = []
    context.sni_callback = lambda _, name, __: names.append(name)
    receiver.wrap(context)
    outside = Outside({"URL": f"https://{host}:{receiver.port}/hook"},
                      resolve=lambda host, port, type: [(socket.AF_INET, type, 6, "", ("127.0.0.1", port))],
                      context=lambda: ssl.create_default_context(cafile=certificate[0] if trusts else None))
    channel = Channel(name="c", kind="webhook", url={"env": "URL"}, allow_private=True)
    wire = Wire.of(channel, LISTED, outside)
    if reason is None:
        CHANNELS["webhook"](channel, message, wire)
        assert receiver.headers[0]["Host"] == f"{host}:{receiver.port}"
    else:
        assert refusal("webhook", outside, message, allow_private=True).reason == reason
    assert names == [host]
