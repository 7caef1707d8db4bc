"""Whom is a change of an alert due to? Said once, in the commit that records the change."""

DUE, DIGEST, SILENT = "due", "digest", "silent"
# What people do themselves they need not be told of.
TOLD = ("opened", "escalated", "resolved", "withdrawn")


def addressed(row, channels, is_quiet=False):
    """Return the columns of a row of `alerts` that say whom it is due to.

    Channels are named in the row, so that one that is configured later is not sent what was found before it.

    Parameters
    ----------
    row : dict
        Of `alerts`; where it has a `delivery` already, as what exceeds a budget or is muted, that stands.
    channels : sequence of Channel
    is_quiet : bool
        Whether nobody is to be told, as of what a backfill finds.

    Examples
    --------
    >>> from spark_monitor.config.notify import Channel
    >>> channels = [Channel(name="log", kind="log"), Channel(name="desk", kind="log", severities=["critical"])]
    >>> addressed({"state": "opened", "severity": "warn"}, channels)
    {'delivery': 'due', 'channels': ['log']}
    >>> addressed({"state": "acknowledged", "severity": "warn"}, channels)
    {'delivery': 'silent', 'channels': None}
    """
    said = row.get("delivery") or (SILENT if is_quiet or row["state"] not in TOLD else DUE)
    if said == SILENT:
        return {"delivery": SILENT, "channels": None}
    return {"delivery": said, "channels": [one.name for one in channels if row["severity"] in one.severities]}
