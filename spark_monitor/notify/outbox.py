"""The outbox: which changes of alerts are still to be told to whom, as the tables `alerts` and `deliveries` say.

A change is written as due, with the names of the channels that it is due to, in the commit that records it. It stays
due to each until a row of `deliveries` says that the channel has accepted it, whatever became of the runs in between.
"""

from datetime import timedelta

from spark_monitor.alerts.addressed import DIGEST, DUE
from spark_monitor.notify.message import Change, change_id, make_message
from spark_monitor.notify.send import DELIVERED
from spark_monitor.tables.results import ALERTS, DELIVERIES
from spark_monitor.tables.store import of_model
from spark_monitor.windows import to_datetime

# What is only worth a digest goes with the message of its run, and where there is none it waits so long.
DIGEST_WAITS = timedelta(days=1)


def read_due(store, models):
    """Return the rows of `alerts` that are due to any channel, delivered or not, by model, as dicts.

    Parameters
    ----------
    store : Store
    models : list of str
    """
    log = store.read(ALERTS)
    if log is None or "delivery" not in log.columns:
        return {model: [] for model in models}
    return _rows(store, ALERTS, models, f"delivery IN ('{DUE}', '{DIGEST}')")


def read_delivered(store, models):
    """Return the pairs (channel, id of a change) that were delivered, by model."""
    found = _rows(store, DELIVERIES, models, f"status = '{DELIVERED}'", ("model", "channel", "change_id"))
    return {model: {(row["channel"], row["change_id"]) for row in rows} for model, rows in found.items()}


def _rows(store, table, models, condition, columns=None):
    slices = [(model, of_model(model, condition)) for model in models]
    found = store.fetch_all(table, tuple(columns or table.names), slices)
    return {model: rows.to_pylist() for model, rows in zip(models, found)}


def pending(rows, channel, delivered, now, time_zone="UTC"):
    """Return the messages that a channel is still to be sent, the oldest run first.

    Parameters
    ----------
    rows : list of dict
        Of one model, by `read_due`.
    channel : str
    delivered : set of (str, str)
        By `read_delivered`.
    now : int
        Microseconds.
    time_zone : str

    Returns
    -------
    list of Message
        One for the changes of each run, so that a message that is sent again has the id that it had.

    Examples
    --------
    >>> import datetime as dt
    >>> moment = dt.datetime(2024, 5, 1, tzinfo=dt.timezone.utc)
    >>> row = {"model": "m", "fingerprint": "f", "sequence": 1, "state": "opened", "severity": "warn", "run_id": "r",
    ...        "metric": "psi", "window_start": moment, "recorded_at": moment, "delivery": "due", "channels": ["team"]}
    >>> [message.title for message in pending([row], "team", set(), 0)]
    ['m: 1 opened; worst is warn']
    >>> pending([row], "team", {("team", change_id(row))}, 0)
    []
    """
    runs = {}
    for change in told([row for row in rows if channel in (row["channels"] or ())]):
        if (channel, change.id) not in delivered:
            runs.setdefault(change.row["run_id"], []).append(change)
    ripe = to_datetime(now) - DIGEST_WAITS
    ready = [changes for changes in runs.values() if any(
        change.row["delivery"] == DUE or change.row["recorded_at"] <= ripe for change in changes)]
    ready.sort(key=lambda changes: (changes[0].row["recorded_at"], changes[0].row["run_id"]))
    return [make_message(changes, time_zone) for changes in ready]


def told(rows):
    """Return rows as changes, each once, without those that end what was never told.

    Two runners that find the same change write two rows of it: the older one counts. An alert that a silent run opened
    is resolved silently, and a change of it is taken back silently.

    Parameters
    ----------
    rows : list of dict
        All rows due to one channel, of whole fingerprints.
    """
    found, seen, alerts = [], set(), {}
    for row in sorted(rows, key=lambda row: (row["fingerprint"], row["sequence"], row["recorded_at"], row["run_id"])):
        own, start = change_id(row), row["window_start"]
        states = alerts.setdefault(row["fingerprint"], {})
        # A verdict ends what earlier windows opened; a person ends it in the very window that did.
        before = None if row.get("who") else start
        is_of_nothing = row["state"] == "resolved" and not _is_open(states, before) or (
            row["state"] == "withdrawn" and start not in states)
        if own in seen or is_of_nothing:
            continue
        seen.add(own)
        withdraws = states.pop(start) if row["state"] == "withdrawn" else None
        if withdraws is None:
            states[start] = row["state"]
        found.append(Change(own, row, _is_open(states), withdraws))
    return found


def _is_open(states, before=None):
    """Say whether an alert is open, from its states by window, those before one window only where it is given."""
    starts = [start for start in states if before is None or start < before]
    return bool(starts) and states[max(starts)] != "resolved"


def delivery_rows(message, channel, outcome, run_id, now):
    """Return the rows of `deliveries` that say what became of a message, as dicts.

    Parameters
    ----------
    message : Message
    channel : str
    outcome : Outcome
    run_id : str
        Of the command that sent it.
    now : int
        Microseconds.
    """
    shared = {"model": message.model, "channel": channel, "message_id": message.id, "status": outcome.status,
              "attempts": outcome.attempts, "reason": outcome.reason, "run_id": run_id,
              "recorded_at": to_datetime(now)}
    return [{**shared, "change_id": change.id, "fingerprint": change.row["fingerprint"],
             "sequence": change.row["sequence"]} for change in message.changes]
