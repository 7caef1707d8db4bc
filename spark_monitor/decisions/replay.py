"""What should have been decided in which window, as a function of findings in window order and of people's actions?

A decision is kept, open (proposed or rejected), held (approved) or, before the first window that could be judged and
once it was done, undecided. The first window with ground makes it open, which is a proposal; the first without, where
it is open or undecided, makes it kept. While it is held nothing is proposed and nothing kept, until somebody says that
it is done or rejects it. What is rejected is proposed again only after a window without ground.
"""

from spark_monitor.decisions.log import actions, last_words
from spark_monitor.decisions.spec import APPROVED, DONE, KEEP, REJECTED, WITHDRAWN

KEPT, OPEN, HELD = "kept", "open", "held"


def replay(findings, log, low):
    """Return the findings with which the decision changes: those from a moment on.

    Parameters
    ----------
    findings : list of Finding
        Of one decision, of windows that begin at `low` or later.
    log : list of dict
        All rows of `decisions` of that decision; what it says of earlier windows stands.
    low : int
        Microseconds.

    Examples
    --------
    >>> from spark_monitor.decisions.spec import Finding
    >>> seen = [Finding(day, day + 1, ground, dict) for day, ground in enumerate([False, True, True, None, False])]
    >>> [(found.start, found.ground) for found in replay(seen, [], 0)]
    [(0, False), (1, True), (4, False)]
    >>> held = {"decision_id": "d", "window_start": 2, "status": "approved", "who": "eve", "sequence": 1}
    >>> [(found.start, found.ground) for found in replay(seen, [held], 0)]
    [(0, False), (1, True)]
    """
    before = [row for (_, start), row in last_words(log).items() if start < low and row["status"] != WITHDRAWN]
    steps = [(row["window_start"], 0, 0, row) for row in before]
    steps += [(found.start, 0, 0, found) for found in findings]
    steps += [(row["window_start"], 1, place, row) for place, row in enumerate(actions(log))]
    state, changed = None, []
    for _, is_action, _, step in sorted(steps, key=lambda step: step[:3]):
        if is_action:
            state = _after_action(state, step["status"])
        elif isinstance(step, dict):
            state = KEPT if step["decision"] == KEEP else OPEN
        elif step.ground and state in (None, KEPT) or step.ground is False and state in (None, OPEN):
            state = OPEN if step.ground else KEPT
            changed.append(step)
    return changed


def _after_action(state, status):
    if status == APPROVED and state == OPEN:
        return HELD
    if status == REJECTED and state == HELD:
        return OPEN
    return None if status == DONE and state in (OPEN, HELD) else state
