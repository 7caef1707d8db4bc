"""How a value is written where it is a key: one function for every feed, every table and every segment."""

import hashlib
from functools import partial
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NULL, OTHER, NONE = "(null)", "(other)", "(none)"
# In the order of the special cells; a literal category that begins with ( is stored with \ before it.
SPECIAL_NAMES = (NULL, "(nan)", "(+inf)", "(-inf)", "(unseen)")
CROSSING = " × "
# The blank that begins a separator, or that would begin one once the next value is joined on.
SEPARATOR = re.compile(r" (?=×( |\Z))")


def text_of(array):
    """Return any Arrow array as text, null where it is null.

    Numbers are written in decimal, booleans as true and false, dates and times in ISO form, times in UTC.

    Parameters
    ----------
    array : pyarrow.Array

    Returns
    -------
    pyarrow.StringArray

    Examples
    --------
    >>> text_of(pa.array([True, None])).to_pylist()
    ['true', None]
    """
    kind = array.type
    if pa.types.is_dictionary(kind):
        return text_of(array.dictionary).take(array.indices)
    if pa.types.is_timestamp(kind) and kind.tz not in (None, "UTC"):
        array = array.cast(pa.timestamp(kind.unit, "UTC"))
    return array if pa.types.is_string(kind) else pc.cast(array, pa.string())


def escape(text, crossing=False):
    r"""Return a literal value so that it can't be taken for one of our own words.

    A value that begins with "(" or is "*" gets a backslash before it, and so does one that would then look like it;
    inside a crossing's value so do every backslash and every separator, even one that only the join would complete.
    No two values are written alike.

    Examples
    --------
    >>> escape("(null)"), escape("plain")
    ('\\(null)', 'plain')
    """
    if crossing:
        text = SEPARATOR.sub(r"\\ ", text.replace("\\", "\\\\"))
    bare = text.lstrip("\\")
    return "\\" + text if bare.startswith("(") or bare == "*" else text


def in_crossing(text):
    r"""Return how a single segment's key text of a literal value is written inside a crossing's value.

    Examples
    --------
    >>> in_crossing("JFK"), in_crossing("\\(null)"), in_crossing("a × b")
    ('JFK', '\\(null)', 'a\\ × b')
    """
    bare = text.lstrip("\\")
    literal = text[1:] if bare.startswith("(") or bare == "*" else text
    return escape(literal, crossing=True)


def parts_of(value):
    r"""Return the parts of a crossing's value, each as it is written there.

    Examples
    --------
    >>> parts_of("JFK × UA"), parts_of("a\\ × b × c")
    (['JFK', 'UA'], ['a\\ × b', 'c'])
    """
    # What is escaped is a literal, even a separator.
    plain, parts, start = re.sub(r"\\.", "__", value), [], 0
    for part in plain.split(CROSSING):
        parts.append(value[start:start + len(part)])
        start += len(part) + len(CROSSING)
    return parts


def key_texts(array, crossing=False, hidden=False):
    """Return the distinct key texts of an Arrow array, and each row's place among them.

    Parameters
    ----------
    array : pyarrow.Array
    crossing : bool
        Whether the texts are to be joined into a crossing's value.
    hidden : bool
        Whether names are sensitive, so that an alias stands for each.

    Returns
    -------
    texts : list of str
        `NULL` for missing; literals escaped.
    places : ndarray of int64, shape (rows,)

    Examples
    --------
    >>> texts, places = key_texts(pa.array(["a", None, "a"]))
    >>> texts, places.tolist()
    (['a', '(null)'], [0, 1, 0])
    """
    named = alias if hidden else partial(escape, crossing=crossing)
    # Floats are written out first: 0.0 and -0.0 are one entry of a dictionary, and two texts.
    direct = pa.types.is_dictionary(array.type) or not pa.types.is_floating(array.type)
    coded = array if pa.types.is_dictionary(array.type) else (array if direct else text_of(array)).dictionary_encode()
    places, known = coded.indices, {}
    place_of = [known.setdefault(NULL if text is None else named(text), len(known))
                for text in text_of(coded.dictionary).to_pylist()]
    if places.null_count:
        place_of.append(known.setdefault(NULL, len(known)))
        places = places.cast(pa.int64()).fill_null(len(place_of) - 1)
    return list(known), pick_places(place_of, places.to_numpy(zero_copy_only=False))


def pick_places(place_of, codes):
    """Return the place of each code, as int64; where places are the codes, nothing is looked up.

    Examples
    --------
    >>> pick_places([0, 1, 0], np.array([2, 1])).tolist()
    [0, 1]
    """
    if place_of == list(range(len(place_of))):
        return codes.astype(np.int64, copy=False)
    return np.array(place_of, np.int64)[codes]


def name_hash(text):
    """Return a signed 64-bit hash of a text that is the same in every process, on every machine.

    Examples
    --------
    >>> name_hash("a") == name_hash("a"), name_hash("a") == name_hash("b")
    (True, False)
    """
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def alias(text):
    """Return what stands for a sensitive name wherever names are stored.

    Examples
    --------
    >>> alias("ann@example.org").startswith("#")
    True
    """
    return f"#{name_hash(text) & 0xFFFFFFFFFFFFFFFF:016x}"
