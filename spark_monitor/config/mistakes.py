"""How a check inside the model says what is wrong, so that many mistakes, each with its place, are told at once."""

from itertools import islice

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from spark_monitor.config.problems import find_nearest, write_choice

KIND = "mistake"
MOST_TOLD = 100
PARENT = ".."
"""In a mistake's place: one step up, from the field whose check found it to the section around it."""


def mistake(expected, *, found=None, hint=None):
    """Return the error that says what was expected instead.

    Parameters
    ----------
    expected : str
    found : str, optional
        What to say was found, where the value itself doesn't tell it.
    hint : str, optional
        The word that may be meant.

    Examples
    --------
    >>> str(mistake("a number", found="a list"))
    'found a list, expected a number'
    """
    said = {"expected": expected, "found": found, "hint": hint}
    template = "found {found}, expected {expected}" if found else "expected {expected}"
    return PydanticCustomError(KIND, template, {key: value for key, value in said.items() if value})


def unknown_word(word, words, *, found=None):
    """Return the error that a word is none of `words`, with the nearest one as a hint.

    Examples
    --------
    >>> unknown_word("dya", ["day", "week"]).context["hint"]
    'day'
    """
    words = list(words)
    return mistake(write_choice(words) if words else "none", found=found, hint=find_nearest(word, words))


def refuse(mistakes):
    """Raise `mistakes`, pairs of place and error, as one; do nothing where there are none.

    Parameters
    ----------
    mistakes : iterable of (tuple, PydanticCustomError)
        Places are relative to the value being checked; `PARENT` steps up. Only the first `MOST_TOLD` are looked at:
        finding what may be meant takes time.

    Raises
    ------
    pydantic.ValidationError
        Pydantic takes its lines over into the error of the whole, each behind the place of the value being checked.

    Examples
    --------
    >>> refuse([])
    >>> try:
    ...     refuse([((1,), mistake("a name once")), ((PARENT, "end"), mistake("an end"))])
    ... except ValidationError as error:
    ...     [line["loc"] for line in error.errors()]
    [(1,), ('..', 'end')]
    """
    lines = [InitErrorDetails(type=error, loc=place, input=None) for place, error in islice(mistakes, MOST_TOLD)]
    if lines:
        raise ValidationError.from_exception_data("configuration", lines)
