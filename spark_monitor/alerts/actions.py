"""What people do about an alert, as a row of the log."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_monitor.alerts.changes import LOG_SCHEMA
from spark_monitor.alerts.replay import EVIDENCE, judged


def newest_judged(verdicts, fingerprints):
    """Return the newest verdict of some fingerprints that says how its window is, as dicts by fingerprint.

    Parameters
    ----------
    verdicts : pyarrow.Table
        By `VERDICT_SCHEMA`.
    fingerprints : iterable of str
    """
    rows = judged(verdicts.filter(pc.is_in(verdicts["fingerprint"], pa.array(list(fingerprints), pa.string()))))
    rows = rows.sort_by([("fingerprint", "ascending"), ("window_start", "ascending")])
    code = pc.dictionary_encode(rows["fingerprint"].combine_chunks()).indices.to_numpy()
    return {row["fingerprint"]: row for row in rows.take(np.flatnonzero(np.diff(code, append=-1))).to_pylist()}


def action(alert, verdict, state, who, why, until=None):
    """Return the row that says what a person did about an alert, by `LOG_SCHEMA` but for its sequence.

    It stands in the newest window that was judged, with that window's evidence: what was known when it was done.

    Parameters
    ----------
    alert : dict
        Of `open_alerts`.
    verdict : dict or None
        The newest one that says how a window is; the alert's own row where there is none or it is older.
    state : {"acknowledged", "muted", "unmuted", "resolved"}
    who, why : str or None
    until : datetime or None

    Examples
    --------
    >>> alert = {"fingerprint": "f", "window_start": 1, "severity": "warn", "value": 0.2}
    >>> row = action(alert, {"window_start": 3, "value": 0.4}, "acknowledged", "ann", None)
    >>> row["window_start"], row["severity"], row["value"], row["who"]
    (3, 'warn', 0.4, 'ann')
    """
    row = {name: alert.get(name) for name in LOG_SCHEMA.names}
    if verdict is not None and verdict["window_start"] > alert["window_start"]:
        row |= {name: verdict.get(name) for name in ("window_start", "window_end", *EVIDENCE)}
    return row | {"state": state, "who": who, "why": why, "until": until, "sequence": None}
