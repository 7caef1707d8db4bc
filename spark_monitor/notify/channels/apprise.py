"""Any service of the library apprise, such as PagerDuty and Teams, in a process of its own.

The library follows redirects, heeds proxies of the environment and logs addresses; in the child (`apprise_child`) none
of it matters, every connection passes the guard, and a service that hangs is ended with the process.
"""

import importlib.util
import json
import os
import subprocess
import sys

from spark_monitor.notify.outcome import NotSentError
from spark_monitor.notify.text import change_line, message_lines, without_mentions
from spark_monitor.notify.wire import check_status

CHILD = "spark_monitor.notify.apprise_child"
# What a process needs to start and to trust certificates by; no proxies, no credentials.
KEPT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE", "TMPDIR")
TYPES = {"critical": "failure", "warn": "warning", None: "success"}
PAGERDUTY = "pagerduty://"
LONGEST_EVENT = 1000


def send(channel, message, wire):
    """Send a message; an event of PagerDuty has the alert's fingerprint as its key, and resolves it when it is over."""
    url = wire.secret(channel.url)
    asked = {"url": url, "hosts": wire.guard.hosts, "allow_private": wire.guard.allow_private,
             "title": without_mentions(message.title), "type": TYPES[message.severity],
             "body": without_mentions("\n".join(message_lines(message)))}
    if _is_pagerduty(url):
        last = message.changes[-1]
        asked |= {"title": "", "body": f"{message.model}: {change_line(last, message.time_zone)}"[:LONGEST_EVENT],
                  "dedup": last.row["fingerprint"], "action": "trigger" if last.is_open else "resolve",
                  "type": TYPES[last.row["severity"]]}
    _check(_child(asked, wire.outside))


def split(message, channel, wire):
    """Return the messages to send instead of one: for PagerDuty, which keeps the state of each alert, one an alert."""
    try:
        return message.by_alert() if _is_pagerduty(wire.secret(channel.url)) else [message]
    except NotSentError:
        return [message]


def _is_pagerduty(url):
    return url.lower().startswith(PAGERDUTY)


def _child(asked, outside):
    if importlib.util.find_spec("apprise") is None:
        raise NotSentError("apprise_missing")
    environ = {name: outside.environ[name] for name in KEPT if name in outside.environ}
    environ |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "NETRC": os.devnull}
    try:
        done = subprocess.run([sys.executable, "-m", CHILD], input=json.dumps(asked), stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, env=environ, timeout=outside.timeout, check=False)
        return json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise NotSentError("timed_out", again=True) from None
    except ValueError:
        raise NotSentError("apprise_failed", again=True) from None


def _check(said):
    if said["reason"] is not None:
        raise NotSentError(said["reason"])
    if said["status"] is not None:
        check_status(said["status"], said["retry_after"], said["date"])
    if not said["accepted"]:
        raise NotSentError("not_accepted", again=True)
