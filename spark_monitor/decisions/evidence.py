"""How evidence is written: as JSON, the same text whenever it says the same."""

import json
import math

from spark_monitor.windows import to_text

DIGITS = 10
MOMENTS = ("start", "end", "began")


def number(value):
    """Return a number in as many digits as are equal however the windows were run; None where there is none.

    Examples
    --------
    >>> number(0.1 + 0.2), number(7), number(float("nan")), number(None)
    (0.3, 7, None, None)
    """
    if not isinstance(value, float):
        return value
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def written(evidence):
    """Return evidence as JSON: moments as texts with offset Z, what is not known left out.

    Examples
    --------
    >>> written({"margin": 0.02, "feature": None, "windows": [{"start": 0, "value": 0.5}]})
    '{"margin": 0.02, "windows": [{"start": "1970-01-01T00:00:00Z", "value": 0.5}]}'
    """
    return json.dumps(_plain(evidence), ensure_ascii=False)


def _plain(part):
    if isinstance(part, dict):
        return {name: to_text(value) if name in MOMENTS else _plain(value) for name, value in part.items()
                if value is not None}
    return [_plain(item) for item in part] if isinstance(part, list) else part
