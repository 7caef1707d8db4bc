"""What must a person judge? A function for each kind of question, and one visible list of them."""

import json
from dataclasses import dataclass

from spark_monitor.decisions.evidence import number
from spark_monitor.decisions.spec import KEEP, PROPOSED

SHOWN = ("fingerprint", "rule", "severity", "metric", "feature", "segment", "segment_value", "reference", "value",
         "bound", "reference_value", "sample_size")


@dataclass(frozen=True)
class Question:
    """One thing to be judged.

    Parameters
    ----------
    kind : str
        A key of `KINDS`.
    subject : str
        What it is about; with model and kind it names the review.
    evidence : str
        JSON.
    start : int or None
        Beginning of the window that raised the question, microseconds; None where no window did.
    """

    kind: str
    subject: str
    evidence: str
    start: int | None = None


def bias_findings(situation):
    """Return the open alerts on numbers of family bias: is the difference between the groups justified?"""
    return [_of_alert("bias", alert) for alert in situation["alerts"] if alert["family"] == "bias"]


def new_slices(situation):
    """Return the open alerts on the values of a feature that the model is worst on: must it learn them?"""
    return [_of_alert("slice", alert) for alert in situation["alerts"] if alert["metric"].startswith("worst_slice_")]


def proposals(situation):
    """Return the decisions that are proposed and wait for approval."""
    return [Question(row["decision"], row["decision_id"], row["evidence"], row["window_start"])
            for row in situation["decisions"] if row["status"] == PROPOSED and row["decision"] != KEEP]


def unowned_models(situation):
    """Return the model itself where nobody owns it: who answers for it?"""
    if situation["owned"]:
        return []
    return [Question("no_owner", situation["model"], json.dumps({"expected": "owner.name or owner.contact"}))]


KINDS = (bias_findings, new_slices, proposals, unowned_models)


def questions(situation):
    """Return all questions that a situation raises.

    Parameters
    ----------
    situation : dict
        model, owned; alerts: those that are open, with opened_window_start in microseconds; decisions: what stands.

    Examples
    --------
    >>> [asked.kind for asked in questions({"model": "m", "owned": False, "alerts": [], "decisions": []})]
    ['no_owner']
    """
    return [question for find in KINDS for question in find(situation)]


def _of_alert(kind, alert):
    evidence = {name: number(alert[name]) for name in SHOWN if number(alert.get(name)) is not None}
    return Question(kind, alert["fingerprint"], json.dumps(evidence, ensure_ascii=False), alert["opened_window_start"])
