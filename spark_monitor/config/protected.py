"""Which segments must be treated alike, what their groups are compared with, and within what."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Discriminator, Tag

from spark_monitor.config.fields import Section, Text, Texts
from spark_monitor.config.mistakes import mistake, refuse
from spark_monitor.config.problems import find_nearest, write_choice


class Protected(Section):
    """A segment whose values must be treated alike.

    Examples
    --------
    >>> Protected(column="carrier", against=["best", "AA"], given="origin").given
    ('origin',)
    """

    column: Text
    """A column that is a segment by itself."""
    against: Texts = ()
    """What each group is compared with besides the rest of the groups: best, worst, overall, largest, or a group."""
    given: Texts = ()
    """Columns within whose values groups are compared too; column and each of them must be crossed in segments."""


class _OneOrMore:
    """In the JSON Schema: a list, or one of its items alone."""

    def __get_pydantic_json_schema__(self, core_schema, handler):
        schema = handler(core_schema)
        return {"anyOf": [schema["items"], schema]}


def _as_list(value):
    return [value] if isinstance(value, (str, dict, Protected)) else value


def _check_distinct(items):
    names = [column_of(item) for item in items]
    refuse(((at,), mistake("each column once")) for at, name in enumerate(names) if name in names[:at])
    return items


Protecteds = Annotated[
    tuple[
        Annotated[
            Annotated[Text, Tag("(column)")] | Annotated[Protected, Tag("(options)")],
            Discriminator(lambda value: "(column)" if isinstance(value, str) else "(options)"),
        ],
        ...,
    ],
    BeforeValidator(_as_list),
    AfterValidator(_check_distinct),
    _OneOrMore(),
]


def column_of(item):
    """Return the column of one entry of `protected`, written as a name or with options.

    Examples
    --------
    >>> column_of("carrier"), column_of(Protected(column="carrier"))
    ('carrier', 'carrier')
    """
    return item if isinstance(item, str) else item.column


def find_mistakes(protected, segments):
    """Yield the place and error of each entry that the segments don't allow.

    Parameters
    ----------
    protected : tuple of str or Protected
    segments : tuple of tuple of str
    """
    single = {columns[0]: None for columns in segments if len(columns) == 1}
    crossed = [set(columns) for columns in segments if len(columns) == 2]
    choice = f": {write_choice(list(single))}" if single else ""
    for at, item in enumerate(protected):
        name = column_of(item)
        if name not in single:
            expected = f"a column that is a segment by itself{choice}"
            yield (at,) if isinstance(item, str) else (at, "column"), mistake(expected, hint=find_nearest(name, single))
        for place, other in () if isinstance(item, str) else enumerate(item.given):
            if {name, other} not in crossed:
                yield (at, "given", place), mistake(f"a column that segments cross with {name}: [{other}, {name}]")


def compared_with(protected):
    """Return what the groups of each column are compared with besides the rest: column to words and names.

    Examples
    --------
    >>> compared_with(("origin", Protected(column="carrier", against=["AA"])))
    {'carrier': ('AA',)}
    """
    return {item.column: item.against for item in protected if not isinstance(item, str) and item.against}


def controls(protected):
    """Return the columns within whose values the groups of each column are compared.

    Examples
    --------
    >>> controls(("origin", Protected(column="carrier", given=["origin"])))
    {'carrier': ('origin',)}
    """
    return {item.column: item.given for item in protected if not isinstance(item, str) and item.given}
