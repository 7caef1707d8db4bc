"""Slack: an incoming webhook, as blocks of plain text, in which nothing that a log holds can mention or link."""

import json

from spark_monitor.alerts.wording import one_line
from spark_monitor.notify.text import message_lines, without_mentions

LONGEST_TITLE, LONGEST_TEXT = 150, 3000
SIGNS = {"critical": "\U0001f534", "warn": "\U0001f7e0", None: "\U0001f7e2"}


def send(channel, message, wire):
    """Send a message; Slack has no ids, so that one whose acceptance was not heard of comes again."""
    wire.post(wire.secret(channel.url), json.dumps(document(message)).encode(),
              {"Content-Type": "application/json", "Idempotency-Key": message.id})


def document(message):
    """Return the body: the title for notifications, and blocks.

    Slack's own markup is in texts of type mrkdwn only; the title, which is one, has its three signs escaped.

    Parameters
    ----------
    message : Message
    """
    title = f"{SIGNS[message.severity]} {one_line(message.title)}"
    texts = [""]
    for line in message_lines(message):
        if len(texts[-1]) + len(line) >= LONGEST_TEXT:
            texts.append("")
        texts[-1] += f"{line[:LONGEST_TEXT - 1]}\n"
    return {"text": escape(without_mentions(title)),
            "blocks": [{"type": "header", "text": _plain(title[:LONGEST_TITLE])},
                       *({"type": "section", "text": _plain(text.rstrip())} for text in texts if text)]}


def escape(text):
    """Return a text without the signs by which Slack's markup begins.

    Examples
    --------
    >>> escape("<!channel> & <@U1>")
    '&lt;!channel&gt; &amp; &lt;@U1&gt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text):
    return {"type": "plain_text", "text": text, "emoji": False}
