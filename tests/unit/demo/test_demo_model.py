"""Does a version of the model know only what was known when it went live, and score the flights in order?"""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sklearn")

from spark_monitor.demo.flights import CATEGORICAL, FEATURES  # noqa: E402
from spark_monitor.demo.model import THRESHOLD, Version, decide, score, score_in_order, train  # noqa: E402


def instant(text):
    return pd.Timestamp(text, tz="UTC")


def flights(rows=1200):
    """One flight an hour from January 1; those from EWR are late, the others on time, each known a day after."""
    at = pd.date_range("2013-01-01", periods=rows, freq="h", tz="UTC")
    frame = pd.DataFrame({name: np.arange(rows) % 7 for name in FEATURES})
    frame[list(CATEGORICAL)] = "A"
    frame["origin"] = np.where(np.arange(rows) % 2, "EWR", "JFK")
    late = pd.Series(np.where(frame.origin == "EWR", "late", "on_time"), dtype=object)
    minutes = np.where(frame.origin == "EWR", 40.0, -5.0)
    return frame.assign(flight_id=at.astype(str), predicted_at=at, late=late, arrival_delay=minutes,
                        known_at=at + pd.Timedelta(days=1))


def test_the_model_learns_what_makes_a_flight_late():
    frame = flights()
    probability = score(frame, train(frame, instant("2013-02-01")))
    assert probability[frame.origin == "EWR"].min() > 0.9
    assert probability[frame.origin == "JFK"].max() < 0.1


def test_an_outcome_that_became_known_later_changes_nothing():
    frame, live = flights(), instant("2013-02-01")
    other = frame.assign(late=frame.late.where(frame.known_at < live, "late"))
    assert (score(frame, train(frame, live)) == score(frame, train(other, live))).all()


def test_a_flight_without_an_outcome_is_scored_but_not_learnt_from():
    frame = flights()
    cancelled = frame.index % 100 == 0
    frame.loc[cancelled, ["late", "arrival_delay"]] = None
    frame.loc[cancelled, "known_at"] = pd.NaT
    scored = score_in_order(frame, [Version("1", instant("2013-02-01"))], instant("2013-02-10"), say=lambda line: None)
    assert len(scored) == 9 * 24
    assert scored.probability.between(0, 1).all()
    assert (scored.expected_delay > 30).tolist() == (scored.origin == "EWR").tolist()


def test_names_and_weather_that_training_never_met_are_scored():
    frame = flights()
    model = train(frame, instant("2013-02-01"))
    strange = frame.head(2).assign(carrier="ZZ", dest=None, temp=np.nan)
    assert np.isfinite(score(strange, model)).all()


def test_each_flight_is_scored_by_the_version_of_its_day_in_order():
    said = []
    versions = [Version("1", instant("2013-01-20")), Version("2", instant("2013-02-01"))]
    scored = score_in_order(flights(), versions, instant("2013-02-03"), say=said.append)
    assert scored.predicted_at.min() == instant("2013-01-20")
    assert scored.predicted_at.max() == instant("2013-02-02 23:00")
    assert scored.predicted_at.is_monotonic_increasing
    assert ((scored.model_version == "2") == (scored.predicted_at >= instant("2013-02-01"))).all()
    assert len(said) == 2


def test_training_twice_gives_the_same_scores():
    frame = flights()
    first, second = (score(frame, train(frame, instant("2013-02-01"))) for _ in range(2))
    assert (first == second).all()


def test_a_probability_at_the_threshold_is_called_late():
    assert decide([THRESHOLD - 1e-6, THRESHOLD]).tolist() == ["on_time", "late"]
