"""What somebody says of a decision becomes a row: it is approved, rejected or done."""

from spark_monitor.decisions.log import is_open, standing
from spark_monitor.decisions.spec import APPROVED, DONE, PROPOSED, REJECTED
from spark_monitor.errors import ActionError

POSSIBLE = {APPROVED: (PROPOSED,), REJECTED: (PROPOSED, APPROVED), DONE: (PROPOSED, APPROVED)}
SHORTEST = 4


def named(rows, text, id_name):
    """Return the only row whose id begins with a text.

    Parameters
    ----------
    rows : list of dict
    text : str
        The id, or its first four digits or more.
    id_name : str
        The column of the id.

    Raises
    ------
    ActionError
        If there is no such row, or more than one.

    Examples
    --------
    >>> named([{"id": "abcd1"}, {"id": "abce2"}], "abce", "id")
    {'id': 'abce2'}
    """
    found = [row for row in rows if row[id_name].startswith(text)] if len(text) >= SHORTEST else []
    if len(found) == 1:
        return found[0]
    ids = ", ".join(row[id_name] for row in rows) or "none at all"
    many = f"{len(found)} such ids" if found else "no such id"
    raise ActionError(f"found {many}, expected one, or the first {SHORTEST} digits of one or more, of: {ids}")


def act(log, text, status, who, why, newest, version=None):
    """Return the row to append to `decisions` for what somebody says.

    Parameters
    ----------
    log : list of dict
        All rows of `decisions` of one model, times as microseconds.
    text : str
        As for `named`.
    status : {"approved", "rejected", "done"}
    who, why : str
    newest : (int, int)
        Start and end of the newest window that was published; from its end on, windows are after this action.
    version : str, optional
        The version that was made.

    Raises
    ------
    ActionError
        If no decision of that id waits, or it can't become that.

    Examples
    --------
    >>> made = {"decision_id": "d" * 32, "window_start": 1, "window_end": 2, "decision": "retrain", "who": None,
    ...         "status": "proposed", "why": None, "model_version_after": None, "sequence": 1}
    >>> row = act([made], "dddd", "done", "eve", "trained on May", (5, 6), "7")
    >>> row["status"], row["window_start"], row["model_version_after"], row["sequence"]
    ('done', 5, '7', 2)
    """
    row = named([one for one in standing(log) if is_open(one)], text, "decision_id")
    if row["status"] not in POSSIBLE[status]:
        raise ActionError(f"decision {row['decision_id']} is {row['status']}: it can't be {status} any more")
    last = max(one["sequence"] for one in log if one["decision_id"] == row["decision_id"])
    window = max((row["window_start"], row["window_end"]), newest)
    return {**row, "status": status, "who": who, "why": why, "window_start": window[0], "window_end": window[1],
            "evidence": None, "training_start": None, "training_end": None, "training_rows": None,
            "model_version_after": version or row["model_version_after"], "sequence": last + 1}
