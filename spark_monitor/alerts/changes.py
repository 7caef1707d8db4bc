"""Which rows must be appended to the alerts table, so that its last word is what a replay in order says?"""

import math

import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.alerts.replay import EVENT_SCHEMA
from spark_monitor.windows import to_micros

PEOPLES_ACTIONS = ("acknowledged", "muted", "unmuted")
SAID = tuple(pa.field(name, kind) for name, kind in (
    ("who", pa.string()), ("why", pa.string()), ("until", EVENT_SCHEMA.field("window_start").type)))
LOG_SCHEMA = pa.schema([*EVENT_SCHEMA, pa.field("sequence", pa.int64()), *SAID])
OPEN_SCHEMA = pa.schema([*EVENT_SCHEMA, pa.field("opened_window_start", EVENT_SCHEMA.field("window_start").type),
                         pa.field("action", pa.string()), *SAID])
NEVER = -(2**63)
# Two runs at once may give one number to two changes: whoever reads them, the same one is the later.
ORDER = [(name, "ascending") for name in ("sequence", "state", "severity", "value")]


def difference(desired, existing, last=None):
    """Return the rows to append to the alerts table: what is new, what is different, what no longer holds.

    The last row of a fingerprint and window is what the log says of them. Where a replay says otherwise, in state,
    severity or value (beyond 1e-12 relative), its event is appended; where it says nothing, a "withdrawn" row is, with
    the evidence it withdraws. Rows of people's actions take no part: they are neither compared nor withdrawn.

    Parameters
    ----------
    desired : pyarrow.Table
        What `replay` says, by `EVENT_SCHEMA`.
    existing : pyarrow.Table
        All rows of the alerts table of the fingerprints that were replayed, and of no others: what isn't desired is
        withdrawn. By `LOG_SCHEMA`; more columns are left alone; a row that stands there twice counts once.
    last : dict of str to int, optional
        The last sequence of fingerprints of which `existing` holds the rows of some windows only.

    Returns
    -------
    pyarrow.Table
        By `LOG_SCHEMA`, by fingerprint and window; empty where the log already says it. `sequence` numbers the rows of
        a fingerprint, people's actions included, from 1.

    Examples
    --------
    >>> import datetime as dt
    >>> event = {"fingerprint": "f", "window_start": dt.datetime(2024, 5, 1, tzinfo=dt.timezone.utc),
    ...          "state": "opened", "severity": "warn", "value": 0.2}
    >>> desired = pa.Table.from_pylist([event], EVENT_SCHEMA)
    >>> log = difference(desired, LOG_SCHEMA.empty_table())
    >>> log.select(["state", "value", "sequence"]).to_pylist()
    [{'state': 'opened', 'value': 0.2, 'sequence': 1}]
    >>> difference(desired, log).num_rows
    0
    >>> difference(EVENT_SCHEMA.empty_table(), log).select(["state", "value", "sequence"]).to_pylist()
    [{'state': 'withdrawn', 'value': 0.2, 'sequence': 2}]
    """
    wanted = {_key(row): row for row in desired.select(EVENT_SCHEMA.names).to_pylist()}
    logged = {_key(row): row for row in _states(existing)}
    news = [row for key, row in wanted.items() if not _says_the_same(row, logged.get(key))]
    gone = [row | {"state": "withdrawn"} for key, row in logged.items()
            if key not in wanted and row["state"] != "withdrawn"]
    return numbered(sorted(news + gone, key=_key), existing, last)


def numbered(rows, existing, last=None):
    """Return rows to append, by `LOG_SCHEMA`, each with the next sequence of its fingerprint.

    Parameters
    ----------
    rows : list of dict
        In the order in which they happened.
    existing, last : pyarrow.Table, dict of str to int
        As for `difference`.
    """
    highest = existing.group_by("fingerprint").aggregate([("sequence", "max")])
    sequence = dict(zip(highest["fingerprint"].to_pylist(), highest["sequence_max"].to_pylist(), strict=True))
    for fingerprint, known in (last or {}).items():
        sequence[fingerprint] = max(known, sequence.get(fingerprint, 0))
    found = []
    for row in rows:
        sequence[row["fingerprint"]] = sequence.get(row["fingerprint"], 0) + 1
        found.append(row | {"sequence": sequence[row["fingerprint"]]})
    return pa.Table.from_pylist(found, LOG_SCHEMA)


def open_alerts(log):
    """Return the alerts that are open by the last word of the log, one row each.

    Parameters
    ----------
    log : pyarrow.Table
        Rows of the alerts table, all of each fingerprint in it; by `LOG_SCHEMA`, more columns are left alone.

    Returns
    -------
    pyarrow.Table
        By `OPEN_SCHEMA`, by fingerprint: the event that set the present severity, with its window and evidence;
        `opened_window_start` is the window that opened the alert. What people have made of it since, on that window or
        a later one, is `action`: "muted", until `until`, else "acknowledged", else NULL; `who` and `why` say the rest.
        An alert is over, too, from the window on that a person resolved it in.

    Examples
    --------
    >>> import datetime as dt
    >>> rows = [{"fingerprint": "f", "window_start": dt.datetime(2024, 5, day, tzinfo=dt.timezone.utc), "state": state,
    ...          "sequence": day} for day, state in [(1, "opened"), (2, "escalated"), (3, "acknowledged")]]
    >>> found = open_alerts(pa.Table.from_pylist(rows, LOG_SCHEMA)).to_pylist()
    >>> [(row["state"], row["window_start"].day, row["opened_window_start"].day, row["action"]) for row in found]
    [('escalated', 2, 1, 'acknowledged')]
    """
    is_open = {name: row for name, row in standing(log).items() if row["state"] != "resolved"}
    opened = {row["fingerprint"]: row["window_start"] for row in sorted(_states(log), key=_key)
              if row["state"] == "opened"}
    muted, acknowledged = {}, {}
    for row in _rows(log, pc.is_in(log["state"], pa.array(PEOPLES_ACTIONS))):
        if row["fingerprint"] in is_open and row["window_start"] >= opened[row["fingerprint"]]:
            (acknowledged if row["state"] == "acknowledged" else muted)[row["fingerprint"]] = row
    muted = {name: row for name, row in muted.items() if row["state"] == "muted"}
    found = []
    for name, row in is_open.items():
        said = muted.get(name) or acknowledged.get(name) or {}
        found.append(row | {field.name: said.get(field.name) for field in SAID}
                     | {"opened_window_start": opened[name], "action": said.get("state")})
    return pa.Table.from_pylist(found, OPEN_SCHEMA)


def standing(log):
    """Return the newest change of each alert that stands, as dicts by fingerprint; of none that a person ended since.

    Parameters
    ----------
    log : pyarrow.Table
        As for `open_alerts`.
    """
    ended = dict(ends_of(log))
    newest = {row["fingerprint"]: row for row in sorted(_states(log), key=_key) if row["state"] != "withdrawn"}
    return {name: row for name, row in newest.items() if to_micros(row["window_start"]) > ended.get(name, NEVER)}


def ends_of(log):
    """Return the windows in which people resolved alerts, as pairs of fingerprint and microseconds, in order of time."""
    rows = log.filter(pc.and_(pc.equal(log["state"], "resolved"), by_people(log)))
    return sorted(zip(rows["fingerprint"].to_pylist(), rows["window_start"].cast(pa.int64()).to_pylist()))


def by_people(log):
    """Say of each row of the log whether it is an action of a person, rather than of the replay."""
    return pc.or_(pc.is_in(log["state"], pa.array(PEOPLES_ACTIONS)), pc.is_valid(log["who"]))


def _states(log):
    """Return the last row of each fingerprint and window, people's actions left out."""
    rows = _rows(log, pc.invert(by_people(log)))
    return list({_key(row): row for row in rows}.values())


def _rows(log, chosen):
    return log.select(LOG_SCHEMA.names).filter(chosen).sort_by(ORDER).to_pylist()


def _key(row):
    return row["fingerprint"], row["window_start"]


def _says_the_same(row, other):
    if other is None or (row["state"], row["severity"]) != (other["state"], other["severity"]):
        return False
    value, known = row["value"], other["value"]
    if value is None or known is None:
        return value is known
    return math.isclose(value, known, rel_tol=1e-12)
