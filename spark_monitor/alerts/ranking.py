"""Which of two alerts comes first: by severity, then by how far its value is beyond the bound."""

import math

SEVERITIES = ("warn", "critical")


def excess(alert):
    """Return how many times the bound the value is, or the bound the value where it fell below; 0 where not known.

    Examples
    --------
    >>> excess({"value": 0.3, "bound": 0.1}) == excess({"value": 0.1, "bound": 0.3}) == 0.3 / 0.1
    True
    """
    sizes = [abs(alert.get(name) or 0.0) for name in ("value", "bound")]
    if None in (alert.get("value"), alert.get("bound")):
        return 0.0
    return max(sizes) / min(sizes) if min(sizes) else math.inf


def rank(severity, alert):
    """Return what alerts are sorted by, the worst first."""
    return -SEVERITIES.index(severity), -excess(alert)
