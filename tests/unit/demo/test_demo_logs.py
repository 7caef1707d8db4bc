"""Do the two logs hold what a scoring service and the airlines would have written, and nothing else?"""

from datetime import date

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sklearn")

from spark_monitor.demo import logs  # noqa: E402
from spark_monitor.demo.flights import FEATURES  # noqa: E402
from spark_monitor.demo.logs import OUTCOMES, PREDICTIONS, outcome_commits, prediction_commits, write_logs  # noqa: E402
from spark_monitor.errors import SparkMonitorError  # noqa: E402


def scored():
    """Four flights: one late and reported first, one on time and reported in March, one cancelled, one in March."""
    at = pd.to_datetime(["2013-02-01 23:00", "2013-02-02", "2013-02-28", "2013-03-01"], utc=True, format="ISO8601")
    known = pd.to_datetime(["2013-03-02", "2013-02-03", None, "2013-03-01 12:00"], utc=True, format="ISO8601")
    frame = pd.DataFrame({name: 1 for name in FEATURES}, index=range(4))
    frame[["origin", "carrier", "dest"]] = "A"
    return frame.assign(
        flight_id=list("abcd"), predicted_at=at, known_at=known, late=["on_time", "late", None, "on_time"],
        tail_number=["N1", None, "N3", "N4"], temp=[50.0, np.nan, 51.0, 52.0], model_version="1",
        probability=0.25, decision="on_time", expected_delay=3.5, arrival_delay=[1.0, 30.0, None, -2.0])  # fmt: skip


def test_predictions_come_in_one_commit_a_month_with_the_utc_date_of_their_time():
    february, march = prediction_commits(scored())
    assert february["flight_id"].to_pylist() == ["a", "b", "c"]
    assert march["flight_id"].to_pylist() == ["d"]
    assert february["date"].to_pylist() == [date(2013, 2, 1), date(2013, 2, 2), date(2013, 2, 28)]
    assert february.schema.equals(PREDICTIONS)


def test_the_prediction_log_has_every_feature_and_nothing_of_the_outcome():
    assert set(FEATURES) < set(PREDICTIONS.names)
    assert not {"late", "arrival_delay", "known_at"} & set(PREDICTIONS.names)


def test_missing_weather_and_tail_numbers_are_null_and_not_nan():
    february, _ = prediction_commits(scored())
    assert february["temp"].to_pylist() == [50.0, None, 51.0]
    assert february["tail_number"].to_pylist() == ["N1", None, "N3"]


def test_outcomes_come_in_the_order_in_which_they_became_known_and_cancelled_flights_have_none():
    february, march = outcome_commits(scored())
    assert february.select(["flight_id", "late"]).to_pylist() == [{"flight_id": "b", "late": "late"}]
    assert march["flight_id"].to_pylist() == ["d", "a"]
    assert march.schema.equals(OUTCOMES)


def test_a_log_that_is_there_is_left_alone_unless_it_may_be_overwritten(tmp_path):
    kept = tmp_path / "predictions" / "_delta_log" / "0.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("{}")
    with pytest.raises(SparkMonitorError, match="found one"):
        write_logs(None, tmp_path)
    assert kept.exists()


def test_a_folder_that_is_no_delta_table_is_never_deleted(tmp_path):
    (tmp_path / "predictions" / "_delta_log").mkdir(parents=True)
    precious = tmp_path / "outcomes" / "thesis.txt"
    precious.parent.mkdir()
    precious.write_text("years of work")
    with pytest.raises(SparkMonitorError, match="something else"):
        write_logs(None, tmp_path, overwrite=True)
    assert precious.exists()
    assert (tmp_path / "predictions" / "_delta_log").exists()


def test_the_steps_are_told_and_both_logs_are_written_where_asked(tmp_path, monkeypatch):
    written, said = [], []
    monkeypatch.setattr(logs, "load_flights", scored)
    monkeypatch.setattr(logs, "score_in_order", lambda flights, say: flights)
    monkeypatch.setattr(logs, "_append", lambda spark, commit, place, by: written.append((place.name, len(commit), by)))
    write_logs(None, tmp_path, say=said.append)
    assert written == [("predictions", 3, ["date"]), ("predictions", 1, ["date"]), ("outcomes", 1, []),
                       ("outcomes", 2, [])]
    assert [line.rsplit(": ", 1)[-1] for line in said[1:]] == ["4 rows in 2 commits", "3 rows in 2 commits"]
