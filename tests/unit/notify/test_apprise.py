"""What the process that runs apprise sends, what it refuses, and what comes back; apprise itself where it is there."""

import json
import subprocess
import sys

import pytest

from spark_monitor.config.notify import Channel
from spark_monitor.notify.apprise_child import with_key
from spark_monitor.notify.channels import apprise
from spark_monitor.notify.message import make_message
from spark_monitor.notify.outbox import told
from spark_monitor.notify.outcome import NotSentError
from spark_monitor.notify.wire import Outside, Wire

PAGER = "pagerduty://routing-canary@api-canary"
CHANNEL = Channel(name="pager", kind="apprise", url={"env": "URL"}, allow_private=True)
# A library of that name that opens a connection by itself, in one way or another, and prints what it knows.
FAKE = """
import socket, sys
class AppriseAsset:
    def __init__(self, **_): pass
class NotifyFormat: TEXT = MARKDOWN = "text"
NotifyType = str
class Plugin:
    notify_format = "text"
    def __init__(self, url): self.url = url
    def notify(self, **_):
        print(self.url); print(self.url, file=sys.stderr)
        way, host, port = self.url.split("|")
        if way == "name":
            socket.create_connection((host, int(port)), 1).close()
        else:
            socket.socket().connect((host, int(port)))
        return True
class Apprise:
    instantiate = staticmethod(lambda url, **_: Plugin(url))
"""


def child(asked, *folders):
    """Run the child with other folders before those of this process; returns its answer, and all that it wrote."""
    path = ":".join([*map(str, folders), *filter(None, sys.path)])
    done = subprocess.run([sys.executable, "-m", apprise.CHILD], input=json.dumps(asked), capture_output=True,
                          text=True, env={"PYTHONPATH": path}, check=True)
    return json.loads(done.stdout), done.stdout


@pytest.fixture
def fake(tmp_path):
    (tmp_path / "apprise.py").write_text(FAKE)
    (tmp_path / "requests.py").write_text("class Session:\n    send = None\n")
    return tmp_path


@pytest.mark.parametrize(("url", "reason"), [
    ("name|localhost|PORT", None), ("name|127.0.0.1|PORT", None), ("name|0x7f000001|PORT", "url_refused"),
    ("name|127.1|PORT", "url_refused"), ("name|::ffff:127.0.0.1|PORT", "url_refused"),
    ("name|example.com|443", "host_not_listed"), ("name|169.254.169.254|80", "address_refused"),
    ("number|127.0.0.1|PORT", "address_refused"), ("number|169.254.169.254|80", "address_refused")])
def test_no_connection_of_the_process_passes_the_guard(url, reason, fake, receiver):
    asked = {"url": url.replace("PORT", str(receiver.port)), "hosts": ["localhost", "127.0.0.1", "169.254.169.254"],
             "allow_private": True, "title": "t", "body": "b", "type": "warning"}
    said, written = child(asked, fake)
    assert (said["reason"], said["accepted"]) == (reason, reason is None)
    assert "|" not in written


@pytest.fixture
def asked(monkeypatch):
    """Collect what the child is asked, and answer that it was accepted."""
    asked = []

    def answer(what, outside):
        asked.append(what)
        return {"accepted": True, "reason": None, "status": 202, "retry_after": None, "date": None}

    monkeypatch.setattr(apprise, "_child", answer)
    return asked


def send(rows, url):
    wire = Wire.of(CHANNEL, ("*.pagerduty.com",), Outside({"URL": url}))
    for part in apprise.split(make_message(told(rows)), CHANNEL, wire):
        apprise.send(CHANNEL, part, wire)


def test_an_event_of_pagerduty_has_the_key_of_its_alert_and_resolves_it(asked, alert):
    send([alert("a", severity="critical"), alert("b"), alert("b", 2, "resolved", week=1)], PAGER)
    assert [(what["dedup"], what["action"], what["type"]) for what in asked] == [
        ("a", "trigger", "failure"), ("b", "resolve", "warning")]
    assert asked[0]["body"].startswith("m: opened, critical: psi of a") and not asked[0]["title"]


def test_other_services_get_one_message_in_which_nobody_is_mentioned(asked, alert):
    send([alert("@everyone"), alert("b", severity="critical")], "msteams://x")
    (what,) = asked
    assert (what["title"], what["type"]) == ("m: 2 opened; worst is critical", "failure")
    assert "@everyone" not in what["body"] and "dedup" not in what


def test_without_the_library_the_reason_says_so(alert, monkeypatch):
    monkeypatch.setattr(apprise.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NotSentError, match="apprise_missing"):
        send([alert()], "json://localhost")




@pytest.fixture
def library():
    return pytest.importorskip("apprise")


@pytest.mark.parametrize(("answer", "expected"), [
    (200, ("delivered", 1, None)), (500, ("failed", 2, "http_500")), (404, ("failed", 1, "http_404")),
    ((302, {"Location": "http://169.254.169.254/"}), ("failed", 1, "redirected"))])
def test_the_library_sends_and_its_receiver_answers(answer, expected, library, run, tables, alert, config, receiver,
                                                    world):
    receiver.answers = [answer]
    outside = Outside({**world.outside.environ, "URL": f"json://localhost:{receiver.port}/x?redirect=yes",
                       "http_proxy": "http://127.0.0.1:9"}, timeout=30.0, clock=world.outside.clock,
                      sleep=world.outside.sleep)
    channels = [{"name": "desk", "kind": "apprise", "url": {"env": "URL"}, "allow_private": True}]
    assert run(tables(alert()), config(channels=channels, attempts=2), outside=outside) == [expected]
    assert receiver.bodies[0]["title"] == "m: 1 opened; worst is warn" and receiver.paths[0] == "/x"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("url", [PAGER, f"{PAGER}/source?region=eu"])
def test_the_library_reads_key_and_action_of_an_event_of_pagerduty(url, library):
    plugin = library.Apprise.instantiate(with_key({"url": url, "dedup": "f", "action": "resolve"}))
    assert (plugin.dedup, plugin.action) == ("f", "resolve")
