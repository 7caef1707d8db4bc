"""Does a number speak for a decision in k of the last n windows?

A window in which the number is not known, or not certain enough to be judged, decides nothing; in the windows after it
it counts as one that did not speak. Windows before the version at work began, or before the last retraining, count not
at all.
"""

from bisect import bisect_left
from functools import partial

from spark_monitor.decisions.evidence import number
from spark_monitor.decisions.spec import Finding

SHOWN = ("value", "ci_low", "ci_high", "reference_value", "p_value", "sample_size", "labelled_rows")


def find_sustained(policy, facts, rows, speaks, since, **about):
    """Return a `Finding` for each window of a series of metric rows.

    Parameters
    ----------
    policy : Policy
        With `windows` and `of`.
    facts : Facts
    rows : list of dict
        One a window, of one number.
    speaks : callable
        Given a row with status ok; returns whether it speaks for the decision, None where it can't be judged.
    since : callable
        Given the beginning of a window; returns the version at work, and the moment from which on windows count.
    **about
        Of `Finding`: after, subject.
    """
    rows = sorted(rows, key=lambda row: row["window_start"])
    starts = [row["window_start"] for row in rows]
    says = [speaks(row) if row["status"] == "ok" else None for row in rows]
    found = []
    for place, start in enumerate(starts):
        if start < facts.low:
            continue
        version, began = since(start)
        low = max(facts.lifetimes.back(start, policy.of - 1), start if began is None else min(began, start))
        last = slice(bisect_left(starts, low), place + 1)
        ground = None if says[place] is None else says[last].count(True) >= policy.windows
        evidence = partial(_evidence, policy, rows[last], says[last], facts.verdicts)
        found.append(Finding(start, rows[place]["window_end"], ground, evidence, version, **about))
    return found


def _evidence(policy, rows, says, verdicts):
    row, starts = rows[-1], {row["window_start"] for row in rows}
    names = sorted({verdict["fingerprint"] for verdict in verdicts if verdict["window_start"] in starts
                    and all(verdict[name] == row[name] for name in ("metric", "model_version"))})
    return {**{name: row[name] for name in ("metric", "family", "feature", "model_version", "reference")},
            "margin": policy.margin, "p_below": policy.p_below, "asked": f"{policy.windows} of {policy.of}",
            "windows": [{"start": one["window_start"], "speaks": said, **{name: number(one[name]) for name in SHOWN}}
                        for one, said in zip(rows, says)], "alerts": names}


def beyond(row, worse, margin, origin=0.0):
    """Say whether the whole interval of a number lies further than a margin on the bad side of another one.

    Parameters
    ----------
    row : dict
        With ci_low and ci_high.
    worse : {"higher_is_worse", "lower_is_worse", "two_sided"}
        Which side is bad.
    margin : float
    origin : float or None
        What the number is held against.

    Returns
    -------
    bool or None
        None without an interval, or with nothing to hold it against.

    Examples
    --------
    >>> row = {"ci_low": 0.60, "ci_high": 0.68}
    >>> [beyond(row, "lower_is_worse", 0.05, origin) for origin in (0.80, 0.70, None)]
    [True, False, None]
    """
    if origin is None or row["ci_low"] is None or row["ci_high"] is None:
        return None
    above, below = row["ci_low"] - origin > margin, origin - row["ci_high"] > margin
    return {"higher_is_worse": above, "lower_is_worse": below, "two_sided": above or below}[worse]
