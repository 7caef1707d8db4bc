"""Which columns of which tables are the predictions and the outcomes, and which of them are features?"""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, field_validator, model_validator

from spark_monitor.config.fields import (
    Columns, Duration, EqualityValue, Flag, Range, Score, Section, Text, Texts, check_not_empty,
)
from spark_monitor.config.mistakes import PARENT, mistake, refuse

FORMS = "auto, a list of columns, or a mapping"


class FeatureOptions(Section):
    """What is known of one feature beforehand."""

    kind: Literal["numeric", "categorical"] | None = None
    """How to count it; by the column's type where not given."""
    range: Range | None = None
    """Lowest and highest possible value, [low, high]; null for no bound. Rows outside are counted as out of range."""


def _check_one_column(name):
    if re.search(r"[*?]", name):
        raise mistake("the name of one column: kind and range are not given for patterns")
    return name


class Features(Section):
    """Which columns are features, in one of these forms.

    ``auto``; a list of names and globs, in which ``{temp: {kind: numeric}}`` adds options to a name; a mapping of
    ``include`` and ``exclude``; or a mapping of names to options, with or without these two keys. Options alone include
    nothing and exclude nothing.

    Examples
    --------
    >>> Features.model_validate(["temp_*", {"wind": {"range": [0, None]}}]).include
    ('temp_*', 'wind')
    >>> features = Features.model_validate({"exclude": "notes", "temp": {"kind": "numeric"}})
    >>> features.include is None, features.exclude, features.options["temp"].kind
    (True, ('notes',), 'numeric')
    """

    include: Texts | None = None
    """Names and globs of the columns to count; all that look like features where not given."""
    exclude: Texts = ()
    """Names and globs of columns to leave out."""
    options: dict[Annotated[Text, AfterValidator(_check_one_column)], FeatureOptions] = {}
    """Kind and range by column."""

    @model_validator(mode="before")
    @classmethod
    def _read_short_forms(cls, data: Any) -> Any:
        if data == "auto":
            return {}
        if isinstance(data, (list, tuple)):
            return _read_list(data)
        if not isinstance(data, dict):
            return data if isinstance(data, Features) else refuse([((), mistake(FORMS))])
        named = {name: given for name, given in data.items() if name not in cls.model_fields}
        rest = {key: given for key, given in data.items() if key in cls.model_fields}
        if rest.get("include") == "auto":
            del rest["include"]
        options = rest.get("options") or {}
        return {**rest, "options": {**options, **named} if isinstance(options, dict) else options}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema, handler):
        schema = handler.resolve_ref_schema(handler(core_schema))
        properties = schema["properties"]
        per_column = properties["options"]["additionalProperties"]
        one_column = {"type": "object", "additionalProperties": per_column, "minProperties": 1, "maxProperties": 1}
        forms = [
            {"const": "auto"},
            {"type": "array", "items": {"anyOf": [{"type": "string"}, one_column]}},
            {"type": "object", "properties": properties, "additionalProperties": per_column},
        ]
        description = schema["description"]
        schema.clear()
        schema.update(description=description, anyOf=forms)
        return schema


def _read_list(items):
    wrong = [at for at, item in enumerate(items) if isinstance(item, dict) and len(item) != 1]
    refuse(((at,), mistake("one column with its options", found=f"{len(items[at])} keys")) for at in wrong)
    named = [item for item in items if isinstance(item, dict)]
    return {
        "include": [next(iter(item)) if isinstance(item, dict) else item for item in items],
        "options": {name: options or {} for item in named for name, options in item.items()},
    }


class Predictions(Section):
    """The prediction log: its table and what its columns mean.

    Examples
    --------
    >>> Predictions(table="logs/credit", id="loan", time="at", score="probability").id
    ('loan',)
    """

    table: Text
    """A path, or catalog.schema.table."""
    where: dict[Text, EqualityValue] = {}
    """Column and value, equality only: the rows of this model where several share a log."""
    id: Columns
    """The column or columns that name a prediction; unique per version."""
    entity: Columns | None = None
    """What repeats from row to row (customer, machine); the id where not given."""
    time: Text
    """The column of the event time."""
    version: Text | None = None
    """The column of the model's version."""
    prediction: Text | None = None
    """The column of the label or value predicted."""
    score: Score | None = Field(None, validate_default=True)
    """The column of the score; of a multiclass model a mapping of class to column."""
    low: Text | None = None
    """The column of the lower end of the prediction interval of a regression."""
    high: Text | None = Field(None, validate_default=True)
    """The column of its upper end."""
    weight: Text | None = None
    """The column of the row's weight, for instance 1 / sampling rate."""
    features: Features = Features()
    duplicates: Literal["count", "off"] = "count"
    """Whether rows with the same id, version and window are counted, by a pass of its own."""
    deduplicate: Flag = False
    """Whether each id is counted once: its earliest row."""

    @field_validator("score")
    @classmethod
    def _check_something_is_predicted(cls, score, info):
        if score is None and info.data.get("prediction", "wrong") is None:
            expected = "one of the two keys at least"
            refuse([((PARENT,), mistake(expected, found="neither prediction nor score"))])
        return score

    @field_validator("high")
    @classmethod
    def _check_an_interval_has_two_ends(cls, high, info):
        if (high is None) != (info.data.get("low", high) is None):
            refuse([((PARENT,), mistake("both low and high, or neither", found="one of the two"))])
        return high


class Absent(Section):
    """What it means that an outcome never comes, in a log that holds one kind of outcome only."""

    negative_after: Duration
    """A prediction without an outcome so long after it is negative: a duration such as 30d."""


class Outcomes(Section):
    """The outcome log: what really happened, and when it became known.

    Examples
    --------
    >>> Outcomes(table="logs/repaid", id="loan", outcome="defaulted", time="known_at").ingested is None
    True
    """

    table: Text
    """A path, or catalog.schema.table."""
    id: Columns
    """The column or columns that name the prediction, in the order of predictions.id."""
    outcome: Text
    """The column of the true label or value."""
    time: Text
    """The column of the time at which the outcome became known."""
    ingested: Text | None = None
    """The column of the time at which the row was loaded, where that is later."""
    absent: Literal["unlabelled"] | Absent = "unlabelled"
    """What a missing outcome means: unlabelled, or negative after a while, {negative_after: 30d}."""
    match: Literal["each", "first", "last"] = "each"
    """Which predictions an outcome is the truth of, where a key is predicted several times: each of them, or of every
    version the first, or the last one made before it, of those within the horizon; the others are unlabelled."""
    horizon: Duration | None = None
    """How long after its prediction an outcome counts; later ones, and earlier ones, are no truth of it."""

    @property
    def negative_after(self):
        """Return the duration after which a prediction without an outcome is negative, or None."""
        return None if self.absent == "unlabelled" else self.absent.negative_after


class RelationOptions(Section):
    """Which features labelled rows are counted by."""

    features: Annotated[Texts, AfterValidator(check_not_empty)]
    """Names and globs of features."""


Relation = Annotated[
    Annotated[Flag, Tag("(flag)")] | Annotated[RelationOptions, Tag("(features)")],
    Discriminator(lambda value: "(features)" if isinstance(value, (dict, RelationOptions)) else "(flag)"),
]
