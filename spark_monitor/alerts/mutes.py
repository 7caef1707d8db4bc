"""Which open alerts does nobody want to hear of, and which again?"""

from fnmatch import fnmatchcase

from spark_monitor.alerts.actions import action
from spark_monitor.rules.spec import OVERALL

GLOBS = ("rule", "metric", "feature", "segment", "segment_value")
RAN_OUT = "the mute ran out"


def hits(mute, alert):
    """Say whether a mute is about an alert: by its fingerprint, else by globs, all of which must fit.

    Globs are case-sensitive, as in rules: an alert of no feature or segment value fits the glob ``*`` only, one of all
    rows is of the segment ``overall``.

    Parameters
    ----------
    mute : dict
        Of the table `mutes`; what is not there is NULL.
    alert : dict

    Examples
    --------
    >>> temp = {"fingerprint": "f", "rule": "drift", "feature": "temp_min", "segment": None, "segment_value": None}
    >>> [hits(mute, temp) for mute in ({"feature": "temp_*"}, {"segment": "carrier"}, {"segment": "overall"})]
    [True, False, True]
    >>> hits({"fingerprint": "g", "feature": "*"}, temp)
    False
    """
    if mute.get("fingerprint") is not None:
        return mute["fingerprint"] == alert["fingerprint"]
    texts = {**{name: alert.get(name) for name in GLOBS}, "segment": alert.get("segment") or OVERALL}
    globs = {name: mute[name] for name in GLOBS if mute.get(name) is not None}
    return all(glob == "*" or texts[name] is not None and fnmatchcase(texts[name], glob)
               for name, glob in globs.items())


def standing_mutes(rows, as_of):
    """Return the mutes that nobody lifted and that have not run out.

    Parameters
    ----------
    rows : list of dict
        Of the table `mutes`.
    as_of : datetime
    """
    lifted = {row["mute_id"] for row in rows if row["state"] == "lifted"}
    mutes = {row["mute_id"]: row for row in rows if row["state"] == "muted"}
    return [row for row in mutes.values() if row["mute_id"] not in lifted and row["until"] > as_of]


def mute_changes(opened, rows, verdicts, as_of):
    """Return the rows to append for open alerts to be muted where, and as long as, a mute hits them.

    Parameters
    ----------
    opened : list of dict
        Of `open_alerts`.
    rows : list of dict
        Of the table `mutes`.
    verdicts : dict of str to dict
        Of `newest_judged`.
    as_of : datetime

    Returns
    -------
    list of dict
        As `action` makes them: "muted", in the name of who muted, where the alert isn't or until another moment;
        "unmuted" where no mute hits it any more, in the name of who lifted it, of nobody where it ran out.
    """
    standing, changes = standing_mutes(rows, as_of), []
    for alert in opened:
        verdict, is_muted = verdicts.get(alert["fingerprint"]), alert["action"] == "muted"
        longest = max((mute for mute in standing if hits(mute, alert)), key=lambda mute: mute["until"], default=None)
        if longest and not (is_muted and alert["until"] == longest["until"]):
            changes.append(action(alert, verdict, "muted", longest["who"], longest["why"], longest["until"]))
        elif is_muted and not longest:
            lifted = _lifting(rows, alert, as_of)
            changes.append(action(alert, verdict, "unmuted", *((lifted["who"], lifted["why"]) if lifted
                                                               else (None, RAN_OUT))))
    return changes


def _lifting(rows, alert, as_of):
    """Return the last row that lifted a mute of the alert that would not have run out by itself."""
    found = [row for row in rows if row["state"] == "lifted" and hits(row, alert) and row["until"] > as_of]
    return max(found, key=lambda row: row["recorded_at"], default=None)
