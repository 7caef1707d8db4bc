"""A webhook: the message as JSON by POST, its ids in headers and body."""

import json
import math
from datetime import datetime, timezone

from spark_monitor.alerts.addressed import DUE

SCHEMA = 1
# Servers take headers of 8 KB together.
MOST_IDS = 100
OWN = ("delivery", "channels", "model", "run_id")


def send(channel, message, wire):
    """Send a message.

    ``Idempotency-Key`` is the message's id, ``X-Spark-Monitor-Changes`` are those of up to a hundred changes; the body
    has all. A receiver that drops ids that it has sees each change once.
    """
    headers = {"Content-Type": "application/json", "Idempotency-Key": message.id}
    if len(message.changes) <= MOST_IDS:
        headers["X-Spark-Monitor-Changes"] = ",".join(change.id for change in message.changes)
    token = wire.secret(channel.token)
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    wire.post(wire.secret(channel.url), json.dumps(document(message), allow_nan=False).encode(), headers)


def document(message):
    """Return the body: the message, and of each change its row of `alerts` with its id.

    Parameters
    ----------
    message : Message
    """
    changes = [{"id": change.id, "is_open": change.is_open, "withdraws": change.withdraws,
                "urgent": change.row.get("delivery") == DUE,
                **{name: _plain(value) for name, value in change.row.items() if name not in OWN}}
               for change in message.changes]
    return {"schema": SCHEMA, "id": message.id, "model": message.model, "run_id": message.run_id,
            "title": message.title, "severity": message.severity, "changes": changes}


def _plain(value):
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
