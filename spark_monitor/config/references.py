"""With what is the current window compared?"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from spark_monitor.config.fields import Moment, Section, Text, whole
from spark_monitor.config.mistakes import PARENT, mistake, refuse
from spark_monitor.config.problems import find_nearest, write_choice
from spark_monitor.config.times import place_moment

KIND_KEYS = {"table": "table", "rolling": "rolling", "model_version": "version"}
KEYS_OF_KIND = {
    "period": {"start", "end"},
    "table": {"table", "time", "start", "end"},
    "rolling": {"rolling"},
    "version": {"model_version", "start", "end"},
}
EXAMPLES = "start and end, table, rolling or model_version"


class Reference(Section):
    """One of: a period of the log, another table, the windows before, another version of the model.

    Examples
    --------
    >>> Reference(rolling=4).name, Reference(rolling=4).kind
    ('rolling', 'rolling')
    >>> Reference(name="validation", start="2013-02-01", end="2013-03-01").kind
    'period'
    """

    name: Text
    """How results name it; the kind (period, table, rolling, version) where not given."""
    table: Text | None = None
    """Another table with the same feature columns, such as the training data: a path, or catalog.schema.table."""
    time: Text | None = None
    """The other table's column of the event time, where it has one."""
    rolling: whole(1) | None = None
    """How many windows before the current one."""
    model_version: Text | None = None
    """The version that all are compared with: the same window of it or, with start and end, that span."""
    start: Moment | None = None
    """First moment: a date, or an instant with its offset."""
    end: Moment | None = None
    """First moment after it: the reference ends just before."""
    match: Annotated[Literal["version"] | None, Field(validate_default=True)] = None
    """version: compare each version with the same version's rows of the reference."""

    @property
    def kind(self):
        """Return "period", "table", "rolling" or "version"."""
        return _find_kinds(self.__dict__)[0]

    @model_validator(mode="before")
    @classmethod
    def _name_by_kind(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("name") is None:
            return {**data, "name": (_find_kinds(data) or ["reference"])[0]}
        return data

    @field_validator("match")
    @classmethod
    def _check_it_is_one_kind(cls, match, info):
        known = {**info.data, "match": match}
        if known.keys() == cls.model_fields.keys():
            refuse(((PARENT, *place), error) for place, error in _find_mistakes(known))
        return match

    def placed(self, time_zone):
        """Return the reference with its plain dates read as midnights in `time_zone`, and both instants in UTC."""
        ends = {key: place_moment(getattr(self, key), time_zone) for key in ("start", "end") if getattr(self, key)}
        return self.model_copy(update=ends)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema, handler):
        schema = handler.resolve_ref_schema(handler(core_schema))
        schema.pop("required", None)
        return schema


def find_span_mistakes(start, end):
    """Return the mistake, with its place, that a span ends before it starts, where that can be told."""
    comparable = start and end and isinstance(start, datetime) == isinstance(end, datetime)
    return [(("end",), mistake("a time after start"))] if comparable and end <= start else []


def _find_kinds(data):
    kinds = [kind for key, kind in KIND_KEYS.items() if data.get(key) is not None]
    if not kinds and (data.get("start") is not None or data.get("end") is not None):
        return ["period"]
    return kinds


def _find_mistakes(data):
    kinds = _find_kinds(data)
    if len(kinds) != 1:
        found = " and ".join(key for key in KIND_KEYS if data[key] is not None) or "none of them"
        return [((), mistake(f"one of: {EXAMPLES}", found=found))]
    kind = kinds[0]
    spare = [key for key in ("time", "start", "end") if data[key] is not None and key not in KEYS_OF_KIND[kind]]
    mistakes = [((key,), mistake(f"no {key} with {kind}")) for key in spare]
    if not spare and (data["start"] is None) != (data["end"] is None):
        lacking = "end" if data["end"] is None else "start"
        mistakes.append(((), mistake("start and end", found=f"no {lacking}")))
    if kind == "table" and data["start"] is not None and data["time"] is None:
        mistakes.append(((), mistake("the table's time column, where start and end are given", found="no time")))
    if kind == "version" and data["match"] is not None:
        mistakes.append((("match",), mistake("no match: it is compared with that one version")))
    return mistakes + find_span_mistakes(data["start"], data["end"])


def place_references(references, time_zone):
    """Return references with their dates placed, after the checks that need the time zone or all of them.

    Parameters
    ----------
    references : tuple of Reference
    time_zone : str

    Raises
    ------
    pydantic.ValidationError
        If there is none, two share a name, a span ends before it starts, or the first, which freezes the bins, is the
        same window of another version and so has no rows of its own.
    """
    if not references:
        refuse([((), mistake("one at least", found="no references"))])
    placed = tuple(reference.placed(time_zone) for reference in references)
    names = [reference.name for reference in placed]
    mistakes = [
        ((at, "name"), mistake("a name of its own", found=f"the name of another reference, {name!r}"))
        for at, name in enumerate(names)
        if name in names[:at]
    ]
    mistakes += [
        ((at, *place), error)
        for at, reference in enumerate(placed)
        for place, error in find_span_mistakes(reference.start, reference.end)
    ]
    if placed[0].kind == "version" and placed[0].start is None:
        expected = "start and end beside model_version, since the first reference freezes the bins"
        mistakes.append(((0,), mistake(expected, found="no span")))
    refuse(mistakes)
    return placed


def unknown_reference(name, references):
    """Return the error that no reference has that name."""
    names = [reference.name for reference in references]
    return mistake(f"a reference, {write_choice(names)}", hint=find_nearest(name, names))
