"""How ``${NAME}`` and ``${NAME:-default}`` in one text of a configuration become values of the environment."""

import re
from dataclasses import dataclass

PATTERN = re.compile(r"\$\$|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<fallback>:-(?P<default>[^{}]*))?\}|\$\{")
FORMS = "${NAME} or ${NAME:-default}"


@dataclass(frozen=True)
class Substitution:
    """One text with its variables put in.

    Parameters
    ----------
    text : str
        The text to use; where something is missing, its place is empty.
    names : tuple of str
        The variables that the text names, in order.
    masked : str
        The text as a record may show it: each variable as ``${NAME}``, without its value or its default.
    missing : tuple of str
        Variables that are not set and have no default.
    malformed : bool
        Whether a ``${`` begins something that is neither ``${NAME}`` nor ``${NAME:-default}``.
    """

    text: str
    names: tuple = ()
    masked: str = ""
    missing: tuple = ()
    malformed: bool = False


def substitute(text, environ):
    """Put variables into one text, once: a value that itself holds ``${...}`` stays as it is.

    ``$$`` is a plain dollar sign; a default is taken where the variable is unset or empty, as in a shell.

    Parameters
    ----------
    text : str
    environ : mapping of str to str

    Returns
    -------
    Substitution

    Examples
    --------
    >>> substitute("s3://${BUCKET}/${FOLDER:-logs}", {"BUCKET": "flights"}).text
    's3://flights/logs'
    >>> substitute("s3://${BUCKET}/x", {}).missing
    ('BUCKET',)
    >>> substitute("a $${NAME} and a $ are texts", {}).text
    'a ${NAME} and a $ are texts'
    """
    matches = [match for match in PATTERN.finditer(text) if match[0] != "$$"]
    named = [match for match in matches if match["name"]]
    return Substitution(
        text=PATTERN.sub(lambda match: _value(match, environ), text),
        names=tuple(match["name"] for match in named),
        masked=PATTERN.sub(lambda match: f"${{{match['name']}}}" if match["name"] else "$", text),
        missing=tuple(
            match["name"] for match in named if match["fallback"] is None and environ.get(match["name"]) is None
        ),
        malformed=len(named) < len(matches),
    )


def _value(match, environ):
    if match[0] == "$$":
        return "$"
    if not match["name"]:
        return ""
    value = environ.get(match["name"])
    if match["fallback"] is not None:
        return value or match["default"]
    return value or ""
