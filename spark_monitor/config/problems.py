"""How one mistake in a configuration is told: where it is, what was found, what was expected, what may be meant."""

import difflib
import re
from dataclasses import dataclass

LONGEST_SHOWN = 60
MOST_LISTED = 16


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake and its place.

    Parameters
    ----------
    file : str
        The file's name as the user gave it.
    line, column : int
        From 1; 0 where the mistake has no place in the text, as for a file that isn't there.
    path : str
        The way from the top of the document, as ``references[0].start``; empty for the document itself.
    message : str
        ``found X, expected Y``, and a hint where there is one.

    Examples
    --------
    >>> print(Problem("conf/m.yml", 7, 5, "rules[1].metric", "found 'pis', expected a metric. Did you mean 'psi'?"))
    conf/m.yml:7:5 rules[1].metric: found 'pis', expected a metric. Did you mean 'psi'?
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self):
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place} {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


def write_path(parts):
    """Return the way through a document as text; a key that is more than a word stands quoted in brackets.

    Examples
    --------
    >>> write_path(("predictions", "score", "on time"))
    "predictions.score['on time']"
    >>> write_path(("references", 0, "start"))
    'references[0].start'
    """
    return "".join(map(_write_part, parts)).removeprefix(".")


def _write_part(part):
    if isinstance(part, str) and re.fullmatch(r"\w[\w-]*", part):
        return f".{part}"
    return f"[{shorten(repr(part))}]"


def write_found(value):
    """Return a value as an error message shows it: short, on one line, without control characters.

    Examples
    --------
    >>> write_found("no"), write_found(True), write_found(None), write_found([1])
    ("'no'", 'true', 'nothing', 'a list')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "a mapping"
    return shorten(ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value))


def shorten(text):
    """Return `text`, cut in the middle of a long one."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 10]}...{text[-7:]}"


def write_choice(words):
    """Return words as a list to choose from.

    Examples
    --------
    >>> write_choice(["day", "week"])
    'one of day, week'
    """
    words = [shorten(str(word)) for word in words]
    rest = ", ..." if len(words) > MOST_LISTED else ""
    return f"one of {', '.join(words[:MOST_LISTED])}{rest}" if len(words) != 1 else words[0]


def find_nearest(word, words):
    """Return the member of `words` that `word` is likely meant to be, or None.

    Examples
    --------
    >>> find_nearest("Refrences", ["references", "results"])
    'references'
    """
    by_lower = {str(known).lower(): str(known) for known in words}
    near = difflib.get_close_matches(str(word).lower()[:200], list(by_lower), n=1)
    return by_lower[near[0]] if near else None


def write_message(found, expected, hint=None):
    """Return the sentence of a problem from its three parts.

    Examples
    --------
    >>> write_message("'dya'", "one of day, week", "day")
    "found 'dya', expected one of day, week. Did you mean 'day'?"
    """
    return f"found {found}, expected {expected}" + (f". Did you mean '{hint}'?" if hint else "")
