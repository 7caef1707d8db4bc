"""What `spark-monitor alerts` shows and appends; the tables are kept in memory."""

import datetime as dt
import importlib
import json
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from spark_monitor.cli import main
from spark_monitor.pipeline.desk import open_desk
from spark_monitor.tables.results import ALERTS, MUTES, RUNS, VERDICTS
from spark_monitor.windows import to_micros

GOOD = str(Path(__file__).parents[3] / "conf" / "flights.yml")
TEMP, WIND, ROWS = (letter * 6 + "0" * 26 for letter in ("a", "b", "c"))


def day(number):
    return dt.datetime(2013, 5, 1, tzinfo=dt.timezone.utc) + dt.timedelta(days=number)


class Tables:
    """Result tables in memory, of one model."""

    def __init__(self):
        self.rows = {table.name: table.schema.empty_table() for table in (ALERTS, MUTES, RUNS, VERDICTS)}

    def append(self, table, rows):
        self.rows[table.name] = pa.concat_tables([self.rows[table.name], rows])

    def fetch(self, table, predicate, columns=None):
        """Return the rows of the fingerprints that the predicate names, of all where it names none."""
        rows = self.rows[table.name]
        if "fingerprint" in predicate:
            rows = rows.filter(pa.array([name in predicate for name in rows["fingerprint"].to_pylist()], pa.bool_()))
        return rows.select(list(columns or table.names))

    def told(self, *names):
        return [tuple(row[name] for name in names) for row in self.rows["alerts"].to_pylist()]


def about(name, feature, **more):
    return {"model": "flight_delay", "model_version": "*", "grain": "day", "family": "drift", "metric": "psi",
            "reference": "validation", "rule": "drift", "fingerprint": name, "feature": feature, **more}


@pytest.fixture
def tables(monkeypatch):
    """Two open alerts and a resolved one, and a run as of the fifth day; each command is given a minute later."""
    tables, minutes = Tables(), iter(range(100))
    numbers = {"value": 0.5, "bound": 0.25, "sample_size": 5321, "effect": 0.4, "reference_value": None}
    rows = [about(TEMP, "temp", state="opened", severity="critical"), about(WIND, "wind", state="opened", severity="warn"),
            about(ROWS, None, state="opened", severity="warn"), about(ROWS, None, state="resolved", severity="warn")]
    tables.append(ALERTS, ALERTS.rows([
        {**row, **numbers, "window_start": day(place), "sequence": 1 + (place == 3), "run_id": "r1",
         "recorded_at": day(4), "owner": "ops@example.org"} for place, row in enumerate(rows)]))
    tables.append(VERDICTS, VERDICTS.rows([
        {**about(name, feature), **numbers, "window_start": day(number), "verdict": word, "value": 0.1 * number}
        for name, feature in ((TEMP, "temp"), (WIND, "wind")) for number, word in ((3, "warn"), (4, "not_judged"))]))
    tables.append(RUNS, RUNS.rows([{"model": "flight_delay", "run_id": "r1", "as_of": day(5)}]))

    @contextmanager
    def at_desk(config):
        minute = next(minutes)
        yield open_desk(tables, config, f"c{minute}", to_micros(day(5) + dt.timedelta(minutes=minute)))

    for name in ("alerts", "alert_actions"):
        monkeypatch.setattr(importlib.import_module(f"spark_monitor.cli.{name}"), "at_desk", at_desk)
    return tables


def ask(*arguments):
    return CliRunner().invoke(main, ["alerts", *arguments, "-c", GOOD])


def done(*arguments):
    answer = ask(*arguments)
    assert answer.exit_code == 0, answer.stderr
    return answer.stdout.splitlines()


def test_open_alerts_are_listed_the_worst_first(tables):
    assert done("list") == [
        "open alerts   1 critical, 1 warn of flight_delay",
        "  aaaaaa00  critical  psi of temp against validation = 0.5, bound 0.25, n 5,321, day of 2013-05-01, "
        "open since 2013-05-01",
        "  bbbbbb00  warn      psi of wind against validation = 0.5, bound 0.25, n 5,321, day of 2013-05-02, "
        "open since 2013-05-02",
    ]


def test_who_acknowledges_is_written_into_the_newest_window_that_was_judged(tables):
    [line] = done("ack", "AAAAAA", "--who", "ann")
    assert line == (f"acknowledged  {TEMP}  psi of temp against validation = 0.3, bound 0.25, n 5,321, "
                    "day of 2013-05-04, by ann")
    assert tables.told("state", "who", "why", "window_start", "sequence", "run_id")[4:] == [
        ("acknowledged", "ann", None, day(3), 2, "c0")]
    assert "acknowledged by ann" in done("list")[1]


def test_an_alert_that_a_person_resolved_is_not_open(tables):
    done("resolve", TEMP, "--who", "ann", "--why", "sensor was changed")
    assert len(done("list")) == 2
    assert ask("ack", TEMP).stderr.endswith(f"found {TEMP}, no open alert of flight_delay begins so\n")
    shown = done("show", "aaaaaa")
    assert "stands        not open: resolved in day of 2013-05-04, by ann: sensor was changed" in shown


def test_a_muted_alert_is_listed_where_all_are_asked_for(tables):
    lines = done("mute", "aaaaaa", "--until", "2013-06-01", "--who", "ann", "--why", "known")
    assert lines[-1].endswith("is in force until 2013-06-01")
    listed = done("list")
    assert listed[0] == "open alerts   1 warn of flight_delay, 1 more muted (--all)"
    assert listed[-1].endswith("of alert aaaaaa00 until 2013-06-01, by ann: known")
    assert "muted until 2013-06-01 by ann: known" in done("list", "--all")[1]
    assert done("unmute", "aaaaaa", "--who", "bob")[-1] == "1 mute lifted"
    assert tables.told("state", "who", "until")[4:] == [("muted", "ann", day(31)), ("unmuted", "bob", None)]
    assert len(done("list")) == 3


def test_a_pattern_mutes_all_alerts_that_it_fits(tables):
    done("mute", "--pattern", "feature=w*", "--pattern", "segment=overall", "--until", "2013-06-01", "--why", "storm",
         "--who", "ann")
    assert tables.told("fingerprint", "state")[4:] == [(WIND, "muted")]
    [mute] = tables.rows["mutes"].to_pylist()
    assert f"bbbbbb is muted by a pattern: `spark-monitor alerts unmute {mute['mute_id'][:8]}`" in " ".join(
        ask("unmute", "bbbbbb").stderr.split())
    assert (mute["feature"], mute["segment"], mute["rule"], mute["fingerprint"]) == ("w*", "overall", None, None)
    lifted = done("unmute", mute["mute_id"][:8], "--why", "over")
    assert lifted[0].startswith(f"unmuted       {WIND}") and lifted[-1] == "1 mute lifted"


def test_a_pattern_that_fits_none_now_waits_for_those_to_come(tables):
    [line] = done("mute", "--pattern", "feature=rain", "--until", "2013-06-01", "--why", "storm")
    assert line.startswith("mute ") and tables.rows["mutes"].num_rows == 1
    assert done("list")[-1].startswith("mute ")


@pytest.mark.parametrize(("arguments", "told"), [
    (["ack", "abc"], "found abc, expected the fingerprint of an alert or at least its first 6 hex digits"),
    (["ack", "cccccc"], "found cccccc, no open alert of flight_delay begins so"),
    (["show", "dddddd"], "found dddddd, no alert of flight_delay begins so"),
    (["resolve", "aaaaaa"], "Missing option '--why'"),
    (["mute", "aaaaaa", "--why", "known"], "Missing option '--until'"),
    (["mute", "--until", "2013-06-01", "--why", "known"], "mute one alert by its KEY, or several by --pattern"),
    (["mute", "aaaaaa", "--until", "2013-05-06", "--why", "x"], "is over: the newest run was as of 2013-05-06T00:00:00Z"),
    (["mute", "--pattern", "feather=x", "--until", "2013-06-01", "--why", "x"], "found feather=x, expected NAME=GLOB"),
    (["unmute", "aaaaaa"], "found aaaaaa, no muted alert and no mute of flight_delay begins so"),
])
def test_what_means_nothing_is_one_message_and_changes_nothing(tables, arguments, told):
    answer = ask(*arguments)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert told in " ".join(answer.stderr.split())
    assert (tables.rows["alerts"].num_rows, tables.rows["mutes"].num_rows) == (4, 0)


def test_a_key_that_several_begin_with_is_told_with_all_of_them(tables):
    tables.append(ALERTS, ALERTS.rows([about(TEMP[:-1] + "1", "x", state="opened", window_start=day(1), sequence=1,
                                             severity="warn")]))
    assert f"found aaaaaa, 2 begin so: {TEMP}, {TEMP[:-1]}1" in " ".join(ask("ack", "aaaaaa").stderr.split())


def test_everything_is_shown_of_one_alert(tables):
    done("ack", "aaaaaa", "--who", "ann", "--why", "on it")
    lines = done("show", "aaaaaa")
    assert lines[:7] == [
        f"alert         {TEMP}",
        "about         psi of temp against validation, day by day, rule drift",
        "stands        open, critical, since 2013-05-01, acknowledged by ann: on it",
        "evidence      psi of temp against validation = 0.5, bound 0.25, n 5,321, day of 2013-05-01, effect 0.4, "
        "in the reference unknown",
        "verdict now   warn: psi of temp against validation = 0.3, bound 0.25, n 5,321, day of 2013-05-04",
        "owner         ops@example.org",
        "runbook       https://example.org/runbook",
    ]
    assert [line.split()[2] for line in lines[7:9]] == ["opened", "acknowledged"]
    assert lines[9].startswith("query         SELECT window_start, value, ci_low") and "feature = 'temp'" in lines[9]


def test_json_has_the_rows_and_is_one_document(tables):
    done("ack", "aaaaaa", "--who", "ann")
    shown = json.loads("\n".join(done("show", "aaaaaa", "--json")))
    assert (shown["command"], shown["is_open"], shown["alert"]["action"]) == ("alerts show", True, "acknowledged")
    assert [row["state"] for row in shown["rows"]] == ["opened", "acknowledged"]
    assert shown["verdict"]["verdict"] == "warn" and shown["query"].startswith("SELECT window_start")
    listed = json.loads("\n".join(done("list", "--json")))
    assert [alert["fingerprint"] for alert in listed["alerts"]] == [TEMP, WIND] and listed["hidden"] == 0


def test_rows_that_were_written_twice_are_shown_once(tables):
    tables.rows["alerts"] = pa.concat_tables([tables.rows["alerts"]] * 2)
    assert len(done("list")) == 3
    assert len([line for line in done("show", "aaaaaa") if "opened" in line]) == 1


def test_who_is_the_user_of_the_machine_where_not_given(tables, monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "machine user")
    done("ack", "aaaaaa")
    assert tables.told("who")[-1] == ("machine user",)

    def nobody():
        raise OSError("no user")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert "--who NAME" in ask("ack", "aaaaaa").stderr
