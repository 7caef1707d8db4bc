"""An alert in words: what it is about, its numbers, its window, each in one line whatever the log holds."""

from datetime import datetime

LONGEST_NAME = 200


def one_line(text):
    r"""Return a text from a log so that it can neither begin a line nor move the cursor.

    Examples
    --------
    >>> one_line("a\nb \x1b[31mc")
    'a b ?[31mc'
    """
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def subject(alert):
    """Return what an alert is about: metric, feature, segment and reference.

    Examples
    --------
    >>> subject({"metric": "psi", "feature": "temp", "segment": "origin", "segment_value": "JFK"})
    'psi of temp where origin is JFK'
    """
    about = f" of {_short(alert['feature'])}" if alert.get("feature") else ""
    where = f" where {alert['segment']} is {_short(alert['segment_value'])}" if alert.get("segment") else ""
    against = f" against {alert['reference']}" if alert.get("reference") else ""
    return one_line(f"{alert.get('metric')}{about}{where}{against}")


def _short(name):
    name = str(name)
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..."


def written(value):
    """Return a number as a person reads it.

    Examples
    --------
    >>> written(0.123456), written(None)
    ('0.1235', 'unknown')
    """
    return "unknown" if value is None else f"{value:.4g}"


def local_date(moment, zone):
    """Return an instant, as a datetime or as ISO text, as a date of the zone; with the time where it is no midnight."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"
