"""Into which windows is time divided, and how long may rows come late?"""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from spark_monitor.config.fields import Duration, InEditors, Moment, Section, TimeZone, as_list, check_distinct
from spark_monitor.config.mistakes import mistake, refuse
from spark_monitor.config.problems import write_choice
from spark_monitor.config.times import place_moment

GRAINS = ("hour", "day", "week", "month")
Grain = Literal["hour", "day", "week", "month"]
GRAIN_SCHEMA = {"type": "string", "enum": list(GRAINS)}
Rollups = Annotated[
    tuple[Grain, ...],
    BeforeValidator(as_list),
    AfterValidator(check_distinct),
    InEditors({"anyOf": [GRAIN_SCHEMA, {"type": "array", "items": GRAIN_SCHEMA, "uniqueItems": True}]}),
]


class Windows(Section):
    """Half-open spans of time that results are for; weeks begin on Monday.

    Examples
    --------
    >>> windows = Windows(grain="week", rollups=["month"], time_zone="Europe/Berlin", grace="2h")
    >>> windows.start.isoformat()
    '1999-12-31T23:00:00+00:00'
    """

    grain: Grain = "day"
    """How long a window is."""
    rollups: Rollups = ()
    """Coarser windows that get results too."""
    time_zone: TimeZone = "UTC"
    """Where days begin; also the zone of plain dates and of times without one."""
    grace: Duration = timedelta()
    """How long after its end a window still waits for rows: a duration such as 2h or 1 day."""
    lookback: Duration = timedelta(days=30)
    """How far back is counted again where the log can't say which of its rows are new."""
    start: Moment = Field(date(2000, 1, 1), validate_default=True)
    """Rows before it have an absurd time: a date, or an instant with its offset."""

    @field_validator("rollups")
    @classmethod
    def _check_coarser(cls, rollups, info):
        grain = info.data.get("grain")
        coarser = GRAINS[GRAINS.index(grain) + 1 :] if grain else GRAINS
        expected = f"{write_choice(coarser) if coarser else 'none'}, coarser than {grain}"
        refuse(((at,), mistake(expected)) for at, rollup in enumerate(rollups) if rollup not in coarser)
        return rollups

    @field_validator("start")
    @classmethod
    def _place_start(cls, start, info):
        return place_moment(start, info.data.get("time_zone", "UTC"))
