"""Over real tables and runs: who is told of what, once each, by runs that are committed whatever the receiver does."""

from datetime import datetime, timezone
from threading import Barrier, Thread

import pytest
from click.testing import CliRunner
from equality import read_table
from receiver import Receiver
from small_log import week_start, write_log

from spark_monitor.cli import main
from spark_monitor.cli.work import open_now
from spark_monitor.config.loader import load_config_text
from spark_monitor.notify.deliver import deliver
from spark_monitor.notify.wire import Outside
from spark_monitor.tables.results import ALERTS, DELIVERIES
from spark_monitor.tables.store import TABLES, Store
from spark_monitor.windows import to_text

CANARY = "canary-7f3a"
WEEK = datetime(2024, 5, 6, tzinfo=timezone.utc)
# The log of the journeys, of which only the feature that moves is looked at.
CONFIG = """
model: small
predictions: {{table: {log}, id: id, time: at, prediction: decision, score: score, features: [amount]}}
windows: {{grain: week}}
references: [{{name: before, start: 2024-01-01, end: 2024-01-15}}]
segments: [region]
metrics: {{overall: [row_count, psi], segments: [psi]}}
rules: [{{name: amount moved, metric: psi, feature: amount, warn: 0.5, critical: 2, segment: [overall, region]}}]
results: {results}
bins: {{count: 10, coarse: 5}}
notify:
  allow_hosts: [http://localhost]
  attempts: 1
  deadline: 2s
  channels: [{{name: desk, kind: webhook, url: {{env: DESK_URL}}, allow_private: true}}]
"""


def alert(fingerprint="f", sequence=1, model="small", **more):
    return {"model": model, "fingerprint": fingerprint, "sequence": sequence, "state": "opened", "severity": "warn",
            "grain": "week", "window_start": WEEK, "run_id": "r", "recorded_at": WEEK, "delivery": "due",
            "channels": ["desk"], **more}


@pytest.fixture
def receiver(monkeypatch):
    found = Receiver()
    monkeypatch.setenv("DESK_URL", f"http://localhost:{found.port}/{CANARY}")
    yield found
    found.close()


@pytest.fixture
def outside(receiver):
    return Outside({"DESK_URL": f"http://localhost:{receiver.port}/{CANARY}"})


def config(model="small"):
    return load_config_text(CONFIG.replace("model: small", f"model: {model}").format(log="log", results="r"))


def test_the_outbox_is_what_is_due_and_was_not_delivered(spark, tmp_path, receiver, outside):
    store = Store(spark, str(tmp_path / "results"))
    assert deliver(store, [config()], "none", 0, outside) == []
    rows = [alert("a"), alert("b", delivery="silent", channels=None), alert("c", channels=["team"]), alert("d"),
            alert("e", model="it's other"), alert("f", model="unknown")]
    store.append(ALERTS, ALERTS.rows(rows))
    configs = [config(), config("it's other")]
    receiver.answers = [200, 503, 200]
    assert [one.outcome.status for one in deliver(store, configs, "one", 0, outside)] == ["delivered", "failed"]
    assert [one.message.model for one in deliver(store, configs, "two", 0, outside)] == ["it's other"]
    assert deliver(store, configs, "three", 0, outside) == []
    told = read_table(tmp_path / "results", "deliveries").select(["model", "fingerprint", "status", "run_id"])
    assert sorted(tuple(row.values()) for row in told.to_pylist()) == [
        ("it's other", "e", "delivered", "two"), ("it's other", "e", "failed", "one"),
        ("small", "a", "delivered", "one"), ("small", "d", "delivered", "one")]


def test_tables_of_earlier_releases_tell_nobody_and_their_view_still_answers(spark, tmp_path, receiver, outside):
    store = Store(spark, str(tmp_path / "results"))
    frame = store.frame(ALERTS, [alert()]).drop("delivery", "channels")
    frame.write.format("delta").partitionBy("model").save(store.name(ALERTS))
    assert deliver(store, [config()], "one", 0, outside) == [] and receiver.bodies == []
    assert [row["fingerprint"] for row in open_now(store, ["small"])] == ["f"]
    store.append(ALERTS, ALERTS.rows([alert("g")]))
    assert [len(one.message.changes) for one in deliver(store, [config()], "two", 0, outside)] == [1]


def test_two_runners_of_one_window_tell_a_receiver_once(spark, tmp_path, receiver, outside):
    root, read, errors = str(tmp_path / "results"), Barrier(2), []
    Store(spark, root).append(ALERTS, ALERTS.rows([alert("before", delivery="silent")]))

    def run(name):
        try:
            store = Store(spark, root, stamp=name)
            assert store.fetch(ALERTS, "fingerprint = 'f'").num_rows == 0
            read.wait(60)
            store.append(ALERTS, ALERTS.rows([alert(run_id=name)]))
            read.wait(60)
            deliver(store, [config()], name, 0, outside)
        except Exception as error:
            errors.append(error)

    runners = [Thread(target=run, args=(name,)) for name in ("one", "two")]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert errors == []
    assert read_table(root, "alerts").num_rows == 3
    assert {body["id"] for body in receiver.bodies} == {receiver.bodies[0]["id"]}
    assert receiver.seen == [("f", 1, "opened")]
    assert deliver(Store(spark, root), [config()], "three", 0, outside) == []


def test_runs_are_committed_while_the_receiver_is_down_and_it_is_told_all_of_it_once(spark, tmp_path, receiver):
    results, file = tmp_path / "results", tmp_path / "small.yml"
    log = write_log(tmp_path / "log")
    file.write_text(CONFIG.format(log=log, results=results))

    def ask(command, *more):
        told = CliRunner().invoke(main, [command, "-c", str(file), "--verbose", *more])
        assert CANARY not in told.output + told.stderr
        return told

    assert ask("run", "--as-of", to_text(week_start(3))).exit_code == 0
    assert ask("backfill", "--start", to_text(week_start(2)), "--end", to_text(week_start(3))).exit_code == 0
    assert receiver.bodies == []
    assert set(read_table(results, "alerts")["delivery"].to_pylist()) <= {"silent"}
    receiver.answers = [500, "hang", 429]
    for number in (4, 5, 6):
        told = ask("run", "--as-of", to_text(week_start(number)))
        assert told.exit_code == 0, told.output
        assert "spark-monitor notify, sends what is undelivered" in told.stderr
    assert [row["status"] for row in read_table(results, "runs").to_pylist()] == ["committed"] * 5
    assert ask("notify").exit_code == 4
    receiver.answers = [200]
    assert ask("notify").exit_code == 0
    due = [row for row in read_table(results, "alerts").to_pylist() if row["delivery"] == "due"]
    assert {row["state"] for row in due} >= {"opened", "resolved"}
    expected = {(row["fingerprint"], row["sequence"], row["state"]) for row in due
                if not _ends_what_was_silent(row, due)}
    assert len(receiver.seen) == len(set(receiver.seen)) and set(receiver.seen) == expected
    sent = [row for row in read_table(results, "deliveries").to_pylist() if row["status"] == "delivered"]
    assert len(sent) == len({row["change_id"] for row in sent}) == len(expected)
    assert {path for path in receiver.paths} == {f"/{CANARY}"}
    assert [name for name in TABLES if CANARY in str(read_table(results, name).to_pylist())] == []
    assert [log for log in results.glob("*/_delta_log/*.json") if CANARY in log.read_text()] == []


def _ends_what_was_silent(row, due):
    """Say whether a row resolves an alert that only silent rows opened."""
    before = [one["state"] for one in due if one["fingerprint"] == row["fingerprint"]
              and one["sequence"] < row["sequence"]]
    return row["state"] == "resolved" and not {"opened", "escalated"} & {*before}


def test_deliveries_have_a_comment_on_every_column(spark, tmp_path):
    store = Store(spark, str(tmp_path / "results"))
    store.create(DELIVERIES)
    fields = spark.read.format("delta").load(store.name(DELIVERIES)).schema.fields
    assert {field.name: field.metadata["comment"] for field in fields} == {
        name: comment for name, _, comment in DELIVERIES.columns}
