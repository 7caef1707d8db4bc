"""Do the views that any SQL can run say what the tables hold? DuckDB runs them, over tables made by hand."""

import datetime as dt

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from spark_monitor.alerts.changes import PEOPLES_ACTIONS, open_alerts
from spark_monitor.metrics.drift import DRIFT_STATISTICS
from spark_monitor.tables.results import ALERTS, METRICS
from spark_monitor.tables.views import VIEWS

START = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
STATES = ("opened", "escalated", "resolved", "withdrawn", *PEOPLES_ACTIONS)


def day(number):
    return START + dt.timedelta(days=number)


def ask(view, table, rows):
    """Run a view over one table's rows, given as dicts; columns left out are NULL."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("rows_of_it", pa.Table.from_pylist(rows, table.schema))
    query = VIEWS[view].query("rows_of_it").replace("`", '"')
    found = connection.execute(query).to_arrow_table()
    connection.close()
    return found.to_pylist()


def log(*said, fingerprint="f"):
    """Make a log of (day, state), in the order in which it was written."""
    return [{"model": "m", "fingerprint": fingerprint, "window_start": day(number), "state": state, "sequence": place}
            for place, (number, state) in enumerate(said, 1)]


def is_open(*said):
    return [(row["state"], row["opened_window_start"], row["action"]) for row in ask("alerts_open", ALERTS, log(*said))]


def test_an_opened_alert_is_open():
    assert is_open((3, "opened")) == [("opened", day(3), None)]


def test_an_escalated_alert_is_open_since_the_window_that_opened_it():
    assert is_open((3, "opened"), (5, "escalated")) == [("escalated", day(3), None)]


def test_a_resolved_alert_is_not_open():
    assert is_open((3, "opened"), (5, "resolved")) == []


def test_an_alert_whose_only_window_was_withdrawn_is_not_open():
    assert is_open((3, "opened"), (3, "withdrawn")) == []


def test_withdrawing_the_resolution_opens_the_alert_again():
    assert is_open((3, "opened"), (5, "resolved"), (5, "withdrawn")) == [("opened", day(3), None)]


def test_the_last_window_decides_whatever_was_written_last():
    assert is_open((5, "resolved"), (3, "opened")) == []


def test_only_what_people_did_since_the_opening_counts():
    said = [(3, "opened"), (3, "muted"), (4, "resolved"), (6, "opened")]
    assert is_open(*said) == [("opened", day(6), None)]
    assert is_open(*said, (6, "acknowledged")) == [("opened", day(6), "acknowledged")]


def said(number, state, sequence, **more):
    return {"model": "m", "fingerprint": "f", "window_start": day(number), "state": state, "sequence": sequence,
            "who": "ann", "why": "known", **more}


def test_what_a_person_resolved_is_over_until_a_later_window_opens_it_again():
    rows = [*log((3, "opened"), (5, "escalated")), said(6, "resolved", 3)]
    assert ask("alerts_open", ALERTS, rows) == []
    again = {**log((7, "opened"))[0], "sequence": 4}
    [row] = ask("alerts_open", ALERTS, [*rows, again])
    assert (row["window_start"], row["opened_window_start"], row["who"]) == (day(7), day(7), None)


def test_an_alert_is_muted_until_it_is_unmuted_whoever_knows_of_it():
    rows = [*log((3, "opened")), said(3, "acknowledged", 2, why="seen"), said(3, "muted", 3, until=day(30))]
    [row] = ask("alerts_open", ALERTS, rows)
    assert (row["action"], row["who"], row["why"], row["until"]) == ("muted", "ann", "known", day(30))
    [row] = ask("alerts_open", ALERTS, [*rows, said(4, "unmuted", 4, who=None, why=None)])
    assert (row["action"], row["who"], row["why"], row["until"]) == ("acknowledged", "ann", "seen", None)


def test_rows_that_two_runs_wrote_alike_count_once():
    rows = [*log((3, "opened")), said(3, "acknowledged", 2)]
    [row] = ask("alerts_open", ALERTS, [*rows, *rows])
    assert (row["state"], row["action"]) == ("opened", "acknowledged")


@pytest.mark.parametrize("seed", range(20))
def test_the_view_and_the_pipeline_call_the_same_alerts_open(seed):
    draw = np.random.default_rng(seed)
    rows = []
    for name in "abcdefgh":
        said = [(int(draw.integers(0, 6)), STATES[draw.integers(0, len(STATES))]) for _ in range(draw.integers(0, 9))]
        own = log((0, "opened"), *[(number + 1, state) for number, state in said], fingerprint=name)
        for row in own[1:]:
            if row["state"] in PEOPLES_ACTIONS or row["state"] == "resolved" and draw.random() < 0.5:
                row |= {"who": f"who {row['sequence']}", "until": day(int(draw.integers(9)))}
            # Two runs at once have taken the same number.
            row["sequence"] -= int(draw.random() < 0.2)
        rows += own
    known = open_alerts(pa.Table.from_pylist(rows, ALERTS.schema))
    names = ("fingerprint", "state", "window_start", "opened_window_start", "action", "who", "until")

    def told(found):
        return sorted([tuple(str(row.get(name)) for name in names) for row in found])

    assert told(ask("alerts_open", ALERTS, rows)) == told(known.to_pylist())


def test_models_of_one_log_do_not_mix():
    rows = [*log((3, "opened")), *[{**row, "model": "other"} for row in log((4, "resolved"))]]
    assert [row["model"] for row in ask("alerts_open", ALERTS, rows)] == ["m"]


def test_latest_is_the_newest_window_of_each_model_and_grain():
    rows = [{"model": model, "grain": grain, "window_start": day(number), "metric": "psi", "value": float(number)}
            for model, grain, number in [("a", "week", 0), ("a", "week", 7), ("a", "month", 0), ("b", "week", 0)]]
    found = ask("metrics_latest", METRICS, rows)
    assert sorted((row["model"], row["grain"], row["value"]) for row in found) == [
        ("a", "month", 0.0), ("a", "week", 7.0), ("b", "week", 0.0)]
    assert list(found[0]) == METRICS.names


def test_a_wide_view_has_one_row_for_a_feature_and_one_column_for_a_metric():
    about = {"model": "m", "grain": "week", "window_start": day(0), "feature": "x", "family": "drift", "sample_size": 9}
    rows = [{**about, "metric": "psi", "value": 0.25}, {**about, "metric": "ks", "value": 0.5},
            {**about, "metric": "hellinger", "value": None, "status": "undefined"},
            {**about, "family": "prediction", "feature": "score", "metric": "psi", "value": 1.0}]
    [row] = ask("metrics_wide_drift", METRICS, rows)
    assert (row["psi"], row["ks"], row["hellinger"], row["sample_size"]) == (0.25, 0.5, None, 9)
    assert set(DRIFT_STATISTICS) < set(row)
