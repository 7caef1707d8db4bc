"""The one JSON document that a command prints with ``--json``: what is in it, and in which version."""

import json
import math
import os
from datetime import date, datetime, timezone
from decimal import Decimal

from spark_monitor.tables.people import DECISIONS, REVIEWS
from spark_monitor.tables.plain import with_moments

SCHEMA = 1
WRITTEN_AS_JSON = ("config", "packages", "seconds")


def document(command, **parts):
    """Return the text of a command's document; `parts` follow the version and the command.

    Examples
    --------
    >>> print(document("sql", rows=[{"value": float("nan")}]))
    {
      "schema": 1,
      "command": "sql",
      "rows": [
        {
          "value": "NaN"
        }
      ]
    }
    """
    whole = {"schema": SCHEMA, "command": command, **plain(parts)}
    return json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False)


def summary_document(summary):
    """Return the text of the document of a run: the row of `runs`, open alerts, what could not be computed, where, what
    stands of decisions, and reviews that wait."""
    return document(summary.run["command"], **run_parts(summary))


def run_parts(summary):
    """Return the parts of that document, as a dict."""
    run = {name: json.loads(value) if name in WRITTEN_AS_JSON else value for name, value in summary.run.items()}
    return {"run": run, "open_alerts": summary.alerts, "not_computed": summary.undone, "results": summary.results,
            "decisions": told_rows(DECISIONS, summary.decisions), "reviews": told_rows(REVIEWS, summary.reviews)}


def told_rows(table, rows):
    """Return rows with times in microseconds as documents hold them: times as datetimes, evidence as its JSON says."""
    return [{name: json.loads(value) if name == "evidence" and value is not None else value
             for name, value in row.items()} for row in with_moments(table, rows)]


def write_decisions(summaries, path):
    """Write what stands of the decisions about some models as one document into a file, all at once.

    Parameters
    ----------
    summaries : list of Summary
    path : str
    """
    stands = [{"model": summary.run["model"], **row} for summary in summaries
              for row in told_rows(DECISIONS, summary.decisions)]
    part = f"{path}.part"
    with open(part, "w", encoding="utf-8") as file:
        file.write(document("decisions", decisions=stands) + "\n")
    os.replace(part, path)


def plain(value):
    """Return a value as JSON can hold it: instants as ISO text with offset Z, numbers that are none as text.

    Examples
    --------
    >>> plain({"at": datetime(2013, 3, 1, tzinfo=timezone.utc), "value": float("-inf"), "names": ("a", None)})
    {'at': '2013-03-01T00:00:00Z', 'value': '-Infinity', 'names': ['a', None]}
    """
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        moment = value if value.tzinfo is None else value.astimezone(timezone.utc)
        return moment.isoformat().replace("+00:00", "Z")
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    return value.isoformat() if isinstance(value, date) else float(value) if isinstance(value, Decimal) else str(value)
