"""Acknowledged, muted, run out, resolved by hand, restated: which rows of `alerts` are written, and in which order?"""

import datetime as dt

import deltalake
import pyarrow as pa
import pytest
from click.testing import CliRunner

from spark_monitor.alerts.changes import LOG_SCHEMA, by_people
from spark_monitor.cli import main
from spark_monitor.config import load_config
from spark_monitor.pipeline import Wish, run
from spark_monitor.pipeline.past import read_past
from spark_monitor.tables.results import ALERTS, MUTES
from spark_monitor.tables.store import Store, of_model
from spark_monitor.windows import Calendar, to_micros

CONFIG = """
model: tiny
predictions: {{table: {0}/log, id: id, time: at, score: score, features: [x]}}
windows: {{grain: day}}
references: [{{name: before, start: 2024-01-01, end: 2024-01-04}}]
metrics: {{overall: [row_count, missing_rate], segments: none, crossings: none}}
rules:
  - {{name: x gone, metric: missing_rate, feature: x, warn: 0.3, critical: 0.9{1}}}
results: {0}/{2}
bins: {{count: 2, coarse: 2}}
"""
FIRST = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)


def day(number):
    """Return a day of January."""
    return FIRST + dt.timedelta(days=number - 1)


def rows_of(number, missing, size=4):
    """Return the rows of a day, of which some have no x."""
    return pa.table({"id": pa.array([f"{number}.{size}.{n}" for n in range(size)]),
                     "at": pa.array([day(number) + dt.timedelta(hours=n) for n in range(size)]),
                     "score": pa.array([0.25, 0.75] * (size // 2)),
                     "x": pa.array([None if n < missing else float(n) for n in range(size)], pa.float64())})


class Model:
    """A log of days with some x missing, and what is done about it."""

    def __init__(self, spark, folder, missing, persist="", results="results"):
        self.spark, self.folder, self.runs = spark, folder, 0
        self.file = str(folder / f"{results}.yml")
        (folder / f"{results}.yml").write_text(CONFIG.format(folder, persist, results))
        self.config = load_config(self.file)
        if missing:
            self.append(pa.concat_tables([rows_of(number, missing.get(number, 0)) for number in range(1, 13)]))

    def append(self, rows):
        deltalake.write_deltalake(str(self.folder / "log"), rows, mode="append")

    def run(self, number, again=False):
        """Run as of the beginning of a day of January."""
        self.runs += 1
        started = to_micros(day(200)) + self.runs * 1_000_000
        return run(self.spark, self.config, Wish(as_of=to_micros(day(number)), again=again), f"run {self.runs}", started)

    def ask(self, *arguments):
        told = CliRunner().invoke(main, ["alerts", *arguments, "-c", self.file])
        assert told.exit_code == 0, told.stderr
        return told.stdout.splitlines()

    def fetch(self, table, *columns):
        return Store(self.spark, self.config.results).fetch(table, of_model("tiny"), columns)

    def rows(self):
        """Return (day of the window, state, severity, who, until) of all rows in order."""
        rows = self.fetch(ALERTS, "sequence", "window_start", "state", "severity", "who", "until")
        return [(row["window_start"].day, row["state"], row["severity"], row["who"], row["until"] and row["until"].day)
                for row in rows.sort_by("sequence").to_pylist()]


@pytest.fixture
def key(spark, tmp_path):
    """Return a model whose x is missing from the 5th to the 8th and on the 10th, after the 5th; and its alert's key."""
    model = Model(spark, tmp_path, {5: 2, 6: 4, 7: 2, 8: 3, 10: 2})
    model.run(6)
    return model, model.fetch(ALERTS, "fingerprint")["fingerprint"][0].as_py()[:6]


def test_the_rows_of_an_alert_stand_in_the_order_in_which_things_happened(key):
    model, name = key
    model.ask("ack", name, "--who", "ann", "--why", "on it")
    model.run(7)
    model.ask("mute", name, "--who", "bob", "--why", "known until the 9th", "--until", "2024-01-09")
    assert model.run(8).alerts[0]["action"] == "muted"
    assert model.ask("list")[0] == "open alerts   none of tiny, 1 more muted (--all)"
    model.run(9)
    model.ask("resolve", name, "--who", "ann", "--why", "repaired")
    assert model.ask("list")[0] == "open alerts   none of tiny"
    model.run(11)
    expected = [
        (5, "opened", "warn", None, None),
        (5, "acknowledged", "warn", "ann", None),
        (6, "escalated", "critical", None, None),
        (6, "muted", "critical", "bob", 9),
        (8, "unmuted", "critical", None, None),
        (8, "resolved", "critical", "ann", None),
        (10, "opened", "warn", None, None),
    ]
    assert model.rows() == expected
    # So many more rows come late that the 10th is fine.
    model.append(rows_of(10, 0, size=8))
    assert model.run(11).alerts == []
    expected.append((10, "withdrawn", "warn", None, None))
    assert model.rows() == expected
    model.run(11, again=True)
    assert model.rows() == expected
    shown = model.ask("show", name)
    assert "stands        not open: withdrawn in day of 2024-01-10" in shown
    assert len([line for line in shown if line.startswith("    ")]) == len(expected)


def test_the_past_restated_withdraws_an_alert_and_no_word_of_people(key):
    model, name = key
    model.ask("ack", name, "--who", "ann")
    model.append(rows_of(5, 0, size=8))
    assert model.run(6).alerts == []
    assert model.rows() == [(5, "opened", "warn", None, None), (5, "acknowledged", "warn", "ann", None),
                            (5, "withdrawn", "warn", None, None)]


def test_a_mute_by_pattern_waits_for_alerts_to_come(spark, tmp_path):
    model = Model(spark, tmp_path, {5: 2, 6: 2, 7: 0, 8: 2})
    model.run(5)
    [line] = model.ask("mute", "--pattern", "feature=x", "--who", "bob", "--why", "sensor", "--until", "2024-01-10")
    assert model.run(6).alerts[0]["action"] == "muted"
    model.run(9)
    model.ask("unmute", line.split()[1], "--who", "ann")
    assert model.rows() == [
        (5, "opened", "warn", None, None), (5, "muted", "warn", "bob", 10), (7, "resolved", "warn", None, None),
        (8, "opened", "warn", None, None), (8, "muted", "warn", "bob", 10), (8, "unmuted", "warn", "ann", None)]
    assert sorted(model.fetch(MUTES, "state")["state"].to_pylist()) == ["lifted", "muted"]
    comments = {field.name: field.metadata.get("comment") for field in
                deltalake.DeltaTable(f"{model.config.results}/mutes").schema().fields}
    assert comments == {name: comment for name, _, comment in MUTES.columns}


def test_a_mute_runs_out_in_a_run_that_has_no_window_to_publish(key):
    model, name = key
    model.ask("mute", name, "--who", "bob", "--why", "known", "--until", "2024-01-06T12:00:00Z")
    later = Wish(as_of=to_micros(day(6)) + 13 * 3_600_000_000)
    summary = run(model.spark, model.config, later, "later", to_micros(day(201)))
    assert (summary.run["windows"], summary.run["alert_rows"]) == ([], 1)
    model.run(7)
    assert [(number, state) for number, state, *_ in model.rows()] == [
        (5, "opened"), (5, "muted"), (5, "unmuted"), (6, "escalated")]


def test_alerts_that_persist_are_the_same_in_several_runs_and_in_one(spark, tmp_path):
    missing = {4: 2, 6: 2, 8: 4, 9: 4, 12: 2}
    persist = ", persist: [2, 3], clear: 2, cool_off: 1"
    often = Model(spark, tmp_path, missing, persist, "often")
    for number in (7, 9, 10, 13):
        often.run(number)
    assert often.rows() == [(6, "opened", "warn", None, None), (9, "escalated", "critical", None, None),
                            (11, "resolved", "critical", None, None)]
    at_once = Model(spark, tmp_path, {}, persist, "at once")
    at_once.run(13)
    assert at_once.rows() == often.rows()


def test_two_runs_that_wrote_the_same_rows_say_it_once(key):
    model, name = key
    store = Store(model.spark, model.config.results)
    store.append(ALERTS, store.fetch(ALERTS, of_model("tiny")))
    log = model.fetch(ALERTS, *LOG_SCHEMA.names)
    assert log.num_rows == 2 and not any(by_people(log).to_pylist())
    assert len(model.ask("list")) == 2
    assert len(model.run(7).alerts) == 1
    assert [row[1] for row in model.rows()] == ["opened", "opened", "escalated"]


def test_what_people_do_makes_nothing_unknown_but_the_alerts(key):
    model, name = key

    def known():
        past = read_past(Store(model.spark, model.config.results), "tiny", Calendar("UTC"), "day", to_micros(day(201)))
        return past.known is not None, past.alerts is not None

    assert known() == (True, True)
    model.ask("ack", name, "--who", "ann")
    assert known() == (True, False)
    model.run(7)
    assert known() == (True, True)
