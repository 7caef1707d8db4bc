"""What the log of decisions says: the last word of each decision and window, and what stands in the end.

Rows that policies make have nobody's name in `who`; people's actions have. An action holds from the newest window that
was published when it was taken.
"""

from spark_monitor.decisions.spec import APPROVED, KEEP, PROPOSED, WITHDRAWN


def last_words(log):
    """Return the last of the policies' rows of each decision and window, as a dict by these two.

    Parameters
    ----------
    log : list of dict
        Rows of `decisions` of one model, times as microseconds.
    """
    rows = (row for row in sorted(log, key=_order) if row["who"] is None)
    return {(row["decision_id"], row["window_start"]): row for row in rows}


def actions(log):
    """Return people's rows in the order in which they were written."""
    return [row for row in sorted(log, key=_order) if row["who"] is not None]


def standing(log):
    """Return what stands of each decision by the last word of the log, one row each, in order of their windows.

    Parameters
    ----------
    log : list of dict
        As for `last_words`.

    Returns
    -------
    list of dict
        The row of the newest window that isn't withdrawn; status, who, why and model_version_after are those of the
        last action on that window or a later one.

    Examples
    --------
    >>> made = {"decision_id": "d", "window_start": 1, "decision": "retrain", "status": "proposed", "who": None,
    ...         "why": None, "model_version_after": None, "sequence": 1}
    >>> done = {**made, "window_start": 3, "status": "done", "who": "eve", "model_version_after": "2", "sequence": 2}
    >>> [(row["window_start"], row["status"], row["who"]) for row in standing([made, done])]
    [(1, 'done', 'eve')]
    """
    found = {}
    for row in sorted(last_words(log).values(), key=lambda row: row["window_start"]):
        if row["status"] != WITHDRAWN:
            found[row["decision_id"]] = row
    for action in actions(log):
        row = found.get(action["decision_id"])
        if row is not None and row["decision"] != KEEP and action["window_start"] >= row["window_start"]:
            said = {name: action[name] for name in ("status", "who", "why")}
            after = action["model_version_after"] or row["model_version_after"]
            found[action["decision_id"]] = {**row, **said, "model_version_after": after}
    return sorted(found.values(), key=lambda row: (row["window_start"], row["decision_id"]))


def is_open(row):
    """Say whether a standing decision waits for somebody: it is proposed, or approved and not yet done."""
    return row["decision"] != KEEP and row["status"] in (PROPOSED, APPROVED)


def _order(row):
    return row["sequence"]
