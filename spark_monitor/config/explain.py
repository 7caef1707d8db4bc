"""Pydantic's errors -> problems at the lines and columns where the user wrote the values."""

from typing import get_args

from pydantic import BaseModel

from spark_monitor.config.mistakes import KIND, PARENT
from spark_monitor.config.model import MonitorConfig
from spark_monitor.config.problems import Problem, find_nearest, write_choice, write_found, write_message, write_path

EXPECTED = {
    "string_type": "a text",
    "string_unicode": "a text",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "too_short": "at least {min_length} entries",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "finite_number": "a finite number",
    "missing": "a value: this key is required",
}


def explain_errors(errors, root, file, model=MonitorConfig):
    """Return one problem for each of Pydantic's errors, at the place in the text that it is about.

    Errors about a value that a problem has been told of already are left out, and so is a missing key where an unknown
    one beside it is likely meant to be that key.

    Parameters
    ----------
    errors : list of dict
        As ``pydantic.ValidationError.errors()`` gives them.
    root : Node
        The document.
    file : str
    model : type
        Of the document.

    Returns
    -------
    list of Problem
    """
    problems, meant = [], set()
    for error in sorted(errors, key=lambda error: error["type"] == "missing"):
        place, steps = locate(root, error["loc"])
        if place.broken or (error["type"] == "missing" and (steps, error["loc"][-1]) in meant):
            continue
        if error["type"] == "extra_forbidden":
            keys = list(_model_at(model, error["loc"][:-1]).model_fields)
            hint = find_nearest(steps[-1], keys)
            meant.add((steps[:-1], hint))
            message = write_message("an unknown key", write_choice(keys), hint)
            problems.append(Problem(file, place.key_line, place.key_column, write_path(steps), message))
        elif error["type"] == "missing" and steps[-1:] != error["loc"][-1:]:
            path = write_path((*steps, error["loc"][-1]))
            message = write_message("nothing", EXPECTED["missing"])
            problems.append(Problem(file, place.key_line, place.key_column, path, message))
        else:
            problems.append(Problem(file, place.line, place.column, write_path(steps), _describe(error, place)))
    return list(dict.fromkeys(problems))


def locate(root, places):
    """Return the node that Pydantic's `places` lead to, and the steps to it as the user wrote them.

    Short forms make the two differ: a step that isn't in the document (the position in a list that was written as one
    name, the ``options`` of features, the tag of an alternative) is left out, and a name is looked for among a list's
    mappings.

    Examples
    --------
    >>> from spark_monitor.config.nodes import read_nodes
    >>> root, _ = read_nodes("features: [a, {temp: {range: hot}}]", "m.yml", {})
    >>> node, steps = locate(root, ("features", "options", "temp", "range"))
    >>> steps, node.column
    (('features', 1, 'temp', 'range'), 30)
    """
    trail = [(root, ())]
    for step in places:
        node, steps = trail[-1]
        if step == PARENT:
            trail.pop()
            continue
        trail.append(_descend(node, steps, step) or (node, steps))
    return trail[-1]


def _descend(node, steps, step):
    if isinstance(node.value, dict) and step in node.value:
        return node.value[step], (*steps, step)
    if isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
        return node.value[step], (*steps, step)
    if isinstance(node.value, list):
        for at, item in enumerate(node.value):
            if isinstance(item.value, dict) and step in item.value:
                return item.value[step], (*steps, at, step)
    return None


def mask_values(values, root, places=()):
    """Return a dump of the configuration in which each text that had variables is the text with ``${NAME}`` in it.

    Parameters
    ----------
    values : dict, list or scalar
        As ``model_dump(mode="json")`` gives them.
    root : Node
        The document.
    places : tuple
        Where in the dump `values` are.
    """
    if isinstance(values, dict):
        return {key: mask_values(value, root, (*places, key)) for key, value in values.items()}
    if isinstance(values, list):
        return [mask_values(value, root, (*places, at)) for at, value in enumerate(values)]
    masked = locate(root, places)[0].masked
    return values if masked is None else masked


def _describe(error, place):
    said = error.get("ctx", {})
    found = said.get("found") if error["type"] == KIND else None
    if place.masked is not None:
        found = f"the value of '{place.masked}'"
    found = found or write_found(place.plain())
    if error["type"] == KIND:
        return write_message(found, said["expected"], said.get("hint"))
    if error["type"] == "literal_error":
        words = _literals(said["expected"])
        return write_message(found, write_choice(words), find_nearest(place.value, words))
    expected = EXPECTED.get(error["type"], error["msg"]).format(**said)
    if error["type"] == "string_type" and isinstance(place.value, (bool, int, float)):
        expected += f': put it in quotes, "{write_found(place.value)}"'
    return write_message(found, expected)


def _literals(expected):
    return [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]


def _model_at(model, places):
    for step in places:
        field = model.model_fields.get(step) if isinstance(step, str) else None
        model = (_find_model(field.annotation) if field else None) or model
    return model


def _find_model(annotation):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_find_model, get_args(annotation))), None)
