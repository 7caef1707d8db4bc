"""The process that runs apprise: one message from stdin, one answer to stdout, and no connection past the guard."""

import json
import os
import socket
import sys

from spark_monitor.notify.guard import Guard
from spark_monitor.notify.outcome import NotSentError
from spark_monitor.notify.text import without_markdown


def main():
    """Read what is asked, send it, and write what became of it."""
    asked, answer = json.load(sys.stdin), sys.stdout
    sys.stdout = open(os.devnull, "w", encoding="utf-8")
    said = {"accepted": False, "reason": None, "status": None, "retry_after": None, "date": None}
    guard = Guard(tuple(asked["hosts"]), asked["allow_private"], socket.getaddrinfo)
    fence(guard, said)
    try:
        said["accepted"] = tell(asked, guard, said)
    except Exception as error:
        said["reason"] = said["reason"] or f"broken: {type(error).__name__}"
    json.dump(said, answer)


def fence(guard, said):
    """Let this process resolve listed hosts only, and connect only to addresses that the guard has looked at.

    An audit hook can't be taken off again, whatever code runs later.

    Parameters
    ----------
    guard : Guard
    said : dict
        Its `reason` comes to hold why something was refused.
    """
    looked_at, resolve = set(), socket.getaddrinfo

    def refuse(reason):
        said["reason"] = reason
        raise NotSentError(reason)

    def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
        name = host.decode() if isinstance(host, bytes) else host
        try:
            if name not in looked_at:
                guard.check_listed(name)
            found = (name,) if name in looked_at else guard.addresses(name, port)
        except NotSentError as error:
            if error.again:
                raise socket.gaierror("unknown") from None
            refuse(error.reason)
        looked_at.update(found)
        return [info for address in found for info in resolve(address, port, family, type, proto, flags)]

    def watch(event, arguments):
        if event in ("socket.connect", "socket.sendto"):
            address = arguments[1]
            if not isinstance(address, tuple) or address[0] not in looked_at:
                refuse("address_refused")

    socket.getaddrinfo = getaddrinfo
    sys.addaudithook(watch)


def tell(asked, guard, said):
    """Send a message by apprise; returns whether its service took it."""
    import apprise

    _watch_requests(guard, said)
    asset = apprise.AppriseAsset(http_redirects=False, async_mode=False)
    plugin = apprise.Apprise.instantiate(with_key(asked), asset=asset, suppress_exceptions=True)
    if not plugin:
        said["reason"] = "url_refused"
        return False
    plugin.redirects = False
    title, body = asked["title"], asked["body"]
    shape = apprise.NotifyFormat.TEXT
    if plugin.notify_format == apprise.NotifyFormat.MARKDOWN:
        title, body, shape = without_markdown(title), without_markdown(body), apprise.NotifyFormat.MARKDOWN
    return bool(plugin.notify(body=body, title=title, notify_type=apprise.NotifyType(asked["type"]),
                              body_format=shape))


def with_key(asked):
    """Return the URL of a service, with the key and the action of an event where it has them."""
    if "dedup" not in asked:
        return asked["url"]
    more = f"dedup={asked['dedup']}&action={asked['action']}"
    return f"{asked['url']}{'&' if '?' in asked['url'] else '?'}{more}"


def _watch_requests(guard, said):
    """Look at each URL that the library requests sends to, and keep the status of its answer."""
    import requests

    send = requests.Session.send

    def watched(session, request, **how):
        try:
            guard.read(request.url)
        except NotSentError as error:
            said["reason"] = error.reason
            raise
        answer = send(session, request, **{**how, "allow_redirects": False, "proxies": {}})
        said.update(status=answer.status_code, retry_after=answer.headers.get("Retry-After"),
                    date=answer.headers.get("Date"))
        return answer

    requests.Session.send = watched


if __name__ == "__main__":
    main()
