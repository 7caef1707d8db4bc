"""Which rows must be appended to `decisions`, so that its last word is what the policies say?"""

import hashlib
import json

from spark_monitor.decisions import POLICIES
from spark_monitor.decisions.evidence import written
from spark_monitor.decisions.log import actions, last_words
from spark_monitor.decisions.replay import replay
from spark_monitor.decisions.spec import DONE, KEEP, PROPOSED, RETRAIN, WITHDRAWN

SAID = ("decision", "status", "evidence", "training_start", "training_end", "model_version_before",
        "model_version_after")


def decision_id(model, policy, subject=None):
    """Return the stable name of a decision: 32 hex digits of the SHA-256 of what it is about.

    Parameters
    ----------
    model, policy : str
    subject : str or None
        The version that is judged, where each has decisions of its own.

    Examples
    --------
    >>> decision_id("m", "yearly")
    'fe2602b1082dcae578e3a3959d3cc433'
    """
    about = json.dumps([model, policy, subject], separators=(",", ":"))
    return hashlib.sha256(about.encode()).hexdigest()[:32]


def resets_of(log):
    """Return when decisions were done: None -> when the model was trained again, version -> when it was rolled back.

    Parameters
    ----------
    log : list of dict
        Rows of `decisions` of one model, times as microseconds.
    """
    found = {}
    for row in actions(log):
        if row["status"] == DONE:
            subject = None if row["decision"] == RETRAIN else row["model_version_before"]
            found[subject] = (*found.get(subject, ()), row["window_end"])
    return found


def decide(model, policies, facts, log):
    """Return the rows to append to `decisions`: what is new, what is different, and what no longer holds.

    Where policies say of a window what the log doesn't, their row is appended; where the log says what they don't, a
    "withdrawn" row is. How many labelled rows a training window had when it was proposed makes no difference.

    Parameters
    ----------
    model : str
    policies : iterable of Policy
    facts : Facts
    log : list of dict
        All rows of `decisions` of the model, times as microseconds.

    Returns
    -------
    list of dict
        Without who, why, run_id and recorded_at; by decision and window, numbered on in `sequence`.
    """
    words, sequence, news = last_words(log), {}, []
    for row in log:
        sequence[row["decision_id"]] = max(sequence.get(row["decision_id"], 0), row["sequence"])
    for policy in policies:
        kind = POLICIES[policy.when]
        policy, series = kind.settled(policy), {}
        for found in kind.judge(policy, facts):
            series.setdefault(decision_id(model, policy.name, found.subject), []).append(found)
        known = {row["decision_id"] for row in log if row["policy"] == policy.name}
        for name in sorted({*series, *known}):
            own = [row for row in log if row["decision_id"] == name]
            changed = replay(series.get(name, []), own, facts.low)
            wanted = {found.start: _row(name, policy, kind.decision, found, facts) for found in changed}
            logged = {start: row for (other, start), row in words.items() if other == name and start >= facts.low}
            news += _difference(wanted, logged)
    for row in news:
        sequence[row["decision_id"]] = row["sequence"] = sequence.get(row["decision_id"], 0) + 1
    return news


def _difference(wanted, logged):
    news = [row for start, row in wanted.items()
            if start not in logged or any(row[name] != logged[start][name] for name in SAID)]
    gone = [row | {"status": WITHDRAWN} for start, row in logged.items()
            if start not in wanted and row["status"] != WITHDRAWN]
    return sorted(news + gone, key=lambda row: row["window_start"])


def _row(name, policy, decision, found, facts):
    """Return the row of a finding with which a decision changes."""
    row = {"decision_id": name, "decision": decision if found.ground else KEEP, "policy": policy.name,
           "status": PROPOSED if found.ground else DONE, "grain": facts.lifetimes.grain, "window_start": found.start,
           "window_end": found.end, "evidence": written({"when": policy.when, **found.evidence()}),
           "training_start": None, "training_end": None, "training_rows": None, "model_version_before": found.version,
           "model_version_after": found.after if found.ground else None}
    if found.ground and decision == RETRAIN:
        low = max(found.end - policy.training, facts.lifetimes.first)
        row.update(training_start=low, training_end=found.end, training_rows=facts.lifetimes.labelled(low, found.end))
    return row
