"""Which YAML documents are configurations, as a JSON Schema that editors complete and check with."""

from spark_monitor.config.model import MonitorConfig

DRAFT = "http://json-schema.org/draft-07/schema#"
VARIABLE = {"type": "string", "pattern": r"\$\{"}
ABOUT_A_VALUE = ("description", "default")


def schema():
    """Return the JSON Schema of the YAML form, short forms and variables included.

    The loader says more than the schema can: what belongs together, names of metrics, dates, time zones.

    Returns
    -------
    dict
        Of draft 7, the one that editors support best.

    Examples
    --------
    >>> schema()["$defs"]["Windows"]["properties"]["grain"]["anyOf"][0]["enum"]
    ['hour', 'day', 'week', 'month']
    """
    return {"$schema": DRAFT, **_for_editors(MonitorConfig.model_json_schema())}


def _for_editors(part):
    if isinstance(part, list):
        return [_for_editors(item) for item in part]
    if not isinstance(part, dict):
        return part
    part = _same_in_every_pydantic(part)
    # A short form can fit two alternatives, as the word "all" is also a text; that is no mistake.
    part = {"anyOf" if key == "oneOf" else key: _for_editors(value) for key, value in part.items() if key != "title"}
    if isinstance(part.get("description"), str):
        part["description"] = " ".join(part["description"].partition("\n\nExamples\n")[0].split())
    if part.get("type") in ("integer", "number", "boolean") or (part.get("type") == "string" and "enum" in part):
        said = {key: part.pop(key) for key in ABOUT_A_VALUE if key in part}
        return {**said, "anyOf": [part, VARIABLE]}
    return part


def _same_in_every_pydantic(part):
    # Releases differ in how they write a reference with a description, and a single allowed value.
    part = {**part, **part["allOf"][0]} if len(part.get("allOf", ())) == 1 else part
    left_out = {"allOf"} | ({"enum", "type"} if "const" in part else set())
    return {key: value for key, value in part.items() if key not in left_out}
