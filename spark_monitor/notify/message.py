"""Changes of alerts -> messages: one for the changes of one run of one model, each with an id that never changes."""

import hashlib
import json
from dataclasses import dataclass, replace

from spark_monitor.alerts.wording import subject

STATES = ("opened", "escalated", "resolved", "withdrawn")
SEVERITIES = ("critical", "warn")


@dataclass(frozen=True)
class Change:
    """A change of an alert, as it is told.

    Parameters
    ----------
    id : str
        The same in every run that finds the change, and in every message that tells of it.
    row : dict
        Of the table `alerts`.
    is_open : bool
        Whether the alert is open after it.
    withdraws : str or None
        The state that a withdrawn change takes back.
    """

    id: str
    row: dict
    is_open: bool
    withdraws: str | None = None

    @property
    def is_news(self):
        """Whether something is wrong that was not, or worse than it was."""
        return self.row["state"] in ("opened", "escalated") or (
            self.withdraws == "resolved" and self.is_open)


@dataclass(frozen=True)
class Message:
    """What a channel is told at once.

    Parameters
    ----------
    id : str
        Of these changes; the same whenever they are sent.
    model, run_id : str
        Whose changes, and the run that found them.
    changes : tuple of Change
        The worst first.
    time_zone : str
        Of `windows`: windows are told as its dates.
    """

    id: str
    model: str
    run_id: str
    changes: tuple
    time_zone: str = "UTC"

    @property
    def severity(self):
        """The worst severity of what is wrong; None where all of it is over."""
        found = {change.row["severity"] for change in self.changes if change.is_news}
        return next((severity for severity in SEVERITIES if severity in found), None)

    @property
    def title(self):
        """One line: the model, and how many alerts did what."""
        counts = [(state, sum(change.row["state"] == state for change in self.changes)) for state in STATES]
        said = ", ".join(f"{number:,} {state}" for state, number in counts if number)
        return f"{self.model}: {said}" + (f"; worst is {self.severity}" if self.severity else "")

    def by_alert(self):
        """Return a message for each alert: its last change, for receivers that keep the state of alerts themselves."""
        groups = {}
        for change in sorted(self.changes, key=lambda change: change.row["sequence"]):
            groups.setdefault(change.row["fingerprint"], []).append(change)
        parts = [replace(self, id=_digest([change.id for change in own]), changes=tuple(own))
                 for own in groups.values()]
        return sorted(parts, key=lambda part: _order(part.changes[-1]))


def change_id(row):
    """Return the id of a row of `alerts`: 32 hex digits of what was found, whichever run found it.

    Examples
    --------
    >>> import datetime as dt
    >>> row = {"model": "m", "fingerprint": "f", "sequence": 1, "state": "opened", "severity": "warn",
    ...        "window_start": dt.datetime(2024, 5, 1, tzinfo=dt.timezone.utc)}
    >>> change_id(row)
    '519d88763e9f250912b726f40a781335'
    """
    about = [row[name] for name in ("model", "fingerprint", "sequence", "state", "severity")]
    return _digest([*about, row["window_start"].isoformat()])


def make_message(changes, time_zone="UTC"):
    """Return the message that tells of changes of one model and run.

    Parameters
    ----------
    changes : iterable of Change
    time_zone : str
    """
    changes = tuple(sorted(changes, key=_order))
    first = changes[0].row
    return Message(_digest([change.id for change in changes]), first["model"], first["run_id"], changes, time_zone)


def _order(change):
    row = change.row
    return (SEVERITIES.index(row["severity"]) if row["severity"] in SEVERITIES else len(SEVERITIES),
            not change.is_news, row.get("rank") is None, row.get("rank") or 0, subject(row), row["fingerprint"],
            row["sequence"])


def _digest(parts):
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()[:32]
