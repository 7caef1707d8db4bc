"""Suggested bounds as YAML to paste under ``rules:``, with what each rests on, and as parts of a document."""

import json
from dataclasses import fields

from spark_monitor.alerts.wording import one_line
from spark_monitor.rules.rarely import CONFIDENCE
from spark_monitor.rules.spec import Rule
from spark_monitor.rules.suggest import ANY_BOUND, NOT_PUBLISHED, TOO_FEW, with_bound

BOUNDS = ("warn", "critical")
TOLD = ("confidence", "least", "series", "short", "fewest", "most")
WHY = {TOO_FEW: "too few windows: {fewest:,} to {most:,} a series, {least:,} needed",
       NOT_PUBLISHED: "no number that it judges is published, or all are covered by alerts of other rules",
       ANY_BOUND: "chance explains so many windows that p_below alone keeps the rate, whatever the bound"}


def suggested_parts(found):
    """Return suggestions as dicts.

    Parameters
    ----------
    found : list of Suggested
    """
    return [{"rule": one.rule.name, "metric": one.rule.metric, "direction": one.direction,
             "problem": one.found.problem,
             **{name: bounds_of(one).get(name) for name in BOUNDS},
             "now": {name: getattr(one.rule, name) for name in BOUNDS},
             **{name: getattr(one.found, name) for name in TOLD},
             "left_out": one.left_out, "set_by": one.set_by} for one in found]


def bounds_of(one):
    """Return warn and critical of a suggestion; none where there is a problem."""
    return {} if one.found.problem else with_bound(one.rule, one.found.bound, one.direction)


def suggested_yaml(found, rate):
    """Return suggestions as a YAML list; of a rule without one, a comment says why.

    Parameters
    ----------
    found : list of Suggested
    rate : float
        Wanted false alarms per window and series.
    """
    lines = [f"# bounds that at most {rate:g} of the windows of each series pass"]
    for one in found:
        if one.found.problem:
            why = WHY[one.found.problem].format(**vars(one.found))
            lines += [f"# {one_line(one.rule.name)}: {why}"]
            continue
        lines += [*(f"# {line}" for line in _basis(one)), f"- {_flow(_keys(one))}"]
    if all(one.found.problem for one in found):
        lines.append("[]")
    return "\n".join(lines)


def _basis(one):
    found, by = one.found, "; ".join(dict.fromkeys(map(_subject, one.set_by)))
    now = ", ".join(f"{name} {_flow(value)}" for name in BOUNDS if (value := getattr(one.rule, name)) is not None)
    short = f", {found.short:,} more have fewer than {found.least:,}" if found.short else ""
    yield (f"{one_line(one.rule.name)}, now {now}: rests on {found.series:,} series{short}; {found.fewest:,} to "
           f"{found.most:,} windows each, {one.left_out:,} that other alerts cover left out")
    sure = "" if found.confidence >= CONFIDENCE else "; for more there are too few windows"
    yield f"  confidence {found.confidence:.0%}{sure}; set by {by}"
    gone = [name for name in BOUNDS if getattr(one.rule, name) is not None and name not in bounds_of(one)]
    for name in gone:
        yield f"  {name} {_flow(getattr(one.rule, name))} would be reached before: left out"


def _subject(about):
    what = one_line(about["feature"]) if about["feature"] else "all rows"
    where = f" where {about['segment']} is {about['segment_value']}" if about["segment"] else ""
    return one_line(f"{what}{where}")


def _keys(one):
    """Return the keys of a rule that are not what they are anyway, bounds as suggested."""
    keys = {}
    for field in fields(Rule):
        value = bounds_of(one).get(field.name) if field.name in BOUNDS else getattr(one.rule, field.name)
        if value != field.default and value is not None:
            keys[field.name] = value
    return keys


def _flow(value):
    """Return a value in YAML's flow style.

    Examples
    --------
    >>> _flow({"name": "a: b", "warn": (0.5, 2.0)})
    '{name: "a: b", warn: [0.5, 2]}'
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value.replace("$", "$$"), ensure_ascii=False)
    return f"{value:.12g}"
