"""The kinds of values that fields of the configuration hold, each with its check and its JSON Schema."""

import unicodedata
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from spark_monitor.config.mistakes import mistake, refuse
from spark_monitor.config.nodes import DECIMAL, WHOLE
from spark_monitor.config.times import check_time_zone, read_duration, read_moment


@dataclass(frozen=True, eq=False)
class InEditors:
    """The JSON Schema of a field's YAML form; a new copy for each field, since Pydantic writes defaults into it."""

    schema: dict

    def __get_pydantic_json_schema__(self, core_schema, handler):
        return deepcopy(self.schema)


class Section(BaseModel):
    """A part of the configuration: frozen, without unknown keys; a key that is left empty counts as not given.

    Checks over several fields stand on the last of them as field validators, never as model validators: those are
    skipped as soon as one field is wrong, and all mistakes are to be told at once.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )

    @model_validator(mode="before")
    @classmethod
    def _leave_out_empty_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None or key not in cls.model_fields}


def check_text(text):
    """Return a text that can be a name: not blank, no control characters."""
    if not text.strip():
        raise mistake("a text that is not empty")
    return check_characters(text)


def check_characters(text):
    """Return a text without characters that break a line, move a cursor or have no UTF-8."""
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in text):
        raise mistake("a text without line breaks and control characters")
    return text


def as_list(value):
    """Return a single text as a list of one."""
    return [value] if isinstance(value, str) else value


def check_distinct(items):
    """Return items of which none stands twice."""
    first = {item: at for at, item in reversed(list(enumerate(items)))}
    refuse(((at,), mistake("it once")) for at, item in enumerate(items) if at != first[item])
    return items


def check_not_empty(items):
    """Return items of which there is one at least."""
    if not items:
        raise mistake("one at least", found="none")
    return items


def read_whole(value):
    """Return a whole number; texts of digits are taken too, since a variable's value is a text."""
    if isinstance(value, str) and WHOLE.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise mistake("a whole number")


def whole(low, high=None):
    """Return the kind of field that holds a whole number from `low` to `high`."""
    # The bounds stand before the reader: behind it they would not reach the JSON Schema.
    return Annotated[int, Field(ge=low, le=high), BeforeValidator(read_whole)]


def read_number(value):
    """Return a number; texts are taken where they are decimal, since a variable's value is a text."""
    if isinstance(value, str) and DECIMAL.fullmatch(value):
        return float(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    raise mistake("a number")


def read_flag(value):
    """Return true or false; their names as texts are taken too, since a variable's value is a text."""
    if isinstance(value, bool) or value in ("true", "false"):
        return value in (True, "true")
    raise mistake("true or false")


def read_pair(bounds):
    """Return two bounds, low then high; None is no bound."""
    if len(bounds) != 2:
        raise mistake("two, [low, high]", found=f"{len(bounds)} bounds")
    low, high = bounds
    if low is not None and high is not None and low > high:
        raise mistake("[low, high] with low <= high", found=f"[{low:g}, {high:g}]")
    return bounds


def check_equality_value(value):
    """Return what a column can be compared with for equality."""
    if not isinstance(value, (str, int)):
        raise mistake("a text, a whole number, true or false")
    return check_characters(value) if isinstance(value, str) else value


def _texts_schema(**more):
    return InEditors({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, **more}]})


Text = Annotated[str, AfterValidator(check_text)]
Texts = Annotated[
    tuple[Text, ...], BeforeValidator(as_list), AfterValidator(check_distinct), _texts_schema(uniqueItems=True)
]
Columns = Annotated[
    tuple[Text, ...],
    BeforeValidator(as_list),
    AfterValidator(check_distinct),
    AfterValidator(check_not_empty),
    _texts_schema(uniqueItems=True, minItems=1),
]
Number = Annotated[float, BeforeValidator(read_number)]
Flag = Annotated[bool, BeforeValidator(read_flag)]
EqualityValue = Annotated[str | int | bool, BeforeValidator(check_equality_value)]
Duration = Annotated[timedelta, BeforeValidator(read_duration), InEditors({"type": "string"})]
Moment = Annotated[datetime | date, BeforeValidator(read_moment), InEditors({"type": "string"})]
TimeZone = Annotated[Text, AfterValidator(check_time_zone)]

Range = Annotated[
    tuple[Number | None, ...],
    AfterValidator(read_pair),
    InEditors({"type": "array", "items": {"type": ["number", "null"]}, "minItems": 2, "maxItems": 2}),
]
Bound = Annotated[
    Annotated[Number, Tag("(number)")]
    | Annotated[
        tuple[Number, ...],
        AfterValidator(read_pair),
        InEditors({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}),
        Tag("(pair)"),
    ],
    Discriminator(lambda value: "(pair)" if isinstance(value, (list, tuple)) else "(number)"),
]
Score = Annotated[
    Annotated[Text, Tag("(column)")] | Annotated[dict[Text, Text], Field(min_length=2), Tag("(classes)")],
    Discriminator(lambda value: "(classes)" if isinstance(value, dict) else "(column)"),
]
