"""What a YAML text says, with the line and column of every key and value, and none of YAML's dangers.

Plain YAML lets ``no`` mean false, ``1:30`` mean 90 and ``010`` mean 8, keeps the last of two equal keys, and lets 300
bytes of aliases stand for 10^9 values. Here booleans are ``true`` and ``false``, nothing is ``null``, ``~`` or empty,
numbers are decimal, everything else, dates too, is text; equal keys, anchors, aliases and tags are problems; size,
depth and number of values are limited while the text is read.
"""

import re
from dataclasses import dataclass

import yaml

from spark_monitor.config.problems import Problem, shorten, write_message, write_path
from spark_monitor.config.variables import FORMS, substitute

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 32
MAX_NODES = 50_000
WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
DECIMAL = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
QUOTES_NEEDED = "inside { } and [ ] a text with ${NAME} needs quotes"
WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


class Loader(yaml.SafeLoader):
    """PyYAML's safe scanner and parser, asked for events only, so that nothing is built or resolved by YAML 1.1."""


@dataclass(frozen=True)
class Node:
    """One value of the document and its place.

    Parameters
    ----------
    value : str, int, float, bool, None, list of Node or dict of str to Node
        A broken node holds None.
    line, column : int
        Where the value begins, from 1.
    key_line, key_column : int
        Where its key begins; of an item in a list and of the document, the same as the value's.
    masked : str or None
        For a text into which variables were put: the text with ``${NAME}`` in their places, to be shown instead.
    broken : bool
        Whether a problem has been told of this node already, so that what follows from it need not be.
    """

    value: object
    line: int
    column: int
    key_line: int
    key_column: int
    masked: str | None = None
    broken: bool = False

    def plain(self):
        """Return the value as Python's own lists, dicts and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def read_nodes(text, file, environ):
    """Read a YAML text and put the variables of `environ` into its texts.

    Parameters
    ----------
    text : str
    file : str
        The name to tell in problems.
    environ : mapping of str to str

    Returns
    -------
    root : Node or None
        None where the text can't be read to its end: what is missing then can't be known.
    problems : list of Problem

    Examples
    --------
    >>> root, problems = read_nodes("country: no\\nat: 1:30\\nsize: 1e3", "m.yml", {})
    >>> root.plain()
    {'country': 'no', 'at': '1:30', 'size': 1000.0}
    >>> root, problems = read_nodes("a: 1\\na: 2", "m.yml", {})
    >>> print(*problems)
    m.yml:2:1 a: found the key a second time, expected it once (first on line 1)
    """
    reader = _Reader(file, environ)
    if len(text) > MAX_CHARACTERS:
        expected = f"at most {MAX_CHARACTERS:,} characters"
        return None, [Problem(file, 0, 0, "", write_message(f"{len(text):,} characters", expected))]
    try:
        return reader.read_document(Loader(text)), reader.problems
    except _Unreadable:
        return None, reader.problems
    except yaml.YAMLError as error:
        reader.tell(*_explain_yaml(error, text))
        return None, reader.problems


class _Unreadable(Exception):
    """Reading goes no further; the problem has been told."""


class _Reader:
    def __init__(self, file, environ):
        self.file, self.environ, self.problems, self.count = file, environ, [], 0

    def tell(self, place, path, found, expected):
        self.problems.append(Problem(self.file, *place, write_path(path), write_message(found, expected)))

    def read_document(self, loader):
        self.loader = loader
        loader.get_event()
        if loader.check_event(yaml.StreamEndEvent):
            self.tell((1, 1), (), "an empty document", "a mapping")
            raise _Unreadable
        loader.get_event()
        root = self._read((), None)
        loader.get_event()
        if not loader.check_event(yaml.StreamEndEvent):
            self.tell(_place(loader.peek_event()), (), "a second document", "one document")
        return root

    def _read(self, path, key_place):
        event = self.loader.get_event()
        place = _place(event)
        self.count += 1
        if len(path) > MAX_DEPTH or self.count > MAX_NODES:
            limit = f"at most {MAX_DEPTH} levels" if len(path) > MAX_DEPTH else f"at most {MAX_NODES:,} values"
            self.tell(place, path[:3], "more", limit)
            raise _Unreadable
        broken = self._refuse_references(event, place, path)
        value, masked = None, None
        if isinstance(event, yaml.MappingStartEvent):
            value = self._read_mapping(path)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._read_sequence(path)
        elif isinstance(event, yaml.ScalarEvent) and not broken:
            value, masked, broken = self._read_scalar(event, place, path)
        return Node(value, *place, *(key_place or place), masked=masked, broken=broken)

    def _refuse_references(self, event, place, path):
        if isinstance(event, yaml.AliasEvent):
            self.tell(place, path, f"the alias *{shorten(event.anchor)}", "the value itself")
        elif event.anchor is not None:
            self.tell(place, path, f"the anchor &{shorten(event.anchor)}", "a plain value")
        elif event.tag is not None:
            self.tell(place, path, f"the tag {shorten(event.tag)}", "a plain value")
        else:
            return False
        return True

    def _read_mapping(self, path):
        entries = {}
        while not self.loader.check_event(yaml.MappingEndEvent):
            key_event = self.loader.peek_event()
            place = _place(key_event)
            if not isinstance(key_event, yaml.ScalarEvent):
                self.tell(place, path, "a key that is no text", "a name")
                self._read((*path, "?"), None)
                self._read((*path, "?"), place)
                continue
            self.loader.get_event()
            self._refuse_references(key_event, place, path)
            key = key_event.value
            node = self._read((*path, key), place)
            if key in entries:
                first = f"it once (first on line {entries[key].key_line})"
                self.tell(place, (*path, key), "the key a second time", first)
            entries.setdefault(key, node)
        self.loader.get_event()
        return entries

    def _read_sequence(self, path):
        items = []
        while not self.loader.check_event(yaml.SequenceEndEvent):
            items.append(self._read((*path, len(items)), None))
        self.loader.get_event()
        return items

    def _read_scalar(self, event, place, path):
        if event.implicit[0]:
            if event.value in WORDS:
                return WORDS[event.value], None, False
            if WHOLE.fullmatch(event.value):
                return int(event.value), None, False
            if DECIMAL.fullmatch(event.value):
                return float(event.value), None, False
        done = substitute(event.value, self.environ)
        if done.malformed:
            self.tell(place, path, "an unfinished or unknown ${", f"{FORMS}, or $$ for a dollar sign")
        for name in dict.fromkeys(done.missing):
            self.tell(place, path, f"${{{name}}}, which is not set", f"the variable or a default, ${{{name}:-default}}")
        broken = bool(done.malformed or done.missing)
        return None if broken else done.text, done.masked if done.names else None, broken


def _explain_yaml(error, text):
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        place = before.count("\n") + 1, error.position - before.rfind("\n")
        return place, (), f"the character {chr(error.character)!a}", "printable text"
    mark = error.problem_mark or error.context_mark
    written = text.splitlines()[mark.line : mark.line + 1] or [""]
    expected = "valid YAML" + (f"; {QUOTES_NEEDED}" if "${" in written[0] else "")
    return (mark.line + 1, mark.column + 1), (), f"bad YAML ({shorten(error.problem)})", expected


def _place(event):
    return event.start_mark.line + 1, event.start_mark.column + 1
