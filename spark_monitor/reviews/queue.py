"""Which rows must be appended to `reviews`: what is asked anew, what waits too long, what needs no answer any more?"""

import hashlib
import json
from dataclasses import dataclass

from spark_monitor.decisions.act import named
from spark_monitor.decisions.spec import RETRAIN, ROLL_BACK
from spark_monitor.errors import ActionError

WAITING, AGED, DECIDED, WITHDRAWN = "waiting", "aged", "decided", "withdrawn"
UNANSWERED = (WAITING, AGED)


@dataclass(frozen=True)
class Terms:
    """How long an answer may take, in microseconds: until a review is due, and between two escalations after that."""

    due: int
    escalate: int


def review_id(model, kind, subject):
    """Return the stable name of a review: 32 hex digits of the SHA-256 of what it is about.

    Examples
    --------
    >>> len(review_id("m", "no_owner", "m"))
    32
    """
    about = json.dumps([model, kind, subject], separators=(",", ":"))
    return hashlib.sha256(about.encode()).hexdigest()[:32]


def latest(log):
    """Return the last row of each review, as a dict by its id."""
    return {row["review_id"]: row for row in sorted(log, key=lambda row: row["sequence"])}


def changes(model, asked, log, as_of, terms, decisions=()):
    """Return the rows to append to `reviews`.

    A question is asked once; once decided it is asked again only where a later window raises it. One that nothing
    raises any more is withdrawn; that about a decision that somebody has approved, rejected or done is decided by that.

    Parameters
    ----------
    model : str
    asked : list of Question or None
        All questions there are now; None where that isn't known, so that reviews only age.
    log : list of dict
        All rows of `reviews` of the model, times as microseconds.
    as_of : int
        Microseconds.
    terms : Terms
    decisions : iterable of dict
        What stands of the model's decisions.

    Returns
    -------
    list of dict
        Without model, run_id and recorded_at.

    Examples
    --------
    >>> from spark_monitor.reviews.kinds import Question
    >>> first = changes("m", [Question("no_owner", "m", "{}")], [], 0, Terms(14, 7))
    >>> [(row["state"], row["due"], row["level"]) for row in first]
    [('waiting', 14, 0)]
    >>> changes("m", None, first, 13, Terms(14, 7))
    []
    >>> [(row["state"], row["level"]) for row in changes("m", None, first, 21, Terms(14, 7))]
    [('aged', 2)]
    """
    last, news = latest(log), []
    wanted = {} if asked is None else {review_id(model, one.kind, one.subject): one for one in asked}
    said_of = {row["decision_id"]: row for row in decisions if row["who"] is not None}
    for name, question in wanted.items():
        if _is_new(question, last.get(name)):
            news.append({"review_id": name, "kind": question.kind, "subject": question.subject, "state": WAITING,
                         "level": 0, "evidence": question.evidence, "window_start": question.start,
                         "due": as_of + terms.due, "decision": None, "reason": None, "reviewer": None})
    for name, row in last.items():
        if row["state"] not in UNANSWERED:
            continue
        said, level = said_of.get(row["subject"]), _level(row["due"], as_of, terms)
        if said is not None:
            news.append(decided(row, said["status"], said["why"], said["who"]))
        elif asked is not None and name not in wanted:
            news.append({**row, "state": WITHDRAWN, "reason": "what raised it is over"})
        elif level > row["level"]:
            news.append({**row, "state": AGED, "level": level})
    before = {name: row["sequence"] for name, row in last.items()}
    return [{**row, "sequence": before.get(row["review_id"], 0) + 1} for row in news]


def decided(row, decision, reason, reviewer):
    """Return the row that answers a review: next in its sequence."""
    return {**row, "state": DECIDED, "decision": decision, "reason": reason, "reviewer": reviewer,
            "sequence": row["sequence"] + 1}


def waiting(log):
    """Return the reviews that wait for an answer, what is due first at the top."""
    found = [row for row in latest(log).values() if row["state"] in UNANSWERED]
    return sorted(found, key=lambda row: (row["due"], row["review_id"]))


def answered(log, action):
    """Return the rows that answer the reviews of a decision that somebody has acted on."""
    return [decided(row, action["status"], action["why"], action["who"]) for row in waiting(log)
            if row["subject"] == action["decision_id"]]


def answer(log, text, decision, reason, reviewer):
    """Return the row that answers the review of an id, or of the beginning of one.

    Raises
    ------
    ActionError
        If no review of that id waits, or it is about a decision, which is approved or rejected instead.
    """
    row = named(waiting(log), text, "review_id")
    if row["kind"] in (RETRAIN, ROLL_BACK):
        raise ActionError(f"review {row['review_id']} is of a decision: say spark-monitor decisions approve, or "
                          f"reject, {row['subject']}")
    return decided(row, decision, reason, reviewer)


def _is_new(question, row):
    if row is None or row["state"] == WITHDRAWN:
        return True
    later = question.start is not None and row["window_start"] is not None and question.start > row["window_start"]
    return row["state"] == DECIDED and later


def _level(due, as_of, terms):
    """Return how often a review has been escalated: once when it is due, and again after each further term."""
    return 0 if as_of < due else 1 + (as_of - due) // terms.escalate
